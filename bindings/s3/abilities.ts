// Which transport options each driver has. One that a driver hasn't is refused before the run: it must not be left out silently.
import { StorageError, isJsonObject, type JsonObject } from '../sdk/index.ts'
import { API_OF_OPERATION } from './operation-apis.ts'
import { API_NAMES, type ApiName, type ApiRequest } from './operations/api.ts'

/** An option of a section that not every driver has. */
interface Ability {
  /** Where it stands in the section. */
  readonly path: readonly string[]
  /** As it is told: `payload_signing: streaming`. */
  readonly name: string
  /** True where a section asks for it. */
  asked(section: JsonObject): boolean
}

const inner = (section: JsonObject, key: string): JsonObject => isJsonObject(section[key]) ? section[key] : {}
const option = (path: readonly [string, ...string[]], value: string | boolean | undefined): Ability => ({
  path, name: path.join('.') + (value === undefined ? '' : `: ${value}`),
  asked(section) {
    const [first, second] = path
    const said = second === undefined ? section[first] : inner(section, first)[second]
    return value === undefined ? said !== undefined : said === value
  },
})

const ABILITIES = {
  clientCertificate: option(['tls', 'cert'], undefined),
  noSessions: option(['tls', 'session_reuse'], false),
  newConnections: option(['connections'], 'new'),
  poolPerVu: option(['connection_pool'], 'per_vu'),
  hashed: option(['payload_signing'], 'sha256'),
  streamed: option(['payload_signing'], 'streaming'),
  localAddress: option(['local_address'], undefined),
  bandwidth: option(['bandwidth'], undefined),
  virtual: option(['addressing'], 'virtual'),
  servername: option(['tls', 'servername'], undefined),
  maxConnections: option(['max_connections'], undefined),
  anonymous: option(['anonymous'], true),
} as const satisfies Readonly<Record<string, Ability>>
type AbilityName = keyof typeof ABILITIES

const ALL = Object.keys(ABILITIES) as readonly AbilityName[]
/** What clients over node:http have. */
const OVER_NODE: readonly AbilityName[] =
  ['clientCertificate', 'noSessions', 'newConnections', 'poolPerVu', 'localAddress', 'virtual', 'servername', 'maxConnections']
/** Drivers that are not named have none of them. */
const OF_DRIVER: Readonly<Record<string, readonly AbilityName[]>> = {
  native: ALL,
  'aws-sdk': [...OVER_NODE, 'hashed', 'anonymous'],
  minio: OVER_NODE,
  memory: ['virtual', 'servername', 'maxConnections'],
  boto3: ['virtual'],
  'minio-py': ['virtual'],
  'aws-cli': ['virtual'],
  exec: ['virtual'],
}

const has = (driver: string, ability: AbilityName): boolean =>
  Object.hasOwn(OF_DRIVER, driver) && OF_DRIVER[driver]?.includes(ability) === true

/** An option that the driver hasn't, and a line about it. */
interface Missing { readonly path: readonly string[]; readonly message: string }

/** The options a section asks for that the driver hasn't. */
export function missingAbilities(driver: string, section: JsonObject): readonly Missing[] {
  return ALL.filter((name) => !has(driver, name) && ABILITIES[name].asked(section)).map((name) => {
    const others = Object.keys(OF_DRIVER).filter((other) => has(other, name)).join(', ').replace(/, ([^,]*)$/, ' or $1')
    const { path, name: told } = ABILITIES[name]
    return { path, message: `the ${driver} driver has no ${told}: leave it out, or use the driver ${others}` }
  })
}

/** Throws StorageError('unsupported') for a section that asks for what the driver hasn't: a script may have named the driver. */
export function refuseMissing(driver: string, section: JsonObject): void {
  const [missing] = missingAbilities(driver, section)
  if (missing !== undefined) throw new StorageError('unsupported', missing.message)
}

/** What the memory driver keeps has no buckets' configurations, no locks, no listing of buckets. */
const IN_MEMORY: readonly ApiName[] = [
  'PutObject', 'GetObject', 'HeadObject', 'DeleteObject', 'CopyObject', 'AppendObject', 'CreateMultipartUpload', 'UploadPart',
  'UploadPartCopy', 'CompleteMultipartUpload', 'ListParts', 'GetObjectTagging', 'PutObjectTagging', 'DeleteObjectTagging', 'ListObjects',
  'GetBucketVersioning', 'PutBucketVersioning', 'CreateBucket', 'HeadBucket', 'DeleteBucket', 'ListBuckets',
]
/** Nor has it encryption, locks, access lists and classes of storage, with objects or with buckets. */
const NOT_IN_MEMORY = /SSE|^ServerSideEncryption$|^ObjectLock|^ACL$|^StorageClass$|^Checksum/
/** Operations of the S3 API by driver. Drivers that are not named have none beyond the narrow interface. */
const APIS_OF_DRIVER: Readonly<Record<string, ReadonlySet<ApiName>>> = {
  native: new Set(API_NAMES),
  // Appending is a RADOS gateway's own, and the SDK can't ask for it.
  'aws-sdk': new Set(API_NAMES.filter((name) => name !== 'AppendObject')),
  memory: new Set(IN_MEMORY),
}
/** Who else than the target's keys can sign a request, by driver. */
const SIGNING: Readonly<Record<string, readonly string[]>> = { native: ['anonymous', 'presigned'], 'aws-sdk': ['anonymous'] }

const nameOfSignature = (signature: NonNullable<ApiRequest['signature']>): string => signature === 'anonymous' ? signature : 'presigned'

/** The drivers that have an operation of the S3 API. */
const having = (name: ApiName): string[] => Object.keys(APIS_OF_DRIVER).filter((driver) => APIS_OF_DRIVER[driver]?.has(name) === true)

/** True of a driver that can ask for an object's checksum. */
export const hasChecksums = (driver: string): boolean => driver !== 'memory' && having('GetObject').includes(driver)

/** The operations of scripts that a driver hasn't, by name, each with the drivers that have it. */
export const lackedOperations = (driver: string): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(API_OF_OPERATION).map(([operation, api]) => [operation, having(api)] as const)
    .filter(([, others]) => !others.includes(driver)))

/** Throws StorageError('unsupported') for an operation the driver hasn't, naming those that have it. */
export function refuseApi(driver: string, op: string, { api, signature, checksum, params = {} }: ApiRequest): void {
  const refuse = (what: string, others: readonly string[]): never => {
    const message = `${op}: the ${driver} driver has no ${what}; use the driver ${others.join(' or ')}`
    throw new StorageError('unsupported', message, { detail: api })
  }
  if (!having(api).includes(driver)) refuse(api, having(api))
  if (signature !== undefined) {
    const kind = nameOfSignature(signature)
    if (SIGNING[driver]?.includes(kind) !== true) {
      refuse(`${kind} requests`, Object.keys(SIGNING).filter((other) => SIGNING[other]?.includes(kind) === true))
    }
  }
  if (driver !== 'memory') return
  // What its store would silently not keep.
  const asked = checksum === undefined ? Object.keys(params).find((member) => NOT_IN_MEMORY.test(member)) : 'checksums'
  if (asked !== undefined) refuse(asked, ['native', 'aws-sdk'])
}
