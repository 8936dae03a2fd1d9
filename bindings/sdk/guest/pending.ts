// What an iteration waits for: calls, timers, tracked promises; who settles them, and whether anybody looked.
import type { Json } from '../json.ts'
import {
  apply, border, create, defineProperty, deleteProperty, mail, NativeError, NativePromise, parse, setPrototypeOf, settings,
} from './border.ts'
import { BYTES, ETAG_LENGTH, ID, KIND, LATE, LEFT, PENDING, RETURNED, RUN, STATE, STATUS, TEXT, UNAWAITED } from './mail.ts'
import { dropRemains, remain, StorageError, takeRemains } from './errors.ts'
import { encode, encodeOnce, start, startNamed } from './messages.ts'

/** What any storage operation takes beside its own arguments. */
export interface CallOptions {
  /** Codes that are no failure here: the call resolves to the StorageError. */
  readonly expect?: readonly string[] | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly timeoutMs?: number | undefined
  /** False: a failure is returned, not thrown. */
  readonly throw?: boolean | undefined
}

type Settle = (value: unknown) => void

/** One thing waited for. Used again when it is over and its promise has been looked at. */
export interface Pending {
  readonly slot: number
  /** 0 = over. */
  id: number
  operation: string
  options: CallOptions | undefined
  promise: object | undefined
  /** What its promises inherit from: tells it that one was looked at. */
  readonly watched: object
  resolve: Settle | undefined
  reject: Settle | undefined
  /** Somebody awaited it or attached a handler. */
  seen: boolean
  failed: boolean
  error: unknown
  /** The stack of the call, where it was taken. */
  place: string | undefined
  free: Pending | undefined
}

/** An id is `serial × SLOTS + slot`: an answer that comes too late finds its slot empty or under another id. */
const SLOTS = 65536
const then = Reflect.get(Promise.prototype, 'then') as () => unknown
const table: Pending[] = []
let free: Pending | undefined
let pending = 0
let { serial } = settings
/** How many are over and not looked at. */
let unseen = 0
/** Stacks are dear (1.3 µs and more a call): taken in a VU's first run, then for operations that were seen to be left alone. */
let traced: Record<string, boolean> | undefined

function take(operation: string, options: CallOptions | undefined): Pending {
  let entry = free
  if (entry === undefined) {
    const slot = table.length
    if (slot === SLOTS) throw new NativeError(`${operation}: ${SLOTS} operations are under way; await some of them`)
    // The other fields are there once they are set: naming them here would cost every VU their names.
    entry = { slot, watched: watcher(() => entry as Pending) } as Pending
    defineProperty(table, slot, { value: entry })
  } else free = entry.free
  entry.id = ++serial * SLOTS + entry.slot
  entry.operation = operation
  entry.options = options
  entry.seen = false
  if (mail[RUN] < 2 || traced?.[operation] === true) entry.place = new NativeError().stack
  mail[PENDING] = ++pending
  return entry
}

/** Its place is free. What it held else stays until the place is taken again: clearing it would cost every call. */
function release(entry: Pending): void {
  entry.id = 0
  entry.promise = undefined
  if (entry.place !== undefined) entry.place = undefined
  if (entry.failed) {
    entry.failed = false
    entry.error = undefined
  }
  entry.free = free
  free = entry
}

/** It is over. What nobody has looked at is kept until somebody does, or the iteration ends. */
export function end(entry: Pending): void {
  mail[PENDING] = --pending
  if (entry.seen) {
    release(entry)
    return
  }
  entry.id = 0
  unseen++
  mail[LEFT] = 1
}

/** A failure after the function has returned is told to the host: nobody the iteration waits for is left to see it. */
function fail(entry: Pending, error: unknown): void {
  if (mail[STATE] === RETURNED) remain(LATE, error, entry.place)
  else if (!entry.seen) {
    entry.failed = true
    entry.error = error
  }
  end(entry)
}

// `await p` and `p.then()` both ask a promise for its constructor: that is how an entry learns that its promise was looked at.
const watcher = (entryOf: () => Pending): object => create(NativePromise.prototype, {
  constructor: {
    get(this: object): unknown {
      const entry = entryOf()
      if (entry.promise === this && !entry.seen) {
        entry.seen = true
        if (entry.id === 0) {
          unseen--
          release(entry)
        }
      }
      return NativePromise
    },
  },
}) as object

function watch(entry: Pending, promise: object): void {
  setPrototypeOf(promise, entry.watched)
  entry.promise = promise
}

let resolveTaken: Settle | undefined
let rejectTaken: Settle | undefined
const capture = (resolve: Settle, reject: Settle): void => {
  resolveTaken = resolve
  rejectTaken = reject
}

/** An entry whose promise is settled by the host's answer. */
function open(operation: string, options: CallOptions | undefined): Pending {
  const promise = new NativePromise<unknown>(capture)
  const entry = take(operation, options)
  entry.resolve = resolveTaken
  entry.reject = rejectTaken
  watch(entry, promise)
  return entry
}

/**
 * Starts an operation the host answers later. Rejects with StorageError, or with Error when the host itself refused; with
 * `throw: false`, or a code in `expect`, resolves to the StorageError instead.
 */
export function call<T = Json>(operation: string, args: readonly Json[], options?: CallOptions): Promise<T> {
  const text = encode(operation, args)
  const optionsText = options && encode(operation, options)
  const entry = open(operation, options)
  start(entry.id, operation, text, optionsText)
  return entry.promise as Promise<T>
}

/**
 * `call(operation, [null, name])`, or `[null, name, value]`: what most operations of a load are, at half the cost. The value is
 * written out once as long as the same frozen object is given.
 */
export function callNamed<T>(operation: string, name: string, value?: object): Promise<T> {
  const text = encodeOnce(operation, value)
  const entry = open(operation, undefined)
  if (!startNamed(entry.id, operation, name, text)) {
    start(entry.id, operation, encode(operation, value === undefined ? [null, name] : [null, name, value]), undefined)
  }
  return entry.promise as Promise<T>
}

/** Has a function called when the host answers; nobody can await it, but the iteration does. What it throws is told to the host. */
export function callback(operation: string, args: readonly Json[], run: () => void): Pending {
  const entry = take(operation, undefined)
  entry.seen = true
  entry.resolve = () => {
    try {
      run()
    } catch (error) {
      remain(LATE, error, undefined)
    }
  }
  start(entry.id, operation, encode(operation, args), undefined)
  return entry
}

/** Makes the iteration wait for a promise that is no operation's. */
export function track<T>(promise: Promise<T>): Promise<T> {
  const entry = take('tracked work', undefined)
  const { id } = entry
  // What an interrupted run left behind may settle in a later one: then the id is no longer the entry's.
  void apply(then, promise, [
    () => { if (entry.id === id) end(entry) },
    (error: unknown) => { if (entry.id === id) fail(entry, error) },
  ])
  watch(entry, promise)
  return promise
}

function expected({ throw: throws, expect }: CallOptions, code: string): boolean {
  if (throws === false) return true
  for (let index = 0; expect !== undefined && index < expect.length; index++) if (expect[index] === code) return true
  return false
}

/** A reply that only says what every answer does, its texts one after the other. */
function factsOf(text: string): object {
  const length = mail[ETAG_LENGTH]
  const status = mail[STATUS], bytes = mail[BYTES]
  return length === text.length ? { status, bytes, etag: text }
    : { status, bytes, etag: text.slice(0, length), requestId: text.slice(length) }
}

interface Reply { readonly code?: string; readonly message: string; readonly operation: string }

border['settle'] = (text: string | undefined): void => {
  const id = mail[ID]
  const entry = table[id % SLOTS]
  if (entry?.id !== id) return
  const { resolve } = entry
  const kind = mail[KIND]
  if (kind > 0) {
    end(entry)
    resolve?.(kind === TEXT ? text === undefined ? text : parse(text) : factsOf(text as string))
    return
  }
  const value = parse(text as string) as Reply
  const { options, reject } = entry
  const { code } = value
  const error = code === undefined ? new NativeError(value.message) : new StorageError(value as Reply & { readonly code: string })
  // An error without a stack gets one where it is first thrown: at the script's own `await`.
  deleteProperty(error, 'stack')
  if (code !== undefined && options !== undefined && expected(options, code)) {
    end(entry)
    resolve?.(error)
  } else {
    fail(entry, error)
    reject?.(error)
  }
}

/** Tells of what nobody waited for. Where the place is not known, the next one of its kind is looked at closer. */
function unawaited({ operation, place }: Pending): void {
  if (place === undefined) {
    traced ??= create(null) as Record<string, boolean>
    traced[operation] = true
  } else remain(UNAWAITED, `${operation}\n${place}`, undefined)
}

/** The function has returned: what is still under way was not waited for by it, even where something else awaits it. */
export function functionReturned(): void {
  for (let slot = 0; pending > 0 && slot < table.length; slot++) {
    const entry = table[slot] as Pending
    if (entry.id !== 0 && entry.promise !== undefined) unawaited(entry)
  }
}

border['left'] = (): unknown => {
  for (let slot = 0; unseen > 0 && slot < table.length; slot++) {
    const entry = table[slot] as Pending
    if (entry.id !== 0 || entry.promise === undefined) continue
    unseen--
    unawaited(entry)
    if (entry.failed) remain(LATE, entry.error, entry.place)
    release(entry)
  }
  const next = takeRemains()
  if (mail[KIND] === 0) mail[LEFT] = 0
  return next
}

/** Forgets all that is under way: it can then never settle. */
export function forget(): void {
  for (let slot = 0; slot < table.length; slot++) {
    const entry = table[slot] as Pending
    if (entry.id !== 0 || entry.promise !== undefined) release(entry)
  }
  pending = unseen = 0
  mail[PENDING] = mail[LEFT] = 0
  dropRemains()
}
