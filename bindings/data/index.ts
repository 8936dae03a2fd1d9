// `chopsticks/data` from the host's side: arrays made once in a run, kept as JSON texts, read by all VUs; distributions, read from text.
import { isJsonObject, type Binding, type HostOperation, type Json } from '../sdk/index.ts'
import { readCsv } from './guest/csv.ts'
import { popularityOf } from './popularity.ts'
import { sizeTable } from './sizes.ts'

/** A file's text is read as a distribution too. */
const SPEC_LENGTH_MAX = 1024 ** 2

function nameOf(operation: string, value: Json | undefined): string {
  if (typeof value !== 'string' || value === '' || value.length > 256) {
    throw new Error(`${operation}: the name must be a string of 1 to 256 characters`)
  }
  return value
}

/** `[name]`: the number of elements; null when the array is not made yet. */
const length: HostOperation = (host, [name]) => host.sharedLength(nameOf('data.length', name)) ?? null

/** `[name, index]`: an element's JSON text. */
const item: HostOperation = (host, [name, index]) => {
  const array = nameOf('data.item', name)
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) {
    throw new Error(`SharedArray '${array}': an index must be a whole number`)
  }
  const text = host.sharedItem(array, index)
  if (text === undefined) throw new Error(`SharedArray '${array}' has no element ${index}`)
  return text
}

/** `[name, texts]`, in init code: makes the array. */
const share: HostOperation = (host, [name, items]) => {
  const array = nameOf('data.share', name)
  if (host.phase !== 'init') throw new Error(`SharedArray '${array}': make it in init code, outside all functions`)
  if (!Array.isArray(items) || !items.every((text) => typeof text === 'string')) throw new Error('data.share: elements must be JSON texts')
  host.shareArray(array, items)
  return undefined
}

function specOf(operation: string, value: Json | undefined): string {
  if (typeof value !== 'string' || value.length > SPEC_LENGTH_MAX) throw new Error(`${operation}: write a text of at most 1 MiB`)
  return value
}

/** `[spec]`: the table sizes are drawn from. */
const sizes: HostOperation = (_host, [spec]) => [...sizeTable(specOf('sizes', spec))]

/** `[spec]`: a kind and its numbers. */
const popularity: HostOperation = (_host, [spec]) => [...popularityOf(specOf('popularity', spec))]

/** `[path, options]`, in init code: makes the array of a CSV file's rows, named by its path. */
const csv: HostOperation = (host, [path, options]) => {
  const file = nameOf('csvFile', path)
  if (host.phase !== 'init') throw new Error(`csvFile("${file}"): read it in init code, outside all functions`)
  if (!isJsonObject(options)) throw new Error('csvFile: the options must be an object')
  if (host.sharedLength(file) !== undefined) return undefined
  const { delimiter, header } = options
  if (delimiter !== undefined && typeof delimiter !== 'string') throw new Error('csvFile: delimiter must be a text')
  const rows = readCsv(host.readFile(file, '', false), { header: header === true, ...(delimiter === undefined ? {} : { delimiter }) })
  host.shareArray(file, rows.map((row) => JSON.stringify(row)))
  return undefined
}

export const data: Binding = {
  name: 'data',
  module: 'chopsticks/data',
  aliases: ['k6/data'],
  guest: new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  hostOperations: {
    'data.length': length, 'data.item': item, 'data.share': share, 'data.csv': csv, 'data.sizes': sizes, 'data.popularity': popularity,
  },
}
