// What a run has counted so far, for receivers that want totals and not seconds.
import { tagsKey } from '../../metrics/series.ts'
import { sinkFor, type Sink } from '../../metrics/sinks.ts'
import type { Series } from '../../metrics/snapshot.ts'
import type { Window } from '../../metrics/timeline.ts'

export class Totals {
  readonly #entries = new Map<string, { readonly series: Omit<Series, 'data'>; readonly sink: Sink }>()

  add({ series }: Window): void {
    for (const { metric, contains, tags, data } of series) {
      const key = `${metric}\n${tagsKey(tags)}`
      let entry = this.#entries.get(key)
      if (entry === undefined) this.#entries.set(key, entry = { series: { metric, contains, tags }, sink: sinkFor(data.type) })
      entry.sink.merge(data)
    }
  }

  /** Every series that counted anything, in the order of their first appearance. */
  series(): readonly Series[] {
    return [...this.#entries.values()].map(({ series, sink }) => ({ ...series, data: sink.data() }))
  }
}
