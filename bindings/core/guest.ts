// `chopsticks`: what every script uses, whatever store it drives. Runs inside the sandbox.
import { ask, call, note, setTags, state, StorageError, track } from '../sdk/guest.ts'
import type { Payload, PayloadOptions, PayloadPattern, SizedPayload } from './payload.ts'

export { StorageError }
export type { Options, Scenario, ThresholdRule } from './options.ts'
export type { Payload, PayloadOptions, PayloadPattern, SizedPayload }

/** Tags a script gives; numbers and booleans become strings. */
export type TagValues = Readonly<Record<string, string | number | boolean>>

/** A set of checks by name: functions of the value, or plain values that are taken as true or false. */
export type Checks<T> = Readonly<Record<string, ((value: T) => unknown) | boolean | number | string | null | undefined>>

const isPromise = (value: unknown): boolean =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function'

const named = (what: string, name: string): void => {
  if (name.includes('::')) throw new Error(`${what} name '${name}' has '::', which separates groups`)
}

/**
 * Waits; the VU does nothing meanwhile.
 *
 * @param duration seconds as a number (`0.5`), or a duration with units: `'500ms'`, `'1m30s'`.
 * @throws Error when it is negative or can't be read.
 */
export function sleep(duration: number | string): Promise<void> {
  return call('core.wait', [typeof duration === 'number' ? duration * 1e3 : duration])
}

/**
 * Tests a value and counts every result in the `checks` metric, tagged with the check's name. A check that fails ends nothing:
 * put a threshold on `checks` to judge the run by it.
 *
 * @returns true when all of them held; true for an empty set.
 * @throws what a check function throws: that check counts as failed and those after it are left out.
 * @throws TypeError when the value or a check is a promise: await it first.
 */
export function check<T>(value: T, checks: Checks<T>, tags?: TagValues): boolean {
  if (isPromise(value)) throw new TypeError('check() got a promise: await it first')
  let all = true
  for (const [name, test] of Object.entries(checks)) {
    named('check', name)
    let held: unknown = false
    try {
      held = typeof test === 'function' ? test(value) : test
      if (isPromise(held)) {
        held = false
        throw new TypeError(`check '${name}' gave a promise: await before check()`)
      }
    } finally {
      note('metrics.add', ['checks', held ? 1 : 0, { ...tags, check: name }])
    }
    all &&= Boolean(held)
  }
  return all
}

/**
 * Runs a function as a named group: what it emits is tagged `group: '::outer::name'`, and how long it took is added to
 * `group_duration`. The function may be async; groups running at the same time in one VU share their tags, so await one before
 * the next.
 *
 * @returns what the function returns.
 */
export function group<T>(name: string, run: () => T): T {
  named('group', name)
  const outer = state.group
  const path = `${outer}::${name}`
  const startedMs = ask<number>('core.now', [])
  enterGroup(path)
  const leave = (): void => {
    note('metrics.add', ['group_duration', ask<number>('core.now', []) - startedMs, { group: path }])
    enterGroup(outer)
  }
  let result: T
  try {
    result = run()
  } catch (error) {
    leave()
    throw error
  }
  if (isPromise(result)) return track((result as Promise<unknown>).finally(leave)) as T
  leave()
  return result
}

function enterGroup(path: string): void {
  const tags: Record<string, string> = { ...state.tags, group: path }
  if (path === '') delete tags.group
  setTags(tags)
}

/** Ends the iteration with an error: it counts in `iterations_failed`. */
export function fail(message = 'fail() was called'): never {
  throw new Error(message)
}

/** How `op` counts what it measured. */
export interface OpOptions<T> {
  /** Bytes it moved, for `op_bytes`; a function gets what the measured function returned. */
  readonly bytes?: number | ((result: T) => number)
  readonly tags?: TagValues
}

/**
 * Measures something of the script's own as one operation, with a row of its own in the summary: `op_reqs`, `op_duration`
 * (host clock), `op_failed` and `op_bytes`, tagged `op: name`.
 *
 * @returns what the function returns, as a promise; what it throws is counted as failed and thrown again.
 */
export function op<T>(name: string, run: () => T | Promise<T>, options: OpOptions<T> = {}): Promise<T> {
  const measured = async (): Promise<T> => {
    const startedMs = ask<number>('core.now', [])
    let code = 'other'
    let bytes = 0
    try {
      const result = await run()
      bytes = typeof options.bytes === 'function' ? options.bytes(result) : options.bytes ?? 0
      code = 'ok'
      return result
    } catch (error) {
      if (error instanceof StorageError) code = error.code
      throw error
    } finally {
      note('core.op', [name, startedMs, code, bytes, { ...options.tags }])
    }
  }
  return track(measured())
}

/**
 * Names bytes without holding them: the host makes them when they are sent and checks them when they are read.
 *
 * @param size bytes, or text with a unit: `'4KiB'` (1024), `'1MB'` (1000²).
 * @throws Error when the size can't be read. The options are checked by the operation that uses them.
 */
export function payload(size: number | string | SizedPayload, options: PayloadOptions = {}): Payload {
  if (typeof size === 'object') {
    const { size: bytes, ...more } = size
    return payload(bytes, more)
  }
  return Object.freeze({
    pattern: 'random', ...options, payload: true, sizeBytes: bytesOf(size),
  })
}

/**
 * Has payloads made of a file's bytes: its first 4 MiB, over and over, between what each 4 KiB says of itself. In init code only; the
 * path is relative to the script, as that of `open()`.
 *
 * @example const body = payload('1MiB', fromFile('./corpus.bin'))
 * @throws Error when the file can't be read, or is empty.
 */
export function fromFile(path: string): PayloadOptions { return { file: ask<number>('core.file', [path]) } }

/** Sizes as texts, which the host has read: a script names few, and may name them in every iteration. */
const sizes: Record<string, number> = {}

const bytesOf = (size: number | string): number =>
  Number.isSafeInteger(size) && Number(size) >= 0 ? Number(size) : sizes[size] ??= ask('core.size', [`${size}`])

/** Random choices. Like `Math.random`, they follow from the run's seed, the VU and the iteration: a rerun makes the same ones. */
export const random = {
  /** A whole number from `min` to `max`, both included. */
  int: (min: number, max: number): number => min + Math.floor(Math.random() * (max - min + 1)),
  /** One of the items, each as likely as any other. */
  choice: <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new TypeError('random.choice: there is nothing to choose from')
    return items[Math.floor(Math.random() * items.length)] as T
  },
  /** One of the keys, each as likely as its weight says: `random.weighted({ read: 9, write: 1 })`. */
  weighted: <K extends string>(weights: Readonly<Record<K, number>>): K => {
    const entries = Object.entries(weights) as [K, number][]
    let left = Math.random() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [key, weight] of entries) if ((left -= weight) < 0) return key
    throw new TypeError('random.weighted: give at least one weight above 0')
  },
}
