// Where the random numbers of each run begin: four words that follow from the run's seed, the VU, its scenario, its iteration and phase.

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

/** The state a generator of 128 bits begins with in one run; 32-bit integers, not all of them 0. */
export type ChanceWords = readonly [number, number, number, number]

/** One VU's. */
export class Chance {
  readonly #vuHash: number
  #scenario: string | undefined
  #scenarioHash: number

  /** `seed`: up to 2⁵³. */
  constructor(seed: number, vu: number) {
    this.#vuHash = mix(mix(mix(0, seed | 0), seed / 2 ** 32 | 0), vu)
    this.#scenarioHash = mix(this.#vuHash, 0)
  }

  /** @param phase its number (border.ts, PHASES) */
  words(scenario: string | undefined, iteration: number, phase: number): ChanceWords {
    if (scenario !== this.#scenario) {
      this.#scenario = scenario
      this.#scenarioHash = mix(this.#vuHash, scenarioNumber(scenario))
    }
    const hash = mix(mix(this.#scenarioHash, iteration), phase)
    const first = mix(hash, 1)
    const second = mix(first, 2)
    const third = mix(second, 3)
    return [first, second, third, mix(third, 4) | 1]
  }
}
