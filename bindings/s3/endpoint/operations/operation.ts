// What an operation of the endpoint is: when it is meant, and how it answers.
import type { Exchange } from '../http/exchange.ts'

export interface Operation {
  /** S3's name for it. */
  readonly name: string
  readonly level: 'service' | 'bucket' | 'object'
  readonly method: 'GET' | 'PUT' | 'POST' | 'HEAD' | 'DELETE'
  /** The query parameter that asks for it, if one does: `uploads`, `delete`, … */
  readonly subresource?: string
  /** True for the copying form: the request has x-amz-copy-source. */
  readonly copies?: boolean
  /** True when a versionId in the query names which version is meant. */
  readonly takesVersion?: boolean
  /** Answers the request, or throws S3Error. */
  handle(x: Exchange): void | Promise<void>
}
