// What the contracts of the operations of scripts stand on: a session, what it answers, and how it refuses.
import { expect } from 'chai'
import { bucketLead } from '../../bindings/s3/operations/names.ts'
import type { S3Session } from '../../bindings/s3/session.ts'
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import { callOf, refusal } from './s3-driver.ts'

export interface OperationsTarget {
  readonly session: S3Session
  /** Where all its keys are. */
  readonly prefix: string
  /** Operations that the driver, or the store behind it, has not: they must end with code `unsupported`. */
  readonly lacks: ReadonlySet<string>
  /** What the store does in a way of its own, known and documented: it is not asked for it. */
  readonly odd?: ReadonlySet<Oddity>
  close(): Promise<void>
}

/** Where stores in the field differ from S3. */
export type Oddity =
  'conditional copy' | 'conditional put' | 'part order' | 'complete after abort' | 'tags with a copy' | 'sse-c copy' | 'sse-s3' |
  'bucket encryption' | 'checksums'
export type OpenOperations = () => Promise<OperationsTarget>

/** A session as tests use it, opened before the tests of a suite and closed behind them. */
export class Subject {
  #target: OperationsTarget | undefined

  constructor(open: OpenOperations) {
    before(async () => { this.#target = await open() })
    after(async () => { await this.#target?.close() })
  }

  get target(): OperationsTarget {
    if (this.#target === undefined) throw new Error('it is opened before the tests')
    return this.#target
  }

  /** The whole name of one of the run's own buckets. */
  bucketName(name: string): string { return bucketLead(this.target.prefix) + name }

  lacks(op: string): boolean { return this.target.lacks.has(op) }

  /** The reply of an operation. */
  async run(op: string, ...args: Json[]): Promise<JsonObject> {
    return (await this.target.session.run(op, args, callOf(30_000))).reply
  }

  /** What an operation is refused with. */
  refused(op: string, ...args: Json[]): ReturnType<typeof refusal> { return refusal(this.run(op, ...args)) }

  async text(key: string, options: JsonObject = {}): Promise<Json | undefined> {
    return (await this.run('get', key, { ...options, body: 'text' }))['body']
  }

  /** False of what the store does in a way of its own. */
  asS3(what: Oddity): boolean { return this.target.odd?.has(what) !== true }

  /** A test of operations all of which the driver needs; where it lacks one, that one must say so. */
  it(title: string, needed: readonly string[], test: () => Promise<void>): void {
    const run = async (): Promise<void> => {
      const lacking = needed.find((op) => this.lacks(op))
      if (lacking === undefined) {
        await test()
        return
      }
      const [op, ...args] = FEATURES[lacking] ?? [lacking, ...LEAST[lacking] ?? ['k', 'x']]
      expect((await this.refused(op, ...args)).code, lacking).to.equal('unsupported')
    }
    const isOdd = (): boolean => [...this.target.odd ?? []].some((what) => needed.includes(what))
    it(title, function () {
      if (!isOdd()) return run()
      this.skip()
    })
  }
}

/** What is no operation of its own, as the operation that asks for it. */
const FEATURES: Readonly<Record<string, readonly [op: string, ...args: Json[]]>> = {
  anonymous: ['get', 'k', { anonymous: true }], presigned: ['get', 'k', { presigned: true }],
  checksums: ['put', 'k', 'x', { checksum: 'SHA256' }], 'other buckets': ['list', { bucket: 'own-1' }],
  'sse-c': ['put', 'k', 'x', { sse: { customerKey: Buffer.alloc(32).toString('base64') } }], 'sse-s3': ['put', 'k', 'x', { sse: 'AES256' }],
  'sse-kms': ['put', 'k', 'x', { sse: { kmsKeyId: 'a' } }], 'conditional put': ['put', 'k', 'x', { ifNoneMatch: '*' }],
}

/** The least an operation needs to get as far as the driver. */
const LEAST: Readonly<Record<string, readonly Json[]>> = {
  append: ['k', 'x'], getAcl: ['k'], putAcl: ['k', 'private'], getRetention: ['k'], getLegalHold: ['k'], putLegalHold: ['k', true],
  putRetention: ['k', { mode: 'GOVERNANCE', until: '2099-01-01T00:00:00Z' }],
  getBucketAcl: [], putBucketAcl: ['private', { bucket: 'b01' }], getPolicy: [], putPolicy: ['{}', { bucket: 'b01' }],
  deletePolicy: [{ bucket: 'b01' }], getLifecycle: [], putLifecycle: [[{ expirationDays: 1 }], { bucket: 'b01' }],
  deleteLifecycle: [{ bucket: 'b01' }], getEncryption: [], putEncryption: ['AES256', { bucket: 'b01' }],
  deleteEncryption: [{ bucket: 'b01' }], getLockConfig: [], putLockConfig: [{ mode: 'GOVERNANCE', days: 1 }, { bucket: 'b01' }],
}
