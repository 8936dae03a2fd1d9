// Chance: Math.random follows from the run's seed, the VU, its scenario and its iteration, so that a rerun makes the same choices.
import { mail, settings } from './border.ts'
import { ITERATION, PHASE, RUN, SCENARIO } from './mail.ts'

// xoshiro128** 1.1 (Blackman, Vigna: "Scrambled linear pseudorandom number generators", 2021), seeded by a murmur3-style mix.
const { imul } = Math
let s0 = 0, s1 = 0, s2 = 0, s3 = 0
/** The run the numbers are seeded for: each run draws its own sequence, and what draws nothing computes nothing. */
let seededRun = -1

function mix(hash: number, part: number): number {
  let mixed = imul(hash ^ part, 0x85EBCA6B)
  mixed = imul(mixed ^ mixed >>> 13, 0xC2B2AE35)
  return (mixed ^ mixed >>> 16) + 0x9E3779B9 | 0
}

function seed(): void {
  const { seed: runSeed, vu } = settings
  let hash = mix(mix(0, runSeed | 0), runSeed / 2 ** 32 | 0)
  hash = mix(mix(hash, vu), mail[SCENARIO])
  hash = mix(mix(hash, mail[ITERATION]), mail[PHASE])
  s0 = hash = mix(hash, 1)
  s1 = hash = mix(hash, 2)
  s2 = hash = mix(hash, 3)
  // The one state the generator cannot leave is all zero.
  s3 = mix(hash, 4) | 1
  seededRun = mail[RUN]
}

function next(): number {
  const five = imul(s1, 5)
  const shifted = s1 << 9
  s2 ^= s0
  s3 ^= s1
  s1 ^= s2
  s0 ^= s3
  s2 ^= shifted
  s3 = s3 << 11 | s3 >>> 21
  return imul(five << 7 | five >>> 25, 9)
}

const chance: { random: () => number } = Math
chance.random = (): number => {
  if (seededRun !== mail[RUN]) seed()
  // 53 bits, as the language's own.
  return ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 2 ** 53
}
