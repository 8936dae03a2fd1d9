// What the guest tells and asks the host.
import type { Json } from '../json.ts'
import { create, isFrozen, mail, NativeError, parse, post, stringify } from './border.ts'
import { AGAIN, ASK, CALL, ID, KIND, LENGTH, NAME, NAMED, NOTED, NOTES, OPERATION } from './mail.ts'

/** Notes wait for the next message until they are this long. */
const NOTES_LENGTH_MAX = 16384

/** Operations are named once and numbered from then on. */
const numbers = create(null) as Record<string, number>
let count = 0
let notes = ''

/** JSON text of what an operation is called with. Throws TypeError when there is none. */
export function encode(operation: string, value: unknown): string {
  const text = stringify(value) as unknown
  if (typeof text !== 'string') throw new TypeError(`${operation}: its arguments can't be written as JSON`)
  return text
}

function nameOf(operation: string): number {
  mail[KIND] = NAME
  post(operation)
  return numbers[operation] = count++
}

export function flush(): void {
  const text = notes
  notes = ''
  mail[NOTED] = 0
  mail[KIND] = NOTES
  post(text)
}

/** Tells the host something that needs no answer. Kept in order with all else; sent with the next message, or when the VU next waits. */
export function note(operation: string, args: readonly Json[]): void {
  const text = `[${numbers[operation] ?? nameOf(operation)},${encode(operation, args)}]`
  notes = notes === '' ? text : `${notes},${text}`
  mail[NOTED] = 1
  if (notes.length > NOTES_LENGTH_MAX) flush()
}

/** What the host answered, as the caller knows it. */
type Answer<T> = T

/** Writes into the mail what the next message is about; notes made before go first. */
function address(id: number, operation: string, kind: number): void {
  const number = numbers[operation] ?? nameOf(operation)
  if (notes !== '') flush()
  mail[ID] = id
  mail[OPERATION] = number
  mail[KIND] = kind
}

/** Asks the host for what it has at hand. Throws an Error with the host's message when it refuses. */
export function ask<T = Json>(operation: string, args: readonly Json[]): Answer<T> {
  const text = encode(operation, args)
  address(0, operation, ASK)
  const answer = post(text)
  if (mail[KIND] !== ASK) throw new NativeError(answer)
  return (answer === undefined ? undefined : parse(answer)) as T
}

/** Starts an operation that is answered later, under `id`. */
export function start(id: number, operation: string, args: string, options: string | undefined): void {
  address(id, operation, CALL)
  if (options === undefined) post(args)
  else post(args, options)
}

/** The frozen object last sent with a name: the host remembers it too. */
let sent: object | undefined

/** The value as `startNamed` takes it: '' where it is the one the host had last. */
export function encodeOnce(operation: string, value: object | undefined): string | undefined {
  if (value === undefined) return value
  if (value === sent) return ''
  const text = encode(operation, value)
  sent = isFrozen(value) ? value : undefined
  return text
}

/**
 * Starts an operation on a name and at most one value more. The name crosses as it is; false where it doesn't survive that (an empty
 * one, a zero character, half a surrogate pair): then nothing was begun, and it is to be sent as JSON.
 */
export function startNamed(id: number, operation: string, name: string, value: string | undefined): boolean {
  address(id, operation, value === '' ? AGAIN : NAMED)
  mail[LENGTH] = name.length
  return (value ? post(name, value) : post(name)) === undefined
}
