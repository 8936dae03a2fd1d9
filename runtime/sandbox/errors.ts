// Errors of the guest's, read with care: what was thrown may be anything, and reading it may run its code.
import type { JSContextPointer, JSValueConstPointer, JSValuePointer } from 'quickjs-emscripten'
import type { GuestError } from './contract.ts'
import type { Engine } from './engine.ts'

/** What is read of a name, a message or a stack, bytes. */
const TEXT_BYTES_MAX = 4096

/** An error of ours that carries the guest's: openVu rejects with it. */
export class OpenError extends Error {
  readonly guestError: GuestError
  constructor(guestError: GuestError) {
    super(`${guestError.name}: ${guestError.message}`)
    this.guestError = guestError
  }
}

/** The guest's error a rejection of `openVu` carries; undefined for any other. */
export const openError = (error: unknown): GuestError | undefined => error instanceof OpenError ? error.guestError : undefined

/**
 * Name, message and stack of a thrown value, each at most 4 KiB. Must be called within an entry: getters and proxies are asked, and
 * may take too long. Never throws for what the guest does.
 */
export function readError(engine: Engine, context: JSContextPointer, value: JSValuePointer): GuestError {
  const type = engine.typeOf(context, value)
  if (type !== 'object' && type !== 'function') {
    const message = type === 'symbol' ? 'a symbol was thrown' : engine.readString(context, value, TEXT_BYTES_MAX)
    return { kind: 'throw', name: 'Error', message, stack: '' }
  }
  const name = readText(engine, context, value, 'name')
  const message = readText(engine, context, value, 'message')
  const stack = readText(engine, context, value, 'stack')
  if (name === undefined && message === undefined) {
    return { kind: 'throw', name: 'Error', message: 'a value that is no Error was thrown', stack: stack ?? '' }
  }
  return { kind: name === 'StorageError' ? 'storage' : 'throw', name: name ?? 'Error', message: message ?? '', stack: stack ?? '' }
}

function readText(engine: Engine, context: JSContextPointer, object: JSValuePointer, key: string): string | undefined {
  const value = getProperty(engine, context, object, key)
  if (value === undefined) return undefined
  const text = engine.typeOf(context, value) === 'string' ? engine.readString(context, value, TEXT_BYTES_MAX) : undefined
  engine.ffi.QTS_FreeValuePointer(context, value)
  return text
}

/** A property's value, owned by the caller; undefined when reading it threw. */
export function getProperty(
  engine: Engine, context: JSContextPointer, object: JSValuePointer | JSValueConstPointer, key: string,
): JSValuePointer | undefined {
  const { ffi } = engine
  const name = engine.newString(context, key)
  const value = ffi.QTS_GetProp(context, object, name)
  ffi.QTS_FreeValuePointer(context, name)
  // Null: the engine could not even make room for the answer.
  if (value === 0) return undefined
  const thrown = ffi.QTS_ResolveException(context, value)
  if (thrown === 0) return value
  ffi.QTS_FreeValuePointer(context, thrown)
  ffi.QTS_FreeValuePointer(context, value)
  return undefined
}

export const sliceError = (what: string, limitMs: number, stack: string): GuestError => ({
  kind: 'slice', name: 'SliceError', stack,
  message: `${what} ran for more than ${limitMs} ms without awaiting anything: a VU that does so stops all others of its shard` +
    (stack === '' ? '' : '; the place is the last call before it, or the function it loops in'),
})

export const memoryError = (what: string, limitBytes: number, stack: string): GuestError => ({
  kind: 'memory', name: 'MemoryError', stack,
  message: `${what} needed more than the ${Math.round(limitBytes / 2 ** 20)} MiB a VU may use (--vu-memory-limit)`,
})

export const moduleError = (culprit: number, reason: string): GuestError => ({
  kind: 'module', name: 'SandboxError', stack: '',
  message: `the sandbox's engine broke down in VU ${culprit} (${reason.slice(0, 200)}): every VU in it is rebuilt`,
})

export const interruptedError: GuestError = {
  kind: 'interrupted', name: 'Interrupted', message: 'the iteration was interrupted', stack: '',
}

export const evictedError: GuestError = {
  kind: 'memory', name: 'MemoryError', stack: '', message: 'the VUs of this shard have filled their memory, and this one held most of it',
}

export const noKernelError: GuestError = {
  kind: 'throw', name: 'Error', stack: '', message: 'the bundle does not end with boot(): it was not made by this bundler',
}

export const noFunctionError = (name: string): GuestError => ({
  kind: 'throw', name: 'TypeError', stack: '', message: `the script exports no function "${name}"`,
})

export const stuckError = (what: string): GuestError => ({
  kind: 'throw', name: 'StuckError', stack: '',
  message: `${what} awaits a promise nothing can settle any more: no operation or timer is under way`,
})
