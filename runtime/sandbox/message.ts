// Messages of the guest, checked: its code may be anything, and so may what it sends.
import { isJsonObject, type Json } from '../../bindings/sdk/index.ts'
import type { CallOptions } from '../../bindings/sdk/guest.ts'

/** More operations than all bindings together have. */
const NAMES_MAX = 4096
const NAME_LENGTH_MAX = 256

/** The operations one VU has named, by number. */
export class OperationNames {
  readonly #names: string[] = []
  readonly #shared: Map<string, string>

  /** `shared`: one copy of each name for all VUs. */
  constructor(shared: Map<string, string>) { this.#shared = shared }

  add(name: string): void {
    if (this.#names.length >= NAMES_MAX || name.length > NAME_LENGTH_MAX) throw new Error('too many or too long operation names')
    const known = this.#shared.get(name)
    if (known === undefined && this.#shared.size < NAMES_MAX) this.#shared.set(name, name)
    this.#names.push(known ?? name)
  }

  /** Throws for a number that names nothing. */
  at(number: number): string {
    const name = this.#names[number]
    if (name === undefined) throw new Error(`no operation has number ${number}`)
    return name
  }
}

const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

/** Arguments of an operation, out of their text. Throws when they are no array. */
export function readArguments(operation: string, text: string): readonly Json[] {
  const args = parse(operation, text)
  if (!isArray(args)) throw new Error(`${operation}: its arguments must be an array`)
  return args
}

/** Options of a call, out of their text. Throws an Error that names the option that is wrong. */
export function readOptions(operation: string, text: string): CallOptions {
  const options = parse(operation, text)
  if (!isJsonObject(options)) throw new Error(`${operation}: options must be an object`)
  const { expect, tags, timeoutMs, throw: throws } = options
  if (expect !== undefined && !(Array.isArray(expect) && expect.every((code) => typeof code === 'string'))) {
    throw new Error(`${operation}: expect must be a list of codes, such as ['not_found']`)
  }
  if (tags !== undefined && !(isJsonObject(tags) && Object.values(tags).every((tag) => typeof tag === 'string'))) {
    throw new Error(`${operation}: tags must be an object of strings`)
  }
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    throw new Error(`${operation}: timeoutMs must be a number of milliseconds, 0 or more`)
  }
  if (throws !== undefined && typeof throws !== 'boolean') throw new Error(`${operation}: throw must be true or false`)
  return options
}

/** Notes in the order they were made: number of the operation, arguments. Throws when they are none. */
export function readNotes(text: string): readonly (readonly [operation: number, args: readonly Json[]])[] {
  const notes = parse('notes', `[${text}]`)
  const isNote = (note: Json): note is readonly [number, readonly Json[]] =>
    isArray(note) && typeof note[0] === 'number' && isArray(note[1])
  if (!isArray(notes) || !notes.every(isNote)) throw new Error('notes of the guest are malformed')
  return notes
}

/** A value out of its text. Throws when it is none. */
export function parse(what: string, text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw new Error(`${what}: what came out of the sandbox is no JSON`)
  }
}

/** What a failed call tells the guest: an object with a message, whatever the host gave. */
export const failureOf = (value: Json | undefined): Json =>
  isJsonObject(value) && typeof value['message'] === 'string' ? value : { message: JSON.stringify(value ?? 'no reason was given') }

/** What every reply of a store says, and most say no more. */
export interface PlainFacts { readonly status: number; readonly bytes: number; readonly etag: string; readonly requestId?: string }

/** A text that survives the crossing as it is: JSON would have to escape the others. */
const PLAIN_TEXT = /^[\x20-\x7e]*$/

/** The reply, when it is nothing but these facts. */
export function plainFacts(value: Json | undefined): PlainFacts | undefined {
  if (!isJsonObject(value)) return undefined
  const { status, bytes, etag, requestId } = value
  if (typeof status !== 'number' || typeof bytes !== 'number' || typeof etag !== 'string' || !PLAIN_TEXT.test(etag)) return undefined
  let count = 3
  if (requestId !== undefined) {
    if (typeof requestId !== 'string' || requestId === '' || !PLAIN_TEXT.test(requestId)) return undefined
    count++
  }
  for (const _ in value) count--
  return count === 0 ? value as unknown as PlainFacts : undefined
}
