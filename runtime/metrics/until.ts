// Judges once a second whether what a run goes on for is reached, and says in the end what became of it.
import { formatSize } from '../../bindings/sdk/index.ts'
import type { Steady, Until } from '../plan/until.ts'
import { steadinessOf, type Steadiness } from './steadiness.ts'
import type { SeriesSource } from './verdict.ts'

/** How a run with `until` ended: by what was reached, or null when its time was over first. */
export interface UntilOutcome {
  readonly reached: 'steady' | 'maxData' | null
  /** A sentence for each thing waited for. */
  readonly messages: readonly string[]
}

/** What a run had done at a moment, all shards and workloads together. */
interface Done { readonly atMs: number; readonly operations: number; readonly bytes: number; readonly latencyMs: number }

const percentText = (part: number): string => `${(100 * part).toFixed(1)} %`
const secondsText = (ms: number): string => `${Math.round(ms / 1000)}s`
const MEASURED: Readonly<Record<Steady['of'], string>> = {
  operations: 'operations a second', bytes: 'bytes a second', latency: 'the mean time of an operation',
}

export class UntilJudge {
  readonly #until: Until
  readonly #workloads: readonly string[]
  /** At the end of each round so far, and at the first one's beginning: no more than are looked at. */
  readonly #rounds: Done[] = []
  #ended = 0
  #bytes = 0
  #last: Steadiness | undefined
  #reached: UntilOutcome['reached'] = null
  #reachedMs = 0

  constructor(until: Until, workloads: readonly string[]) {
    this.#until = until
    this.#workloads = workloads
    if (until.steady?.afterNs === 0) this.#rounds.push({ atMs: 0, operations: 0, bytes: 0, latencyMs: 0 })
  }

  /** Looks at what was counted this long after the start; true, once, when the run may end. */
  look(elapsedMs: number, source: SeriesSource): boolean {
    if (this.#reached !== null) return false
    const { steady, maxDataBytes } = this.#until
    this.#bytes = this.#sum(source, 'bytes')
    if (maxDataBytes !== undefined && this.#bytes >= maxDataBytes) this.#reached = 'maxData'
    else if (steady !== undefined && this.#isSteady(steady, elapsedMs, source)) this.#reached = 'steady'
    this.#reachedMs = elapsedMs
    return this.#reached !== null
  }

  outcome(): UntilOutcome {
    const { steady, maxDataBytes } = this.#until
    return {
      reached: this.#reached,
      messages: [
        ...steady === undefined || this.#reached === 'maxData' ? [] : [this.#steadyText(steady)],
        ...maxDataBytes === undefined || this.#reached === 'steady' ? [] : [this.#dataText(maxDataBytes)],
      ],
    }
  }

  #isSteady(steady: Steady, elapsedMs: number, source: SeriesSource): boolean {
    const roundMs = steady.roundNs / 1e6
    const begun = Math.floor((elapsedMs - steady.afterNs / 1e6) / roundMs)
    if (begun < 0 || (this.#rounds.length > 0 && begun <= this.#ended)) return false
    // Where the machine stood still a round is longer: none is made up.
    this.#ended = begun
    this.#rounds.push({
      atMs: elapsedMs, operations: this.#sum(source, 'reqs'), bytes: this.#bytes, latencyMs: this.#sum(source, 'req_duration'),
    })
    if (this.#rounds.length > steady.rounds + 1) this.#rounds.shift()
    if (this.#rounds.length <= steady.rounds) return false
    this.#last = steadinessOf(this.#rounds.slice(1).map((round, at) => valueOf(steady.of, this.#rounds[at] ?? round, round)))
    return this.#last !== undefined && this.#last.range <= steady.rangeMax && this.#last.slope <= steady.slopeMax
  }

  #sum(source: SeriesSource, metric: string): number {
    return this.#workloads.reduce((sum, workload) => {
      const data = source.select({ name: `${workload}_${metric}`, tags: {} })
      return sum + (data?.type === 'counter' || data?.type === 'trend' ? data.sum : 0)
    }, 0)
  }

  #steadyText({ of, rounds, roundNs, rangeMax, slopeMax }: Steady): string {
    const span = `${rounds} rounds of ${secondsText(roundNs / 1e6)}`
    if (this.#last === undefined) {
      const whole = Math.max(0, this.#rounds.length - 1)
      return whole < rounds ? `not steady: ${whole} of ${span} were run` : `not steady: over the last ${span} nothing was done`
    }
    const figures = (most: (part: number) => string): string => `over the last ${span}, ${MEASURED[of]} lay within `
      + `${percentText(this.#last?.range ?? 0)}${most(rangeMax)}, with a slope of ${percentText(this.#last?.slope ?? 0)}${most(slopeMax)}`
    return this.#reached === 'steady' ? `steady after ${secondsText(this.#reachedMs)}: ${figures(() => '')}`
      : `not steady: ${figures((part) => ` (at most ${percentText(part)})`)}`
  }

  #dataText(maxDataBytes: number): string {
    const moved = `${(this.#bytes / 1e6).toFixed(1)} MB were moved`
    return this.#reached === 'maxData' ? `maxData ${formatSize(maxDataBytes)} reached after ${secondsText(this.#reachedMs)}: ${moved}`
      : `maxData ${formatSize(maxDataBytes)} not reached: ${moved}`
  }
}

/** A round's value, from what was done before and after it. */
function valueOf(of: Steady['of'], before: Done, after: Done): number {
  const seconds = (after.atMs - before.atMs) / 1000
  const operations = after.operations - before.operations
  switch (of) {
    case 'operations': return operations / seconds
    case 'bytes': return (after.bytes - before.bytes) / seconds
    case 'latency': return operations === 0 ? 0 : (after.latencyMs - before.latencyMs) / operations
    default: return of satisfies never
  }
}
