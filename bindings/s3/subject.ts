// What an operation is about, for op logs: read from arguments that have not been checked.
import { isJsonObject, type Json, type Subject } from '../sdk/index.ts'

/** A key that is too long is refused by the operation; the log needs no more of it than this. */
const KEY_LENGTH_MAX = 1024

/** The key of what a script names: a text, or an object with a key. */
const keyIn = (prefix: string, name: Json | undefined): { readonly key?: string } => {
  const key = isJsonObject(name) ? name['key'] : name
  return typeof key === 'string' ? { key: (prefix + key).slice(0, KEY_LENGTH_MAX) } : {}
}

/** Bytes of a body as a script gives it: a text, bytes as text of a character each (`{ latin1 }`), a payload. */
function bodySize(body: Json | undefined): { readonly sizeBytes?: number } {
  if (typeof body === 'string') return { sizeBytes: Buffer.byteLength(body) }
  if (!isJsonObject(body)) return {}
  const { latin1, sizeBytes } = body
  if (typeof latin1 === 'string') return { sizeBytes: latin1.length }
  return typeof sizeBytes === 'number' ? { sizeBytes } : {}
}

/** `args` are those of the session's `run`: they may be anything. */
export function subjectOf(op: string, [first, second, third]: readonly Json[], prefix: string): Subject {
  switch (op) {
    case 'put': case 'append': case 'upload': return { ...keyIn(prefix, first), ...bodySize(second) }
    case 'uploadPart': return { ...keyIn(prefix, first), ...bodySize(third) }
    case 'copy': return keyIn(prefix, second)
    case 'deleteMany': return Array.isArray(first) ? { ...keyIn(prefix, first[0] as Json | undefined), keys: first.length } : {}
    case 'list': case 'listV1': case 'listVersions': case 'listUploads': {
      const below = isJsonObject(first) ? first['prefix'] : undefined
      return keyIn(prefix, typeof below === 'string' ? below : '')
    }
    default: return OF_BUCKETS.test(op) ? {} : keyIn(isJsonObject(second) && second['existing'] === true ? '' : prefix, first)
  }
}

/** Operations that are about a whole bucket: they have no key. */
const OF_BUCKETS = /Buckets?(?:Acl)?$|Versioning$|Policy$|Lifecycle$|Encryption$|LockConfig$/
