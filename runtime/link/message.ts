// What comes from an agent, checked: its process may be broken in any way, and must not break the one that hears it.
import type { FromAgent } from './protocol.ts'

type Check = (value: unknown) => boolean
type Fields = Readonly<Record<string, unknown>>

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number'
const isFlag: Check = (value) => typeof value === 'boolean'
const anything: Check = () => true
const orNone = (check: Check): Check => (value) => value === undefined || check(value)
const orNull = (check: Check): Check => (value) => value === null || check(value)
const oneOf = (...values: readonly string[]): Check => (value) => typeof value === 'string' && values.includes(value)
const listOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check)
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const mapOf = (check: Check): Check => (value) => isFields(value) && Object.values(value).every(check)
const record = (fields: Readonly<Record<string, Check>>): Check => {
  const all = Object.entries(fields)
  return (value) => isFields(value) && all.every(([name, check]) => check(value[name]))
}
/** One of several records, told apart by a text field. */
const choice = (by: string, variants: Readonly<Record<string, Readonly<Record<string, Check>>>>): Check => {
  const checks = new Map(Object.entries(variants).map(([name, fields]) => [name, record(fields)]))
  return (value) => isFields(value) && checks.get(String(value[by]))?.(value) === true
}

const store = record({ workload: isText, target: isText, driver: isText })
const guestError = record({ name: isText, message: isText, stack: isText, kind: isText })
const failure = choice('kind', {
  script: { error: guestError }, timeout: { afterMs: isNumber }, config: { message: isText }, bug: { message: isText, stack: isText },
  target: { workload: isText, target: isText, code: isText, message: isText },
  ended: { how: oneOf('abort', 'fail'), message: isText, stack: isText },
})
const bug: Check = (value) => failure(value) && isFields(value) && value['kind'] === 'bug'
const inspection = record({
  options: anything, functions: listOf(isText), files: mapOf(isText), sharedArrays: mapOf(listOf(isText)),
  metrics: listOf(record({ name: isText, type: oneOf('counter', 'gauge', 'rate', 'trend'), contains: oneOf('default', 'time', 'data') })),
})
const buckets = record({ first: isNumber, counts: (value) => value instanceof Float64Array || value instanceof Uint32Array })
const histogram = record({ zero: isNumber, positive: orNone(buckets), negative: orNone(buckets) })
const data = choice('type', {
  counter: { sum: isNumber, count: isNumber }, rate: { trues: isNumber, count: isNumber },
  gauge: { value: isNumber, atMs: isNumber, min: isNumber, max: isNumber, count: isNumber },
  trend: { count: isNumber, sum: isNumber, min: isNumber, max: isNumber, histogram },
})
const progress = record({
  scenario: isText, state: oneOf('waiting', 'running', 'stopping', 'interrupted', 'done'), vusActive: isNumber, vus: isNumber,
  iterationsDone: isNumber, iterationsInterrupted: isNumber, iterationsFailed: isNumber, iterationsPlanned: orNull(isNumber),
})
const subject = { workload: isText, op: isText, target: isText, endpoint: orNone(isText) }
const availability = record({
  ...subject, firstOkMs: orNone(isNumber), lastOkMs: orNone(isNumber), gapMs: isNumber, gapFromMs: isNumber, triedFromMs: isNumber,
  failedFromMs: orNone(isNumber), failedMs: orNone(isNumber),
})
const slow = record({
  ...subject, startMs: isNumber, durationMs: isNumber, code: isText, driver: isText, key: orNone(isText), requestId: orNone(isText),
  scenario: orNone(isText), vu: orNone(isNumber), iteration: orNone(isNumber),
})
const snapshot = record({
  sequence: isNumber, progress: listOf(progress),
  series: listOf(record({ metric: isText, contains: isText, tags: mapOf(isText), data })),
  errors: listOf(record({ message: isText, stack: isText, scenario: isText, count: isNumber, endedIteration: isFlag, varies: isFlag })),
  availability: orNone(listOf(availability)), slowest: orNone(listOf(slow)),
})

const MESSAGES: { readonly [K in FromAgent['kind']]: Readonly<Record<string, Check>> } = {
  hello: { pid: isNumber }, inspected: { inspection }, loaded: {}, ready: { vus: isNumber, only: orNone(isNumber) }, heartbeat: {},
  busy: { vu: isNumber, what: isText, forMs: isNumber }, prepared: { made: listOf(store) },
  setUp: { data: orNone(isText) }, snapshot: { snapshot },
  uses: { store }, done: { measuredMs: isNumber, fromMs: orNone(isNumber), stores: listOf(store) }, left: { errors: listOf(guestError) },
  tornDown: {}, cleaned: { deleted: isNumber, remaining: orNone(isNumber), reason: orNone(isText) }, summarised: { result: anything },
  ended: { how: oneOf('abort', 'fail'), message: isText, stack: isText },
  log: {
    level: oneOf('debug', 'info', 'warn', 'error'), text: isText, source: oneOf('console', 'chopsticks', 'requests'), vu: orNone(isNumber),
    stack: orNone(isText),
  },
  opLogClosed: { operations: isNumber, problem: orNone(isText) },
  failed: { step: isText, failure }, broke: { failure: bug },
}
const message = choice('kind', MESSAGES)

/** The message, when it is one an agent may send: every field that is read is of its type. */
export const readFromAgent = (value: unknown): FromAgent | undefined => message(value) ? value as FromAgent : undefined
