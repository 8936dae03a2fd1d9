// How large I/Os are: one size, a range, or several with weights, as fio's `bssplit` and as the sizes of `chopsticks/data` are written.
import { SizeError, parseSize } from '../../sdk/size.ts'
import type { Random } from '../../sdk/random.ts'

/** A text that is no block size. */
export class BlockSizeError extends Error { override readonly name = 'BlockSizeError' }

interface SizeClass { readonly from: number; readonly to: number; readonly weight: number }
export interface BlockSizes {
  readonly smallest: number
  readonly largest: number
  /** Of different sizes: multiples of `stepBytes`. */
  draw(random: Random, stepBytes: number): number
}

const WRITE = 'write 4KiB, 4KiB-64KiB, 4KiB:60,16KiB:40, or as fio does 4k/60:16k/30:64k/10'

/** A size; where the list is fio's, a bare letter counts in 1024s as fio's does. */
function bytesOf(text: string, isFio: boolean): number {
  const trimmed = text.trim()
  try {
    const bytes = parseSize(isFio ? trimmed.replace(/^(\d+)([kmg])$/i, '$1$2iB') : trimmed)
    if (bytes > 0) return bytes
  } catch (error) {
    if (!(error instanceof SizeError)) throw error
    throw new BlockSizeError(`${error.message}; ${WRITE}`, { cause: error })
  }
  throw new BlockSizeError(`a block has at least one byte: ${WRITE}`)
}

function classOf(entry: string, isFio: boolean): SizeClass {
  const [sizes = '', weight = isFio ? '' : '1', ...more] = entry.split(isFio ? '/' : ':')
  const [from = '', to = from, ...beyond] = sizes.split('-')
  const [smallest, largest] = [bytesOf(from, isFio), bytesOf(to, isFio)]
  const share = Number(weight.replace(/%$/, ''))
  if (more.length > 0 || beyond.length > 0 || largest < smallest || weight.trim() === '' || !(share >= 0)) {
    throw new BlockSizeError(`"${entry.trim()}" is no size with its weight: ${WRITE}`)
  }
  return { from: smallest, to: largest, weight: share }
}

/** Reads a block size as a script writes it. Throws BlockSizeError. */
export function blockSizesOf(value: string | number): BlockSizes {
  const text = `${value}`
  const isFio = text.includes('/')
  const classes = text.split(isFio ? ':' : ',').map((entry) => classOf(entry, isFio)).filter(({ weight }) => weight > 0)
  const [only, ...more] = classes
  if (only === undefined) throw new BlockSizeError(`no size has a weight above 0: ${WRITE}`)
  const smallest = Math.min(...classes.map(({ from }) => from))
  const largest = Math.max(...classes.map(({ to }) => to))
  if (more.length === 0 && only.from === only.to) return { smallest, largest, draw: () => smallest }
  const total = classes.reduce((sum, { weight }) => sum + weight, 0)
  let sum = 0
  const bounds = classes.map((one) => ({ ...one, until: (sum += one.weight) / total }))
  return {
    smallest, largest,
    draw(random, stepBytes) {
      const drawn = random.fraction()
      const { from, to } = bounds.find(({ until }) => drawn < until) ?? only
      return from === to ? from : from + stepBytes * random.below(Math.floor((to - from) / stepBytes) + 1)
    },
  }
}
