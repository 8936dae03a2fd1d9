// `chopsticks/data` from the host's side: arrays made once in a run, kept as JSON texts, read by all VUs.
import type { Binding, HostOperation, Json } from '../sdk/index.ts'

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

export const data: Binding = {
  name: 'data',
  module: 'chopsticks/data',
  aliases: ['k6/data'],
  guest: new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  hostOperations: { 'data.length': length, 'data.item': item, 'data.share': share },
}
