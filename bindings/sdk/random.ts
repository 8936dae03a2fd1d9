// Chance that can be repeated: a stream of random numbers that follows from a seed and the numbers that name it.
//
// The generator is sfc32 (Chris Doty-Humphrey's Small Fast Chaotic, the 32-bit one of PractRand, public domain): 128 bits of
// state, a guaranteed period of 2^32 and an expected one of 2^127, additions, shifts and rotations only, so it makes the same
// numbers everywhere. Its first rounds are thrown away, as its author advises, so that streams of like names have nothing in common.

import { mix32 } from './mix.ts'

/** A stream of random numbers. Two made from the same numbers give the same ones. */
export interface Random {
  /** 32 random bits: 0 … 4294967295. */
  bits(): number
  /** 53 random bits as a fraction: 0 ≤ x < 1. */
  fraction(): number
  /** A whole number 0 ≤ n < `count`, each as likely as any other. Throws RangeError unless 1 ≤ count ≤ 2^53. */
  below(count: number): number
  /** A whole number from `min` to `max`, both included. Throws RangeError when there is none. */
  between(min: number, max: number): number
}

const WORD = 2 ** 32
const GOLDEN = 0x9e3779b9
const ROUNDS_DISCARDED = 15

/**
 * The stream named by `seed` and further numbers: (seed, VU), (seed, VU, iteration) … Each must be a safe integer; their order
 * and count matter. Throws RangeError.
 */
export function randomFrom(seed: number, ...names: readonly number[]): Random {
  // Two lanes with different constants, so that 64 bits of the names survive in a state of 128.
  let left = 0x243f6a88 | 0
  let right = 0x85a308d3 | 0
  for (const number of [seed, ...names]) {
    if (!Number.isSafeInteger(number)) throw new RangeError(`a random stream is named by whole numbers, not by ${number}`)
    for (const word of [number | 0, Math.floor(number / WORD) | 0]) {
      left = mix32(Math.imul(left ^ word, 0x01000193) + GOLDEN)
      right = mix32(Math.imul(right, 0x5bd1e995) ^ (word + GOLDEN))
    }
  }
  const bits = sfc32(left, right, mix32(left + right), 1)
  for (let round = 0; round < ROUNDS_DISCARDED; round++) bits()
  return ranges(bits)
}

function sfc32(first: number, second: number, third: number, start: number): () => number {
  let a = first
  let b = second
  let c = third
  let counter = start
  return () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}

function ranges(bits: () => number): Random {
  const wide = (): number => (bits() >>> 5) * 2 ** 26 + (bits() >>> 6)
  const below = (count: number): number => {
    if (!Number.isInteger(count) || count < 1 || count > 2 ** 53) {
      throw new RangeError(`can't choose one of ${count}`)
    }
    const [draw, space] = count <= WORD ? [bits, WORD] as const : [wide, 2 ** 53] as const
    // Draws at or beyond the last whole multiple of `count` are drawn again: a plain remainder would favour small numbers.
    const limit = space - (space % count)
    let drawn = draw()
    while (drawn >= limit) drawn = draw()
    return drawn % count
  }
  return {
    bits,
    fraction: () => wide() / 2 ** 53,
    below,
    between(min, max) {
      if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || max < min) {
        throw new RangeError(`there is no whole number from ${min} to ${max}`)
      }
      return min + below(max - min + 1)
    },
  }
}
