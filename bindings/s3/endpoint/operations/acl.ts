// Access control lists: the canned ones. The one user there is may do everything whatever they say; they are for requests of others.
import { receiveText } from '../body/receive.ts'
import { S3Error } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { CannedAcl } from '../store/extras.ts'
import { childText, readXml } from '../xml/reader.ts'
import { leaf, node, s3Document } from '../xml/writer.ts'
import { aclAsked } from './extras.ts'
import type { Operation } from './operation.ts'
import { CONFIGURATION_MAX_BYTES, ownerOf } from './shapes.ts'
import { objectAsked } from './versions.ts'

const GROUPS = 'http://acs.amazonaws.com/groups/global/'
const grantee = (type: 'CanonicalUser' | 'Group', inner: string): string =>
  `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}">${inner}</Grantee>`

/** What each canned list grants beside all to its owner, who owns the buckets too. */
const GRANTS: Readonly<Record<CannedAcl, readonly (readonly [group: string, permission: string])[]>> = {
  private: [], 'bucket-owner-read': [], 'bucket-owner-full-control': [],
  'public-read': [['AllUsers', 'READ']], 'public-read-write': [['AllUsers', 'READ'], ['AllUsers', 'WRITE']],
  'authenticated-read': [['AuthenticatedUsers', 'READ']],
}

function reply(x: Exchange, acl: CannedAcl): void {
  const owner = grantee('CanonicalUser', leaf('ID', x.service.accessKey) + leaf('DisplayName', 'chopsticks'))
  x.replyXml(s3Document('AccessControlPolicy', ownerOf(x.service, 'Owner'), node('AccessControlList',
    node('Grant', owner, leaf('Permission', 'FULL_CONTROL')),
    ...GRANTS[acl].map(([group, permission]) =>
      node('Grant', grantee('Group', leaf('URI', GROUPS + group)), leaf('Permission', permission))))))
}

/** The list a request puts: a canned one, or a document that grants its owner everything and others nothing. @throws S3Error. */
async function asked(x: Exchange): Promise<CannedAcl> {
  const { text } = await receiveText(x, CONFIGURATION_MAX_BYTES)
  if (text.trim() === '') {
    if (x.header('x-amz-acl') === undefined) throw new S3Error('MissingSecurityHeader')
    return aclAsked(x)
  }
  const root = readXml(text)
  const list = root.children.find(({ name }) => name === 'AccessControlList')
  if (root.name !== 'AccessControlPolicy' || list === undefined) {
    throw new S3Error('MalformedXML', 'The body must be an AccessControlPolicy document with an AccessControlList.')
  }
  const [grant, ...others] = list.children
  const named = grant?.children.find(({ name }) => name === 'Grantee')
  const isOwn = grant !== undefined && named !== undefined && others.length === 0
    && childText(named, 'ID') === x.service.accessKey && childText(grant, 'Permission') === 'FULL_CONTROL'
  if (!isOwn) throw new S3Error('NotImplemented', 'The built-in endpoint knows no ACL document but one: its owner has FULL_CONTROL.')
  return 'private'
}

const acl = { subresource: 'acl' } as const

export const aclOperations: readonly Operation[] = [
  { name: 'GetBucketAcl', level: 'bucket', method: 'GET', ...acl, handle(x) { reply(x, x.bucket.acl) } },
  { name: 'GetObjectAcl', level: 'object', method: 'GET', ...acl, takesVersion: true, handle(x) { reply(x, objectAsked(x).acl) } },
  {
    name: 'PutBucketAcl', level: 'bucket', method: 'PUT', ...acl,
    async handle(x) {
      const list = await asked(x)
      x.bucket.acl = list
      x.reply(200)
    },
  },
  {
    name: 'PutObjectAcl', level: 'object', method: 'PUT', ...acl, takesVersion: true,
    async handle(x) {
      const list = await asked(x)
      objectAsked(x).acl = list
      x.reply(200)
    },
  },
]
