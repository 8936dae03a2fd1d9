// The endpoint serves @aws-sdk/client-s3 as it comes: with its default checksums, retries off so that no failure hides.
import { expect } from 'chai'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import type { RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { refusal, sdk, sdkClient } from './sdk-kit.ts'

const ODD_KEYS = [
  'plain', 'with space', 'a+b', 'a%2Fb', 'ä/ö/ü', '雪/☃', '😀 emoji', '/leading', 'a//b', 'trailing/', 'dot/../dot', './x', 'q?a=b&c', 'h#x',
  "quote'\"", 'amp&lt;<>', 'semi;colon:=@!$*()', '~tilde_-.', '\uffee\u{10000}', 'tab\tnew\nline', ' lead and trail ', 'x'.repeat(1024),
]
const md5 = (bytes: Uint8Array): string => `"${createHash('md5').update(bytes).digest('hex')}"`

describe('endpoint: @aws-sdk/client-s3', () => {
  let served: RunningEndpoint
  let client: S3Client
  const Bucket = 'bench'
  const put = (Key: string, Body: string | Uint8Array | Readable) => client.send(new sdk.PutObjectCommand({ Bucket, Key, Body }))
  const get = async (Key: string, Range?: string): Promise<Uint8Array> => {
    const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key, ...(Range === undefined ? {} : { Range }) }))
    return await Body?.transformToByteArray() ?? new Uint8Array()
  }

  beforeEach(async () => {
    served = await serveS3()
    client = sdkClient(served)
  })
  afterEach(async () => {
    client.destroy()
    await served.close()
  })

  it('stores and returns objects of every small and some large sizes, with MD5 ETags', async () => {
    for (const size of [0, 1, 4096, 65536, 65537, 3 * 1024 * 1024 + 17]) {
      const body = randomBytes(size)
      const stored = await put(`size-${size}`, body)
      expect(stored.ETag).to.equal(md5(body))
      expect(Buffer.compare(await get(`size-${size}`), body)).to.equal(0)
    }
  })

  it('checks the default CRC32, shows it again, and takes every other algorithm', async () => {
    const body = randomBytes(100_000)
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
      const stored = await client.send(new sdk.PutObjectCommand({ Bucket, Key: ChecksumAlgorithm, Body: body, ChecksumAlgorithm }))
      const field = `Checksum${ChecksumAlgorithm}` as const
      expect(stored[field]).to.be.a('string').and.not.equal('')
      const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: ChecksumAlgorithm, ChecksumMode: 'ENABLED' }))
      expect(head[field]).to.equal(stored[field])
      expect(Buffer.compare(await get(ChecksumAlgorithm), body)).to.equal(0)
    }
    expect((await put('default', body)).ChecksumCRC32).to.be.a('string')
  })

  it('takes streams, which come aws-chunked with a trailer', async () => {
    const body = randomBytes(300_000)
    const pieces = [body.subarray(0, 7), body.subarray(7, 100_000), body.subarray(100_000)]
    const Body = Readable.from(pieces, { objectMode: false })
    await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength: body.length }))
    expect(Buffer.compare(await get('stream'), body)).to.equal(0)
  })

  it('returns ranges of every form and refuses those beyond the end', async () => {
    const body = randomBytes(200_000)
    await put('ranged', body)
    for (const [range, start, end] of [['bytes=0-0', 0, 1], ['bytes=10-19', 10, 20], ['bytes=199990-', 199_990, 200_000],
      ['bytes=-5', 199_995, 200_000], ['bytes=100-999999', 100, 200_000], ['bytes=-999999', 0, 200_000]] as const) {
      expect(Buffer.compare(await get('ranged', range), body.subarray(start, end)), range).to.equal(0)
    }
    const part = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'ranged', Range: 'bytes=10-19' }))
    expect(part.ContentRange).to.equal('bytes 10-19/200000')
    expect(part.$metadata.httpStatusCode).to.equal(206)
    await part.Body?.transformToByteArray()
    expect(await refusal(get('ranged', 'bytes=200000-'))).to.equal('416 InvalidRange')
  })

  it('keeps content headers and user metadata', async () => {
    await client.send(new sdk.PutObjectCommand({
      Bucket, Key: 'meta', Body: 'x', ContentType: 'text/x-odd', CacheControl: 'no-cache', ContentEncoding: 'gzip',
      Metadata: { colour: 'blue  green', n: '1' },
    }))
    const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'meta' }))
    expect(head).to.include({ ContentType: 'text/x-odd', CacheControl: 'no-cache', ContentEncoding: 'gzip', ContentLength: 1 })
    expect(head.Metadata).to.deep.equal({ colour: 'blue  green', n: '1' })
    expect(head.LastModified?.getTime()).to.be.closeTo(Date.now(), 60_000)
  })

  it('stores, lists and deletes odd keys, in UTF-8 order', async () => {
    for (const key of ODD_KEYS) await put(key, `body of ${key}`)
    for (const key of ODD_KEYS) expect(Buffer.from(await get(key)).toString(), key).to.equal(`body of ${key}`)
    const listed = await client.send(new sdk.ListObjectsV2Command({ Bucket, EncodingType: 'url' }))
    const keys = (listed.Contents ?? []).map((each) => decodeURIComponent(each.Key ?? ''))
    expect(keys).to.deep.equal([...ODD_KEYS].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    const plain = await client.send(new sdk.ListObjectsV2Command({ Bucket }))
    expect((plain.Contents ?? []).map((each) => each.Key?.trim())).to.deep.equal(keys.map((key) => key.trim()))
    const deleted = await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects: ODD_KEYS.map((Key) => ({ Key })) } }))
    expect(deleted.Errors ?? []).to.deep.equal([])
    expect(deleted.Deleted?.length).to.equal(ODD_KEYS.length)
    expect(served.stats()).to.include({ objects: 0, usedBytes: 0 })
  })

  it('pages through listings, and rolls keys up at a delimiter', async () => {
    const keys = Array.from({ length: 57 }, (_, n) => `p/${n % 7}/${String(n).padStart(3, '0')}`).concat('p/top', 'q/other')
    await Promise.all(keys.map((key) => put(key, key)))
    const found: string[] = []
    for await (const page of sdk.paginateListObjectsV2({ client, pageSize: 10 }, { Bucket, Prefix: 'p/' })) {
      expect(page.KeyCount).to.be.at.most(10)
      found.push(...(page.Contents ?? []).map((each) => each.Key ?? ''))
    }
    expect(found).to.deep.equal(keys.filter((key) => key.startsWith('p/')).sort())
    const rolled = await client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: 'p/', Delimiter: '/', FetchOwner: true }))
    expect(rolled.CommonPrefixes?.map((each) => each.Prefix)).to.deep.equal(['0', '1', '2', '3', '4', '5', '6'].map((n) => `p/${n}/`))
    expect(rolled.Contents?.map((each) => each.Key)).to.deep.equal(['p/top'])
    expect(rolled.Contents?.[0]?.Owner?.ID).to.equal(served.accessKey)
    expect(rolled.KeyCount).to.equal(8)
    const old = await client.send(new sdk.ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 1 }))
    expect(old).to.deep.include({ IsTruncated: true, NextMarker: 'p/' })
    const next = await client.send(new sdk.ListObjectsCommand({ Bucket, Delimiter: '/', Marker: old.NextMarker }))
    expect(next.CommonPrefixes?.map((each) => each.Prefix)).to.deep.equal(['q/'])
  })

  it('makes, finds, empties and deletes buckets', async () => {
    await client.send(new sdk.CreateBucketCommand({ Bucket: 'second' }))
    expect((await client.send(new sdk.ListBucketsCommand({}))).Buckets?.map((each) => each.Name)).to.deep.equal(['bench', 'second'])
    await client.send(new sdk.HeadBucketCommand({ Bucket: 'second' }))
    expect((await client.send(new sdk.GetBucketLocationCommand({ Bucket: 'second' }))).LocationConstraint).to.equal(undefined)
    expect(await refusal(client.send(new sdk.CreateBucketCommand({ Bucket: 'second' })))).to.equal('409 BucketAlreadyOwnedByYou')
    await client.send(new sdk.PutObjectCommand({ Bucket: 'second', Key: 'k', Body: 'v' }))
    expect(await refusal(client.send(new sdk.DeleteBucketCommand({ Bucket: 'second' })))).to.equal('409 BucketNotEmpty')
    await client.send(new sdk.DeleteObjectCommand({ Bucket: 'second', Key: 'k' }))
    await client.send(new sdk.DeleteBucketCommand({ Bucket: 'second' }))
    expect(await refusal(client.send(new sdk.HeadBucketCommand({ Bucket: 'second' })))).to.match(/^404 /)
    expect(await refusal(client.send(new sdk.ListObjectsV2Command({ Bucket: 'second' })))).to.equal('404 NoSuchBucket')
  })

  it('refuses what is not there, wrong keys, and what it does not offer, by S3\'s names', async () => {
    expect(await refusal(get('nothing'))).to.equal('404 NoSuchKey')
    expect(await refusal(client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'nothing' })))).to.equal('404 NotFound')
    const impostor = sdkClient(served, { credentials: { accessKeyId: served.accessKey, secretAccessKey: 'wrong' } })
    expect(await refusal(impostor.send(new sdk.ListBucketsCommand({})))).to.equal('403 SignatureDoesNotMatch')
    impostor.destroy()
    expect(await refusal(client.send(new sdk.GetBucketCorsCommand({ Bucket })))).to.equal('501 NotImplemented')
    expect(await refusal(client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x', GrantRead: 'id=1' }))))
      .to.equal('501 NotImplemented')
    expect(await refusal(put('x'.repeat(1025), 'long'))).to.equal('400 KeyTooLongError')
  })

  it('honours conditions on reading and writing', async () => {
    const { ETag } = await put('held', 'one')
    const tag = ETag ?? ''
    expect(await refusal(client.send(new sdk.PutObjectCommand({ Bucket, Key: 'held', Body: 'two', IfNoneMatch: '*' })))).to.match(/^412 /)
    await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'held', Body: 'two', IfMatch: tag }))
    expect(await refusal(client.send(new sdk.GetObjectCommand({ Bucket, Key: 'held', IfMatch: tag })))).to.equal('412 PreconditionFailed')
    const now = (await client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'held' }))).ETag ?? ''
    expect(await refusal(client.send(new sdk.GetObjectCommand({ Bucket, Key: 'held', IfNoneMatch: now })))).to.match(/^304 /)
    const onAbsent = new sdk.PutObjectCommand({ Bucket, Key: 'absent', Body: 'x', IfMatch: tag })
    expect(await refusal(client.send(onAbsent))).to.equal('404 NoSuchKey')
  })

  it('honours dates when reading, and ETags when deleting, copying and completing', async () => {
    const { ETag } = await put('held', 'one')
    const [earlier, later] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)]
    const read = (conditions: object) => client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'held', ...conditions }))
    expect(await refusal(read({ IfModifiedSince: later }))).to.match(/^304 /)
    expect(await refusal(read({ IfUnmodifiedSince: earlier }))).to.match(/^412 /)
    expect((await read({ IfModifiedSince: earlier, IfUnmodifiedSince: later })).ETag).to.equal(ETag)
    // RFC 9110, 13.2.2: a date is not looked at where an ETag is.
    expect((await read({ IfMatch: ETag, IfUnmodifiedSince: earlier })).ETag).to.equal(ETag)
    expect((await read({ IfNoneMatch: '"other"', IfModifiedSince: later })).ETag).to.equal(ETag)

    const copy = (conditions: object) =>
      client.send(new sdk.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/held`, ...conditions }))
    expect(await refusal(copy({ CopySourceIfMatch: '"other"' }))).to.equal('412 PreconditionFailed')
    expect(await refusal(copy({ CopySourceIfUnmodifiedSince: earlier }))).to.equal('412 PreconditionFailed')
    expect(await refusal(copy({ CopySourceIfModifiedSince: later }))).to.equal('412 PreconditionFailed')
    await copy({ CopySourceIfMatch: ETag, IfNoneMatch: '*' })
    expect(await refusal(copy({ IfNoneMatch: '*' }))).to.equal('412 PreconditionFailed')

    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key: 'held' }))
    const part = await client.send(new sdk.UploadPartCommand({ Bucket, Key: 'held', UploadId, PartNumber: 1, Body: 'two' }))
    const complete = (conditions: object) => client.send(new sdk.CompleteMultipartUploadCommand(
      { Bucket, Key: 'held', UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag }] }, ...conditions }))
    expect(await refusal(complete({ IfNoneMatch: '*' }))).to.equal('412 PreconditionFailed')
    expect(await refusal(complete({ IfMatch: '"other"' }))).to.equal('412 PreconditionFailed')
    expect(await refusal(complete({ MpuObjectSize: 4 }))).to.equal('400 InvalidRequest')
    const whole = await complete({ IfMatch: ETag, MpuObjectSize: 3 })

    const remove = (IfMatch: string | undefined) => client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'held', IfMatch }))
    expect(await refusal(remove(ETag))).to.equal('412 PreconditionFailed')
    await remove(whole.ETag)
    expect(await refusal(remove(whole.ETag))).to.equal('404 NoSuchKey')
    const many = await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'copy', ETag: '"other"' }] } }))
    expect(many.Errors?.map(({ Code }) => Code)).to.deep.equal(['PreconditionFailed'])
  })

  it('lists buckets in pages, by prefix', async () => {
    for (const name of ['aaa', 'ccc', 'ccd']) await client.send(new sdk.CreateBucketCommand({ Bucket: name }))
    const first = await client.send(new sdk.ListBucketsCommand({ MaxBuckets: 2 }))
    expect(first.Buckets?.map(({ Name }) => Name)).to.deep.equal(['aaa', 'bench'])
    const next = await client.send(new sdk.ListBucketsCommand({ ContinuationToken: first.ContinuationToken, Prefix: 'ccc' }))
    expect([next.Buckets?.map(({ Name }) => Name), next.ContinuationToken]).to.deep.equal([['ccc'], undefined])
  })
})
