// What an operation is about, for op logs: read from arguments that have not been checked.
import { isJsonObject, type Json, type Subject } from '../sdk/index.ts'

/** A key that is too long is refused by the operation; the log needs no more of it than this. */
const KEY_LENGTH_MAX = 1024

const keyIn = (prefix: string, name: Json | undefined): { readonly key?: string } =>
  typeof name === 'string' ? { key: (prefix + name).slice(0, KEY_LENGTH_MAX) } : {}

/** Bytes of a body as a script gives it: a text, `{ base64 }`, a payload. */
function bodySize(body: Json | undefined): { readonly sizeBytes?: number } {
  if (typeof body === 'string') return { sizeBytes: Buffer.byteLength(body) }
  if (!isJsonObject(body)) return {}
  const { base64, sizeBytes } = body
  if (typeof base64 === 'string') return { sizeBytes: Buffer.byteLength(base64, 'base64') }
  return typeof sizeBytes === 'number' ? { sizeBytes } : {}
}

/** `args` are those of the session's `run`: they may be anything. */
export function subjectOf(op: string, [first, second]: readonly Json[], prefix: string): Subject {
  switch (op) {
    case 'put': return { ...keyIn(prefix, first), ...bodySize(second) }
    case 'deleteMany': return Array.isArray(first) ? { ...keyIn(prefix, first[0] as Json | undefined), keys: first.length } : {}
    case 'list': {
      const below = isJsonObject(first) ? first['prefix'] : undefined
      return keyIn(prefix, typeof below === 'string' ? below : '')
    }
    default: return keyIn(isJsonObject(second) && second['existing'] === true ? '' : prefix, first)
  }
}
