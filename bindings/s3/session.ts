// A target opened for one shard: checks what scripts ask, keeps them below the run's prefix, and turns facts into replies.
import {
  StorageError, type Call, type CleanupOptions, type CleanupReport, type Clock, type Json, type JsonObject, type Outcome,
  type PrepareReport, type Session, type Subject,
} from '../sdk/index.ts'
import {
  CARRIED_BYTES_MAX, bodyFormOf, contentOf, keyOf, keysOf, listOf, metadataOf, optionalText, optionsOf, rangeOf, verifyOf, type BodyForm,
} from './arguments.ts'
import { prepareBucket, removeAll } from './bucket.ts'
import { OPERATIONS, type Facts, type Operation, type S3Driver, type Sink } from './driver.ts'
import { rejected, storageCodeOf } from './errors.ts'
import type { S3Settings } from './settings.ts'
import { subjectOf } from './subject.ts'
import { FrontCheck, differenceError, wholeCheck } from './verification.ts'

export interface SessionOptions {
  readonly driver: S3Driver
  readonly driverName: string
  readonly settings: S3Settings
  readonly prefix: string
  readonly seed: number
  /** What cleaning up waits by. */
  readonly clock: Clock
  /** False: nothing is checked that the script doesn't ask to be. */
  readonly checksFronts?: boolean
}

/** An outcome with what every answer tells; `reply` gets the status, the bytes and the tag as well. */
function outcomeOf(facts: Facts, endpoint: string, sent: boolean, more: JsonObject | undefined, verified = false): Outcome {
  const { status, bytes, etag, requestId, wireIn, wireOut } = facts
  const reply: Record<string, Json | undefined> = { status, bytes }
  if (etag !== undefined) reply['etag'] = etag
  if (requestId !== undefined) reply['requestId'] = requestId
  if (more !== undefined) Object.assign(reply, more)
  return { reply, endpoint, bytesIn: sent ? 0 : bytes, bytesOut: sent ? bytes : 0, wireIn, wireOut, requestId, verified }
}

/** Keeps a received body for the script, up to what may cross the border. */
class Carried {
  readonly #chunks: Buffer[] = []
  #bytes = 0
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (this.#bytes <= CARRIED_BYTES_MAX) this.#chunks.push(Buffer.from(chunk))
  }
  reply(form: BodyForm): JsonObject {
    if (this.#bytes > CARRIED_BYTES_MAX) {
      throw new StorageError('invalid',
        `get: ${this.#bytes} bytes are too many to carry into a script (${CARRIED_BYTES_MAX}): leave body out, use verify`)
    }
    const bytes = Buffer.concat(this.#chunks)
    return { body: bytes.toString(form === 'text' ? 'utf8' : 'latin1') }
  }
}

const NAMES: ReadonlySet<string> = new Set(OPERATIONS)
const isOperation = (op: string): op is Operation => NAMES.has(op)
/** A get of the whole object, its body dropped, or a put of a payload: most of any load. They are chained, not awaited. */
const isPlain = (args: readonly Json[], count: number): boolean => args.length === count && typeof args[0] === 'string'

const PUT_OPTIONS = ['contentType', 'metadata'] as const
const GET_OPTIONS = ['range', 'body', 'verify', 'existing'] as const
const HEAD_OPTIONS = ['existing'] as const

export class S3Session implements Session {
  readonly driver: string
  readonly #driver: S3Driver
  readonly #settings: S3Settings
  readonly #prefix: string
  readonly #seed: number
  readonly #clock: Clock
  readonly endpoint: string
  readonly #checksFronts: boolean
  #madeBucket = false

  constructor({ driver, driverName, settings, prefix, seed, clock, checksFronts = true }: SessionOptions) {
    this.driver = driverName
    this.#driver = driver
    this.#settings = settings
    this.#prefix = prefix
    this.#seed = seed
    this.#clock = clock
    this.endpoint = settings.endpoint.url
    this.#checksFronts = checksFronts
  }

  run(op: string, args: readonly Json[], call: Call): Promise<Outcome> {
    if (isOperation(op)) return this.#operation(op, args, call)
    return Promise.reject(new StorageError('unsupported', `s3 has no operation "${op.slice(0, 60)}"; it has ${OPERATIONS.join(', ')}`))
  }

  subject(op: string, args: readonly Json[]): Subject { return subjectOf(op, args, this.#prefix) }

  async prepare(signal: AbortSignal): Promise<PrepareReport> {
    this.#madeBucket = await prepareBucket(this.#driver, this.#settings, signal) || this.#madeBucket
    return { made: this.#madeBucket }
  }

  async cleanup(signal: AbortSignal, { made = false, unsettled = false, onDeleted }: CleanupOptions = {}): Promise<CleanupReport> {
    const removeBucket = made || this.#madeBucket
    if (this.#prefix === '' && !removeBucket) {
      return { deleted: 0, remaining: undefined, reason: `the run has no prefix, and bucket ${this.#settings.bucket} is not its own` }
    }
    return removeAll({ driver: this.#driver, prefix: this.#prefix, clock: this.#clock, signal, removeBucket, unsettled, onDeleted })
  }

  close(): Promise<void> { return this.#driver.close() }

  #operation(op: Operation, args: readonly Json[], call: Call): Promise<Outcome> {
    switch (op) {
      case 'put': return isPlain(args, 2) ? this.#plainPut(args, call) : this.#put(args, call)
      case 'get': return isPlain(args, 1) ? this.#plainGet(args[0], call) : this.#get(args, call)
      case 'head': return this.#head(args, call)
      case 'delete': return this.#delete(args, call)
      case 'deleteMany': return this.#deleteMany(args, call)
      case 'list': return this.#list(args, call)
      default: return op satisfies never
    }
  }

  #plainPut([name, body]: readonly Json[], call: Call): Promise<Outcome> {
    try {
      this.#mayWrite('put')
      const key = keyOf('put', name, this.#prefix)
      const content = contentOf(body, name as string, this.#seed)
      return this.#driver.put({ key, content }, call).then((facts) => outcomeOf(facts, this.endpoint, true, undefined))
    } catch (error) {
      return rejected(error)
    }
  }

  async #put([name, body, given]: readonly Json[], call: Call): Promise<Outcome> {
    this.#mayWrite('put')
    const key = keyOf('put', name, this.#prefix)
    const content = contentOf(body, key.slice(this.#prefix.length), this.#seed)
    const options = optionsOf('put', given, PUT_OPTIONS)
    const contentType = optionalText('put', 'contentType', options.contentType)
    const metadata = metadataOf(options.metadata)
    const facts = await this.#driver.put({
      key, content, ...(contentType === undefined ? {} : { contentType }), ...(metadata === undefined ? {} : { metadata }),
    }, call)
    return outcomeOf(facts, this.endpoint, true, undefined)
  }

  #plainGet(name: Json | undefined, call: Call): Promise<Outcome> {
    try {
      const key = keyOf('get', name, this.#prefix)
      if (!this.#checksFronts) {
        return this.#driver.get({ key }, call).then((facts) => outcomeOf(facts, this.endpoint, false, undefined))
      }
      const check = new FrontCheck(name as string)
      return this.#driver.get({ key, sink: check.sink }, call).then((facts) => {
        const wrong = check.finish(facts)
        if (wrong !== undefined) throw differenceError(name as string, wrong, facts, this.endpoint)
        return outcomeOf(facts, this.endpoint, false, undefined, check.judged)
      })
    } catch (error) {
      return rejected(error)
    }
  }

  async #get([name, given]: readonly Json[], call: Call): Promise<Outcome> {
    const options = optionsOf('get', given, GET_OPTIONS)
    const prefix = options.existing === true ? '' : this.#prefix
    const key = keyOf('get', name, prefix)
    const own = key.slice(prefix.length)
    const range = rangeOf(options.range)
    const form = bodyFormOf(options.body)
    const known = verifyOf(options.verify, this.#seed)
    const check = known && wholeCheck({ ...known, name: own, existing: prefix === '' && this.#prefix !== '', range })
    const carried = form === 'drop' ? undefined : new Carried()
    const sink: Sink | undefined = check === undefined && carried === undefined ? undefined : (chunk) => {
      check?.sink(chunk)
      carried?.push(chunk)
    }
    const facts = await this.#driver.get({ key, ...(range === undefined ? {} : { range }), ...(sink === undefined ? {} : { sink }) }, call)
    const wrong = check?.finish(facts)
    if (wrong !== undefined) throw differenceError(own, wrong, facts, this.endpoint)
    const outcome = outcomeOf(facts, this.endpoint, false, {
      ...(facts.sizeBytes === undefined ? {} : { sizeBytes: facts.sizeBytes }), ...carried?.reply(form),
    }, check?.judged)
    return check?.version === undefined ? outcome : { ...outcome, version: check.version }
  }

  async #head([name, given]: readonly Json[], call: Call): Promise<Outcome> {
    const options = optionsOf('head', given, HEAD_OPTIONS)
    const facts = await this.#driver.head(keyOf('head', name, options.existing === true ? '' : this.#prefix), call)
    const { sizeBytes, contentType, lastModified, metadata } = facts
    return outcomeOf(facts, this.endpoint, false, {
      metadata, ...(sizeBytes === undefined ? {} : { sizeBytes }), ...(contentType === undefined ? {} : { contentType }),
      ...(lastModified === undefined ? {} : { lastModified }),
    })
  }

  async #delete([name]: readonly Json[], call: Call): Promise<Outcome> {
    this.#mayWrite('delete')
    return outcomeOf(await this.#driver.delete(keyOf('delete', name, this.#prefix), call), this.endpoint, false, undefined)
  }

  /** A key the store refused to delete fails the operation: a benchmark must not count it as done. */
  async #deleteMany([names]: readonly Json[], call: Call): Promise<Outcome> {
    this.#mayWrite('deleteMany')
    const keys = keysOf(names, this.#prefix)
    const facts = await this.#driver.deleteMany(keys, call)
    const first = facts.failed[0]
    if (first !== undefined) {
      throw new StorageError(storageCodeOf(first.detail),
        `deleteMany: ${facts.failed.length} of ${keys.length} keys were not deleted, the first ${first.key}: ${first.detail}`, {
        detail: first.detail, endpoint: this.endpoint, ...(facts.requestId === undefined ? {} : { requestId: facts.requestId }),
      })
    }
    return outcomeOf(facts, this.endpoint, false, { deleted: keys.length })
  }

  async #list([given]: readonly Json[], call: Call): Promise<Outcome> {
    const facts = await this.#driver.list(listOf(given, this.#prefix), call)
    const cut = this.#prefix.length
    return outcomeOf(facts, this.endpoint, false, {
      objects: facts.objects.map(({ key, sizeBytes, etag, lastModified }) => ({ key: key.slice(cut), sizeBytes, etag, lastModified })),
      commonPrefixes: facts.commonPrefixes.map((prefix) => prefix.slice(cut)),
      ...(facts.continuationToken === undefined ? {} : { continuationToken: facts.continuationToken }),
    })
  }

  #mayWrite(op: string): void {
    const { bucket, allowOverwrite } = this.#settings
    if (this.#prefix === '' && !this.#madeBucket && !allowOverwrite.includes(bucket)) {
      throw new StorageError('invalid',
        `${op}: without a prefix this could change what the run did not make; allow it by allow_overwrite: [${bucket}] in the targets file`)
    }
  }
}
