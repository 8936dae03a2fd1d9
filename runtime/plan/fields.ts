// The keys of one scenario while it is read: each with where it was given, so that a check made later can still point at it.
import type { JsonObject } from '../../bindings/sdk/index.ts'
import type { Kind } from './kinds.ts'
import type { Origin, Problems, ValuePath } from './problem.ts'

/** A value with the place it came from. */
export interface Given<T> { readonly value: T; readonly origin: Origin; readonly path: ValuePath }

/** Where files named in options are read: the text, or an OptionError that says why not. */
export type ReadFile = (path: string) => string

export class Fields {
  readonly name: string
  readonly problems: Problems
  readonly readFile: ReadFile
  readonly #json: JsonObject
  readonly #origin: Origin
  readonly #before: number

  constructor(name: string, json: JsonObject, origin: Origin, problems: Problems, readFile: ReadFile) {
    this.name = name
    this.problems = problems
    this.readFile = readFile
    this.#json = json
    this.#origin = origin
    this.#before = problems.list.length
  }

  /** True while every key could be read: what stands in for one that could not must not be judged. */
  get intact(): boolean { return this.problems.list.length === this.#before }

  get keys(): readonly string[] { return Object.keys(this.#json).filter((key) => this.#json[key] !== undefined) }

  has(key: string): boolean { return (this.#json[key] ?? null) !== null }

  /** A key's value; the default when it is missing, null or wrong (which is noted). */
  take<T>(key: string, kind: Pick<Kind<T>, 'fromJson'>, otherwise: T): Given<T> {
    const value = this.#json[key] ?? null
    const path = [this.name, key]
    const read = value === null ? undefined : this.problems.attempt(this.#origin, path, () => kind.fromJson(value))
    return { value: read ?? otherwise, origin: this.#origin, path: value === null ? [this.name] : path }
  }

  refuse(path: ValuePath, message: string): void { this.problems.add(this.#origin, [this.name, ...path], message) }

  /** Notes each of the keys that is missing, by what it is (`a duration`); true when none is. */
  require(executor: string, needed: Readonly<Record<string, string>>): boolean {
    const missing = Object.keys(needed).filter((key) => !this.has(key))
    for (const key of missing) this.refuse([], `a ${executor} scenario needs ${needed[key] ?? key}`)
    return missing.length === 0
  }
}

/** Notes what is wrong with `given` and answers false, or answers true. */
export function must(good: boolean, { origin, path }: Given<unknown>, message: string, problems: Problems): boolean {
  if (!good) problems.add(origin, path, message)
  return good
}
