// A run over time, in bounded memory: a window a second for the last hour, then one for 10 s, then for a minute, made by merging.
//
// Windows are kept as bytes (series-codec.ts), a tenth of what they take as objects. Beyond `bytesMax` the level that holds the most
// goes on merging its oldest windows into the next one, whatever their age; the coarsest windows are an hour long.
import { decodeSeries, encodeSeries, SeriesNames } from './series-codec.ts'
import { tagsKey } from './series.ts'
import { sinkFor, type Sink } from './sinks.ts'
import type { Series } from './snapshot.ts'

/** What all shards counted within a span of the run. */
export interface Window {
  /**
   * When it begins: ms since the start of the load, the moment scenarios' `startTime` counts from; setup and init are over by then.
   * The first iteration begins there or later. In wall time it is the stored run's `loadStartedAt`.
   */
  readonly startMs: number
  /** 1000, but for a run's last window, which ends with the load, and for merged ones (10 s, 1 min, …). */
  readonly lengthMs: number
  /** What was counted in it and in no other window: of gauges the last value. Series without values are left out. */
  readonly series: readonly Series[]
}

/** Windows in the order of time, decoded one by one as they are asked for, as often as they are. */
export interface WindowList extends Iterable<Window> { readonly length: number }

/** How long windows are, and how old they become before they are merged into the next level's, ms. */
interface Level { readonly lengthMs: number; readonly keepMs: number }

const HOUR_MS = 3_600_000
const LEVELS: readonly Level[] = [
  { lengthMs: 1000, keepMs: HOUR_MS },
  { lengthMs: 10_000, keepMs: 10 * HOUR_MS },
  { lengthMs: 60_000, keepMs: Infinity },
  { lengthMs: 600_000, keepMs: Infinity },
  { lengthMs: HOUR_MS, keepMs: Infinity },
]

/** What a timeline holds at most, bytes. */
const BYTES_MAX = 200 * 1024 ** 2

/** A window as it is kept. */
interface Kept { readonly startMs: number; readonly lengthMs: number; readonly bytes: Uint8Array }

export class Timeline {
  readonly #bytesMax: number
  readonly #names = new SeriesNames()
  /** One list a level, the oldest window first; all of a level are older than those of the level before. */
  readonly #levels: Kept[][] = LEVELS.map(() => [])
  readonly #sizes: number[] = LEVELS.map(() => 0)

  constructor(bytesMax = BYTES_MAX) { this.#bytesMax = bytesMax }

  /** How much it holds, bytes. */
  get sizeBytes(): number { return this.#sizes.reduce((sum, size) => sum + size, 0) }

  /**
   * Adds a second, or what came late of one that was added before: windows come in the order of time but for a few, and a part of
   * one that is kept is merged into it.
   */
  add(window: Window): void {
    if (!this.#join(window)) this.#insert(0, window)
    const newestMs = this.#levels[0]?.at(-1)?.startMs ?? window.startMs
    for (const [at, { keepMs }] of LEVELS.entries()) {
      while (newestMs - (this.#levels[at]?.[0]?.startMs ?? Infinity) >= keepMs) this.#coarsen(at)
    }
    while (this.sizeBytes > this.#bytesMax && this.#shrink());
  }

  /** What is kept, the earliest first, as it is now: windows that are added later are not in it. */
  windows(): WindowList {
    const kept = this.#levels.toReversed().flat()
    const names = this.#names.all
    return {
      length: kept.length,
      *[Symbol.iterator]() {
        for (const { startMs, lengthMs, bytes } of kept) yield { startMs, lengthMs, series: decodeSeries(bytes, names) }
      },
    }
  }

  /** Merges it into the window that holds its moment, if one is kept. */
  #join(window: Window): boolean {
    for (const [level, list] of this.#levels.entries()) {
      const at = list.findLastIndex(({ startMs, lengthMs }) => window.startMs >= startMs && window.startMs < startMs + lengthMs)
      const kept = list[at]
      if (kept !== undefined) {
        this.#replace(level, at, 1, mergedWindow([this.#decoded(kept), window]))
        return true
      }
      const oldest = list[0]
      if (oldest !== undefined && window.startMs > oldest.startMs) return false
    }
    return false
  }

  #insert(level: number, window: Window): void {
    const list = this.#levels[level] ?? []
    const before = list.findLastIndex(({ startMs }) => startMs <= window.startMs)
    this.#replace(level, before + 1, 0, window)
  }

  /** The oldest windows of a level become one of the next. */
  #coarsen(level: number): void {
    const next = LEVELS[level + 1]
    const list = this.#levels[level] ?? []
    const oldest = list[0]
    if (next === undefined || oldest === undefined) return
    const slot = Math.floor(oldest.startMs / next.lengthMs)
    const later = list.findIndex(({ startMs }) => Math.floor(startMs / next.lengthMs) !== slot)
    const group = this.#cut(level, later === -1 ? list.length : later).map((kept) => this.#decoded(kept))
    const last = this.#levels[level + 1]?.at(-1)
    if (last !== undefined && Math.floor(last.startMs / next.lengthMs) === slot) {
      const at = (this.#levels[level + 1] ?? []).length - 1
      this.#replace(level + 1, at, 1, mergedWindow([this.#decoded(last), ...group]))
    } else this.#insert(level + 1, mergedWindow(group))
  }

  /** False when nothing is left to merge. */
  #shrink(): boolean {
    const sizes = this.#sizes.slice(0, -1)
    const most = sizes.indexOf(Math.max(...sizes))
    if ((sizes[most] ?? 0) === 0) return false
    this.#coarsen(most)
    return true
  }

  #cut(level: number, count: number): readonly Kept[] {
    const cut = this.#levels[level]?.splice(0, count) ?? []
    this.#sizes[level] = (this.#sizes[level] ?? 0) - cut.reduce((sum, { bytes }) => sum + bytes.length, 0)
    return cut
  }

  #replace(level: number, at: number, count: number, { startMs, lengthMs, series }: Window): void {
    const bytes = encodeSeries(series, this.#names)
    const gone = this.#levels[level]?.splice(at, count, { startMs, lengthMs, bytes }) ?? []
    this.#sizes[level] = (this.#sizes[level] ?? 0) + bytes.length - gone.reduce((sum, kept) => sum + kept.bytes.length, 0)
  }

  #decoded({ startMs, lengthMs, bytes }: Kept): Window { return { startMs, lengthMs, series: decodeSeries(bytes, this.#names.all) } }
}

/** Windows as one, from the start of the first to the end of the last; of none, an empty one at 0. */
export function mergedWindow(windows: readonly Window[]): Window {
  const startMs = Math.min(...windows.map((window) => window.startMs))
  const endMs = Math.max(...windows.map((window) => window.startMs + window.lengthMs))
  if (windows.length === 0) return { startMs: 0, lengthMs: 0, series: [] }
  return { startMs, lengthMs: endMs - startMs, series: mergedSeries(windows.map(({ series }) => series)) }
}

/** Series of the same name merged: what was counted adds up, and of gauges the value set last stands. */
export function mergedSeries(lists: Iterable<readonly Series[]>): readonly Series[] {
  const merged = new Map<string, { readonly first: Series; sink: Sink | undefined }>()
  for (const list of lists) {
    for (const one of list) {
      const key = `${one.metric}\n${tagsKey(one.tags)}`
      const known = merged.get(key)
      if (known === undefined) {
        merged.set(key, { first: one, sink: undefined })
        continue
      }
      if (known.sink === undefined) {
        known.sink = sinkFor(known.first.data.type)
        known.sink.merge(known.first.data)
      }
      known.sink.merge(one.data)
    }
  }
  return [...merged.values()].map(({ first, sink }) => sink === undefined ? first : { ...first, data: sink.data() })
}
