// Thresholds over windows: what each window of the load showed, of which only the last few are kept as histograms.
//
// A shard's n-th report is its n-th second. A window is over when every shard has reported its last second; what a rest of the load
// shorter than a window counted belongs to the window before it, so that no sample is left out and no window is judged on a moment.
// A counter that counted nothing in a window was 0 in it; a trend or rate without samples says nothing of it.
import type { Threshold } from '../plan/threshold.ts'
import { met, observe } from './observe.ts'
import { picks } from './series.ts'
import { mergedData } from './sinks.ts'
import type { SeriesData, Snapshot } from './snapshot.ts'

/** What all windows of a threshold showed. */
export interface WindowsSeen {
  /** Windows that were judged, and how many of them did not hold. */
  readonly count: number
  readonly crossed: number
  /** The one furthest on the wrong side, or nearest to it; the first of equals. Undefined when no window had samples. */
  readonly worst: WindowValue | undefined
}
interface WindowValue {
  /** When the window began, ms from the start of the load. */
  readonly fromMs: number
  readonly value: number
}

const SECOND_MS = 1000
/** An end so much before a whole window is taken for it: loads end a little early or late. */
const END_SLACK_MS = 500

/** One threshold's windows. */
class Windows {
  readonly threshold: Threshold
  readonly #seconds: number
  /** What windows counted that are not folded yet, by number. */
  readonly #open = new Map<number, SeriesData>()
  #folded: WindowsSeen = { count: 0, crossed: 0, worst: undefined }
  #nextToFold = 0
  #isCounter = false

  constructor(threshold: Threshold, overNs: number) {
    this.threshold = threshold
    this.#seconds = overNs / 1e9
  }

  add(second: number, { series }: Snapshot): void {
    const { selector } = this.threshold
    const index = Math.max(this.#nextToFold, Math.floor(second / this.#seconds))
    const parts = series.filter(({ metric, tags }) => metric === selector.name && picks(selector, tags)).map(({ data }) => data)
    if (parts.length === 0) return
    this.#isCounter ||= parts[0]?.type === 'counter'
    const known = this.#open.get(index)
    const merged = mergedData(known === undefined ? parts : [known, ...parts])
    if (merged !== undefined) this.#open.set(index, merged)
  }

  /** Judges windows for good that every shard has left behind, but for the last two: a rest may still belong to one of them. */
  fold(secondsDone: number): void {
    const last = Math.floor(secondsDone / this.#seconds) - 2
    for (; this.#nextToFold < last; this.#nextToFold++) {
      this.#folded = this.#with(this.#folded, this.#nextToFold, this.#open.get(this.#nextToFold), this.#seconds * SECOND_MS)
      this.#open.delete(this.#nextToFold)
    }
  }

  seen(secondsDone: number, measuredMs: number, final: boolean): WindowsSeen {
    const lengthMs = this.#seconds * SECOND_MS
    const count = final ? Math.max(1, Math.floor((measuredMs + END_SLACK_MS) / lengthMs)) : Math.floor(secondsDone / this.#seconds)
    let seen = this.#folded
    for (let index = this.#nextToFold; index < count; index++) {
      const isLast = final && index === count - 1
      const rest = isLast ? [...this.#open].filter(([number]) => number >= index).map(([, data]) => data) : []
      const data = isLast ? mergedData(rest) : this.#open.get(index)
      seen = this.#with(seen, index, data, isLast ? Math.max(0, measuredMs - index * lengthMs) : lengthMs)
    }
    return seen
  }

  #with(seen: WindowsSeen, index: number, data: SeriesData | undefined, lengthMs: number): WindowsSeen {
    const { expression } = this.threshold
    const value = observe(data, expression.aggregation, lengthMs) ?? (this.#isCounter ? 0 : undefined)
    if (value === undefined) return seen
    const crossed = met(expression, value) ? 0 : 1
    const here: WindowValue = { fromMs: index * this.#seconds * SECOND_MS, value }
    const worst = seen.worst === undefined || this.#isWorse(value, seen.worst.value) ? here : seen.worst
    return { count: seen.count + 1, crossed: seen.crossed + crossed, worst }
  }

  #isWorse(value: number, than: number): boolean {
    const { expression } = this.threshold
    switch (expression.operator) {
      case '<': case '<=': return value > than
      case '>': case '>=': return value < than
      case '==': case '===': case '!=': return !met(expression, value) && met(expression, than)
      default: return expression.operator satisfies never
    }
  }
}

export class ThresholdWindows {
  readonly #windows: readonly Windows[]
  /** Reports each shard has made. */
  readonly #reports: number[]

  constructor(thresholds: readonly Threshold[], shards: number) {
    this.#windows = thresholds.flatMap((threshold) => {
      const { overNs } = threshold.expression
      return overNs === undefined ? [] : [new Windows(threshold, overNs)]
    })
    this.#reports = Array.from({ length: shards }, () => 0)
  }

  /** Adds a shard's report; one that was added before changes nothing. */
  add(shard: number, snapshot: Snapshot): void {
    if (this.#windows.length === 0 || snapshot.sequence < (this.#reports[shard] ?? 0)) return
    this.#reports[shard] = snapshot.sequence + 1
    for (const windows of this.#windows) {
      windows.add(snapshot.sequence, snapshot)
      windows.fold(this.#secondsDone)
    }
  }

  /** What a threshold's windows showed: those that are over, or at the end of the load (`final`) all. */
  seen(threshold: Threshold, measuredMs: number, final: boolean): WindowsSeen | undefined {
    return this.#windows.find((one) => one.threshold === threshold)?.seen(this.#secondsDone, measuredMs, final)
  }

  /** Seconds every shard has reported. */
  get #secondsDone(): number { return Math.min(...this.#reports) }
}
