// What a driver's program can't do of what can be asked of an operation: told when a run starts, refused before anything is sent.
import { StorageError } from '../sdk/index.ts'
import type { ByteRange, ListRequest } from './driver.ts'

/** What an operation asks for, as far as some driver lacks it. */
interface Asked {
  readonly keys?: readonly string[]
  readonly range?: ByteRange | undefined
  readonly list?: ListRequest
}

interface Lack {
  /** What it can't: as it is told. */
  readonly told: string
  asks(asked: Asked): boolean
}

const keys = (told: string, of: (key: string) => boolean): Lack => ({ told, asks: (asked) => asked.keys?.some(of) === true })
const never = (): boolean => false
const listing = (told: string, of: (request: ListRequest) => boolean): Lack =>
  ({ told, asks: ({ list }) => list !== undefined && of(list) })

const LACKS = {
  ranges: { told: 'parts of objects (range)', asks: ({ range }) => range !== undefined },
  pages: listing('pages of listings (maxKeys, continuationToken): it lists everything',
    ({ maxKeys, continuationToken }) => maxKeys !== undefined || continuationToken !== undefined),
  startAfter: listing('listings from a key on (startAfter)', ({ startAfter }) => startAfter !== undefined),
  delimiters: listing('delimiters other than /', ({ delimiter }) => delimiter !== undefined && delimiter !== '/'),
  globs: listing('prefixes with * or ?', ({ prefix }) => /[*?]/.test(prefix)),
  lineFeeds: keys('keys with a line feed', (key) => key.includes('\n')),
  trailingSlashes: keys('keys that end with /', (key) => key.endsWith('/')),
  dotSegments: keys('keys with . or .. between slashes', (key) => key.split('/').some((part) => part === '.' || part === '..')),
  fileUrls: keys('keys that begin with file:// or fileb://', (key) => /^fileb?:\/\//.test(key)),
  etags: { told: 'telling entity tags of puts and gets', asks: never },
  requestIds: { told: 'telling request ids', asks: never },
  firstByte: { told: 'telling when the first byte comes (s3_req_waiting)', asks: never },
} as const satisfies Readonly<Record<string, Lack>>
export type LackName = keyof typeof LACKS

/** Drivers that are not named lack nothing. */
const OF_DRIVER: Readonly<Record<string, readonly LackName[]>> = {
  's5cmd': ['ranges', 'pages', 'startAfter', 'delimiters', 'globs', 'lineFeeds', 'trailingSlashes', 'etags', 'firstByte'],
  'aws-cli': ['fileUrls', 'requestIds', 'firstByte'],
  'minio-py': ['pages', 'delimiters', 'dotSegments'],
}

/** What a driver can't. */
export const lacksOf = (driver: string): readonly LackName[] => (Object.hasOwn(OF_DRIVER, driver) ? OF_DRIVER[driver] : undefined) ?? []

/** The same for people; empty for a driver that lacks nothing. */
export const lacksTold = (driver: string): readonly string[] => lacksOf(driver).map((name) => LACKS[name].told)

/** The error of an operation that asks for what its driver can't; undefined for one that does not. */
export function refusalOf(driver: string, op: string, asked: Asked): StorageError | undefined {
  const name = lacksOf(driver).find((lack) => LACKS[lack].asks(asked))
  if (name === undefined) return undefined
  return new StorageError('unsupported', `${op}: the ${driver} driver has no ${LACKS[name].told}; use another driver for this`,
    { detail: 'driver' })
}
