// What record.json holds, checked when it is read; config/record.schema.json is made from it.
import { z } from 'zod'

export const RECORD_FORMAT = 'chopsticks-run'
/** Grows with every change an older reader would misunderstand. */
export const RECORD_VERSION = 1

const count = z.number().min(0)
const ms = z.number()
const tags = z.record(z.string(), z.string())
const pairs = z.array(z.tuple([z.int(), count]))
const data = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('counter'), sum: z.number(), count }),
  z.looseObject({ type: z.literal('gauge'), value: z.number(), atMs: ms, min: z.number(), max: z.number(), count }),
  z.looseObject({ type: z.literal('rate'), trues: count, count }),
  z.looseObject({
    type: z.literal('trend'), count, sum: z.number(), min: z.number(), max: z.number(),
    histogram: z.looseObject({ zero: count, positive: pairs, negative: pairs })
      .describe('Pairs of bucket and count. A bucket is the exponent (11 bits) and the first 8 bits of the mantissa of the doubles in it.'),
  }),
])
const series = z.looseObject({
  metric: z.string(), contains: z.enum(['default', 'time', 'data']), tags, data,
  figures: z.record(z.string(), z.number()).optional().describe('Of a trend: avg, min, max and percentiles; times are ms.'),
})
const subject = { workload: z.string(), op: z.string(), target: z.string(), endpoint: z.string().optional() }

const record = z.looseObject({
  version: z.literal(1), runId: z.string(), startedAt: z.string().describe('ISO 8601, UTC.'),
  plan: z.looseObject({
    version: z.literal(1), runId: z.string(), seed: z.number(), script: z.looseObject({ name: z.string(), digest: z.string() }),
    scenarios: z.array(z.looseObject({ name: z.string(), executor: z.string() })), thresholds: z.array(z.looseObject({})), tags,
    env: z.record(z.string(), z.string()), prefix: z.string(), shards: z.int(), workloads: z.array(z.string()),
    summary: z.looseObject({ mode: z.string(), trendStats: z.array(z.string()) }),
  }).describe('All options merged: what `chopsticks inspect` prints.'),
  times: z.looseObject({ initMs: ms, measuredMs: ms.describe('What rates divide by.') }),
  targets: z.array(z.string()), builtin: z.boolean().describe('True: the built-in store, no storage.'),
  series: z.array(series).describe('Everything that was counted, over the whole run.'),
  errors: z.array(z.looseObject({ message: z.string(), count })), progress: z.array(z.looseObject({ scenario: z.string() })),
  scenarios: z.array(z.looseObject({ name: z.string() })).describe('Offered and achieved, tasks, steps.'),
  generator: z.looseObject({ limited: z.boolean(), reasons: z.array(z.looseObject({})), shards: z.array(z.looseObject({})) }),
  verdicts: z.array(z.looseObject({ ok: z.boolean() })).describe('Thresholds and what they saw.'),
  slowest: z.array(z.looseObject({ ...subject, startMs: ms, durationMs: ms, code: z.string(), key: z.string().optional() })).optional(),
  outages: z.array(z.looseObject({ ...subject, fromMs: ms, durationMs: ms, ended: z.boolean() })).optional(),
  cleanup: z.looseObject({ ran: z.boolean(), deleted: count }),
  ending: z.looseObject({ kind: z.string() }),
})

const environment = z.looseObject({
  versions: z.record(z.string(), z.string()),
  host: z.looseObject({
    name: z.string(), system: z.string(), cores: count, memoryBytes: count, nics: z.array(z.looseObject({ name: z.string() })),
  }),
})

/** The whole document. Keys it does not name may be there too: readers leave them alone. */
export const recordSchema = z.looseObject({
  format: z.literal(RECORD_FORMAT), version: z.literal(RECORD_VERSION),
  loadStartedAt: z.string().optional().describe('When the load began, ISO 8601, UTC; absent when it never did.'),
  environment, record,
})

/** As JSON Schema, for editors and pipelines. */
export const recordJsonSchema = (): object => ({ title: 'chopsticks run record', ...z.toJSONSchema(recordSchema) })
