// What Math.random gives in a VU: in each run a sequence of its own, which follows from the run's seed, the VU, its scenario, its
// iteration and phase. The numbers are xoshiro128**'s (1.1; Blackman, Vigna: "Scrambled linear pseudorandom number generators", 2021).

const { imul } = Math

/** A murmur3-style mix (Appleby, public domain) with the golden ratio added, so that no part leaves a hash as it was. */
function mix(hash: number, part: number): number {
  let mixed = imul(hash ^ part, 0x85EBCA6B)
  mixed = imul(mixed ^ mixed >>> 13, 0xC2B2AE35)
  return (mixed ^ mixed >>> 16) + 0x9E3779B9 | 0
}

/** FNV-1a of a scenario's name, 32 bits; 0 outside scenarios. */
function scenarioNumber(name: string | undefined): number {
  if (name === undefined) return 0
  let hash = 0x811C9DC5
  for (let index = 0; index < name.length; index++) hash = imul(hash ^ name.charCodeAt(index), 0x01000193)
  return hash
}

/** One VU's. */
export class Chance {
  readonly #vuHash: number
  #scenario: string | undefined
  #scenarioHash: number
  #iteration = -1
  #phase = 0
  #begun = false
  #s0 = 0
  #s1 = 0
  #s2 = 0
  #s3 = 0

  /** `seed`: up to 2⁵³. */
  constructor(seed: number, vu: number) {
    this.#vuHash = mix(mix(mix(0, seed | 0), seed / 2 ** 32 | 0), vu)
    this.#scenarioHash = mix(this.#vuHash, 0)
  }

  /** A run begins. @param phase its number (border.ts, PHASES) */
  place(scenario: string | undefined, iteration: number, phase: number): void {
    if (scenario !== this.#scenario) {
      this.#scenario = scenario
      this.#scenarioHash = mix(this.#vuHash, scenarioNumber(scenario))
    }
    this.#iteration = iteration
    this.#phase = phase
    this.#begun = false
  }

  /** The run's next number: 53 random bits as a fraction, 0 ≤ x < 1. */
  fraction(): number {
    if (!this.#begun) this.#begin()
    return ((this.#next() >>> 5) * 0x4000000 + (this.#next() >>> 6)) / 2 ** 53
  }

  /** Most runs draw nothing: what they would begin with is not worked out. */
  #begin(): void {
    this.#begun = true
    this.#s0 = mix(mix(mix(this.#scenarioHash, this.#iteration), this.#phase), 1)
    this.#s1 = mix(this.#s0, 2)
    this.#s2 = mix(this.#s1, 3)
    this.#s3 = mix(this.#s2, 4) | 1
  }

  #next(): number {
    const five = imul(this.#s1, 5)
    const shifted = this.#s1 << 9
    this.#s2 ^= this.#s0
    this.#s3 ^= this.#s1
    this.#s1 ^= this.#s2
    this.#s0 ^= this.#s3
    this.#s2 ^= shifted
    this.#s3 = this.#s3 << 11 | this.#s3 >>> 21
    return imul(five << 7 | five >>> 25, 9)
  }
}
