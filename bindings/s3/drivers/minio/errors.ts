// From what minio-js throws to a code of the closed set, with the store's own words kept.
import { StorageError } from '../../../sdk/index.ts'
import { readError } from '../../documents.ts'
import { errorOfAnswer } from '../../errors.ts'
import type { S3Settings } from '../../settings.ts'
import { XmlError } from '../../xml.ts'
import type { Operation } from '../http-operation.ts'
import { errorOfConnection } from '../http-operations.ts'
import { AnswerError } from './transport.ts'

const one = (value: string | readonly string[] | undefined): string | undefined => typeof value === 'string' ? value : value?.[0]

function errorOfStatus({ status, headers, body }: AnswerError, what: string, settings: S3Settings): StorageError {
  const said = body === '' ? undefined : readError(body)
  const region = one(headers['x-amz-bucket-region']) ?? said?.region
  const location = one(headers['location']) ?? said?.endpoint
  const requestId = one(headers['x-amz-request-id']) ?? said?.requestId
  return errorOfAnswer(what, {
    status,
    ...(said === undefined ? {} : { code: said.code }),
    ...(said?.message === undefined ? {} : { message: said.message }),
    ...(region === undefined ? {} : { region }),
    ...(location === undefined ? {} : { location }),
    ...(requestId === undefined ? {} : { requestId }),
  }, settings, settings.endpoint.url)
}

/** Turns what an operation ended with into a StorageError; what no store can have caused is thrown on: our own bug. */
export function errorOf(error: unknown, operation: Operation, settings: S3Settings): StorageError {
  const { what, ended, answered } = operation
  const endpoint = settings.endpoint.url
  if (ended !== undefined) return ended
  if (error instanceof StorageError) return error
  if (error instanceof AnswerError) return errorOfStatus(error, what, settings)
  if (!(error instanceof Error)) throw new TypeError(String(error))
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code.startsWith('HPE_')) {
    return new StorageError('protocol', `${what}: ${endpoint} broke HTTP/1.1: ${error.message}`, { detail: 'HTTP', endpoint, cause: error })
  }
  // A document it can't read it tells of in errors of its own, some without a code.
  if (error instanceof XmlError || (answered && code === '')) {
    return new StorageError('protocol', `${what}: the store's answer can't be read: ${error.message.split('\n', 1)[0] ?? ''}`,
      { detail: 'XML', endpoint, cause: error })
  }
  if (code === '' && !('errors' in error)) throw error
  return errorOfConnection(error, operation, endpoint)
}
