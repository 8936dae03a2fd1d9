// Outages: the longest time an operation had no success, by operation, target and endpoint, over all shards.
//
// The time without a success counts only while an operation was asked for: it begins with the last success, or with the first
// operation begun after it, whichever is later, and ends with the next success, or with the last failure when there was none. So a
// script that pauses makes no outage, and a store that hangs for 30 s or refuses everything for 30 s makes one of 30 s. An answer
// the script said it expects is a success; what was cut off by the end of the run is neither.
//
// Each shard tells of each second the moments of its first and last success and the longest time between two within it. Over several
// shards what lies between two seconds' successes is exact, and what lies within one second is a bound from above.

/** What is told apart. */
interface Subject {
  readonly workload: string
  readonly op: string
  readonly target: string
  /** Only of a target with several. */
  readonly endpoint?: string
}

/** The longest time one operation had no success at one endpoint. */
export interface Outage extends Subject {
  /** When it began: ms since the start of the load. */
  readonly fromMs: number
  readonly durationMs: number
  /** False when no success followed it. */
  readonly ended: boolean
}

/** What a shard saw of one operation at one endpoint since its last report. Moments are ms since the start of the load. */
export interface Availability extends Subject {
  /** The first and the last success; both or none. */
  readonly firstOkMs?: number
  readonly lastOkMs?: number
  /** The longest time without one between these two, and when it began. */
  readonly gapMs: number
  readonly gapFromMs: number
  /** When the earliest operation began that had ended by the first success, it included; or, without one, of all. */
  readonly triedFromMs: number
  /** Of failures after the last success: when the earliest began and the last ended. */
  readonly failedFromMs?: number
  readonly failedMs?: number
}

/** Watches one operation at one endpoint, in one shard. Moments are the shard's own until they are taken. */
export class AvailabilityWatch {
  readonly #subject: Subject
  #firstOkMs = Infinity
  #lastOkMs = -Infinity
  #gapMs = 0
  #gapFromMs = 0
  #triedFromMs = Infinity
  #failedFromMs = Infinity
  #failedMs = -Infinity

  constructor(subject: Subject) { this.#subject = subject }

  ok(startedMs: number, endedMs: number): void {
    const triedMs = startedMs < this.#failedFromMs ? startedMs : this.#failedFromMs
    if (this.#firstOkMs === Infinity) {
      this.#firstOkMs = endedMs
      this.#triedFromMs = triedMs
    } else {
      const fromMs = triedMs > this.#lastOkMs ? triedMs : this.#lastOkMs
      if (endedMs - fromMs > this.#gapMs) {
        this.#gapMs = endedMs - fromMs
        this.#gapFromMs = fromMs
      }
    }
    this.#lastOkMs = endedMs
    this.#failedFromMs = Infinity
  }

  failed(startedMs: number, endedMs: number): void {
    if (startedMs < this.#failedFromMs) this.#failedFromMs = startedMs
    this.#failedMs = endedMs
  }

  /** What was seen since the last call, its moments counted from `originMs`; undefined when nothing was. */
  take(originMs: number): Availability | undefined {
    const failed = this.#failedFromMs !== Infinity
    const ok = this.#firstOkMs !== Infinity
    if (!ok && !failed) return undefined
    const seen: Availability = {
      ...this.#subject, gapMs: this.#gapMs, gapFromMs: this.#gapMs === 0 ? 0 : this.#gapFromMs - originMs,
      triedFromMs: (ok ? this.#triedFromMs : this.#failedFromMs) - originMs,
      ...(ok ? { firstOkMs: this.#firstOkMs - originMs, lastOkMs: this.#lastOkMs - originMs } : {}),
      ...(failed ? { failedFromMs: this.#failedFromMs - originMs, failedMs: this.#failedMs - originMs } : {}),
    }
    this.#firstOkMs = Infinity
    this.#gapMs = 0
    this.#failedFromMs = Infinity
    return seen
  }
}

/** One subject over all shards, up to some second. */
interface State {
  readonly lastOkMs: number
  readonly failedFromMs: number
  readonly failedMs: number
  readonly longestFromMs: number
  readonly longestMs: number
}
const NOTHING: State = { lastOkMs: -Infinity, failedFromMs: Infinity, failedMs: -Infinity, longestFromMs: 0, longestMs: 0 }

const longer = (state: State, fromMs: number, toMs: number): State =>
  toMs - fromMs > state.longestMs ? { ...state, longestFromMs: fromMs, longestMs: toMs - fromMs } : state

/** The state after a second of which these shards told. */
function after(before: State, parts: readonly Availability[]): State {
  const least = (pick: (part: Availability) => number | undefined): number => Math.min(...parts.map((part) => pick(part) ?? Infinity))
  const most = (pick: (part: Availability) => number | undefined): number => Math.max(...parts.map((part) => pick(part) ?? -Infinity))
  const firstOkMs = least((part) => part.firstOkMs)
  const lastOkMs = most((part) => part.lastOkMs)
  const triedFromMs = Math.min(before.failedFromMs, least((part) => part.triedFromMs))
  const failedMs = Math.max(before.failedMs, most((part) => part.failedMs))
  if (firstOkMs === Infinity) return { ...before, failedFromMs: triedFromMs, failedMs }
  const failedFromMs = least((part) => part.failedFromMs)
  const outside = longer(before, Math.max(before.lastOkMs, triedFromMs), firstOkMs)
  // Each shard alone bounds what can lie between the first and the last success of all.
  const bounds = parts.flatMap((part) => part.firstOkMs === undefined || part.lastOkMs === undefined ? [] : [[
    { fromMs: part.gapFromMs, ms: part.gapMs }, { fromMs: firstOkMs, ms: part.firstOkMs - firstOkMs },
    { fromMs: part.lastOkMs, ms: lastOkMs - part.lastOkMs },
  ].reduce((a, b) => b.ms > a.ms ? b : a)])
  const inside = bounds.reduce((a, b) => b.ms < a.ms ? b : a)
  return { ...longer(outside, inside.fromMs, inside.fromMs + inside.ms), lastOkMs, failedFromMs, failedMs }
}

/** Seconds kept open for shards that report late. */
const OPEN_SECONDS = 60

interface Watched { readonly subject: Subject; state: State; readonly open: Map<number, Map<number, Availability>> }

/** Every subject's longest time without a success, from what the shards tell. */
export class OutageLog {
  readonly #subjects = new Map<string, Watched>()

  /** Takes what a shard told with its snapshot of this number: the same number is the same second in every shard. */
  add(shard: number, sequence: number, parts: readonly Availability[]): void {
    for (const part of parts) {
      const { workload, op, target, endpoint } = part
      const key = JSON.stringify([workload, op, target, endpoint])
      let watched = this.#subjects.get(key)
      if (watched === undefined) {
        const subject = { workload, op, target, ...(endpoint === undefined ? {} : { endpoint }) }
        this.#subjects.set(key, watched = { subject, state: NOTHING, open: new Map() })
      }
      const second = watched.open.get(sequence) ?? new Map<number, Availability>()
      watched.open.set(sequence, second.set(shard, part))
      while (watched.open.size > OPEN_SECONDS) {
        const oldest = Math.min(...watched.open.keys())
        watched.state = after(watched.state, [...watched.open.get(oldest)?.values() ?? []])
        watched.open.delete(oldest)
      }
    }
  }

  /** The longest of each subject so far, the longest of all first. */
  outages(): readonly Outage[] {
    return [...this.#subjects.values()].map(({ subject, state, open }) => {
      const seconds = [...open].sort(([a], [b]) => a - b).map(([, parts]) => [...parts.values()])
      const end = seconds.reduce(after, state)
      const last = end.failedFromMs === Infinity ? end : longer(end, Math.max(end.lastOkMs, end.failedFromMs), end.failedMs)
      return { ...subject, fromMs: last.longestFromMs, durationMs: last.longestMs, ended: last === end }
    }).sort((a, b) => b.durationMs - a.durationMs)
  }
}
