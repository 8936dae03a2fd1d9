// What the endpoint can be told, its defaults, and the reading of options that come as JSON or as texts.
import { randomBytes } from 'node:crypto'
import { format } from 'node:util'
import type { BuiltinOption, Clock, ConfigProblem, Json, JsonObject } from '../../sdk/index.ts'
import { DurationError, parseGoDuration } from '../../sdk/duration.ts'
import { SizeError, parseSize } from '../../sdk/size.ts'
import { systemClock } from '../../sdk/index.ts'
import { isS3Code } from './errors.ts'
import type { Delay, FaultOptions } from './faults.ts'
import { OPERATIONS } from './operations/index.ts'

export interface EndpointOptions extends FaultOptions {
  /** 0: any free one. */
  readonly port: number
  readonly host: string
  /** Made at the start; the first is the one configs name. */
  readonly buckets: readonly string[]
  /** Random at each start unless given. */
  readonly accessKey: string
  readonly secretKey: string
  readonly region: string
  /** Payload bytes plus 512 a version and part; what does not fit is refused with QuotaExceeded, status 507. */
  readonly maxBytes: number
  /**
   * `md5`: what S3 gives and SDKs may check, 1.3 ms CPU a MiB, 5 µs at 4 KiB. `fast`: unique, of the form multipart ETags have.
   */
  readonly etag: 'md5' | 'fast'
  readonly clock: Pick<Clock, 'epochMs'>
  /** Hears of bugs: errors that are no refusal. The client gets 500 InternalError. */
  readonly onBug: (error: unknown) => void
}

/** Capital letters and digits, as S3's access keys are. */
const randomAccessKey = (): string => `CHOP${randomBytes(10).toString('hex').toUpperCase().slice(0, 16)}`

const DEFAULTS = {
  port: 0, host: '127.0.0.1', buckets: ['bench'], region: 'us-east-1', maxBytes: 1024 ** 3, etag: 'md5',
  delay: { minMs: 0, maxMs: 0 }, errorRate: 0, errorCode: 'SlowDown', cutRate: 0, cutUploadRate: 0, cutBy: 'fin',
  corruptRate: 0, shortRate: 0, longRate: 0, misplaceRate: 0, etagRate: 0, loseRate: 0, tearRate: 0, faultOps: [], seed: 1,
} as const satisfies Partial<EndpointOptions>

/** The options left out take their defaults. */
export const completeOptions = (given: Partial<EndpointOptions>): EndpointOptions => ({
  ...DEFAULTS, accessKey: randomAccessKey(), secretKey: randomBytes(20).toString('hex'),
  clock: systemClock, onBug: (error) => { process.stderr.write(`${format('The built-in S3 endpoint failed:', error)}\n`) }, ...given,
})

/** How values of an option are read: undefined for what is none. Numbers may come as texts, as flags and `${VAR}` give them. */
interface Kind { readonly wanted: string; readonly schema: JsonObject; readonly read: (value: Json) => unknown }

const numberOf = (value: Json): number => typeof value === 'number' ? value
  : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
const wholeUpTo = (max: number): Kind => ({
  wanted: `a whole number from 0 to ${max}`, schema: { type: 'integer', minimum: 0, maximum: max },
  read(value) {
    const number = numberOf(value)
    return Number.isInteger(number) && number >= 0 && number <= max ? number : undefined
  },
})
const share: Kind = {
  wanted: 'a number from 0 to 1', schema: { type: 'number', minimum: 0, maximum: 1 },
  read(value) {
    const number = numberOf(value)
    return number >= 0 && number <= 1 ? number : undefined
  },
}
const text: Kind = {
  wanted: 'a text', schema: { type: 'string', minLength: 1 },
  read: (value) => typeof value === 'string' && value !== '' ? value : undefined,
}
const oneOf = (...words: readonly string[]): Kind => ({
  wanted: words.join(' or '), schema: { enum: words }, read: (value) => words.find((word) => word === value),
})
/** A list, or one text with commas. */
const listOf = (wanted: string, isOne: (item: string) => boolean): Kind => ({
  wanted, schema: { type: 'array', items: { type: 'string' } },
  read(value) {
    const items: unknown = typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value
    if (!Array.isArray(items) || items.length === 0) return undefined
    return items.every((item: unknown) => typeof item === 'string' && isOne(item)) ? items : undefined
  },
})
const size: Kind = {
  wanted: 'a size, such as 4GiB', schema: { type: ['string', 'integer'] },
  read(value) {
    try {
      return parseSize(value)
    } catch (error) {
      if (error instanceof SizeError) return undefined
      throw error
    }
  },
}

function msOf(duration: string): number | undefined {
  try {
    const ms = Number(parseGoDuration(duration)) / 1e6
    return ms >= 0 && ms <= 2 ** 31 - 1 ? ms : undefined
  } catch (error) {
    if (error instanceof DurationError) return undefined
    throw error
  }
}

/** `5ms`, or a range: `5ms-20ms`; a bare number is milliseconds. */
const delay: Kind = {
  wanted: 'a duration or a range of two, such as 5ms or 5ms-20ms', schema: { type: ['string', 'number'] },
  read(value): Delay | undefined {
    const texts = typeof value === 'number' ? [`${value}ms`] : typeof value === 'string' ? value.split('-') : []
    const [least, most = least, ...more] = texts.map(msOf)
    return least === undefined || most === undefined || most < least || more.length > 0 ? undefined : { minMs: least, maxMs: most }
  },
}
const errorCode: Kind = {
  wanted: 'an S3 error code, such as SlowDown or InternalError', schema: { type: 'string' },
  read: (value) => typeof value === 'string' && isS3Code(value) ? value : undefined,
}
const operations = listOf('a list of S3 operations, such as GetObject,PutObject', (item) => OPERATIONS.some(({ name }) => name === item))

interface Row { readonly property: keyof EndpointOptions; readonly kind: Kind; readonly default: Json; readonly meaning: string }

const row = (property: keyof EndpointOptions, kind: Kind, standard: Json, meaning: string): Row =>
  ({ property, kind, default: standard, meaning })

/** What JSON can say, by the names it has there. */
const ROWS: Readonly<Record<string, Row>> = {
  port: row('port', wholeUpTo(65535), DEFAULTS.port, 'Port; 0 = any that is free'),
  host: row('host', text, DEFAULTS.host, 'Address it listens on'),
  buckets: row('buckets', listOf('a list of names', (item) => item !== ''), DEFAULTS.buckets,
    'Buckets it begins with; the first is the one used'),
  access_key: row('accessKey', text, null, 'Access key it accepts; without one it makes one'),
  secret_key: row('secretKey', text, null, 'Secret key that belongs to it'),
  region: row('region', text, DEFAULTS.region, 'Region the signatures must name'),
  max_bytes: row('maxBytes', size, '1GiB', 'Most that it holds, versions and parts included; beyond it uploads get 507'),
  etag: row('etag', oneOf('md5', 'fast'), DEFAULTS.etag, 'ETags of objects: their MD5, or fast: unique ones that cost no CPU'),
  delay: row('delay', delay, '0s', 'Every request waits so long, or between two durations: 5ms-20ms'),
  error_rate: row('errorRate', share, 0, 'Share of requests refused, 0 to 1'),
  error_code: row('errorCode', errorCode, DEFAULTS.errorCode, 'With which S3 code: SlowDown (503), InternalError (500), …'),
  cut_rate: row('cutRate', share, 0, 'Share of GET bodies cut half-way'),
  cut_upload_rate: row('cutUploadRate', share, 0, 'Share of uploads whose connection is cut half-way in the body'),
  cut_by: row('cutBy', oneOf('fin', 'rst'), DEFAULTS.cutBy, 'How connections are cut: fin (closed in order), rst (reset)'),
  corrupt_rate: row('corruptRate', share, 0, 'Share of GET bodies with a byte flipped'),
  short_rate: row('shortRate', share, 0, 'Share of GET bodies with the second half missing, Content-Length too'),
  long_rate: row('longRate', share, 0, 'Share of GET bodies with 16 bytes too many, Content-Length too'),
  misplace_rate: row('misplaceRate', share, 0, 'Share of GET bodies that are another object\'s, where there is one as large'),
  etag_rate: row('etagRate', share, 0, 'Share of GETs and HEADs whose ETag is wrong'),
  lose_rate: row('loseRate', share, 0, 'Share of PUTs answered with 200 and not carried out'),
  tear_rate: row('tearRate', share, 0, 'Share of PUTs over an object of the same size that change its first half only'),
  fault_ops: row('faultOps', operations, [], 'S3 operations the faults above are for (GetObject, PutObject, …); default all'),
  seed: row('seed', wholeUpTo(2 ** 32 - 1), DEFAULTS.seed, 'The same seed deals the same faults in the same order'),
}

/** What JSON can say, for documentation. */
export const OPTIONS: readonly BuiltinOption[] = Object.entries(ROWS).map(([name, { kind, meaning, default: standard }]) =>
  ({ name, meaning, default: standard, schema: kind.schema }))

/** Options out of JSON, and what is wrong with them; what is undefined counts as left out. */
export function readOptions(json: JsonObject): { readonly options: Partial<EndpointOptions>; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = []
  const options: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(json)) {
    if (value === undefined) continue
    const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined
    const read = row?.kind.read(value)
    if (row === undefined) problems.push({ path: [name], message: `unknown option ${name}; there are ${Object.keys(ROWS).join(', ')}` })
    else if (read === undefined) {
      problems.push({ path: [name], key: name, message: `${name} must be ${row.kind.wanted}, not ${JSON.stringify(value)}` })
    }
    else options[row.property] = read
  }
  // The kinds are what makes the values those of the type.
  return { options, problems }
}
