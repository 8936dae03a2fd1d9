// What the endpoint can be told, its defaults, and the check of options that come as JSON.
import { randomBytes } from 'node:crypto'
import { format } from 'node:util'
import type { Clock, JsonObject } from '../../sdk/index.ts'
import { systemClock } from '../../sdk/index.ts'

export interface EndpointOptions {
  /** 0: any free one. */
  readonly port: number
  readonly host: string
  /** Made at the start; the first is the one configs name. */
  readonly buckets: readonly string[]
  /** Random at each start unless given. */
  readonly accessKey: string
  readonly secretKey: string
  readonly region: string
  /** Payload bytes plus 512 a key; what does not fit is refused with QuotaExceeded, status 507. */
  readonly maxBytes: number
  /**
   * `md5`: what S3 gives and SDKs may check, 1.3 ms CPU a MiB, 5 µs at 4 KiB. `fast`: unique, of the form multipart ETags have.
   */
  readonly etag: 'md5' | 'fast'
  /** Every request waits so long before it is handled. */
  readonly delayMs: number
  /** Shares, 0 to 1: of requests answered 503 SlowDown; of GET bodies cut half-way; of GET bodies with one byte flipped. */
  readonly errorRate: number
  readonly cutRate: number
  readonly corruptRate: number
  /** The same seed deals the same faults in the same order. */
  readonly seed: number
  readonly clock: Pick<Clock, 'epochMs'>
  /** Hears of bugs: errors that are no refusal. The client gets 500 InternalError. */
  readonly onBug: (error: unknown) => void
}

/** Capital letters and digits, as S3's access keys are. */
const randomAccessKey = (): string => `CHOP${randomBytes(10).toString('hex').toUpperCase().slice(0, 16)}`

/** The options left out take their defaults. */
export const completeOptions = (given: Partial<EndpointOptions>): EndpointOptions => ({
  port: 0, host: '127.0.0.1', buckets: ['bench'], accessKey: randomAccessKey(), secretKey: randomBytes(20).toString('hex'),
  region: 'us-east-1', maxBytes: 1024 ** 3, etag: 'md5', delayMs: 0, errorRate: 0, cutRate: 0, corruptRate: 0, seed: 1,
  clock: systemClock, onBug: (error) => { process.stderr.write(`${format('The built-in S3 endpoint failed:', error)}\n`) }, ...given,
})

type Check = readonly [valid: (value: unknown) => boolean, wanted: string]
const wholeUpTo = (max: number): Check =>
  [(value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max, `a whole number from 0 to ${max}`]
const share: Check = [(value) => typeof value === 'number' && value >= 0 && value <= 1, 'a number from 0 to 1']
const text: Check = [(value) => typeof value === 'string' && value !== '', 'a text']
const texts: Check = [(value) => Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string'),
  'a list of names']
const etag: Check = [(value) => value === 'md5' || value === 'fast', 'md5 or fast']

const CHECKS: Readonly<Record<string, Check>> = {
  port: wholeUpTo(65535), host: text, buckets: texts, accessKey: text, secretKey: text, region: text, maxBytes: wholeUpTo(2 ** 50), etag,
  delayMs: wholeUpTo(2 ** 31 - 1), errorRate: share, cutRate: share, corruptRate: share, seed: wholeUpTo(2 ** 32 - 1),
}

/** Options out of JSON. @throws Error that names the option and says what it takes. */
export function parseOptions(json: JsonObject): Partial<EndpointOptions> {
  for (const [name, value] of Object.entries(json)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined
    if (check === undefined) throw new Error(`The built-in S3 endpoint has no option '${name}'; known: ${Object.keys(CHECKS).join(', ')}.`)
    if (value !== undefined && !check[0](value)) {
      throw new Error(`The built-in S3 endpoint's option '${name}' must be ${check[1]}, not ${JSON.stringify(value)}.`)
    }
  }
  // The checks above are what makes the values those of the type.
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined))
}
