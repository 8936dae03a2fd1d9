// Finds the operation a request asks for; whatever is not in the table is refused as S3 refuses it.
import type { IncomingMessage } from 'node:http'
import { S3Error } from './errors.ts'
import type { Target } from './http/target.ts'
import { OPERATIONS } from './operations/index.ts'
import type { Operation } from './operations/operation.ts'

/** Query parameters that ask for something other than the plain operation. Others are ignored, as S3 does. */
const SUBRESOURCES: ReadonlySet<string> = new Set([
  'accelerate', 'acl', 'analytics', 'append', 'attributes', 'cors', 'delete', 'encryption', 'intelligent-tiering', 'inventory',
  'legal-hold',
  'lifecycle', 'list-type', 'location', 'logging', 'metadataTable', 'metrics', 'notification', 'object-lock', 'ownershipControls',
  'partNumber', 'policy', 'policyStatus', 'publicAccessBlock', 'renameObject', 'replication', 'requestPayment', 'restore', 'retention',
  'select', 'session', 'tagging', 'torrent', 'uploadId', 'uploads', 'versioning', 'versions', 'website',
])

/** Parameters that may stand without a value and ask for nothing by themselves. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'prefix', 'delimiter', 'marker', 'key-marker', 'version-id-marker', 'upload-id-marker', 'part-number-marker', 'start-after',
  'continuation-token', 'encoding-type', 'fetch-owner', 'max-keys', 'max-parts', 'max-uploads', 'position', 'versionId', 'x-id',
])
/** Of signatures, and of answers' headers. */
const PARAMETER_LEADS = ['x-amz-', 'response-']

/** A name without a value that S3 knows nothing of: another store's subresource, which must not be taken for the plain operation. */
const isUnknown = (name: string): boolean =>
  !PARAMETERS.has(name) && !PARAMETER_LEADS.some((lead) => name.toLowerCase().startsWith(lead))

/** Headers that change what a write means and that the endpoint would otherwise silently not honour. */
const REFUSED_HEADERS = ['x-amz-website-redirect-location', 'x-amz-grant-', 'x-amz-write-offset-bytes',
  'x-amz-server-side-encryption-context']
/** The same for requests that do not write: few, because every GET looks for them. */
const REFUSED_READING = ['x-amz-if-match-last-modified-time', 'x-amz-if-match-size']

const routeOf = (level: string, method: string, subresource: string, copies: boolean): string =>
  `${level} ${method} ${subresource}${copies ? ' copy' : ''}`

const ROUTES: ReadonlyMap<string, Operation> = new Map(OPERATIONS.map((operation) =>
  [routeOf(operation.level, operation.method, operation.subresource ?? '', operation.copies === true), operation]))

/** The subresource the query asks for; '' for none. Parts of an upload are known by their uploadId. */
function subresourceOf(target: Target): string {
  const { query } = target
  if (query.isEmpty) return ''
  const asked = query.names().filter((name) => SUBRESOURCES.has(name))
  const unknown = query.names().find((name) => !SUBRESOURCES.has(name) && query.text(name) === '' && isUnknown(name))
  if (unknown !== undefined) throw new S3Error('NotImplemented', `The built-in endpoint does not know ?${unknown.slice(0, 60)}.`)
  if (asked.includes('uploadId')) return 'uploadId'
  const [first = '', ...others] = asked
  if (others.some((name) => name !== first)) {
    throw new S3Error('NotImplemented', `The query asks for several things at once: ${asked.join(', ')}.`)
  }
  return first
}

const unhonoured = (name: string): S3Error =>
  new S3Error('NotImplemented', `The built-in endpoint does not honour the header ${name}.`, { Header: name })

function refuseUnhonoured(request: IncomingMessage): void {
  for (const name in request.headers) {
    if (!name.startsWith('x-amz-')) continue
    if (REFUSED_HEADERS.some((refused) => name.startsWith(refused))) throw unhonoured(name)
  }
  const { 'x-amz-storage-class': storageClass } = request.headers
  if (storageClass !== undefined && storageClass !== 'STANDARD') {
    throw new S3Error('NotImplemented', 'The built-in endpoint has the storage class STANDARD only.', { Header: 'x-amz-storage-class' })
  }
}

/**
 * The operation a request asks for.
 * @throws S3Error NotImplemented for what S3 has and the endpoint has not; MethodNotAllowed for what S3 has not either.
 */
export function operationFor(request: IncomingMessage, target: Target): Operation {
  const method = request.method ?? ''
  const level = target.bucket === undefined ? 'service' : target.key === undefined ? 'bucket' : 'object'
  const subresource = subresourceOf(target)
  const copies = method === 'PUT' && request.headers['x-amz-copy-source'] !== undefined
  const operation = ROUTES.get(routeOf(level, method, subresource, copies))
  if (operation === undefined) {
    if (subresource === '' && !copies && !['GET', 'PUT', 'POST', 'HEAD', 'DELETE', 'OPTIONS'].includes(method)) {
      throw new S3Error('MethodNotAllowed')
    }
    const what = `${method} on ${level === 'service' ? 'the service' : `a ${level}`}${copies ? ' from a copy source' : ''}`
    throw new S3Error('NotImplemented', `The built-in endpoint does not offer ${what}${subresource === '' ? '' : ` with ?${subresource}`}.`)
  }
  if (operation.takesVersion !== true && target.query.has('versionId')) {
    throw new S3Error('InvalidArgument', 'This operation takes no versionId.', { ArgumentName: 'versionId' })
  }
  if (method === 'PUT' || method === 'POST') refuseUnhonoured(request)
  else for (const name of REFUSED_READING) if (request.headers[name] !== undefined) throw unhonoured(name)
  return operation
}
