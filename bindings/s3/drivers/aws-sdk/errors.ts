// From what the SDK throws to a code of the closed set, with the store's own words kept.
import { StorageError } from '../../../sdk/index.ts'
import { errorOfAnswer } from '../../errors.ts'
import { improperKey } from '../../request-parts.ts'
import type { S3Settings } from '../../settings.ts'
import { XmlError } from '../../xml.ts'
import type { Operation } from '../http-operation.ts'
import { errorOfConnection } from '../http-operations.ts'
import { SwitchedError } from './transport.ts'

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && name in value ? (value as Readonly<Record<string, unknown>>)[name] : undefined
const textOf = (value: unknown, name: string): string | undefined => {
  const text = field(value, name)
  return typeof text === 'string' && text !== '' ? text : undefined
}

/** The status of the answer an error is about; undefined when there was none. */
function statusOf(error: unknown): number | undefined {
  const status = field(field(error, '$response'), 'statusCode') ?? field(field(error, '$metadata'), 'httpStatusCode')
  return typeof status === 'number' ? status : undefined
}

function errorOfStatus(status: number, error: unknown, { what }: Operation, settings: S3Settings): StorageError {
  const headers = field(field(error, '$response'), 'headers')
  const said = {
    code: textOf(error, 'Code'), message: textOf(error, 'message'),
    region: textOf(headers, 'x-amz-bucket-region') ?? textOf(error, 'Region'),
    requestId: textOf(field(error, '$metadata'), 'requestId') ?? textOf(error, 'RequestId'),
    location: textOf(headers, 'location') ?? textOf(error, 'Endpoint'),
  }
  return errorOfAnswer(what, {
    status,
    ...(said.code === undefined ? {} : { code: said.code, ...(said.message === undefined ? {} : { message: said.message }) }),
    ...(said.region === undefined ? {} : { region: said.region }),
    ...(said.requestId === undefined ? {} : { requestId: said.requestId }),
    ...(said.location === undefined ? {} : { location: said.location }),
  }, settings, settings.endpoint.url)
}

/** Turns what an operation ended with into a StorageError; what no store can have caused is thrown on: our own bug. */
export function errorOf(error: unknown, operation: Operation, settings: S3Settings): StorageError {
  const { what, ended } = operation
  const endpoint = settings.endpoint.url
  if (ended !== undefined) return ended
  if (error instanceof StorageError) return error
  const status = statusOf(error)
  if (status !== undefined && status >= 300) return errorOfStatus(status, error, operation, settings)
  const code = textOf(error, 'code') ?? ''
  const message = error instanceof Error ? error.message : String(error)
  const because = { endpoint, cause: error }
  if (error instanceof URIError) return improperKey()
  if (code.startsWith('HPE_') || error instanceof SwitchedError) {
    return new StorageError('protocol', `${what}: ${endpoint} broke HTTP/1.1: ${message}`, { detail: 'HTTP', ...because })
  }
  if (/^Checksum mismatch/.test(message)) return new StorageError('corrupt', `${what}: ${message}`, { detail: 'checksum', ...because })
  if (error instanceof XmlError || field(error, '$response') !== undefined) {
    return new StorageError('protocol', `${what}: the store's answer can't be read: ${message.split('\n', 1)[0] ?? ''}`,
      { detail: 'XML', ...because })
  }
  if (code === '' && field(error, 'errors') === undefined) throw error
  return errorOfConnection(error, operation, endpoint)
}
