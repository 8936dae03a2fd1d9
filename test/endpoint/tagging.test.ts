// What hangs on objects and buckets beside their bytes: tags, access control lists, user metadata of any characters.
import { expect } from 'chai'
import type { S3Client } from '@aws-sdk/client-s3'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import type { RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { ask } from './kit.ts'
import { refusal, sdk, sdkClient } from './sdk-kit.ts'

const tagsNamed = (count: number) => Array.from({ length: count }, (_, n) => ({ Key: `k${n}`, Value: `v${n}` }))
const document = (tags: readonly (readonly [key: string, value: string])[]): string =>
  `<Tagging><TagSet>${tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join('')}</TagSet></Tagging>`

describe('endpoint: tags, ACLs and metadata', () => {
  let served: RunningEndpoint
  let client: S3Client
  const Bucket = 'bench'
  beforeEach(async () => {
    served = await serveS3()
    client = sdkClient(served)
  })
  afterEach(async () => {
    client.destroy()
    await served.close()
  })
  const tagsOf = async (Key: string, VersionId?: string) =>
    (await client.send(new sdk.GetObjectTaggingCommand({ Bucket, Key, VersionId }))).TagSet
  const question = async (method: string, path: string, body?: string, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { status, code } = await ask(served, { method, path, headers, ...(body === undefined ? {} : { body }) })
    return `${status} ${code ?? ''}`.trim()
  }

  it('tags objects on their way in, afterwards, and not at all', async () => {
    await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging: 'colour=light%20blue&empty=&%C3%A4=%E9%9B%AA' }))
    expect(await tagsOf('k')).to.deep.equal([{ Key: 'colour', Value: 'light blue' }, { Key: 'empty', Value: '' }, { Key: 'ä', Value: '雪' }])
    expect((await ask(served, { path: '/bench/k' })).headers).to.include({ 'x-amz-tagging-count': '3' })
    await client.send(new sdk.PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet: tagsNamed(10) } }))
    expect(await tagsOf('k')).to.deep.equal(tagsNamed(10))
    await client.send(new sdk.DeleteObjectTaggingCommand({ Bucket, Key: 'k' }))
    expect(await tagsOf('k')).to.deep.equal([])
    expect((await ask(served, { path: '/bench/k' })).headers).to.not.have.property('x-amz-tagging-count')
    expect(await refusal(tagsOf('absent'))).to.equal('404 NoSuchKey')
  })

  it('copies tags or replaces them, and gives those of an upload to its object', async () => {
    await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging: 'a=1' }))
    await client.send(new sdk.CopyObjectCommand({ Bucket, Key: 'copied', CopySource: `${Bucket}/k` }))
    expect(await tagsOf('copied')).to.deep.equal([{ Key: 'a', Value: '1' }])
    await client.send(new sdk.CopyObjectCommand(
      { Bucket, Key: 'new', CopySource: `${Bucket}/k`, TaggingDirective: 'REPLACE', Tagging: 'b=2' }))
    expect(await tagsOf('new')).to.deep.equal([{ Key: 'b', Value: '2' }])
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key: 'm', Tagging: 'c=3' }))
    const { ETag } = await client.send(new sdk.UploadPartCommand({ Bucket, Key: 'm', UploadId, PartNumber: 1, Body: 'part' }))
    await client.send(new sdk.CompleteMultipartUploadCommand(
      { Bucket, Key: 'm', UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }))
    expect(await tagsOf('m')).to.deep.equal([{ Key: 'c', Value: '3' }])
    expect(await question('PUT', '/bench/x', '', { 'x-amz-copy-source': '/bench/k', 'x-amz-tagging-directive': 'MERGE' }))
      .to.equal('400 InvalidArgument')
  })

  it('keeps the tags of each version apart', async () => {
    await client.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    const one = (await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: '1', Tagging: 'n=1' }))).VersionId
    await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: '2', Tagging: 'n=2' }))
    await client.send(new sdk.PutObjectTaggingCommand({ Bucket, Key: 'k', VersionId: one, Tagging: { TagSet: tagsNamed(1) } }))
    expect([await tagsOf('k', one), await tagsOf('k')]).to.deep.equal([tagsNamed(1), [{ Key: 'n', Value: '2' }]])
    await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k' }))
    expect(await refusal(tagsOf('k'))).to.equal('404 NoSuchKey')
  })

  it('takes no tags that S3 does not take', async () => {
    await ask(served, { method: 'PUT', path: '/bench/k', body: 'x' })
    const refused: [string, string][] = [
      [document(tagsNamed(11).map(({ Key, Value }) => [Key, Value])), 'BadRequest'], [document([['a', '1'], ['a', '2']]), 'InvalidTag'],
      [document([['', '1']]), 'InvalidTag'], [document([['k'.repeat(129), '1']]), 'InvalidTag'],
      [document([['k', 'v'.repeat(257)]]), 'InvalidTag'], [document([['aws:k', '1']]), 'InvalidTag'],
      [document([['a!', '1']]), 'InvalidTag'],
      ['<Tagging/>', 'MalformedXML'], ['<Tags><TagSet/></Tags>', 'MalformedXML'],
      ['<Tagging><TagSet><Tag/></TagSet></Tagging>', 'MalformedXML'],
    ]
    for (const [body, code] of refused) expect(await question('PUT', '/bench/k?tagging', body), body.slice(0, 60)).to.equal(`400 ${code}`)
    expect(await question('PUT', '/bench/k?tagging', document([['k'.repeat(128), '雪'.repeat(256)]]))).to.equal('200')
    const eleven = tagsNamed(11).map(({ Key }) => Key).join('&')
    for (const [header, code] of [['a=%zz', 'InvalidArgument'], ['a=1&a=2', 'InvalidTag'], [eleven, 'BadRequest']]) {
      expect(await question('PUT', '/bench/other', 'x', { 'x-amz-tagging': header ?? '' }), header).to.equal(`400 ${String(code)}`)
    }
    expect(served.stats().objects).to.equal(1)
  })

  it('tags buckets', async () => {
    expect(await refusal(client.send(new sdk.GetBucketTaggingCommand({ Bucket })))).to.equal('404 NoSuchTagSet')
    await client.send(new sdk.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tagsNamed(50) } }))
    expect((await client.send(new sdk.GetBucketTaggingCommand({ Bucket }))).TagSet).to.deep.equal(tagsNamed(50))
    const tooMany = new sdk.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tagsNamed(51) } })
    expect(await refusal(client.send(tooMany))).to.equal('400 BadRequest')
    await client.send(new sdk.DeleteBucketTaggingCommand({ Bucket }))
    expect(await refusal(client.send(new sdk.GetBucketTaggingCommand({ Bucket })))).to.equal('404 NoSuchTagSet')
  })

  it('knows the canned ACLs, says of each that its owner may do everything, and takes no other', async () => {
    await ask(served, { method: 'PUT', path: '/bench/k', body: 'x' })
    const acl = await client.send(new sdk.GetObjectAclCommand({ Bucket, Key: 'k' }))
    expect(acl.Owner?.ID).to.equal(served.accessKey)
    expect(acl.Grants?.map(({ Grantee, Permission }) => [Grantee?.Type, Grantee?.ID, Permission]))
      .to.deep.equal([['CanonicalUser', served.accessKey, 'FULL_CONTROL']])
    expect((await client.send(new sdk.GetBucketAclCommand({ Bucket }))).Grants).to.deep.equal(acl.Grants)
    await client.send(new sdk.PutObjectAclCommand({ Bucket, Key: 'k', ACL: 'private' }))
    await client.send(new sdk.PutBucketAclCommand({ Bucket, AccessControlPolicy: { Owner: acl.Owner, Grants: acl.Grants } }))
    for (const [ACL, URI] of [['public-read', /AllUsers$/], ['authenticated-read', /AuthenticatedUsers$/]] as const) {
      await client.send(new sdk.PutObjectAclCommand({ Bucket, Key: 'k', ACL }))
      const [, granted] = (await client.send(new sdk.GetObjectAclCommand({ Bucket, Key: 'k' }))).Grants ?? []
      expect([granted?.Grantee?.Type, granted?.Permission]).to.deep.equal(['Group', 'READ'])
      expect(granted?.Grantee?.URI).to.match(URI)
    }
    const read = { Owner: acl.Owner, Grants: [{ Grantee: acl.Grants?.[0]?.Grantee, Permission: 'READ' as const }] }
    expect(await refusal(client.send(new sdk.PutBucketAclCommand({ Bucket, AccessControlPolicy: read })))).to.equal('501 NotImplemented')
    expect(await question('PUT', '/bench/k?acl')).to.equal('400 MissingSecurityHeader')
    expect(await refusal(client.send(new sdk.GetObjectAclCommand({ Bucket, Key: 'absent' })))).to.equal('404 NoSuchKey')
  })

  it('gives user metadata back byte for byte, whatever the bytes, with bodies and without', async () => {
    const texts = { 'x-amz-meta-plain': 'plain', 'x-amz-meta-utf8': 'ä雪😀', 'x-amz-meta-mime': '=?UTF-8?B?5Zuq?=' }
    // Node's headers are one char a byte; signatures are over the UTF-8.
    const values = { ...texts, 'x-amz-meta-utf8': Buffer.from(texts['x-amz-meta-utf8']).toString('latin1') }
    const stored = await ask(served, {
      method: 'PUT', path: '/bench/k', body: 'body', headers: texts, tamper: (headers) => { Object.assign(headers, values) },
    })
    expect(stored.status).to.equal(200)
    expect(await question('PUT', '/bench/copy', undefined, { 'x-amz-copy-source': '/bench/k' })).to.equal('200')
    for (const path of ['/bench/k', '/bench/copy']) {
      for (const method of ['GET', 'HEAD']) expect((await ask(served, { method, path })).headers, `${method} ${path}`).to.include(values)
    }
    expect(await question('PUT', '/bench/k', 'x', { 'x-amz-meta-a': 'x'.repeat(2048) })).to.equal('400 MetadataTooLarge')
  })

  it('answers 501 to what would change what a request means, and serves nothing of it', async () => {
    const headers = ['x-amz-server-side-encryption-context', 'x-amz-grant-read', 'x-amz-website-redirect-location',
      'x-amz-write-offset-bytes']
    for (const name of headers) expect(await question('PUT', '/bench/k', 'x', { [name]: 'x' }), name).to.equal('501 NotImplemented')
    expect(await question('PUT', '/bench/k', 'x', { 'x-amz-storage-class': 'GLACIER' })).to.equal('501 NotImplemented')
    expect(await question('PUT', '/bench/k', 'x', { 'x-amz-acl': 'friends' })).to.equal('400 InvalidArgument')
    for (const name of ['x-amz-server-side-encryption', 'x-amz-server-side-encryption-customer-algorithm']) {
      expect(await question('PUT', '/bench/k', 'x', { [name]: 'x' }), name).to.equal('400 InvalidArgument')
    }
    expect(await question('PUT', '/bench/k', 'x', { 'x-amz-object-lock-legal-hold': 'ON' })).to.equal('400 InvalidRequest')
    expect(await question('PUT', '/tagged', '<CreateBucketConfiguration><Tags><Tag/></Tags></CreateBucketConfiguration>'))
      .to.equal('501 NotImplemented')
    expect(await question('DELETE', '/bench/k', undefined, { 'x-amz-if-match-size': '1' })).to.equal('501 NotImplemented')
    expect(await question('GET', '/bench', undefined, { 'x-amz-expected-bucket-owner': 'somebody' })).to.equal('403 AccessDenied')
    expect(await question('GET', '/bench', undefined, { 'x-amz-expected-bucket-owner': served.accessKey })).to.equal('200')
    for (const query of ['accelerate', 'cors', 'logging', 'notification', 'publicAccessBlock', 'replication', 'website']) {
      for (const method of ['GET', 'PUT', 'DELETE']) expect(await question(method, `/bench?${query}`), query).to.equal('501 NotImplemented')
    }
    for (const path of ['/bench/k?attributes', '/bench/k?torrent', '/bench/k?restore', '/bench/k?partNumber=1']) {
      expect(await question('GET', path), path).to.equal('501 NotImplemented')
    }
    expect(served.stats()).to.include({ objects: 0 })
  })
})
