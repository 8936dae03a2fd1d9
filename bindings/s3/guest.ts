// `chopsticks/s3`: what a script does with object storage. Runs inside the sandbox; the host sends, receives, checks and times.
import { StorageError, ask, call, callNamed, track, type CallOptions, type Json } from '../sdk/guest.ts'
import { BY_ARGUMENTS } from './guest/operations.ts'
import type { S3 as FullStore } from './guest/store.ts'
import type {
  Body, CommonStore, GetOptions, GetResult, HeadResult, ListedObject, ListOptions, ListResult, PayloadName, PutOptions, S3Options, S3Result,
  S3Target,
} from './guest/types.ts'

export { StorageError }
export type { AppendOptions, CopyOptions, CopySource, CreateUploadOptions, Grant, LifecycleRule, ListedVersion, PartName, PartOptions,
  PartResult, UploadName, UploadOptions, VersionMarker } from './guest/store.ts'
export type * from './guest/types.ts'

/** Which store calls are for; null: the run's own target. */
type Where = Record<string, string> | null
type Common = { readonly [K in keyof S3Options]?: S3Options[K] | undefined }

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

const send = <T>(where: Where, operation: string, options: S3Options | undefined, ...args: unknown[]): Promise<T> => {
  const [own, common] = options === undefined ? [] : split(options)
  const given = args.map((arg) => arg instanceof Uint8Array ? { latin1: textOf(arg) } : arg)
  return call<T>(`s3.${operation}`, [where, ...given, ...own ? [own] : []] as Json[], common)
}

const isPayload = (body: Body): body is PayloadName => typeof body === 'object' && 'payload' in body

const put = (where: Where, key: string, body: Body, options?: PutOptions): Promise<S3Result> =>
  options === undefined && where === null && typeof key as unknown === 'string' && isPayload(body) ? callNamed('s3.put', key, body)
    : send(where, 'put', options, key, body)

const get = (where: Where, key: string, options?: GetOptions): Promise<GetResult> => {
  if (options === undefined && where === null && typeof key as unknown === 'string') return callNamed('s3.get', key)
  const got = send<GetResult>(where, 'get', options, key)
  const form = options?.body
  // The call's own promise where nothing is to be done with it: the kernel then sees whether the script awaits it.
  return form === undefined ? got : track(got.then((reply) => withBody(reply, form) as GetResult))
}

const store = (where: Where): CommonStore => ({
  put: (key, body, options) => put(where, key, body, options),
  get: (key, options) => get(where, key, options),
  head: (key, options) => send(where, 'head', options, key),
  delete: (key, options) => send(where, 'delete', options, key),
  deleteMany: (keys, options) => send(where, 'deleteMany', options, keys),
  list: (options) => send(where, 'list', options),
  existing: (key) => ({
    get: (options) => get(where, key, { ...options, existing: true } as GetOptions),
    head: (options) => send<HeadResult>(where, 'head', { ...options, existing: true } as S3Options, key),
  }),
})

/** Every page's objects. */
async function* listAll(this: CommonStore, options: ListOptions = {}): AsyncGenerator<ListedObject, void> {
  let page: ListResult | undefined
  do {
    page = await this.list({ ...options, ...page && { continuationToken: page.continuationToken as string }, throw: true })
    yield* page.objects
  } while (page.continuationToken)
}

/** Object storage at a target that the script names, with all its operations. */
export type S3 = FullStore
/**
 * @param where a target's name, or `{ target, driver }`; by default the run's own.
 * @throws Error when there is none of that name.
 */
export const S3 = function (where?: string | S3Target): FullStore {
  const named = where === undefined ? null : typeof where === 'string' ? { target: where } : { ...where }
  ask('core.store', ['s3', named])
  const full = { ...store(named), listAll } as unknown as Record<string, (...args: unknown[]) => unknown>
  BY_ARGUMENTS.forEach((names, count) => {
    for (const name of names.split(' ')) {
      full[name] = (...args) => send(named, name, args[count] as S3Options | undefined, ...args.slice(0, count))
    }
  })
  return full as unknown as FullStore
} as unknown as new (where?: string | S3Target) => FullStore

/** The run's own target, for the common operations: `new S3()` has all of them. */
const s3: CommonStore = store(null)
export default s3
