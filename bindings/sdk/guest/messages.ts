// What the guest tells and asks the host.
import type { Json } from '../json.ts'
import { create, mail, NativeError, parse, post, stringify } from './border.ts'
import { ASK, CALL, ID, KIND, NAME, NOTED, NOTES, OPERATION } from './mail.ts'

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

function name(operation: string): number {
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
  const text = `[${numbers[operation] ?? name(operation)},${encode(operation, args)}]`
  notes = notes === '' ? text : `${notes},${text}`
  mail[NOTED] = 1
  if (notes.length > NOTES_LENGTH_MAX) flush()
}

/** What the host answered, as the caller knows it. */
type Answer<T> = T

/** Asks the host for what it has at hand. Throws an Error with the host's message when it refuses. */
export function ask<T = Json>(operation: string, args: readonly Json[]): Answer<T> {
  const number = numbers[operation] ?? name(operation)
  const text = encode(operation, args)
  if (notes !== '') flush()
  mail[OPERATION] = number
  mail[KIND] = ASK
  const answer = post(text)
  if (mail[KIND] !== ASK) throw new NativeError(answer)
  return (answer === undefined ? undefined : parse(answer)) as T
}

/** Starts an operation that is answered later, under `id`. */
export function start(id: number, operation: string, args: string, options: string | undefined): void {
  const number = numbers[operation] ?? name(operation)
  if (notes !== '') flush()
  mail[ID] = id
  mail[OPERATION] = number
  mail[KIND] = CALL
  if (options === undefined) post(args)
  else post(args, options)
}
