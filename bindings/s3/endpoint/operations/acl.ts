// Access control lists: there is one user, who may do everything, and that is what they say.
import { receiveText } from '../body/receive.ts'
import { S3Error } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import { childText, readXml } from '../xml/reader.ts'
import { leaf, node, s3Document } from '../xml/writer.ts'
import type { Operation } from './operation.ts'
import { CONFIGURATION_MAX_BYTES, ownerOf } from './shapes.ts'
import { objectAsked } from './versions.ts'

const GRANTEE = '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">'

function replyPolicy(x: Exchange): void {
  const { accessKey } = x.service
  const grantee = `${GRANTEE}${leaf('ID', accessKey)}${leaf('DisplayName', 'chopsticks')}</Grantee>`
  x.replyXml(s3Document('AccessControlPolicy', ownerOf(x.service, 'Owner'),
    node('AccessControlList', node('Grant', grantee, leaf('Permission', 'FULL_CONTROL')))))
}

/** Takes a policy that changes nothing. The router has refused every canned ACL but private. @throws S3Error NotImplemented. */
async function acceptPolicy(x: Exchange): Promise<void> {
  const { text } = await receiveText(x, CONFIGURATION_MAX_BYTES)
  if (text.trim() === '') {
    if (x.header('x-amz-acl') === undefined) throw new S3Error('MissingSecurityHeader')
    return
  }
  const root = readXml(text)
  const list = root.children.find(({ name }) => name === 'AccessControlList')
  if (root.name !== 'AccessControlPolicy' || list === undefined) {
    throw new S3Error('MalformedXML', 'The body must be an AccessControlPolicy document with an AccessControlList.')
  }
  const [grant, ...others] = list.children
  const grantee = grant?.children.find(({ name }) => name === 'Grantee')
  const isOwn = grant !== undefined && grantee !== undefined && others.length === 0
    && childText(grantee, 'ID') === x.service.accessKey && childText(grant, 'Permission') === 'FULL_CONTROL'
  if (!isOwn) throw new S3Error('NotImplemented', 'The built-in endpoint knows no ACL but one: its owner has FULL_CONTROL.')
}

const acl = { subresource: 'acl' } as const

export const aclOperations: readonly Operation[] = [
  { name: 'GetBucketAcl', level: 'bucket', method: 'GET', ...acl, handle(x) { x.requireBucket(); replyPolicy(x) } },
  { name: 'GetObjectAcl', level: 'object', method: 'GET', ...acl, takesVersion: true, handle(x) { objectAsked(x); replyPolicy(x) } },
  {
    name: 'PutBucketAcl', level: 'bucket', method: 'PUT', ...acl,
    async handle(x) {
      await acceptPolicy(x)
      x.requireBucket()
      x.reply(200)
    },
  },
  {
    name: 'PutObjectAcl', level: 'object', method: 'PUT', ...acl, takesVersion: true,
    async handle(x) {
      await acceptPolicy(x)
      objectAsked(x)
      x.reply(200)
    },
  },
]
