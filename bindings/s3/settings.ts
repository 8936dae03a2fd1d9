// A target's S3 section as the binding uses it: checked by config.ts before, read here without a schema library on the load path.
import { durationMs } from '../sdk/duration.ts'
import { StorageError, isJsonObject, type Json, type JsonObject, type StorageCode } from '../sdk/index.ts'
import { SizeError, parseSize } from '../sdk/size.ts'

export interface Endpoint {
  readonly secure: boolean
  /** Host name or address, IPv6 without brackets: what a socket connects to. */
  readonly host: string
  readonly port: number
  /** `host[:port]` as the Host header says it: without the scheme's own port. */
  readonly authority: string
  /** For people: `http://host:port`. */
  readonly url: string
}

interface TlsSettings {
  /** File of PEM certificates to trust instead of the system's. */
  readonly ca?: string
  /** True = accept any certificate. */
  readonly insecure: boolean
  /** Name to ask for and to check, where it isn't the endpoint's. */
  readonly servername?: string
  /** Files of the client's own certificate (PEM, with what leads to its CA) and its private key. */
  readonly cert?: string
  readonly key?: string
  /** True = a connection resumes the session of one before it, where the store lets it. */
  readonly sessionReuse: boolean
}

/** How the bytes of uploads are signed: not at all, by one hash sent ahead, or chunk by chunk as they are sent. */
export const PAYLOAD_SIGNINGS = ['unsigned', 'sha256', 'streaming'] as const
export type PayloadSigning = (typeof PAYLOAD_SIGNINGS)[number]

/** Which of several endpoints an operation goes to. */
export const ENDPOINT_SELECTIONS = ['round_robin', 'least_in_flight', 'per_vu'] as const
export type EndpointSelection = (typeof ENDPOINT_SELECTIONS)[number]

/** When a failed operation is tried again. */
export interface RetrySettings {
  /** How often at most, beside the first attempt. */
  readonly max: number
  readonly on: ReadonlySet<StorageCode>
  /** Wait before the first retry; each further one waits twice as long as the one before. ms */
  readonly backoffMs: number
}

/** Body bytes a second, both directions together; undefined = no limit. */
export interface BandwidthSettings {
  readonly perVu: number | undefined
  /** Of all shards together. */
  readonly perRun: number | undefined
}

export interface S3Settings {
  /** The first of them, and the only one a driver is opened for. */
  readonly endpoint: Endpoint
  readonly endpoints: readonly Endpoint[]
  readonly endpointSelection: EndpointSelection
  readonly region: string
  readonly bucket: string
  readonly accessKey: string
  readonly secretKey: string
  readonly sessionToken?: string
  /** True = no request is signed, and the keys are empty. */
  readonly anonymous: boolean
  readonly addressing: 'path' | 'virtual'
  readonly tls: TlsSettings
  readonly timeoutMs: number
  /** Of operations that have a limit of their own, by name. */
  readonly timeoutsMs: Readonly<Record<string, number>>
  readonly createBucket: boolean
  /** Buckets in which keys outside the run's prefix may be written and deleted. */
  readonly allowOverwrite: readonly string[]
  readonly payloadSigning: PayloadSigning
  /** 0 = as many as operations are in flight. */
  readonly maxConnections: number
  /** False = every request has a connection of its own, closed after it. */
  readonly keepConnections: boolean
  readonly connectionPool: 'shared' | 'per_vu'
  /** The address of this machine that connections come from. */
  readonly localAddress?: string
  readonly retries?: RetrySettings
  readonly bandwidth: BandwidthSettings
  readonly driverConfig: JsonObject
}

export const DEFAULTS = { region: 'us-east-1', timeoutMs: 60_000 } as const

/** Codes a retry can be for: failures that another attempt may not meet. */
export const RETRY_CODES = [
  'throttled', 'unavailable', 'busy', 'cut', 'timeout', 'unreachable', 'protocol', 'conflict', 'not_found', 'no_space', 'corrupt', 'short',
  'other',
] as const satisfies readonly StorageCode[]
export const RETRY_DEFAULTS = { max: 3, on: ['throttled', 'unavailable', 'cut', 'timeout'], backoffMs: 100 } as const

/** The endpoint of a URL such as `https://rgw.example:8443`; a string is the reason why it is none. */
export function parseEndpoint(text: string): Endpoint | string {
  if (!URL.canParse(text)) return `endpoint is no URL: write http://host:port or https://host:port`
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `endpoint must begin with http:// or https://`
  if (url.username !== '' || url.password !== '') return 'endpoint must not hold a user or password: use access_key and secret_key'
  if ((url.pathname !== '/' && url.pathname !== '') || url.search !== '' || url.hash !== '') {
    return 'endpoint must end after host and port: the bucket has an option of its own'
  }
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  return { secure, host, port, authority: url.host, url: `${url.protocol}//${url.hostname}:${port}` }
}

const textOf = (section: JsonObject, key: string): string | undefined => {
  const value = section[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new StorageError('invalid', `the s3 target's ${key} must be a text`)
  return value
}
const needed = (section: JsonObject, key: string): string => {
  const value = textOf(section, key)
  if (value === undefined || value === '') throw new StorageError('invalid', `the s3 target has no ${key}`)
  return value
}

/** The endpoints of a section: one, or a list of them. A string is the reason why they are none. */
export function parseEndpoints(value: Json | undefined): readonly Endpoint[] | string {
  const texts = Array.isArray(value) ? value as readonly Json[] : [value]
  const endpoints: Endpoint[] = []
  for (const text of texts) {
    const parsed = typeof text === 'string' ? parseEndpoint(text) : 'endpoint must be a text: http://host:port or https://host:port'
    if (typeof parsed === 'string') return parsed
    endpoints.push(parsed)
  }
  return endpoints.length === 0 ? 'endpoint must name at least one' : endpoints
}

/** Bytes a second; undefined when there is no limit. Throws StorageError('invalid') for what is no size above 0. */
function rateOf(value: Json | undefined): number | undefined {
  if (value === undefined) return undefined
  try {
    const bytes = parseSize(value)
    if (bytes > 0) return bytes
  } catch (error) {
    if (!(error instanceof SizeError)) throw error
  }
  throw new StorageError('invalid', 'the s3 target\'s bandwidth must be a size a second above 0, such as 10MiB')
}

function timeoutOf(section: JsonObject, key: string): number {
  const ms = durationMs(section[key] ?? null)
  if (ms === undefined) throw new StorageError('invalid', `the s3 target's ${key} must be a duration above 0, such as 30s`)
  return ms
}

function retriesOf(value: Json | undefined): { readonly retries?: RetrySettings } {
  if (!isJsonObject(value)) return {}
  const { max, on, backoff } = value
  const wanted = Array.isArray(on) ? on as readonly Json[] : RETRY_DEFAULTS.on
  return {
    retries: {
      max: typeof max === 'number' ? max : RETRY_DEFAULTS.max,
      on: new Set(RETRY_CODES.filter((code) => wanted.includes(code))),
      backoffMs: backoff === undefined ? RETRY_DEFAULTS.backoffMs : timeoutOf(value, 'backoff'),
    },
  }
}

function tlsOf(value: Json | undefined): TlsSettings {
  const tls = isJsonObject(value) ? value : {}
  const texts = Object.fromEntries((['ca', 'servername', 'cert', 'key'] as const).flatMap((key) => {
    const text = textOf(tls, key)
    return text === undefined ? [] : [[key, text]]
  }))
  return { insecure: tls['insecure'] === true, sessionReuse: tls['session_reuse'] !== false, ...texts }
}

/** `sign_payload: true` is the older name of `payload_signing: sha256`. */
export function signingOf(section: JsonObject): PayloadSigning {
  const named = PAYLOAD_SIGNINGS.find((one) => one === section['payload_signing'])
  return named ?? (section['sign_payload'] === true ? 'sha256' : 'unsigned')
}

/** The settings of a section that config.ts has checked; throws StorageError('invalid') for one that nobody has. */
export function settingsOf(section: JsonObject): S3Settings {
  if (section['endpoint'] === undefined) throw new StorageError('invalid', 'the s3 target has no endpoint')
  const endpoints = parseEndpoints(section['endpoint'])
  if (typeof endpoints === 'string') throw new StorageError('invalid', endpoints)
  const [endpoint] = endpoints as [Endpoint, ...Endpoint[]]
  const sessionToken = textOf(section, 'session_token')
  const anonymous = section['anonymous'] === true
  const localAddress = textOf(section, 'local_address')
  const overwrite = section['allow_overwrite']
  const timeouts = isJsonObject(section['timeouts']) ? section['timeouts'] : {}
  const bandwidth = isJsonObject(section['bandwidth']) ? section['bandwidth'] : {}
  return {
    endpoint, endpoints,
    endpointSelection: ENDPOINT_SELECTIONS.find((one) => one === section['endpoint_selection']) ?? 'round_robin',
    timeoutMs: section['timeout'] === undefined ? DEFAULTS.timeoutMs : timeoutOf(section, 'timeout'),
    timeoutsMs: Object.fromEntries(Object.keys(timeouts).map((op) => [op, timeoutOf(timeouts, op)])),
    region: textOf(section, 'region') ?? DEFAULTS.region,
    bucket: needed(section, 'bucket'),
    anonymous,
    accessKey: anonymous ? '' : needed(section, 'access_key'),
    secretKey: anonymous ? '' : needed(section, 'secret_key'),
    ...(sessionToken === undefined ? {} : { sessionToken }),
    addressing: section['addressing'] === 'virtual' ? 'virtual' : 'path',
    tls: tlsOf(section['tls']),
    createBucket: section['create_bucket'] === true,
    allowOverwrite: Array.isArray(overwrite) ? overwrite.filter((name): name is string => typeof name === 'string') : [],
    payloadSigning: signingOf(section),
    maxConnections: typeof section['max_connections'] === 'number' ? section['max_connections'] : 0,
    keepConnections: section['connections'] !== 'new',
    connectionPool: section['connection_pool'] === 'per_vu' ? 'per_vu' : 'shared',
    ...(localAddress === undefined ? {} : { localAddress }),
    ...retriesOf(section['retries']),
    bandwidth: { perVu: rateOf(bandwidth['per_vu']), perRun: rateOf(bandwidth['per_run']) },
    driverConfig: isJsonObject(section['driver_config']) ? section['driver_config'] : {},
  }
}
