// A target's S3 section as the binding uses it: checked by config.ts before, read here without a schema library on the load path.
import { DurationError, parseDuration } from '../sdk/duration.ts'
import { StorageError, isJsonObject, type Json, type JsonObject } from '../sdk/index.ts'

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
}

export interface S3Settings {
  readonly endpoint: Endpoint
  readonly region: string
  readonly bucket: string
  readonly accessKey: string
  readonly secretKey: string
  readonly sessionToken?: string
  readonly addressing: 'path' | 'virtual'
  readonly tls: TlsSettings
  readonly timeoutMs: number
  readonly createBucket: boolean
  /** Buckets in which keys outside the run's prefix may be written and deleted. */
  readonly allowOverwrite: readonly string[]
  readonly signPayload: boolean
  /** 0 = as many as operations are in flight. */
  readonly maxConnections: number
  readonly driverConfig: JsonObject
}

export const DEFAULTS = { region: 'us-east-1', timeoutMs: 60_000 } as const

/** A duration (`'1m30s'`, or a number of ms) in ms; undefined when it is none, or not above 0. */
export function durationMs(value: Json): number | undefined {
  try {
    const ms = Number(parseDuration(value)) / 1e6
    return ms > 0 ? ms : undefined
  } catch (error) {
    if (error instanceof DurationError) return undefined
    throw error
  }
}

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

/** The settings of a section that config.ts has checked; throws StorageError('invalid') for one that nobody has. */
export function settingsOf(section: JsonObject): S3Settings {
  const endpoint = parseEndpoint(needed(section, 'endpoint'))
  if (typeof endpoint === 'string') throw new StorageError('invalid', endpoint)
  const tls = isJsonObject(section['tls']) ? section['tls'] : {}
  const ca = textOf(tls, 'ca')
  const servername = textOf(tls, 'servername')
  const sessionToken = textOf(section, 'session_token')
  const timeoutMs = section['timeout'] === undefined ? DEFAULTS.timeoutMs : durationMs(section['timeout'])
  if (timeoutMs === undefined) throw new StorageError('invalid', `the s3 target's timeout must be a duration above 0, such as 30s`)
  const overwrite = section['allow_overwrite']
  return {
    endpoint, timeoutMs,
    region: textOf(section, 'region') ?? DEFAULTS.region,
    bucket: needed(section, 'bucket'),
    accessKey: needed(section, 'access_key'),
    secretKey: needed(section, 'secret_key'),
    ...(sessionToken === undefined ? {} : { sessionToken }),
    addressing: section['addressing'] === 'virtual' ? 'virtual' : 'path',
    tls: { insecure: tls['insecure'] === true, ...(ca === undefined ? {} : { ca }), ...(servername === undefined ? {} : { servername }) },
    createBucket: section['create_bucket'] === true,
    allowOverwrite: Array.isArray(overwrite) ? overwrite.filter((name): name is string => typeof name === 'string') : [],
    signPayload: section['sign_payload'] === true,
    maxConnections: typeof section['max_connections'] === 'number' ? section['max_connections'] : 0,
    driverConfig: isJsonObject(section['driver_config']) ? section['driver_config'] : {},
  }
}
