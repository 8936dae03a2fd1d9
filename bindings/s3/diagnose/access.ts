// What the store lets these keys do: are they its keys, is the bucket there, and each operation tried once on an object of its own.
import { PayloadCheck, StorageError, payloadContent, type Call, type Clock, type Finding, type PayloadSpec } from '../../sdk/index.ts'
import type { S3Driver } from '../driver.ts'
import { adviceForCode, storageCodeOf } from '../errors.ts'
import type { ApiFacts, ApiRequest } from '../operations/api.ts'
import { textIn } from '../operations/reply.ts'
import type { S3Settings } from '../settings.ts'
import { failed, median, msText, ok, waitsForAcks, warning } from './figures.ts'

/** What the checks of access share. */
export interface Access {
  readonly driver: S3Driver
  readonly settings: S3Settings
  /** Ends with a slash; everything made is below it. */
  readonly prefix: string
  readonly clock: Clock
  readonly call: Call
  /** Keys that were put and are not known to be gone. */
  readonly made: Set<string>
}

const PROBE: PayloadSpec = { sizeBytes: 4096, seed: 1, pattern: 'random' }
const PROBE_BYTES = 'of 4 KiB'
const TIMED_GETS = 20
/** A fresh connection acknowledges at once for a while: what comes later tells. */
const SETTLED_GETS = 10

/** Does it, and gives the store's error where it says no; any other error is a bug. */
async function refusalOf(doing: () => Promise<unknown>): Promise<StorageError | undefined> {
  try {
    await doing()
    return undefined
  } catch (error) {
    if (error instanceof StorageError) return error
    throw error
  }
}

/** A finding, and whether there is any use in going on after it. */
export interface Checked { readonly finding: Finding; readonly usable: boolean }
const go = (finding: Finding): Checked => ({ finding, usable: true })
const stop = (check: string, value: string, remedy: string): Checked => ({ finding: failed(check, value, remedy), usable: false })

/** Whether the store takes the keys: by a listing of nothing, since the refusal of one says why. */
export async function checkKeys({ driver, prefix, settings, call }: Access): Promise<Checked> {
  const refusal = await refusalOf(() => driver.list({ prefix, maxKeys: 1 }, call))
  const key = settings.sessionToken === undefined ? 'access key and secret key' : 'keys and session token'
  if (refusal === undefined || refusal.detail === 'NoSuchBucket') return go(ok('keys', `the store takes ${key}`))
  const remedy = KEY_REMEDIES[refusal.detail ?? '']
  if (remedy !== undefined) return stop('keys', `${refusal.detail ?? ''}: ${whatKeys(refusal.detail)}`, remedy)
  if (refusal.code !== 'denied') return stop('keys', refusal.message, remedyOf(refusal))
  return go(ok('keys', `the store takes ${key}, and does not let them list (${refusal.detail ?? 'AccessDenied'})`))
}

const KEY_REMEDIES: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'check access_key (AWS_ACCESS_KEY_ID), and that the endpoint is the one that gave it',
  SignatureDoesNotMatch: 'check secret_key (AWS_SECRET_ACCESS_KEY) for blanks, quotes and line ends; else see --debug-requests=full',
  RequestTimeTooSkewed: 'set this machine\'s clock by NTP',
  InvalidToken: 'session_token (AWS_SESSION_TOKEN) belongs to other keys: take all three from one place, or leave it out',
  ExpiredToken: 'get new temporary keys',
  UserSuspended: 'the user is suspended: have it enabled (radosgw-admin user enable)',
  AuthorizationHeaderMalformed: 'check region',
}

function whatKeys(detail: string | undefined): string {
  switch (detail) {
    case 'InvalidAccessKeyId': return 'the store does not know this access key'
    case 'SignatureDoesNotMatch': return 'the secret key is not the one of this access key'
    case 'RequestTimeTooSkewed': return 'this machine\'s clock and the store\'s are too far apart'
    case 'UserSuspended': return 'the store knows the keys and has suspended their user'
    case 'AuthorizationHeaderMalformed': return 'the signature names a region that is not the store\'s'
    default: return 'the store does not take the session token'
  }
}

/** Whether the bucket is there; made, where the target says so: then it must be removed again. */
export async function checkBucket({ driver, settings, call }: Access): Promise<Checked & { readonly made: boolean }> {
  const { bucket, createBucket } = settings
  const refusal = await refusalOf(() => driver.headBucket(call))
  if (refusal === undefined) return { ...go(ok('bucket', `${bucket} is there`)), made: false }
  if (refusal.code === 'denied') {
    const remedy = 'it is another user\'s, or a policy says no: see which operations are allowed below'
    return { ...go(warning('bucket', `${bucket} may not be looked at (${refusal.detail ?? '403'})`, remedy)), made: false }
  }
  if (refusal.code !== 'not_found') return { ...stop('bucket', refusal.message, remedyOf(refusal)), made: false }
  if (!createBucket) {
    return { ...stop('bucket', `there is no ${bucket}`, 'create it, or set create_bucket: true in the targets file'), made: false }
  }
  const denied = await refusalOf(() => driver.createBucket(call))
  if (denied === undefined) {
    return { ...go(ok('bucket', `there was no ${bucket}: made, as a run would (create_bucket), to be removed again`)), made: true }
  }
  const remedy = 'have the bucket made by somebody who may, or be granted s3:CreateBucket'
  return { ...stop('bucket', `there is no ${bucket}, and it can't be made: ${denied.message}`, remedy), made: false }
}

type Operation = 'put' | 'head' | 'get' | 'list' | 'delete' | 'deleteMany' | 'multipart'
const PERMISSIONS: Readonly<Record<Operation, string>> = {
  put: 's3:PutObject', head: 's3:GetObject', get: 's3:GetObject', list: 's3:ListBucket', delete: 's3:DeleteObject',
  deleteMany: 's3:DeleteObject', multipart: 's3:PutObject',
}

/** Tries every operation on objects of its own, one finding each, and tells how long small answers take. */
export async function* checkOperations(access: Access): AsyncGenerator<Finding> {
  const { driver, prefix, clock, call, made, settings: { bucket } } = access
  const key = `${prefix}probe`
  const content = payloadContent(PROBE, 'probe')
  const put = (name: string) => async (): Promise<void> => { made.add(name); await driver.put({ key: name, content }, call) }
  const attempt = async (op: Operation, doing: () => Promise<string | undefined>, about: string): Promise<Finding> => {
    const startMs = clock.now()
    let wrong: string | undefined
    const refusal = await refusalOf(async () => { wrong = await doing() })
    const took = msText(clock.now() - startMs)
    if (refusal !== undefined) {
      // Most scripts do without multipart uploads: the target can be used.
      const tell = op === 'multipart' ? warning : failed
      return tell(op, refusal.message, remedyOf(refusal, { permission: PERMISSIONS[op], bucket }))
    }
    return wrong === undefined ? ok(op, `${about} in ${took}`) : failed(op, wrong, WRONG_REMEDY)
  }
  const wrote = await attempt('put', async () => { await put(key)(); return undefined }, PROBE_BYTES)
  yield wrote
  const present = wrote.status === 'ok'
  if (present) {
    const seen = await attempt('head', async () => {
      const { sizeBytes } = await driver.head(key, call)
      return sizeBytes === PROBE.sizeBytes ? undefined : `the object should have ${PROBE.sizeBytes} bytes and has ${sizeBytes ?? 'no'}`
    }, PROBE_BYTES)
    yield seen
    const got = await attempt('get', async () => {
      const check = new PayloadCheck(content)
      await driver.get({ key, sink: (chunk) => { check.push(chunk) } }, call)
      return check.finish()?.message
    }, `${PROBE_BYTES}, as it was put,`)
    yield got
    if (got.status === 'ok' && seen.status === 'ok') yield await smallAnswers(access, key)
  }
  yield await attempt('list', async () => {
    const { objects } = await driver.list({ prefix }, call)
    return !present || objects.some((object) => object.key === key) ? undefined : 'the object just put is not in the listing'
  }, `below ${prefix}`)
  if (present && driver.perform !== undefined) {
    const about = `an upload of one part ${PROBE_BYTES}, and one aborted,`
    yield await attempt('multipart', () => multipart(access, `${prefix}probe-parts`), about)
  }
  yield await attempt('delete', async () => { await driver.delete(key, call); made.delete(key); return undefined }, 'an object')
  const several = [`${prefix}probe-1`, `${prefix}probe-2`]
  yield await attempt('deleteMany', async () => {
    if (present) for (const name of several) await put(name)()
    const { failed: left } = await driver.deleteMany(several, call)
    for (const name of several) if (!left.some((entry) => entry.key === name)) made.delete(name)
    const [first] = left
    if (first !== undefined) {
      const { detail } = first
      throw new StorageError(storageCodeOf(detail), `${left.length} of ${several.length} were not deleted: ${detail}`, { detail })
    }
    return undefined
  }, `${several.length} objects`)
}

/** An upload that is completed and one that is aborted; what is wrong with them, if anything. */
async function multipart({ driver, call, made }: Access, key: string): Promise<string | undefined> {
  const content = payloadContent(PROBE, 'probe')
  const perform = (request: Omit<ApiRequest, 'key'>): Promise<ApiFacts> => {
    if (driver.perform === undefined) throw new TypeError('asked only of drivers that have it')
    return driver.perform({ ...request, key }, call)
  }
  const begin = async (): Promise<{ readonly uploadId: string; readonly etag: string }> => {
    const uploadId = textIn((await perform({ api: 'CreateMultipartUpload' })).fields, 'UploadId')
    const { etag = '' } = await perform({ api: 'UploadPart', content, params: { UploadId: uploadId, PartNumber: 1 } })
    return { uploadId, etag }
  }
  const { uploadId: dropped } = await begin()
  await driver.abortUpload({ key, uploadId: dropped }, call)
  const { uploadId: UploadId, etag: ETag } = await begin()
  made.add(key)
  await perform({ api: 'CompleteMultipartUpload', params: { UploadId }, document: { Parts: [{ PartNumber: 1, ETag }] } })
  const { sizeBytes } = await driver.head(key, call)
  if (sizeBytes !== PROBE.sizeBytes) return `the object should have ${PROBE.sizeBytes} bytes and has ${sizeBytes ?? 'no'}`
  return undefined
}

const WRONG_REMEDY = 'this store does not keep what it is given: look for a proxy or a cache in between'

/** How long small answers take: recognises the 40 ms of a server that waits for acknowledgements. */
async function smallAnswers({ driver, clock, call }: Access, key: string): Promise<Finding> {
  const getMs: number[] = []
  const headMs: number[] = []
  const timed = async (into: number[], doing: () => Promise<unknown>): Promise<void> => {
    const startMs = clock.now()
    await doing()
    into.push(clock.now() - startMs)
  }
  const refusal = await refusalOf(async () => {
    for (let n = 0; n < TIMED_GETS; n++) await timed(getMs, () => driver.get({ key }, call))
    for (let n = 0; n < SETTLED_GETS; n++) await timed(headMs, () => driver.head(key, call))
  })
  if (refusal !== undefined) return failed('small answers', refusal.message, remedyOf(refusal))
  const settled = getMs.slice(-SETTLED_GETS)
  const value = `get ${PROBE_BYTES} median ${msText(median(settled))}, head ${msText(median(headMs))}, one at a time`
  if (!waitsForAcks(settled, headMs)) return ok('small answers', value)
  return warning('small answers', `${value}: each get waits 40 ms for an acknowledgement (Nagle's algorithm against delayed ACKs)`,
    'set tcp_nodelay=1 in rgw_frontends, or TCP_NODELAY in the proxy before the gateway')
}

/** What to do about a refusal of an operation that needs a permission on a bucket. */
function remedyOf({ code }: StorageError, needs?: { readonly permission: string; readonly bucket: string }): string {
  if (code !== 'denied') return adviceForCode(code) ?? 'see what it says with --debug-requests=full'
  if (needs === undefined) return 'have these keys granted access'
  const objects = needs.permission === 's3:ListBucket' ? '' : '/*'
  return `grant ${needs.permission} on arn:aws:s3:::${needs.bucket}${objects} to these keys`
}
