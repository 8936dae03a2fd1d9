// The format of an op log: a header line, then one line of JSON an operation.
import type { GuestPhase, JsonObject, StorageCode, Subject } from '../../bindings/sdk/index.ts'
import type { TargetSettings } from '../link/protocol.ts'
import type { Plan } from '../plan/plan.ts'

/** Where the VU was that called. */
export interface Origin {
  readonly phase: GuestPhase
  /** `''` outside scenarios. */
  readonly scenario: string
  /** `__VU`; 0 in setup() and teardown(). */
  readonly vu: number
  /** `__ITER`; -1 outside iterations. */
  readonly iteration: number
  readonly group: string | undefined
}

/** What is known of an operation, as far as it is. Moments are µs since the run's start. */
export interface OpRecord {
  readonly origin: Origin
  readonly dueUs: number
  readonly startedUs: number | undefined
  readonly firstByteUs: number | undefined
  readonly endedUs: number | undefined
  readonly workload: string
  readonly op: string
  readonly subject: Subject | undefined
  readonly bytesIn: number
  readonly bytesOut: number
  /** Undefined: it had not ended when the log was closed. */
  readonly code: 'ok' | StorageCode | undefined
  /** One more than it was retried; 0 when it was refused before it was sent. */
  readonly attempts: number | undefined
  readonly detail: string | undefined
  readonly requestId: string | undefined
  readonly endpoint: string | undefined
  readonly driver: string | undefined
  readonly target: string | undefined
}

const text = (value: string | undefined): string => value === undefined ? 'null' : JSON.stringify(value)
/** JSON of names that come again and again; what a guest may make up is kept within bounds. */
const NAMES_MAX = 1000
const names = new Map<string, string>()
function name(value: string | undefined): string {
  if (value === undefined) return 'null'
  let json = names.get(value)
  if (json === undefined) {
    json = JSON.stringify(value)
    if (names.size < NAMES_MAX) names.set(value, json)
  }
  return json
}
const number = (value: number | undefined): string => value === undefined ? 'null' : `${value}`

/** Every line has every key, null where there is nothing to say, so that a table made of them has all columns. */
export const recordLine = (record: OpRecord): string => {
  const { subject, origin } = record
  return `{"dueUs":${record.dueUs},"startedUs":${number(record.startedUs)},"firstByteUs":${number(record.firstByteUs)}`
    + `,"endedUs":${number(record.endedUs)},"workload":${name(record.workload)},"op":${name(record.op)},"key":${text(subject?.key)}`
    + `,"keys":${number(subject?.keys)},"sizeBytes":${number(subject?.sizeBytes)},"bytesIn":${record.bytesIn},"bytesOut":${record.bytesOut}`
    + `,"code":${name(record.code)},"attempts":${number(record.attempts)}`
    + `,"detail":${text(record.detail)},"requestId":${text(record.requestId)}`
    + `,"endpoint":${name(record.endpoint)},"driver":${name(record.driver)},"target":${name(record.target)}`
    + `,"phase":"${origin.phase}","scenario":${origin.scenario === '' ? 'null' : name(origin.scenario)},"group":${name(origin.group)}`
    + `,"vu":${origin.vu},"iteration":${origin.iteration < 0 ? 'null' : origin.iteration}}\n`
}

export interface HeaderFacts {
  readonly plan: Plan
  readonly share: { readonly index: number }
  readonly targets: TargetSettings
  readonly originEpochMs: number
}

/** The first line: all under the one key `header`, which no other line has. */
export function headerLine({ plan, share, targets, originEpochMs }: HeaderFacts): string {
  const stores = plan.workloads.map((workload) => storeOf(workload, targets))
  return `${JSON.stringify({
    header: {
      format: 'chopsticks-op-log', version: 1, run: plan.runId, shard: share.index, shards: plan.shards, script: plan.script.name,
      seed: plan.seed, unit: 'us', origin: new Date(originEpochMs).toISOString(), originEpochUs: originEpochMs * 1000,
      prefix: plan.prefix, stores,
    },
  })}\n`
}

const storeOf = (workload: string, { default: target, targets }: TargetSettings): JsonObject => {
  const config = targets[target]?.[workload]
  return { workload, target, driver: config?.['driver'] ?? null, endpoint: config?.['endpoint'] ?? null }
}
