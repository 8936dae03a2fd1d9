// Stores whose truth is known: how long each answer takes, by its number, so that it is the same over any number of shards.
import { randomFrom } from '../../bindings/sdk/index.ts'
import type { Fate } from '../simulation/world.ts'

const SEED = 20261201
const uniform = (number: number, stream = 0): number => randomFrom(SEED, number, stream).fraction()
const exponential = (meanMs: number, number: number): number => -meanMs * Math.log(1 - uniform(number))

/** Delays by shape, ms. Every 50th answer is a failure. */
const DELAYS = {
  fixed: () => 50,
  exponential: (number: number) => 1 + exponential(30, number),
  bimodal: (number: number) => uniform(number) < 0.9 ? 5 + 2 * uniform(number, 1) : 200 + 50 * uniform(number, 1),
  // Pareto with index 1.5: a mean, but no variance; cut off at 20 s.
  'heavy tail': (number: number) => Math.min(20_000, 4 * (1 - uniform(number)) ** (-1 / 1.5)),
} as const

export type Shape = keyof typeof DELAYS
export const SHAPES = Object.keys(DELAYS) as readonly Shape[]

export const fateOf = (shape: Shape, number: number): Fate => ({ ms: DELAYS[shape](number), fails: number % 50 === 49 })
