// Kinds of option values: how each is read from a script or file (JSON), the environment (text) and the command line (flags).
import {
  DurationError, SizeError, formatDuration, isJsonObject, parseDuration, parseExtendedDuration, parseGoDuration, parseSize,
} from '../../bindings/sdk/index.ts'
import type { Json, JsonObject, Tags } from '../../bindings/sdk/index.ts'
import { didYouMean } from './nearest.ts'
import type { Ns } from './ns.ts'
import { OptionError } from './problem.ts'
import { checkTrendStat } from './threshold.ts'

/** What the command line gave for one option: each value of a flag in order, or true for a switch. */
export type FlagValue = true | string | readonly string[]

/** Every reader throws OptionError. */
export interface Kind<T> {
  /** From a script's options or a config file. */
  fromJson(value: Json): T
  /** From an environment variable. */
  fromText(text: string): T
  /** From a flag. */
  fromFlag(value: FlagValue): T
  /** A flag without a value. */
  readonly isSwitch: boolean
  /** The flag may be given several times. */
  readonly repeats: boolean
  /** What units a value has, for the documentation; empty when it has none. */
  readonly unit: string
  /** JSON Schema of the value as a file has it. */
  readonly schema: JsonObject
}

const shown = (value: Json): string => JSON.stringify(value)
const bad = (message: string): never => { throw new OptionError(message) }
const outOfRange = (message: string): never => { throw new OptionError(message, { kind: 'value' }) }
/** Of a flag that takes one value, the last one given counts. */
const single = (value: FlagValue): string => (typeof value === 'string' ? value : value === true ? '' : value.at(-1) ?? '')
const each = (value: FlagValue): readonly string[] => (typeof value === 'string' ? [value] : value === true ? [] : value)

/** A kind whose flag is read like its environment variable. */
const textual = <T>(kind: Pick<Kind<T>, 'fromJson' | 'fromText' | 'schema'> & Partial<Kind<T>>): Kind<T> =>
  ({ isSwitch: false, repeats: false, unit: '', fromFlag: (value) => kind.fromText(single(value)), ...kind })

/** A whole number; digits as a text are taken too, as in k6. Below `min` or beyond `max` it is refused. */
export function integer(range: { readonly min?: number; readonly max?: number } = {}): Kind<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = range
  const check = (value: number, source: Json): number => {
    if (!Number.isInteger(value)) return none(source)
    if (value < min) return outOfRange(`must be ${min} or more, but is ${value}`)
    return value > max ? outOfRange(`must be ${max} or less, but is ${value}`) : value
  }
  const none = (source: Json): never => bad(`${shown(source)} is no whole number`)
  const fromText = (digits: string): number => /^[+-]?\d+$/.test(digits) ? check(Number(digits), digits) : none(digits)
  return textual({
    fromText,
    fromJson: (value) => typeof value === 'number' ? check(value, value) : typeof value === 'string' ? fromText(value) : none(value),
    schema: { type: ['integer', 'string'] },
  })
}

/** Nanoseconds that a plan can hold. */
function planned(ns: bigint, minNs: bigint): Ns {
  if (ns < minNs) return outOfRange(`must be ${minNs === 0n ? '0s' : formatDuration(minNs)} or more, but is ${formatDuration(ns)}`)
  const exact = Number(ns)
  return Number.isSafeInteger(exact) ? exact : outOfRange(`${formatDuration(ns)} is too long: 104 days (2501h) is the most`)
}
function asOption<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof DurationError || error instanceof SizeError) throw new OptionError(error.message, { kind: 'syntax' })
    throw error
  }
}

/** A duration: Go's grammar as a flag, with bare milliseconds and days elsewhere, as in k6. Shorter than `minNs` it is refused. */
export function duration(minNs = BigInt(Number.MIN_SAFE_INTEGER)): Kind<Ns> {
  return textual({
    fromJson: (value) => planned(asOption(() => parseDuration(value)), minNs),
    fromText: (text) => planned(asOption(() => parseExtendedDuration(text)), minNs),
    fromFlag: (value) => planned(asOption(() => parseGoDuration(single(value))), minNs),
    unit: 'ns, us, ms, s, m, h',
    schema: { type: ['string', 'number'] },
  })
}

/** Bytes, at least `min`. */
export function size(min: number): Kind<number> {
  const check = (bytes: number): number => bytes < min ? outOfRange(`must be ${min} bytes or more, but is ${bytes}`) : bytes
  return textual({
    fromJson: (value) => check(asOption(() => parseSize(value))),
    fromText: (text) => check(asOption(() => parseSize(text))),
    unit: 'B, KB, MB, GB, KiB, MiB, GiB',
    schema: { type: ['string', 'integer'] },
  })
}

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True']
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False']

/** Yes or no; a flag without a value. */
export const toggle: Kind<boolean> = {
  fromJson: (value) => typeof value === 'boolean' ? value : bad(`${shown(value)} must be true or false`),
  fromText: (text) => TRUE.includes(text) || (!FALSE.includes(text) && bad(`${shown(text)} must be true or false`)),
  fromFlag: () => true,
  isSwitch: true, repeats: false, unit: '',
  schema: { type: 'boolean' },
}

/** A text that is not empty. */
export const text: Kind<string> = textual({
  fromJson: (value) => typeof value === 'string' && value !== '' ? value : bad(`${shown(value)} must be a text that is not empty`),
  fromText: (value) => value !== '' ? value : bad('must not be empty'),
  schema: { type: 'string', minLength: 1 },
})

/** What keys begin with; it may be empty. */
export const keyPrefix: Kind<string> = textual({
  fromJson: (value) => typeof value === 'string' ? value : bad(`${shown(value)} must be a text`),
  fromText: (value) => value,
  schema: { type: 'string' },
})

/** One of a closed set. */
export function choice<const T extends string>(known: readonly T[]): Kind<T> {
  const pick = (value: Json): T => known.find((name) => name === value)
    ?? bad(`${shown(value)} is unknown; known: ${known.join(', ')}${typeof value === 'string' ? didYouMean(value, known) : ''}`)
  return textual<T>({ fromJson: pick, fromText: pick, schema: { enum: known } })
}

/** Texts: a list in JSON, with commas in the environment, the flag once for each. */
export const texts: Kind<readonly string[]> = {
  fromJson: (value) => {
    if (!Array.isArray(value)) return bad(`${shown(value)} must be a list of texts`)
    return (value as readonly Json[]).map((item, index) =>
      typeof item === 'string' && item !== '' ? item : badAt(`${shown(item)} must be a text that is not empty`, index))
  },
  fromText: (value) => value.split(',').map((item) => item.trim()).filter((item) => item !== ''),
  fromFlag: (value) => each(value).map((item) => item === '' ? bad('must not be empty') : item),
  isSwitch: false, repeats: true, unit: '',
  schema: { type: 'array', items: { type: 'string', minLength: 1 } },
}
const badAt = (message: string, ...path: readonly (string | number)[]): never => { throw new OptionError(message, { path }) }

/** Figures of a trend: `avg`, `p(99.9)`, …; with commas in a text. */
export const trendStats: Kind<readonly string[]> = {
  ...textual({
    fromJson: (value) => texts.fromJson(value).map((stat, index) => checkTrendStat(stat, [index])),
    fromText: (value) => texts.fromText(value).map((stat) => checkTrendStat(stat, [])),
    schema: texts.schema,
  }),
  unit: 'avg, min, med, max, count, p(N)',
}

function pairs(items: readonly string[], separator: string, what: string): Tags {
  const entries = items.map((item): readonly [string, string] => {
    const at = item.indexOf(separator)
    if (at <= 0) return bad(`${shown(item)} is no ${what}: write NAME${separator}VALUE`)
    return [item.slice(0, at), item.slice(at + 1)]
  })
  return Object.fromEntries(entries)
}
function noEmptyTag(tags: Tags): Tags {
  for (const [name, value] of Object.entries(tags)) if (value === '') bad(`tag ${shown(name)} has no value`)
  return tags
}

/** An object of texts, as tags and `env` are. Throws OptionError. */
export function stringMap(value: Json, what: string): Tags {
  if (!isJsonObject(value)) return bad(`${shown(value)} must be an object of ${what}`)
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => {
    if (item === undefined) return []
    return [[key, typeof item === 'string' ? item : badAt(`${shown(item)} must be a text: put it in quotes`, key)]]
  }))
}

/** Tags: `NAME=VALUE` as flags, `name:value,name:value` in the environment. */
export const tags: Kind<Tags> = {
  fromJson: (value) => stringMap(value, 'texts'),
  fromText: (value) => noEmptyTag(pairs(texts.fromText(value), ':', 'tag')),
  fromFlag: (value) => noEmptyTag(pairs(each(value), '=', 'tag')),
  isSwitch: false, repeats: true, unit: '',
  schema: { type: 'object', additionalProperties: { type: 'string' } },
}

/** Variables of `__ENV`. */
export const variables: Kind<Readonly<Record<string, string>>> = {
  ...tags,
  fromText: (value) => pairs(texts.fromText(value), '=', 'variable'),
  fromFlag: (value) => pairs(each(value), '=', 'variable'),
}

/** Any JSON object, read further by whoever uses it. */
export const object: Kind<JsonObject> = {
  ...textual<JsonObject>({
    fromJson: (value) => isJsonObject(value) ? value : bad(`${shown(value)} must be an object`),
    fromText: () => bad('can\'t be given as a text'),
    schema: { type: 'object' },
  }),
}

/** A stage of a ramp; the target may be missing, which is refused where stages are used. */
export interface Stage { readonly durationNs: Ns | null; readonly target: number | null }

function stageFromText(value: string, read: (duration: string) => Ns): Stage {
  const at = value.indexOf(':')
  if (at === -1) return bad(`${shown(value)} is no stage: write DURATION:VUS, like 10s:5`)
  const target = value.slice(at + 1)
  return { durationNs: read(value.slice(0, at)), target: target === '' ? null : integer().fromText(target) }
}
function stageFromJson(value: Json, index: number): Stage {
  if (!isJsonObject(value)) return badAt(`${shown(value)} must be an object with duration and target`, index)
  const unknown = Object.keys(value).find((key) => key !== 'duration' && key !== 'target')
  if (unknown !== undefined) return badAt('unknown key: a stage has duration and target', index, unknown)
  const { duration: length = null, target = null } = value
  return {
    durationNs: length === null ? null : duration().fromJson(length),
    target: target === null ? null : integer().fromJson(target),
  }
}

/** Stages: `10s:5` as flags, `10s:5,1m:10` in the environment, a list of objects elsewhere; durations of texts are Go's. */
export const stages: Kind<readonly Stage[]> = {
  fromJson: (value) => Array.isArray(value)
    ? (value as readonly Json[]).map(stageFromJson) : bad(`${shown(value)} must be a list of stages`),
  fromText: (value) => texts.fromText(value).map((item) => stageFromText(item, (part) => duration().fromFlag(part))),
  fromFlag: (value) => each(value).map((item) => stageFromText(item, (part) => duration().fromFlag(part))),
  isSwitch: false, repeats: true, unit: '',
  schema: { type: 'array', items: { type: 'object' } },
}
