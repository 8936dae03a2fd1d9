// Where the next I/O of a loop goes: patterns over the places of a region, each a multiple of an alignment.
import { mix32 } from '../../sdk/mix.ts'
import type { Random } from '../../sdk/random.ts'
import { zipfOver } from '../../sdk/guest/zipf.ts'

/** As a script names it, read. */
export type Pattern =
  | { readonly kind: 'sequential' }
  | { readonly kind: 'random' }
  | { readonly kind: 'strided'; readonly strideBytes: number }
  | { readonly kind: 'zipf'; readonly exponent: number }
  /** fio's: the smaller, the more of the accesses go to few places; 0.2 is '80 % to 20 %'. */
  | { readonly kind: 'pareto'; readonly shape: number }
  /** Around the region's middle; the deviation in percent of the region. */
  | { readonly kind: 'normal'; readonly percent: number }
  /** So many percent of the accesses go to the next so many percent of the region. */
  | { readonly kind: 'zoned'; readonly zones: readonly (readonly [accesses: number, region: number])[] }

/** A text that is no pattern. */
export class PatternError extends Error { override readonly name = 'PatternError' }

const WRITE = 'write sequential, random, strided(1MiB), zipf(1.1), pareto(0.2), normal(10%) or zoned(60/10:30/20:10/70)'

const numberIn = (text: string, min: number, max: number, what: string): number => {
  const value = Number(text.replace(/%$/, ''))
  if (text.trim() !== '' && value >= min && value <= max) return value
  throw new PatternError(`${what} must be a number from ${min} to ${max}: ${WRITE}`)
}

function zonesOf(text: string): readonly (readonly [number, number])[] {
  const zones = text.split(':').map((zone): [number, number] => {
    const [accesses = '', region = '', ...more] = zone.split('/')
    if (more.length > 0) throw new PatternError(`"${zone}" is no zone: ${WRITE}`)
    return [numberIn(accesses, 0, 100, 'the share of accesses'), numberIn(region, 0, 100, 'the share of the region')]
  })
  for (const part of [0, 1] as const) {
    const sum = zones.reduce((total, zone) => total + zone[part], 0)
    const what = part === 0 ? 'accesses' : 'the region'
    if (Math.abs(sum - 100) > 1e-6) throw new PatternError(`the shares of ${what} are ${sum} %, not 100 %`)
  }
  return zones
}

/** Reads `zipf(1.1)` and its like. `size` reads a size. Throws PatternError. */
export function patternOf(text: string, size: (text: string) => number): Pattern {
  const [, kind = '', inner] = /^\s*([a-z]+)\s*(?:\(([^()]*)\))?\s*$/i.exec(text) ?? []
  switch (kind.toLowerCase()) {
    case 'sequential': if (inner === undefined) return { kind: 'sequential' }; break
    case 'random': if (inner === undefined) return { kind: 'random' }; break
    case 'strided': return { kind: 'strided', strideBytes: size(inner ?? '') }
    case 'zipf': return { kind: 'zipf', exponent: numberIn(inner ?? '1.1', 0, 10, 'the exponent') }
    case 'pareto': return { kind: 'pareto', shape: numberIn(inner ?? '0.2', 0.001, 0.999, 'the shape') }
    case 'normal': return { kind: 'normal', percent: numberIn(inner ?? '10', 0.01, 100, 'the deviation') }
    case 'zoned': return { kind: 'zoned', zones: zonesOf(inner ?? '') }
    default:
  }
  throw new PatternError(`"${text.slice(0, 60)}" is no pattern: ${WRITE}`)
}

/** Names a permutation of 0 … count - 1: nothing is kept, however many there are, and each round has one of its own. */
export function permutation(count: number, seed: number): (index: number) => number {
  let bits = 2
  while (2 ** bits < count) bits += 2
  const half = bits / 2
  const size = 2 ** half
  const round = (value: number, key: number): number => mix32(value + mix32(key ^ seed)) % size
  const mixed = (index: number): number => {
    let left = Math.floor(index / size)
    let right = index % size
    for (let key = 1; key <= 4; key++) [left, right] = [right, (left + round(right, key)) % size]
    return left * size + right
  }
  // The domain is at most four times as large: what falls beyond is mixed again, which ends, for a permutation is made of rings.
  return (index) => {
    let place = mixed(index)
    while (place >= count) place = mixed(place)
    return place
  }
}

export interface PlacesOptions {
  /** How many places there are, and how many bytes lie between the beginnings of two. */
  readonly count: number
  readonly alignBytes: number
  readonly random: Random
  /** No place twice before each was once. Of random alone. */
  readonly randomMap: boolean
}

/** The number of the next place; `steps`: how many places the I/O covers. */
export type Places = (steps: number) => number

/** Where I/Os go, one after the other. */
export function placesOf(pattern: Pattern, { count, alignBytes, random, randomMap }: PlacesOptions): Places {
  const scattered = permutation(count, random.bits())
  const last = (place: number): number => Math.min(count - 1, Math.max(0, Math.floor(place)))
  switch (pattern.kind) {
    case 'sequential': return inTurn(count)
    case 'strided': return strided(count, Math.max(1, Math.round(pattern.strideBytes / alignBytes)))
    case 'random': return randomMap ? eachOnce(count, random) : () => random.below(count)
    case 'zipf': {
      const rank = zipfOver(pattern.exponent, count)
      return () => scattered(rank(() => random.fraction()) - 1)
    }
    case 'pareto': {
      const power = Math.log(pattern.shape) / Math.log(1 - pattern.shape)
      return () => scattered(last(count * random.fraction() ** power))
    }
    // Box and Muller's normal numbers; 1 - x, for there is no logarithm of 0.
    case 'normal': return () => {
      const normal = Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction())
      return last(count / 2 + normal * count * pattern.percent / 100)
    }
    case 'zoned': return zoned(pattern.zones, count, random)
    default: return pattern satisfies never
  }
}

function inTurn(count: number): Places {
  let next = 0
  return (steps) => {
    const place = next < count ? next : 0
    next = place + steps
    return place
  }
}

/** One lap after the other, each begun a place further. */
function strided(count: number, stride: number): Places {
  let lap = 0
  let next = 0
  return () => {
    if (next >= count) {
      lap = (lap + 1) % Math.min(stride, count)
      next = lap
    }
    const place = next
    next += stride
    return place
  }
}

function eachOnce(count: number, random: Random): Places {
  let place = permutation(count, random.bits())
  let done = 0
  return () => {
    if (done === count) {
      place = permutation(count, random.bits())
      done = 0
    }
    return place(done++)
  }
}

function zoned(zones: readonly (readonly [number, number])[], count: number, random: Random): Places {
  let accesses = 0
  let region = 0
  const bounds = zones.map(([more, wide]) => {
    const from = Math.floor(region / 100 * count)
    accesses += more
    region += wide
    return { until: accesses / 100, from, to: Math.max(from + 1, Math.floor(region / 100 * count)) }
  })
  const [first = { until: 1, from: 0, to: count }] = bounds
  return () => {
    const drawn = random.fraction()
    const { from, to } = bounds.find(({ until }) => drawn < until) ?? bounds.at(-1) ?? first
    return Math.min(count - 1, from + random.below(to - from))
  }
}
