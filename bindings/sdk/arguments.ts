// Checks of what a script passed to an operation that every workload makes: it comes out of a sandbox, nothing is taken for granted.
import { StorageError } from './errors.ts'
import { isJsonObject, type Json } from './json.ts'

/** The error of an argument that is wrong. */
export const invalid = (message: string): StorageError => new StorageError('invalid', message)

/** An options object with none but the known keys. Throws StorageError (invalid). */
export function optionsOf<K extends string>(op: string, value: Json | undefined, known: readonly K[]): { readonly [key in K]?: Json } {
  if (value === undefined || value === null) return {}
  if (!isJsonObject(value)) throw invalid(`${op}: the options must be an object`)
  for (const name in value) {
    if (!known.some((key) => key === name)) throw invalid(`${op}: there is no option "${name.slice(0, 60)}"; there are ${known.join(', ')}`)
  }
  return value as { readonly [key in K]?: Json }
}
