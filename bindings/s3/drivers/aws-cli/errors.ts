// From what the AWS CLI writes to stderr when it fails to a code of the closed set.
import { StorageError } from '../../../sdk/index.ts'
import { errorOfAnswer, errorOfConnect, errorOfCut } from '../../errors.ts'
import type { S3Settings } from '../../settings.ts'
import { connectErrorOf, saysCut } from '../process/words.ts'

/** `An error occurred (NoSuchKey) when calling the GetObject operation: …`; a status in the place of a code where there was no document. */
const REFUSED = /An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: ?(.*)/s

/** The StorageError of a failed command's words. */
export function errorOfWords(said: string, what: string, settings: S3Settings): StorageError {
  const endpoint = settings.endpoint.url
  const refused = REFUSED.exec(said)
  if (refused !== null) {
    const [, code = '', message = ''] = refused
    const answer = /^\d+$/.test(code) ? { status: Number(code) } : { status: 0, code, message: message.trim() }
    return errorOfAnswer(what, answer, settings, endpoint)
  }
  const words = said.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim().slice(0, 300)
  const facts = { detail: 'aws-cli', endpoint }
  if (/Read timeout/i.test(said)) return new StorageError('timeout', `${what}: ${words}`, facts)
  if (saysCut(said)) return errorOfCut(what, undefined, endpoint, 'before all of the answer had come')
  if (/Could not connect|Connect timeout|SSL validation failed/i.test(said)) {
    return errorOfConnect(connectErrorOf(said) ?? Object.assign(new Error(words), { code: 'ECONNREFUSED' }), endpoint)
  }
  if (/Parameter validation failed/i.test(said)) return new StorageError('invalid', `${what}: ${words}`, facts)
  if (/Unable to parse response/i.test(said)) {
    return new StorageError('protocol', `${what}: the store's answer can't be read: ${words}`, { detail: 'XML', endpoint })
  }
  return new StorageError('other', `${what}: aws says: ${words}`, facts)
}
