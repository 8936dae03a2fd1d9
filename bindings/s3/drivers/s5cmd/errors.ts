// From what s5cmd says of a failed command, in JSON on stderr, to a code of the closed set.
import { StorageError, isJsonObject, type Json } from '../../../sdk/index.ts'
import { errorOfAnswer, errorOfConnect, errorOfCut } from '../../errors.ts'
import type { S3Settings } from '../../settings.ts'
import { connectErrorOf, saysCut } from '../process/words.ts'

/** The store's refusal: `NoSuchKey: There is no such key status code: 404, request id: tx1, host id:`. */
const REFUSED = /^(?:[\w ]*: )?(\w+): (.*?)\s*status code: (\d+), request id: ([^,]*)/s
/** Codes its SDK makes up for answers without a document. */
const MADE_UP = new Set(['Forbidden', 'NotFound', 'BadRequest'])

/** The `error` of a line of stderr; undefined for a line that is none of its structured ones. */
export function errorLine(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  let value: Json
  try {
    value = JSON.parse(line) as Json
  } catch {
    return undefined
  }
  return isJsonObject(value) && typeof value['error'] === 'string' ? value['error'] : undefined
}

/** True for an error of one key in a multi-delete, the others of which went well or not by themselves. */
export const isOfOneKey = (said: string): boolean => !/status code: \d|RequestError|SerializationError/.test(said)

/** The StorageError of what it says. */
export function errorOfWords(said: string, what: string, settings: S3Settings): StorageError {
  const endpoint = settings.endpoint.url
  const refused = REFUSED.exec(said)
  if (refused !== null) {
    const [, code = '', message = '', status, requestId = ''] = refused
    return errorOfAnswer(what, {
      status: Number(status), ...(MADE_UP.has(code) ? {} : { code, message }), ...(requestId === '' ? {} : { requestId }),
    }, settings, endpoint)
  }
  if (/^given object .* not found$/s.test(said)) return errorOfAnswer(what, { status: 404 }, settings, endpoint)
  const connecting = connectErrorOf(said)
  if (connecting !== undefined) return errorOfConnect(connecting, endpoint)
  if (saysCut(said)) return errorOfCut(what, undefined, endpoint, 'before all of the answer had come')
  const words = said.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 300)
  if (said.startsWith('SerializationError')) {
    return new StorageError('protocol', `${what}: the store's answer can't be read: ${words}`, { detail: 'XML', endpoint })
  }
  return new StorageError('other', `${what}: s5cmd says: ${words}`, { detail: 's5cmd', endpoint })
}
