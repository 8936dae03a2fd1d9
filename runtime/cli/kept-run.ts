// A run of this process as comparisons read it: windows gathered while it runs, the record and the machine at its end.
import { Timeline } from '../metrics/timeline.ts'
import type { RunRecord } from '../metrics/record.ts'
import type { ComparableRun } from '../results/compare/unlike.ts'
import { hostFacts } from '../results/host-facts.ts'
import type { Keeper } from './drive-parts.ts'
import { versions } from './keep.ts'

/** Gathers a run; `run` is undefined when it did not come to a record. */
export class RunKeeper implements Keeper {
  readonly #timeline = new Timeline()
  #record: RunRecord | undefined
  readonly window = (window: Parameters<Timeline['add']>[0]): void => { this.#timeline.add(window) }
  readonly record = (record: RunRecord): void => { this.#record = record }

  run(path: string): ComparableRun | undefined {
    const record = this.#record
    if (record === undefined) return undefined
    return { path, record, environment: { versions: versions(), host: hostFacts() }, windows: this.#timeline.windows(), complete: true }
  }
}
