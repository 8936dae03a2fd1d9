// The schema of the targets file's `s3:` section. The only home of zod: it takes long to load, and most commands check no section.
import { z } from 'zod'
import type { CheckedSection, JsonObject } from '../sdk/index.ts'
import { asJson, driverProblems, problemsOf, text, type DriverConfigs } from '../sdk/section-schema.ts'
import { impossibleCombinations, keysProblems, withProfile } from './config-rules.ts'
import { refuseUnknown } from './driver-config.ts'
import { awsSdkConfig } from './drivers/aws-sdk/config.ts'
import { awsCliProgram } from './drivers/aws-cli/config.ts'
import { execConfig, pythonOf } from './drivers/exec/config.ts'
import { nativeConfig } from './drivers/native/config.ts'
import { s5cmdConfig } from './drivers/s5cmd/config.ts'
import { DEFAULTS } from './settings.ts'
import {
  bandwidth, endpoint, endpointSelection, localAddress, payloadSigning, retries, timeout, timeouts, tls, yes,
} from './transport-schema.ts'

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/

/** Drivers whose options are known without loading them. */
const DRIVER_CONFIGS: DriverConfigs = {
  native: nativeConfig, 'aws-sdk': awsSdkConfig, minio: (config) => { refuseUnknown('minio', config, []) },
  exec: execConfig, boto3: (config) => pythonOf('boto3', config), 'minio-py': (config) => pythonOf('minio-py', config),
  s5cmd: s5cmdConfig, 'aws-cli': awsCliProgram,
}

/** One of the users that VUs are. */
const identity = z.strictObject({
  access_key: text('the access key').optional(),
  secret_key: text('the secret key; keep it out of the file with ${VAR}').optional(),
  session_token: text('the token that came with temporary keys').optional(),
  anonymous: z.boolean('must be true or false').optional(),
}, 'must be a mapping of access_key and secret_key')
const identities = z.array(identity, 'must be a list of users').min(1, 'must not be empty').optional()
  .describe('Users, each with access_key, secret_key and perhaps session_token, or anonymous: true. VUs are dealt them in turn: VU 1 is '
    + 'the first. Setup, teardown and cleanup have the target\'s own keys; all must be allowed to use the bucket')

const schemaFor = (drivers: readonly string[]) => z.strictObject({
  endpoint,
  endpoint_selection: endpointSelection,
  access_key: text('the access key').optional().describe('Access key; required but with profile'),
  secret_key: text('the secret key; keep it out of the file with ${VAR}').optional()
    .describe('Secret key; keep it out of the file with ${VAR} or ${file:PATH}; required but with profile'),
  session_token: text('the token that came with temporary keys').optional().describe('Token that came with temporary keys'),
  anonymous: yes('No request is signed, for buckets that everybody may use: keys are not needed, nor used'),
  identities,
  profile: text('the name of a profile').optional()
    .describe('Takes keys, token and, where region is not given, region from this profile of a shared credentials file, instead of ' +
      'access_key'),
  credentials_file: text('a file of profiles').optional()
    .describe('The shared credentials file (default ~/.aws/credentials, with profile); without profile its [default] is taken'),
  bucket: text('the bucket to work in').regex(BUCKET, 'is no bucket name: 3 to 255 letters, digits, dots, hyphens, underscores')
    .describe('The bucket to work in; a run keeps to its own prefix'),
  region: text('a region, or default').default(DEFAULTS.region).describe('Region the signatures name'),
  driver: z.enum(drivers as [string, ...string[]], `must be one of ${drivers.join(', ')}`).optional()
    .describe('How requests are made: native (default), our own client; aws-sdk and minio, through AWS\'s and MinIO\'s for JavaScript; ' +
      's5cmd and aws-cli, through those programs; boto3 and minio-py, through AWS\'s and MinIO\'s for Python; exec, through any program; ' +
      'memory, no store at all: for tests'),
  driver_config: z.record(z.string(), z.json(), 'must be an object').optional()
    .describe('Options of the driver\'s own. native: expect_continue, a size from which bodies wait for 100 Continue (default: none). ' +
      'aws-sdk: max_attempts (default 1: no retries; the SDK never sends again what is larger than 1 MiB), retry_mode (standard or ' +
      'adaptive), checksums (when_required, the default, or when_supported, the SDK\'s: CRC32 with uploads, checked on downloads). ' +
      's5cmd: program (where it is), concurrency and part_size_mib (of its cp). ' +
      'aws-cli: program. boto3, minio-py: python (default python3). exec: command, a list of a program and its arguments, and config, ' +
      'which is handed to it'),
  drivers: z.record(z.string(), z.record(z.string(), z.json(), 'must be a mapping'), 'must be a mapping of drivers').optional()
    .describe('Options of drivers that a script or --driver names beside the target\'s own: `{ s5cmd: { program: bin/s5cmd } }`'),
  addressing: z.enum(['path', 'virtual'], 'must be path or virtual').optional()
    .describe('path: http://host/bucket/key; virtual: http://bucket.host/key'),
  tls: tls.optional()
    .describe('For https endpoints: ca, a file of PEM certificates to trust; insecure: true, any certificate is accepted; servername, ' +
      'the name to ask for and to check; cert and key, files of the client\'s own; session_reuse: false, every connection makes a ' +
      'whole handshake'),
  timeout: timeout.optional().describe('How long one operation may take (default 60s); one that is retried: each attempt'),
  timeouts,
  retries,
  create_bucket: yes('Make the bucket when it isn\'t there; a bucket made so is removed again when it is empty'),
  allow_overwrite: z.array(text('a bucket'), 'must be a list of buckets').optional()
    .describe('Buckets in which a run without a prefix may change what it did not make'),
  payload_signing: payloadSigning,
  sign_payload: yes('Older name: true is payload_signing: sha256'),
  max_connections: z.int('must be a whole number').min(0, 'must not be below 0').optional()
    .describe('Connections a shard opens at most; operations then wait for one, within their own time. 0 = no limit. ' +
      'Of each endpoint, and of each VU with connection_pool: per_vu'),
  connections: z.enum(['keep', 'new'], 'must be keep or new').optional()
    .describe('keep (default): connections are used again and again; new: each request makes one of its own, closed after it'),
  connection_pool: z.enum(['shared', 'per_vu'], 'must be shared or per_vu').optional()
    .describe('shared (default): the VUs of a shard use one pool; per_vu: each has its own, as separate clients do'),
  local_address: localAddress,
  bandwidth,
})

/** Keys of the mappings in a section. */
const NESTED: Readonly<Record<string, readonly string[]>> = {
  tls: Object.keys(tls.shape), retries: Object.keys(retries.unwrap().shape), timeouts: Object.keys(timeouts.unwrap().shape),
  bandwidth: Object.keys(bandwidth.unwrap().shape), identities: Object.keys(identity.shape),
}

/** Checks a section, with these drivers to choose from; the first is the default. */
export function checkSection(section: JsonObject, drivers: readonly string[]): CheckedSection {
  const schema = schemaFor(drivers)
  const result = schema.safeParse(section)
  if (!result.success) {
    const problems = problemsOf(result.error, section, Object.keys(schema.shape), NESTED)
    return { ok: false, problems: [...problems, ...keysProblems(section)] }
  }
  const driver = drivers[0] ?? ''
  const ofDrivers = driverProblems(section, drivers, DRIVER_CONFIGS)
  const problems = [...keysProblems(section), ...ofDrivers, ...impossibleCombinations(section, driver)]
  if (problems.length > 0) return { ok: false, problems }
  return withProfile(asJson(result.data), section)
}

/** The schema of a section, for editors. */
export const sectionSchema = (drivers: readonly string[]): JsonObject => asJson(z.toJSONSchema(schemaFor(drivers), { io: 'input' }))
