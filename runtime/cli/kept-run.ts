// A run of this process as comparisons read it: windows gathered while it runs, the record and the machine at its end.
import { cpus, hostname, release, totalmem, type as systemType } from 'node:os'
import { Timeline } from '../metrics/timeline.ts'
import type { RunRecord } from '../metrics/record.ts'
import type { ComparableRun } from '../results/compare/unlike.ts'
import type { Keeper } from './drive.ts'
import { version } from './version.ts'

/** Gathers a run; `run` is undefined when it did not come to a record. */
export class RunKeeper implements Keeper {
  readonly #timeline = new Timeline()
  #record: RunRecord | undefined
  readonly window = (window: Parameters<Timeline['add']>[0]): void => { this.#timeline.add(window) }
  readonly record = (record: RunRecord): void => { this.#record = record }

  run(path: string): ComparableRun | undefined {
    const record = this.#record
    if (record === undefined) return undefined
    return { path, record, environment: environmentHere(), windows: this.#timeline.windows(), complete: true }
  }
}

function environmentHere(): ComparableRun['environment'] {
  const cores = cpus()
  const cpu = cores[0]?.model
  return {
    versions: { chopsticks: version(), node: process.versions.node, v8: process.versions.v8 },
    host: {
      name: hostname(), system: `${systemType().toLowerCase()} ${release()} ${process.arch}`,
      cores: cores.length, memoryBytes: totalmem(), nics: [],
      ...(cpu === undefined ? {} : { cpu }),
    },
  }
}
