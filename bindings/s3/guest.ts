// `chopsticks/s3`: what a script does with object storage. Runs inside the sandbox; the host sends, receives, checks and times.
import { StorageError, ask, call, callNamed, track, type CallOptions } from '../sdk/guest.ts'

export { StorageError }

/** Bytes named by `payload()`. */
export interface PayloadName { readonly payload: true; readonly sizeBytes: number; readonly seed?: number; readonly pattern?: string }
/** What can be stored: a payload, or up to 1 MiB carried out of the script. */
export type Body = PayloadName | string | Uint8Array

/** What every operation takes. */
export interface S3Options {
  /** Codes that are no failure here: `['not_found']`. */
  readonly expect?: readonly string[]
  readonly tags?: Record<string, string>
  /** How long it may take, in ms; by default what the target says. */
  readonly timeout?: number
  /** false = return the StorageError instead of throwing it. */
  readonly throw?: boolean
}
export interface PutOptions extends S3Options {
  readonly contentType?: string
  readonly metadata?: Record<string, string>
}
export interface GetOptions extends S3Options {
  /** First and last byte, both included (without a last: to the end), or a text like 'bytes=-100'. */
  readonly range?: readonly [first: number, last?: number] | string
  /** What to bring into the script, up to 1 MiB: `text`, `json`, or `bytes`. By default the body is counted and dropped. */
  readonly body?: 'text' | 'json' | 'bytes'
  /**
   * true: every byte is checked, by the host, against what the object says of itself; a payload: against that one; false: nothing is.
   * Differences have code `corrupt`, `short`, `misplaced`, `torn` or `stale`.
   */
  readonly verify?: PayloadName | boolean
}
export interface ListOptions extends S3Options {
  readonly prefix?: string
  /** 1 to 1000, default 1000. */
  readonly maxKeys?: number
  readonly startAfter?: string
  readonly continuationToken?: string
  readonly delimiter?: string
}

export interface S3Result {
  readonly status: number
  /** Payload bytes sent or received. */
  readonly bytes: number
  readonly etag?: string
  readonly requestId?: string
}
export interface GetResult extends S3Result {
  /** The object's whole size. */
  readonly sizeBytes?: number
  /** The body in the form asked for. */
  readonly body?: unknown
}
export interface HeadResult extends S3Result {
  readonly sizeBytes?: number
  readonly contentType?: string
  readonly lastModified?: string
  readonly metadata: Record<string, string>
}
export interface ListedObject { readonly key: string; readonly sizeBytes: number; readonly etag: string; readonly lastModified: string }
export interface ListResult extends S3Result {
  readonly objects: readonly ListedObject[]
  readonly commonPrefixes: readonly string[]
  /** Present when there is more: give it to the next list. */
  readonly continuationToken?: string
}
/** An object that was there before the run: to be read only. */
export interface ExistingObject {
  get(options?: GetOptions): Promise<GetResult>
  head(options?: S3Options): Promise<HeadResult>
}
type Common = { readonly [K in keyof S3Options]?: S3Options[K] | undefined }

/** Which store: a target of the targets file, and a driver where it isn't that one's own. */
export interface S3Target { readonly target?: string; readonly driver?: string }

/** Bytes cross the border as text, a character each. */
const textOf = (bytes: Uint8Array): string => {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] ?? 0)
  return text
}

/** A reply carries its body as text; one that failed carries none. */
const withBody = (reply: { body?: unknown }, form: string): unknown => {
  const text = reply.body as string | undefined
  if (text !== undefined && form !== 'text') {
    reply.body = form === 'json' ? JSON.parse(text) : Uint8Array.from(text, (char) => char.charCodeAt(0))
  }
  return reply
}

/** The operation's own options and those every operation has, apart; what is not given is left out by JSON. */
const split = ({ expect, tags, timeout, throw: thrown, ...own }: Common): [object, CallOptions] =>
  [own, { expect, tags, timeoutMs: timeout, throw: thrown }]

const isPlain = (key: unknown, where: unknown): boolean => where === null && typeof key === 'string'
const isPayload = (body: Body): body is PayloadName => typeof body === 'object' && 'payload' in body

/** Object storage at one target. All keys are below the run's own prefix; what is created there is deleted at the end. */
class Store {
  readonly #where: Record<string, string> | null

  constructor(where: Record<string, string> | null) { this.#where = where }

  /** Stores an object in one request. */
  put(key: string, body: Body, options?: PutOptions): Promise<S3Result> {
    if (options === undefined && isPlain(key, this.#where) && isPayload(body)) return callNamed('s3.put', key, body)
    return this.#call('put', options, key, body instanceof Uint8Array ? { latin1: textOf(body) } : body as string)
  }

  /** Reads an object or a part of it. */
  get(key: string, options?: GetOptions): Promise<GetResult> {
    return options === undefined && isPlain(key, this.#where) ? callNamed('s3.get', key) : this.#get(key, options)
  }

  /** Asks about an object. */
  head(key: string, options?: S3Options): Promise<HeadResult> { return this.#call('head', options, key) }

  /** Deletes an object; one that isn't there is no error. */
  delete(key: string, options?: S3Options): Promise<S3Result> { return this.#call('delete', options, key) }

  /** Deletes up to 1000 objects in one request. */
  deleteMany(keys: readonly string[], options?: S3Options): Promise<S3Result & { readonly deleted: number }> {
    return this.#call('deleteMany', options, keys as string[])
  }

  /** Lists one page. */
  list(options?: ListOptions): Promise<ListResult> { return this.#call('list', options) }

  /** Lists page after page: `for await (const { key } of s3.listAll({ prefix: 'a/' }))`. */
  async * listAll(options: ListOptions = {}): AsyncGenerator<ListedObject, void> {
    let page: ListResult | undefined
    do {
      page = await this.list({ ...options, ...page && { continuationToken: page.continuationToken as string }, throw: true })
      yield* page.objects
    } while (page.continuationToken)
  }

  /** An object that was there before the run, by its whole key. */
  existing(key: string): ExistingObject {
    return {
      get: (options) => this.#get(key, { ...options, existing: true } as GetOptions),
      head: (options) => this.#call<HeadResult>('head', { ...options, existing: true } as S3Options, key),
    }
  }

  #get(key: string, options: GetOptions | undefined): Promise<GetResult> {
    const got = this.#call<GetResult>('get', options, key)
    const form = options?.body
    // The call's own promise where nothing is to be done with it: the kernel then sees whether the script awaits it.
    return form === undefined ? got : track(got.then((reply) => withBody(reply, form) as GetResult))
  }

  #call<T>(operation: string, options: S3Options | undefined, ...args: (string | string[] | Record<string, string>)[]): Promise<T> {
    const [own, common] = options === undefined ? [] : split(options)
    return call<T>(`s3.${operation}`, [this.#where, ...args, ...own ? [own as Record<string, never>] : []], common)
  }
}

/** Object storage at a target that the script names. */
export class S3 extends Store {
  /**
   * @param where a target's name, or `{ target, driver }`; by default the run's own.
   * @throws Error when there is none of that name.
   */
  constructor(where?: string | S3Target) {
    const named = where === undefined ? null : typeof where === 'string' ? { target: where } : { ...where }
    ask('core.store', ['s3', named])
    super(named)
  }
}

/** The run's own target. */
const s3 = new Store(null)
export default s3
