// The `s3:` section of the targets file: how it is checked and told, and what of it the environment can say.
import type { BindingConfig, JsonObject } from '../sdk/index.ts'
import { lacksTold } from './lacks.ts'
import { remarksOn } from './remarks.ts'

/** The first of the variables that is set to something. */
const firstOf = (env: Readonly<Record<string, string | undefined>>, ...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = env[name]
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/**
 * A Rook bucket claim says host and port but no scheme: https for port 443 or where BUCKET_SSL is `true` or `1`, else http.
 */
function claimEndpoint(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const host = firstOf(env, 'BUCKET_HOST')
  if (host === undefined) return undefined
  const port = firstOf(env, 'BUCKET_PORT')
  const secure = port === '443' || ['true', '1'].includes(firstOf(env, 'BUCKET_SSL') ?? '')
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  return `${secure ? 'https' : 'http'}://${name}${port === undefined ? '' : `:${port}`}`
}

/** A profile that AWS_PROFILE names for want of keys, and the file it is in where AWS_SHARED_CREDENTIALS_FILE says so. */
function profileOf(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string | undefined>> {
  const profile = firstOf(env, 'AWS_PROFILE')
  if (profile === undefined || firstOf(env, 'AWS_ACCESS_KEY_ID') !== undefined) return {}
  return { profile, credentials_file: firstOf(env, 'AWS_SHARED_CREDENTIALS_FILE') }
}

/**
 * A section from AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or a Rook claim's BUCKET_HOST, with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
 * AWS_SESSION_TOKEN (or AWS_PROFILE), AWS_REGION or AWS_DEFAULT_REGION (or the claim's BUCKET_REGION), and CHOPSTICKS_BUCKET or
 * BUCKET_NAME. Undefined without an endpoint: keys and profiles lying about never choose a store.
 */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>): JsonObject | undefined {
  const where = firstOf(env, 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL') ?? claimEndpoint(env)
  if (where === undefined) return undefined
  const said: Readonly<Record<string, string | undefined>> = {
    endpoint: where,
    access_key: firstOf(env, 'AWS_ACCESS_KEY_ID'),
    secret_key: firstOf(env, 'AWS_SECRET_ACCESS_KEY'),
    session_token: firstOf(env, 'AWS_SESSION_TOKEN'),
    bucket: firstOf(env, 'CHOPSTICKS_BUCKET', 'BUCKET_NAME'),
    ...profileOf(env),
    region: firstOf(env, 'AWS_REGION', 'AWS_DEFAULT_REGION', 'BUCKET_REGION'),
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}

const said = (section: JsonObject, key: string, otherwise = ''): string => {
  const value = section[key]
  return typeof value === 'string' ? value : otherwise
}

/** One endpoint, or all of them and how they are chosen from. */
function endpointsSaid(section: JsonObject): string {
  const { endpoint } = section
  if (!Array.isArray(endpoint)) return `endpoint ${said(section, 'endpoint')}`
  const all = endpoint.filter((one): one is string => typeof one === 'string').join(', ')
  return endpoint.length === 1 ? `endpoint ${all}` : `endpoints ${all} (${said(section, 'endpoint_selection', 'round_robin')})`
}

/** Who asks, where it is not one user with keys. */
function whoSaid({ anonymous, identities }: JsonObject): string {
  const many = Array.isArray(identities) ? `, VUs dealt ${identities.length} identities` : ''
  return `${anonymous === true ? ', anonymous' : ''}${many}`
}

/** How the targets file's `s3:` section is read, with these drivers to choose from. */
export function configFor(drivers: readonly string[]): BindingConfig {
  return {
    parse: async (section) => (await import('./config-schema.ts')).checkSection(section, drivers),
    fromEnvironment,
    variables: {
      endpoint: 'AWS_ENDPOINT_URL', access_key: 'AWS_ACCESS_KEY_ID', secret_key: 'AWS_SECRET_ACCESS_KEY', bucket: 'BUCKET_NAME',
    },
    secrets: ['secret_key', 'session_token', 'access_key'].flatMap((key) => [key, `identities.${key}`]),
    describe: (section) => {
      const driver = said(section, 'driver', drivers[0])
      const lacks = lacksTold(driver)
      const without = lacks.length === 0 ? '' : ` (without ${lacks.join('; ')})`
      return `driver ${driver}${without}, ${endpointsSaid(section)}, bucket ${said(section, 'bucket')}${whoSaid(section)}`
    },
    remarks: remarksOn,
    jsonSchema: async () => (await import('./config-schema.ts')).sectionSchema(drivers),
  }
}
