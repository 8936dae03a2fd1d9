// `chopsticks/data`: data that all VUs read and none copies, and CSV. Runs inside the sandbox.
import { ask, state } from '../sdk/guest.ts'

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
    if (state.phase !== 'init') throw new Error(`SharedArray '${name}': make it in init code, outside all functions`)
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

export interface CsvOptions {
  /** What stands between fields; default `,`. */
  readonly delimiter?: string
  /** True: the first row names the columns, and rows are objects. */
  readonly header?: boolean
}

/**
 * Reads CSV text (RFC 4180: quoted fields, doubled quotes, line ends within quotes; LF or CRLF). Empty lines are left out.
 *
 * @throws Error that names the row: an unclosed quote, or with a header a row with more or fewer fields than it.
 */
export function parseCsv(text: string, options: CsvOptions & { readonly header: true }): Record<string, string>[]
export function parseCsv(text: string, options?: CsvOptions & { readonly header?: false }): string[][]
export function parseCsv(text: string, options: CsvOptions = {}): string[][] | Record<string, string>[] {
  const rows = csvRows(text.replace(/^\uFEFF/, ''), options.delimiter ?? ',')
  if (options.header !== true) return rows
  const [names = [], ...data] = rows
  return data.map((row, index) => {
    if (row.length !== names.length) throw new Error(`CSV row ${index + 2} has ${row.length} fields, the header has ${names.length}`)
    return Object.fromEntries(names.map((name, column) => [name, row[column] ?? '']))
  })
}

function csvRows(text: string, delimiter: string): string[][] {
  if (delimiter.length !== 1 || '"\r\n'.includes(delimiter)) {
    throw new TypeError('CSV delimiter: give one character that is no quote or line end')
  }
  const plain = new RegExp(`[^${/\w/.test(delimiter) ? '' : '\\'}${delimiter}\r\n]*`, 'y')
  const plainField = (start: number): [field: string, end: number] => {
    plain.lastIndex = start
    const field = plain.exec(text)?.[0] ?? ''
    return [field, start + field.length]
  }
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  const endRow = (): void => {
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  while (at <= text.length) {
    const [field, end] = text[at] === '"' ? quotedField(text, at, rows.length + 1) : plainField(at)
    row.push(field)
    at = end
    if (text[at] === delimiter) at += 1
    else {
      if (at < text.length && text[at] !== '\n' && text[at] !== '\r') {
        throw new Error(`CSV row ${rows.length + 1}: text after a closing quote`)
      }
      endRow()
      at += text.startsWith('\r\n', at) ? 2 : 1
    }
  }
  return rows
}

function quotedField(text: string, start: number, row: number): [field: string, end: number] {
  let field = ''
  let from = start + 1
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote < 0) throw new Error(`CSV row ${row}: a quote is not closed`)
    field += text.slice(from, quote)
    if (text[quote + 1] !== '"') return [field, quote + 1]
    field += '"'
    from = quote + 2
  }
}
