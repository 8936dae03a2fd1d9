// Chance: Math.random follows from the run's seed, the VU, its scenario and its iteration, so that a rerun makes the same choices.
import { mail } from './border.ts'
import { CHANCE, RUN } from './mail.ts'

// xoshiro128** 1.1 (Blackman, Vigna: "Scrambled linear pseudorandom number generators", 2021), seeded by the host.
const { imul } = Math
let s0 = 0, s1 = 0, s2 = 0, s3 = 0
/** The run the numbers are seeded for: each run draws its own sequence. */
let seededRun = -1

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
  if (seededRun !== mail[RUN]) {
    seededRun = mail[RUN]
    s0 = mail[CHANCE]
    s1 = mail[CHANCE + 1 as 16]
    s2 = mail[CHANCE + 2 as 17]
    s3 = mail[CHANCE + 3 as 18]
  }
  // 53 bits, as the language's own.
  return ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 2 ** 53
}
