// Which transport options each driver has. One that a driver hasn't is refused before the run: it must not be left out silently.
import { StorageError, isJsonObject, type JsonObject } from '../sdk/index.ts'

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
} as const satisfies Readonly<Record<string, Ability>>
type AbilityName = keyof typeof ABILITIES

const ALL = Object.keys(ABILITIES) as readonly AbilityName[]
/** What clients over node:http have. */
const OVER_NODE: readonly AbilityName[] =
  ['clientCertificate', 'noSessions', 'newConnections', 'poolPerVu', 'localAddress', 'virtual', 'servername', 'maxConnections']
/** Drivers that are not named have none of them. */
const OF_DRIVER: Readonly<Record<string, readonly AbilityName[]>> = {
  native: ALL,
  'aws-sdk': [...OVER_NODE, 'hashed'],
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
