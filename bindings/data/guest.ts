// `chopsticks/data`: data that all VUs read and none copies, CSV, and what is drawn by chance. Runs inside the sandbox.
import { ask, infoNow, phaseNow } from '../sdk/guest.ts'
import { readCsv, type CsvOptions } from './guest/csv.ts'
import { drawIndex, drawSize, keyName, type Popularity } from './guest/draw.ts'

export type { CsvOptions }

const refuse = (): never => { throw new TypeError('a SharedArray can not be changed: its elements belong to all VUs') }

const frozen = (text: string): unknown => JSON.parse(text, (_, value: unknown) => Object.freeze(value))

/**
 * An array made once in a run and kept outside the VUs: an element is fetched, as a frozen copy, when it is read. Works as an array in
 * every other way; changing it throws. Elements are what JSON can say.
 *
 * @example const users = new SharedArray('users', () => JSON.parse(open('./users.json')))
 */
export class SharedArray<T = unknown> extends Array<T> {
  static override get [Symbol.species](): ArrayConstructor { return Array }

  /**
   * @param name names the array in the whole run.
   * @param make returns the elements; called once in a run.
   * @throws Error outside init code, or when `make` returns no array.
   */
  constructor(name: string, make: () => readonly T[]) {
    if (phaseNow() !== 'init') throw new Error(`SharedArray '${name}': make it in init code, outside all functions`)
    if (typeof name !== 'string' || name === '') throw new TypeError('SharedArray: the first argument is its name')
    const length = ask<number | null>('data.length', [name]) ?? share(name, make())
    super(length)
    const isIndex = (key: string | symbol): key is string => typeof key === 'string' && /^(0|[1-9]\d*)$/.test(key) && Number(key) < length
    const item = (key: string): unknown => frozen(ask<string>('data.item', [name, Number(key)]))
    return new Proxy(this, {
      get: (target, key, self) => isIndex(key) ? item(key) : Reflect.get(target, key, self) as unknown,
      has: (target, key) => isIndex(key) || Reflect.has(target, key),
      ownKeys: () => [...Array.from({ length }, (_, index) => String(index)), 'length'],
      getOwnPropertyDescriptor: (target, key) => isIndex(key)
        ? { value: item(key), enumerable: true, configurable: true, writable: false }
        : Reflect.getOwnPropertyDescriptor(target, key),
      set: refuse, defineProperty: refuse, deleteProperty: refuse, setPrototypeOf: refuse, preventExtensions: refuse,
    })
  }
}

function share(name: string, items: unknown): number {
  if (!Array.isArray(items)) {
    const what = items instanceof Promise ? 'a promise' : typeof items
    throw new TypeError(`SharedArray '${name}': its function must return an array, not ${what}`)
  }
  ask('data.share', [name, items.map((item, index) => {
    const text = JSON.stringify(item) as string | undefined
    if (text === undefined) throw new TypeError(`SharedArray '${name}': element ${index} can't be written as JSON`)
    return text
  })])
  return items.length
}

/**
 * Reads CSV text (RFC 4180: quoted fields, doubled quotes, line ends within quotes; LF or CRLF). Empty lines are left out.
 *
 * @throws Error that names the row: an unclosed quote, or with a header a row with more or fewer fields than it.
 */
export function parseCsv(text: string, options: CsvOptions & { readonly header: true }): Record<string, string>[]
export function parseCsv(text: string, options?: CsvOptions & { readonly header?: false }): string[][]
export function parseCsv(text: string, options: CsvOptions = {}): string[][] | Record<string, string>[] {
  return readCsv(text, options)
}

/**
 * A CSV file that the host reads, once in a run, into a SharedArray named by its path: rows cost a VU nothing until it reads them.
 * In init code only; the path is relative to the script, as that of `open()`.
 *
 * @throws Error for a file that can't be read, and as parseCsv does.
 */
export function csvFile(path: string, options: CsvOptions & { readonly header: true }): SharedArray<Record<string, string>>
export function csvFile(path: string, options?: CsvOptions & { readonly header?: false }): SharedArray<string[]>
export function csvFile(path: string, options: CsvOptions = {}): SharedArray {
  ask('data.csv', [path, { ...options }])
  return new SharedArray(path, () => [])
}

/**
 * Deals a list out over the whole run: gives the element of this iteration. Each goes to one iteration of the scenario, whichever VU
 * and shard runs it; none is given twice.
 *
 * @returns undefined once all are dealt.
 * @throws Error outside iterations.
 */
export function dealt<T>(list: readonly T[]): T | undefined {
  const info = infoNow()
  if (info === undefined) throw new Error(`dealt(): elements are dealt to iterations, not to ${phaseNow()} code`)
  return list[info.iterationInTest]
}

/**
 * Sizes drawn by chance, as `Math.random` is: from the seed, the VU and the iteration.
 *
 * @param spec bytes (`4096`, `'64KiB'`); a range of equally likely ones (`'1KiB-1MiB'`); either with weights
 *   (`'4096:10740,8192:1685'`, `'1KiB-64KiB:60, 1MiB:40'`); `'lognormal(MEDIAN, P99)'` or `'lognormal(MEDIAN, P99, MAX)'`; or the text
 *   of a file with a size and its weight on each line.
 * @throws Error that names what can't be read.
 * @example const size = sizes(__ENV.SIZES ?? '4KiB:70,1MiB:30'); await s3.put(key, payload(size()))
 */
export function sizes(spec: number | string): () => number {
  const table = ask<readonly number[]>('data.sizes', [`${spec}`])
  return () => drawSize(table, Math.random)
}

/**
 * Which of so many objects is next, by chance, as `Math.random` is.
 *
 * @param spec `'uniform'`; `'zipf'` or `'zipf(0.99)'`: the first is the most popular; `'latest'` or `'latest(0.99)'`: the last is;
 *   `'hot(20%, 80%)'`: the first 20 % get 80 % of the draws.
 * @returns a function of how many there are, which may grow, that gives an index from 0.
 * @throws Error that names what can't be read.
 */
export function popularity(spec = 'uniform'): (count: number) => number {
  const table = ask<Popularity>('data.popularity', [spec])
  return (count) => drawIndex(table, count, Math.random)
}

export interface KeyOptions {
  /** What all keys begin with. */
  readonly prefix?: string
  /**
   * `sequential` (the default): listed in the order of their numbers; `random`: 16 hex digits, a different key for every number;
   * `hashed`: numbers spread over `fanout` folders.
   */
  readonly order?: 'sequential' | 'random' | 'hashed'
  /** Digits a number has at least; default 8. */
  readonly digits?: number
  /** Folders of `hashed` keys; default 256. */
  readonly fanout?: number
}

/**
 * Names objects by number: the same name for the same number, in every VU, shard and run.
 *
 * @throws TypeError for an order there isn't.
 * @example const key = keys({ order: 'hashed' }), next = popularity('zipf'); await s3.get(key(next(1000)))
 */
export function keys({ prefix = '', order = 'sequential', digits = 8, fanout = 256 }: KeyOptions = {}): (index: number) => string {
  if (!['sequential', 'random', 'hashed'].includes(order)) throw new TypeError(`keys: order is sequential, random or hashed, not ${order}`)
  return (index) => prefix + keyName(index, order, digits, fanout)
}
