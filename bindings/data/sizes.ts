// Distributions of sizes as users write them, read into a table of numbers that a size is drawn from.
import { SizeError, parseSize } from '../sdk/size.ts'

/** A text that says no sizes; the message names the part that can't be read. */
export class DistributionError extends Error { override readonly name = 'DistributionError' }

interface SizeClass { readonly smallest: number; readonly largest: number; readonly weight: number }

const CLASSES_MAX = 10_000
/** How far the 99th percentile of a normal distribution is from its middle, in standard deviations. */
const P99_DEVIATIONS = 2.3263478740408408

const bytesOf = (text: string): number => {
  try {
    return parseSize(text.trim())
  } catch (error) {
    throw error instanceof SizeError ? new DistributionError(`sizes: ${error.message}`, { cause: error }) : error
  }
}

function classOf(sizes: string, weight: string): SizeClass {
  const [from = '', to = from, ...more] = sizes.split('-')
  const [smallest, largest] = [bytesOf(from), bytesOf(to)]
  if (more.length > 0 || largest < smallest) {
    throw new DistributionError(`sizes: "${sizes.trim()}" is no range: write 1KiB-1MiB, the smaller first`)
  }
  const part = /^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(weight)?.[1]
  if (part === undefined) {
    const what = `the weight "${weight.trim()}" of ${sizes.trim()}`
    throw new DistributionError(`sizes: ${what} is no number: write size:weight, such as 4096:10740`)
  }
  return { smallest, largest, weight: Number(part) }
}

/** `SIZE`, `SIZE-SIZE`, and either with `:WEIGHT`, between commas: the form warp takes as well. */
const classesOfList = (text: string): readonly SizeClass[] => text.split(',').map((entry) => {
  const [sizes = '', weight = '1', ...more] = entry.split(':')
  if (more.length > 0) throw new DistributionError(`sizes: "${entry.trim()}" has more than one ":": write size:weight`)
  return classOf(sizes, weight)
})

/** A size and its weight on each line, with a comma, colon, semicolon or blanks between; a line without digits on top is a heading. */
function classesOfLines(lines: readonly string[]): readonly SizeClass[] {
  const classes: SizeClass[] = []
  for (const [index, line] of lines.entries()) {
    const text = line.replace(/#.*/, '').trim()
    if (text === '' || (classes.length === 0 && !/\d/.test(text))) continue
    const [, sizes, weight] = /^([^,:;\s]+(?: [a-z]+)?)\s*[,:;\s]\s*([^,:;\s]+)$/i.exec(text) ?? []
    if (sizes === undefined || weight === undefined) {
      throw new DistributionError(`sizes: line ${index + 1} is "${text.slice(0, 60)}": write a size and its weight, such as 4096,10740`)
    }
    classes.push(classOf(sizes, weight))
  }
  return classes
}

/** Mu, sigma, smallest and largest of `lognormal(MEDIAN, P99[, MAX])`; without a maximum, ten times the 99th percentile. */
function lognormalOf(parts: readonly string[]): readonly number[] {
  const [median, p99, max = (p99 ?? 0) * 10, ...more] = parts.map(bytesOf)
  if (median === undefined || p99 === undefined || more.length > 0 || median < 1 || p99 <= median || max < p99) {
    throw new DistributionError('sizes: write lognormal(MEDIAN, P99) or lognormal(MEDIAN, P99, MAX), each larger than the one before')
  }
  const mu = Math.log(median)
  return [mu, (Math.log(p99) - mu) / P99_DEVIATIONS, 1, max]
}

/**
 * The table of a distribution: four numbers for a lognormal one (mu, sigma, smallest, largest), else three for each class (smallest,
 * largest, share of all draws up to and with it: 1 at the last). Throws DistributionError.
 */
export function sizeTable(spec: string): readonly number[] {
  const text = spec.trim()
  const parts = /^lognormal\s*\((.*)\)$/i.exec(text)?.[1]
  if (parts !== undefined) return lognormalOf(parts.split(','))
  const lines = text.split(/\r?\n/)
  const all = lines.length > 1 ? classesOfLines(lines) : classesOfList(text)
  const classes = all.filter(({ weight }) => weight > 0)
  const total = classes.reduce((sum, { weight }) => sum + weight, 0)
  if (classes.length === 0) throw new DistributionError('sizes: no size has a weight above 0')
  if (classes.length > CLASSES_MAX) {
    throw new DistributionError(`sizes: ${classes.length} classes are more than ${CLASSES_MAX}: make them coarser`)
  }
  let sum = 0
  return classes.flatMap(({ smallest, largest, weight }, index) => {
    sum += weight
    return [smallest, largest, index === classes.length - 1 ? 1 : sum / total]
  })
}
