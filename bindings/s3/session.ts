// A target opened for one shard: checks what scripts ask, keeps them below the run's prefix, and turns facts into replies.
import {
  StorageError, isJsonObject, type Call, type CleanupOptions, type CleanupReport, type Clock, type Json, type JsonObject, type Outcome,
  type PrepareReport, type Session, type Subject,
} from '../sdk/index.ts'
import {
  CARRIED_BYTES_MAX, asksForChecksum, bodyFormOf, contentOf, keyOf, keysOf, listOf, metadataOf, optionalText, rangeOf, verifyOf,
  versionsOf, type BodyForm,
} from './arguments.ts'
import { optionsOf } from '../sdk/arguments.ts'
import { prepareBucket, removeAll } from './bucket.ts'
import type { GetFacts, GetRequest, HeadFacts, S3Driver, Sink } from './driver.ts'
import { rejected, storageCodeOf } from './errors.ts'
import { ALL_OPERATIONS, OPERATIONS, type Operation } from './operation-names.ts'
import { driverFor } from './operations/names.ts'
import { mayWrite, outcomeOf, perform, type OperationContext } from './operations/context.ts'
import { MORE_OPERATIONS } from './operations/index.ts'
import { DELETE_OPTIONS, READ_OPTIONS, WRITE_OPTIONS, requestOptions, type RequestOptions } from './operations/options.ts'
import { headOf, shownFields, textIn } from './operations/reply.ts'
import { removeOwnBuckets } from './own-buckets.ts'
import { rangeText, sizeOfRange } from './ranges.ts'
import type { S3Settings } from './settings.ts'
import { subjectOf } from './subject.ts'
import { FrontCheck, checksumError, differenceError, wholeCheck } from './verification.ts'
import { ReceivedChecksum } from './checksum/received.ts'

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
  /** Opens the same driver for another bucket: without it the run's own buckets are not removed. */
  readonly inBucket?: (bucket: string) => S3Driver
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

/** Of a get, with what a script is shown of an answer that was asked for more than usual. */
type AskedFacts = GetFacts & { readonly shown?: JsonObject }

const NAMES: ReadonlySet<string> = new Set(OPERATIONS)
const isOperation = (op: string): op is Operation => NAMES.has(op)
/** A get of the whole object, its body dropped, or a put of a payload: most of any load. They are chained, not awaited. */
const isPlain = (args: readonly Json[], count: number): boolean => args.length === count && typeof args[0] === 'string'

const PUT_OPTIONS = ['contentType', 'metadata', ...WRITE_OPTIONS] as const
const GET_OPTIONS = ['range', 'body', 'verify', 'checksum', 'existing', ...READ_OPTIONS] as const
const HEAD_OPTIONS = ['existing', ...READ_OPTIONS] as const

export class S3Session implements Session {
  readonly driver: string
  readonly #driver: S3Driver
  readonly #settings: S3Settings
  readonly #prefix: string
  readonly #seed: number
  readonly #clock: Clock
  readonly endpoint: string
  readonly #checksFronts: boolean
  readonly #inBucket: SessionOptions['inBucket']
  /** Drivers for the run's own buckets, opened when they are first needed; by whole name. */
  readonly #others = new Map<string, S3Driver>()
  #madeBucket = false

  constructor({ driver, driverName, settings, prefix, seed, clock, inBucket, checksFronts = true }: SessionOptions) {
    this.#inBucket = inBucket
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
    const more = Object.hasOwn(MORE_OPERATIONS, op) ? MORE_OPERATIONS[op] : undefined
    if (more !== undefined) return more(this.#context, args, call)
    return Promise.reject(new StorageError('unsupported', `s3 has no operation "${op.slice(0, 60)}"; it has ${ALL_OPERATIONS.join(', ')}`))
  }

  get #context(): OperationContext {
    return {
      driver: this.#driver, driverIn: (bucket) => this.#driverIn(bucket), driverName: this.driver,
      settings: this.#settings, prefix: this.#prefix, seed: this.#seed, madeBucket: this.#madeBucket,
    }
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
    const parts = { driver: this.#driver, prefix: this.#prefix, clock: this.#clock, signal, unsettled, onDeleted }
    const report = await removeAll({ ...parts, removeBucket })
    return this.#inBucket === undefined || signal.aborted ? report : removeOwnBuckets({ ...parts, inBucket: this.#inBucket }, report)
  }

  async close(): Promise<void> { await Promise.all([this.#driver, ...this.#others.values()].map((driver) => driver.close())) }

  #driverIn(bucket: string): S3Driver {
    let driver = this.#others.get(bucket)
    if (driver === undefined) {
      if (this.#inBucket === undefined) throw new StorageError('unsupported', `the ${this.driver} driver knows one bucket only`)
      this.#others.set(bucket, driver = this.#inBucket(bucket))
    }
    return driver
  }

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
    const asked = requestOptions('put', options, WRITE_OPTIONS, this.#context)
    const named = { ...(contentType === undefined ? {} : { contentType }), ...(metadata === undefined ? {} : { metadata }) }
    if (asked === undefined) return outcomeOf(await this.#driver.put({ key, content, ...named }, call), this.endpoint, true, undefined)
    const params = {
      ...asked.params, ...(contentType === undefined ? {} : { ContentType: contentType }),
      ...(metadata === undefined ? {} : { Metadata: metadata }),
    }
    const facts = await perform(this.#context, 'put', { ...asked, api: 'PutObject', key, content, params }, call)
    return outcomeOf(facts, this.endpoint, true, shownFields(facts.fields))
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
    const sum = asksForChecksum(options.checksum) ? new ReceivedChecksum() : undefined
    const sink: Sink | undefined = check === undefined && carried === undefined && sum === undefined ? undefined : (chunk) => {
      check?.sink(chunk)
      carried?.push(chunk)
      sum?.sink(chunk)
    }
    const wanted = { key, ...(range === undefined ? {} : { range }), ...(sink === undefined ? {} : { sink }) }
    const asked = requestOptions('get', options, READ_OPTIONS, this.#context)
    const facts: AskedFacts = asked === undefined && sum === undefined ? await this.#driver.get(wanted, call)
      : await this.#getAsked(wanted, asked ?? { params: {} }, call, sum)
    const wrong = check?.finish(facts)
    if (wrong !== undefined) throw differenceError(own, wrong, facts, this.endpoint)
    const unfit = sum?.finish()
    if (unfit !== undefined) throw checksumError(own, unfit, facts, this.endpoint)
    const outcome = outcomeOf(facts, this.endpoint, false, {
      ...facts.shown, ...(facts.sizeBytes === undefined ? {} : { sizeBytes: facts.sizeBytes }), ...carried?.reply(form),
    }, check?.judged === true || sum?.judged === true)
    return check?.version === undefined ? outcome : { ...outcome, version: check.version }
  }

  /** A get with more than the driver's narrow one takes. */
  async #getAsked(
    { key, range, sink }: GetRequest, asked: RequestOptions, call: Call, sum: ReceivedChecksum | undefined,
  ): Promise<AskedFacts> {
    const params = {
      ...asked.params, ...(range === undefined ? {} : { Range: rangeText(range) }),
      ...(sum === undefined ? {} : { ChecksumMode: 'ENABLED' }),
    }
    const facts = await perform(this.#context, 'get', { ...asked, api: 'GetObject', key, params, sink, onFields: sum?.begin }, call)
    const { fields, contentLength, ...rest } = facts
    const sizeBytes = facts.status === 206 ? sizeOfRange(textIn(fields, 'ContentRange')) : contentLength
    return { ...rest, sizeBytes, shown: shownFields(fields) }
  }

  async #head([name, given]: readonly Json[], call: Call): Promise<Outcome> {
    const options = optionsOf('head', given, HEAD_OPTIONS)
    const key = keyOf('head', name, options.existing === true ? '' : this.#prefix)
    const asked = requestOptions('head', options, READ_OPTIONS, this.#context)
    const answer = asked && await perform(this.#context, 'head', { ...asked, api: 'HeadObject', key }, call)
    const facts: HeadFacts = answer === undefined ? await this.#driver.head(key, call) : headOf(answer)
    const { sizeBytes, contentType, lastModified, metadata } = facts
    return outcomeOf(facts, this.endpoint, false, {
      ...answer && shownFields(answer.fields),
      metadata, ...(sizeBytes === undefined ? {} : { sizeBytes }), ...(contentType === undefined ? {} : { contentType }),
      ...(lastModified === undefined ? {} : { lastModified }),
    })
  }

  async #delete([name, given]: readonly Json[], call: Call): Promise<Outcome> {
    this.#mayWrite('delete')
    const key = keyOf('delete', name, this.#prefix)
    const asked = requestOptions('delete', optionsOf('delete', given, DELETE_OPTIONS), DELETE_OPTIONS, this.#context)
    if (asked === undefined) return outcomeOf(await this.#driver.delete(key, call), this.endpoint, false, undefined)
    const facts = await perform(this.#context, 'delete', { ...asked, api: 'DeleteObject', key }, call)
    return outcomeOf(facts, this.endpoint, false, shownFields(facts.fields))
  }

  /** A key the store refused to delete fails the operation: a benchmark must not count it as done. */
  async #deleteMany([names, given]: readonly Json[], call: Call): Promise<Outcome> {
    const { bucket } = optionsOf('deleteMany', given, ['bucket'])
    if (bucket === undefined) this.#mayWrite('deleteMany')
    const driver = driverFor('deleteMany', bucket, this.#context)
    const versions = versionsOf(names, this.#prefix)
    const keys = versions ?? keysOf(names, this.#prefix)
    const facts = versions === undefined ? await driver.deleteMany(keysOf(names, this.#prefix), call)
      : await driver.deleteVersions(versions, call)
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
    const { bucket, ...options } = isJsonObject(given) ? given : {}
    const driver = driverFor('list', bucket, this.#context)
    const facts = await driver.list(listOf(bucket === undefined ? given : options, this.#prefix), call)
    const cut = this.#prefix.length
    return outcomeOf(facts, this.endpoint, false, {
      objects: facts.objects.map(({ key, sizeBytes, etag, lastModified }) => ({ key: key.slice(cut), sizeBytes, etag, lastModified })),
      commonPrefixes: facts.commonPrefixes.map((prefix) => prefix.slice(cut)),
      ...(facts.continuationToken === undefined ? {} : { continuationToken: facts.continuationToken }),
    })
  }

  #mayWrite(op: string): void { if (this.#prefix === '') mayWrite(op, this.#context) }
}
