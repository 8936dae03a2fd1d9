// structuredClone for scripts: a deep copy of data, cycles and shared parts included.

const ERROR_TYPES: Readonly<Record<string, ((message?: string) => Error) | undefined>> =
  { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError }

const BOXES = [Boolean, Number, String, BigInt]
const UNCOPIED = [Promise, WeakMap, WeakSet, WeakRef, Symbol]

type Seen = Map<object, object>
type TypedArray = Uint8Array

const refuse = (what: string): never => {
  throw Object.assign(new Error(`structuredClone: ${what} can't be copied`), { name: 'DataCloneError' })
}

/**
 * Copies what the standard says can be copied: primitives, plain objects and arrays, Map, Set, Date, RegExp, errors, ArrayBuffer and
 * its views, boxed primitives. Class instances become plain objects.
 *
 * @param options `transfer`: ArrayBuffers that are detached when they have been copied.
 * @throws Error named DataCloneError for functions, symbols, promises and weak collections.
 */
export function structuredClone<T>(value: T, options: { readonly transfer?: readonly ArrayBuffer[] } = {}): T {
  const { transfer = [] } = options
  for (const buffer of transfer) if (!(buffer instanceof ArrayBuffer)) refuse('a transfer list of other things than ArrayBuffers')
  if (new Set(transfer).size < transfer.length) refuse('a transfer list that names a buffer twice')
  const result = copy(value, new Map()) as T
  for (const buffer of transfer) (buffer as ArrayBuffer & { transfer(): ArrayBuffer }).transfer()
  return result
}

function copy(value: unknown, seen: Seen): unknown {
  if (typeof value === 'symbol' || typeof value === 'function') return refuse(`a ${typeof value}`)
  if (typeof value !== 'object' || value === null) return value
  const known = seen.get(value)
  if (known !== undefined) return known
  const leaf = copyLeaf(value, seen)
  if (leaf !== undefined) {
    seen.set(value, leaf)
    return leaf
  }
  return copyContainer(value, seen)
}

/** A copy of an object that refers to no other values; undefined for others. */
function copyLeaf(value: object, seen: Seen): object | undefined {
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof RegExp) return new RegExp(value.source, value.flags)
  for (const Boxed of BOXES) if (value instanceof Boxed) return Object(value.valueOf()) as object
  if (value instanceof ArrayBuffer) return value.slice(0)
  if (ArrayBuffer.isView(value)) return copyView(value, seen)
  for (const Type of UNCOPIED) if (value instanceof Type) return refuse(`a ${Type.name}`)
  return undefined
}

/** A view of a copy of the whole buffer, so that views that shared one still do. */
function copyView(view: ArrayBufferView, seen: Seen): ArrayBufferView {
  const buffer = copy(view.buffer, seen) as ArrayBuffer
  if (view instanceof DataView) return new DataView(buffer, view.byteOffset, view.byteLength)
  const View = view.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => TypedArray
  return new View(buffer, view.byteOffset, (view as TypedArray).length)
}

function copyContainer(value: object, seen: Seen): object {
  if (value instanceof Map) {
    const result = new Map<unknown, unknown>()
    seen.set(value, result)
    for (const [key, item] of [...value]) result.set(copy(key, seen), copy(item, seen))
    return result
  }
  if (value instanceof Set) {
    const result = new Set<unknown>()
    seen.set(value, result)
    for (const item of [...value]) result.add(copy(item, seen))
    return result
  }
  if (value instanceof Error) return copyError(value, seen)
  const result: Record<string, unknown> = Array.isArray(value) ? new Array(value.length) as never : {}
  seen.set(value, result)
  for (const key of Object.keys(value)) {
    // defineProperty, not assignment: a key may be `__proto__`.
    const item = copy((value as Record<string, unknown>)[key], seen)
    Object.defineProperty(result, key, { value: item, writable: true, enumerable: true, configurable: true })
  }
  return result
}

function copyError(error: Error, seen: Seen): Error {
  const result = (ERROR_TYPES[error.name] ?? Error)(error.message)
  seen.set(error, result)
  if (error.stack !== undefined) Object.defineProperty(result, 'stack', { value: error.stack, writable: true, configurable: true })
  if ('cause' in error) Object.defineProperty(result, 'cause', { value: copy(error.cause, seen), writable: true, configurable: true })
  return result
}
