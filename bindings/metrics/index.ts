// `chopsticks/metrics` from the host's side: declaring metrics and adding values.
import { isJsonObject } from '../sdk/index.ts'
import type { Binding, HostOperation, Json, Tags } from '../sdk/index.ts'

const TYPES = ['counter', 'gauge', 'rate', 'trend'] as const
const CONTAINS = ['default', 'time', 'data'] as const
/** k6's rule: 2 to 129 characters, whatever its message says. */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{1,128}$/
const TAG_LENGTH_MAX = 256

/** `[name, type, contains]`, in init code. The same declaration again changes nothing; another type or contents is refused by the host. */
const declare: HostOperation = (host, [name, kind, content]) => {
  const type = TYPES.find((known) => known === kind)
  const contains = CONTAINS.find((known) => known === content)
  if (type === undefined || contains === undefined) {
    throw new Error(`metrics.declare: type must be one of ${TYPES.join(', ')}, contents one of ${CONTAINS.join(', ')}`)
  }
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new Error(`metric name ${JSON.stringify(name)}: use 2 to 129 ASCII letters, digits and underscores, not starting with a digit`)
  }
  if (host.phase !== 'init') throw new Error(`metric '${name}': declare metrics in init code, outside all functions`)
  host.declare(name, type, contains)
  return undefined
}

/** `[name, value, tags]`; tags may be left out. */
const add: HostOperation = (host, [name, value, tags]) => {
  if (typeof name !== 'string') throw new Error('metrics.add: the name must be a string')
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`metric '${name}': a value must be a finite number`)
  host.add(name, value, tags === undefined || tags === null ? undefined : tagsOf(name, tags))
  return undefined
}

/** Numbers and booleans become strings. */
function tagsOf(metric: string, value: Json): Tags {
  if (!isJsonObject(value)) throw new Error(`metric '${metric}': tags must be an object of strings`)
  return Object.fromEntries(Object.entries(value).map(([key, tag]) => {
    const plain = typeof tag === 'number' || typeof tag === 'boolean' ? String(tag) : tag
    if (typeof plain !== 'string') throw new Error(`metric '${metric}', tag '${key}': use a string, number or boolean`)
    if (key.length > TAG_LENGTH_MAX || plain.length > TAG_LENGTH_MAX) {
      throw new Error(`metric '${metric}', tag '${key.slice(0, 40)}': longer than ${TAG_LENGTH_MAX} characters`)
    }
    return [key, plain]
  }))
}

export const metrics: Binding = {
  name: 'metrics',
  module: 'chopsticks/metrics',
  aliases: ['k6/metrics'],
  guest: new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  hostOperations: { 'metrics.declare': declare, 'metrics.add': add },
}
