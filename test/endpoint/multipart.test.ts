// Copies and multipart uploads, by @aws-sdk/client-s3 with its default checksums.
import { expect } from 'chai'
import { createHash, randomBytes } from 'node:crypto'
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import type { EndpointOptions, RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { checksumDigest } from '../../bindings/s3/checksum/digest.ts'
import { crc32Base64 } from './kit.ts'
import { sdk, sdkClient } from './sdk-kit.ts'

const MIB = 1024 * 1024
const Bucket = 'bench'
function crc64(body: Uint8Array): string {
  const digest = checksumDigest('CRC64NVME')
  digest.update(body)
  return digest.digest().toString('base64')
}
const nameOf = (sent: Promise<unknown>): Promise<string> =>
  sent.then(() => 'no refusal', (error: unknown) => error instanceof Error ? error.name : String(error))

describe('endpoint: copies and multipart uploads', () => {
  let served: RunningEndpoint
  let client: S3Client
  const start = async (options: Partial<EndpointOptions> = {}): Promise<void> => {
    served = await serveS3(options)
    client = sdkClient(served)
  }
  beforeEach(() => start())
  afterEach(async () => {
    client.destroy()
    await served.close()
  })
  const get = async (Key: string): Promise<Uint8Array> =>
    await (await client.send(new sdk.GetObjectCommand({ Bucket, Key }))).Body?.transformToByteArray() ?? new Uint8Array()
  const begin = async (Key: string): Promise<string> =>
    (await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' }))).UploadId ?? ''
  const part = async (Key: string, UploadId: string, PartNumber: number, Body: Uint8Array): Promise<CompletedPart> => {
    const { ETag, ChecksumCRC32 } = await client.send(new sdk.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }))
    return { PartNumber, ETag, ChecksumCRC32 }
  }
  const complete = (Key: string, UploadId: string, Parts: CompletedPart[]) =>
    client.send(new sdk.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))

  it('makes one object of the parts named, in their order, with S3\'s ETag and composite checksum', async () => {
    const bodies = [randomBytes(5 * MIB), randomBytes(5 * MIB + 1), randomBytes(10)]
    const UploadId = await begin('whole')
    const parts: CompletedPart[] = []
    for (const number of [3, 1, 2]) parts[number - 1] = await part('whole', UploadId, number, bodies[number - 1] ?? new Uint8Array())
    await part('whole', UploadId, 9, randomBytes(100))
    const listed = await client.send(new sdk.ListPartsCommand({ Bucket, Key: 'whole', UploadId, MaxParts: 2 }))
    expect(listed.Parts?.map((each) => [each.PartNumber, each.Size, each.ETag])).to.deep.equal(
      parts.slice(0, 2).map((each, at) => [each.PartNumber, bodies[at]?.length, each.ETag]))
    expect(listed).to.include({ IsTruncated: true, NextPartNumberMarker: '2' })
    const done = await complete('whole', UploadId, parts)
    const md5s = bodies.map((body) => createHash('md5').update(body).digest())
    expect(done.ETag).to.equal(`"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3"`)
    expect(done.ChecksumCRC32).to.match(/^[\w+/]{6}==-3$/)
    expect(Buffer.compare(await get('whole'), Buffer.concat(bodies))).to.equal(0)
    const usedBytes = 10 * MIB + 11 + 512
    expect(served.stats()).to.include({ objects: 1, usedBytes })
    expect(await nameOf(complete('whole', UploadId, parts))).to.equal('NoSuchUpload')
  })

  it('refuses lists that are out of order, name what is not there, or have small parts in the middle', async () => {
    const UploadId = await begin('k')
    const [one, two] = [await part('k', UploadId, 1, randomBytes(100)), await part('k', UploadId, 2, randomBytes(100))]
    expect(await nameOf(complete('k', UploadId, [two, one]))).to.equal('InvalidPartOrder')
    expect(await nameOf(complete('k', UploadId, [one, two]))).to.equal('EntityTooSmall')
    expect(await nameOf(complete('k', UploadId, [{ ...one, ETag: '"0"' }]))).to.equal('InvalidPart')
    expect(await nameOf(complete('k', UploadId, [{ ...one, PartNumber: 7 }]))).to.equal('InvalidPart')
    expect(await nameOf(complete('other', UploadId, [one]))).to.equal('NoSuchUpload')
    expect(await nameOf(part('k', UploadId, 10_001, randomBytes(1)))).to.equal('InvalidArgument')
    await client.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key: 'k', UploadId }))
    expect(await nameOf(part('k', UploadId, 1, randomBytes(1)))).to.equal('NoSuchUpload')
    expect(served.stats()).to.include({ objects: 0, usedBytes: 0 })
  })

  it('vouches for the whole by the checksum the upload was begun for, and for copied parts', async () => {
    const bodies = [randomBytes(5 * MIB), randomBytes(7)]
    for (const ChecksumAlgorithm of ['CRC32', 'CRC64NVME'] as const) {
      const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(
        { Bucket, Key: 'sum', ChecksumAlgorithm, ChecksumType: 'FULL_OBJECT' }))
      const Parts: CompletedPart[] = []
      for (const [at, Body] of bodies.entries()) {
        const sum = ChecksumAlgorithm === 'CRC32' ? {} : { ChecksumCRC64NVME: crc64(Body) }
        const sent = await client.send(new sdk.UploadPartCommand({ Bucket, Key: 'sum', UploadId, PartNumber: at + 1, Body, ...sum }))
        Parts.push({ PartNumber: at + 1, ETag: sent.ETag })
      }
      const field = `Checksum${ChecksumAlgorithm}` as const
      const whole = Buffer.concat(bodies)
      const wanted = ChecksumAlgorithm === 'CRC32' ? crc32Base64(whole) : crc64(whole)
      const completeWith = (value: string) => client.send(new sdk.CompleteMultipartUploadCommand(
        { Bucket, Key: 'sum', UploadId, MultipartUpload: { Parts }, [field]: value }))
      expect(await nameOf(completeWith(ChecksumAlgorithm === 'CRC32' ? 'AAAAAA==' : 'AAAAAAAAAAA='))).to.equal('BadDigest')
      expect((await completeWith(wanted))[field]).to.equal(wanted)
    }
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key: 'sha', ChecksumAlgorithm: 'SHA256' }))
    const copied = await client.send(new sdk.UploadPartCopyCommand(
      { Bucket, Key: 'sha', UploadId, PartNumber: 1, CopySource: `${Bucket}/sum`, CopySourceRange: 'bytes=0-9' }))
    const firstTen = Buffer.concat(bodies).subarray(0, 10)
    expect(copied.CopyPartResult?.ChecksumSHA256).to.equal(createHash('sha256').update(firstTen).digest('base64'))
    const other = new sdk.UploadPartCommand({ Bucket, Key: 'sha', UploadId, PartNumber: 2, Body: 'x', ChecksumAlgorithm: 'SHA1' })
    expect(await nameOf(client.send(other))).to.equal('InvalidRequest')
  })

  it('lists open uploads by prefix, in pages', async () => {
    const ids = new Map<string, string>()
    for (const key of ['a/1', 'a/2', 'b/1']) ids.set(key, await begin(key))
    const first = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket, Prefix: 'a/', MaxUploads: 1 }))
    expect(first.Uploads?.map((each) => [each.Key, each.UploadId])).to.deep.equal([['a/1', ids.get('a/1')]])
    expect(first).to.include({ IsTruncated: true, NextKeyMarker: 'a/1', NextUploadIdMarker: ids.get('a/1') })
    const next = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket, Prefix: 'a/', KeyMarker: 'a/1',
      UploadIdMarker: ids.get('a/1') }))
    expect(next.Uploads?.map((each) => each.Key)).to.deep.equal(['a/2'])
    const rolled = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket, Delimiter: '/' }))
    expect(rolled.CommonPrefixes?.map((each) => each.Prefix)).to.deep.equal(['a/', 'b/'])
  })

  it('copies objects with their metadata or with new, and parts from ranges', async () => {
    const body = randomBytes(6 * MIB)
    const Key = 'söurce +1'
    const CopySource = `${Bucket}/${encodeURIComponent(Key).replace('%20', '+')}`
    await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: body, ContentType: 'text/x', Metadata: { a: '1' } }))
    const copied = await client.send(new sdk.CopyObjectCommand({ Bucket, Key: 'copy', CopySource }))
    expect(copied.CopyObjectResult?.ETag).to.equal(`"${createHash('md5').update(body).digest('hex')}"`)
    expect((await client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'copy' }))).Metadata).to.deep.equal({ a: '1' })
    await client.send(new sdk.CopyObjectCommand({ Bucket, Key, CopySource, MetadataDirective: 'REPLACE', Metadata: { b: '2' } }))
    expect((await client.send(new sdk.HeadObjectCommand({ Bucket, Key }))).Metadata).to.deep.equal({ b: '2' })
    expect(await nameOf(client.send(new sdk.CopyObjectCommand({ Bucket, Key, CopySource })))).to.equal('InvalidRequest')
    expect(await nameOf(client.send(new sdk.CopyObjectCommand({ Bucket, Key: 'x',
      CopySource: `${Bucket}/nothing` })))).to.equal('NoSuchKey')
    const conditional = new sdk.CopyObjectCommand({ Bucket, Key: 'x', CopySource, CopySourceIfNoneMatch: copied.CopyObjectResult?.ETag })
    expect(await nameOf(client.send(conditional))).to.equal('PreconditionFailed')

    const UploadId = await begin('of-parts')
    const one = await client.send(new sdk.UploadPartCopyCommand({ Bucket, Key: 'of-parts', UploadId, PartNumber: 1, CopySource,
      CopySourceRange: `bytes=1-${5 * MIB}` }))
    const two = await part('of-parts', UploadId, 2, body.subarray(0, 3))
    await complete('of-parts', UploadId, [{ PartNumber: 1, ETag: one.CopyPartResult?.ETag }, two])
    expect(Buffer.compare(await get('of-parts'), Buffer.concat([body.subarray(1, 5 * MIB + 1), body.subarray(0, 3)]))).to.equal(0)
    const beyond = new sdk.UploadPartCopyCommand({ Bucket, Key: 'copy', UploadId: await begin('copy'), PartNumber: 1, CopySource,
      CopySourceRange: `bytes=0-${6 * MIB}` })
    expect(await nameOf(client.send(beyond))).to.equal('InvalidRange')
  })

  it('gives unique ETags of the multipart form where speed was chosen over MD5', async () => {
    client.destroy()
    await served.close()
    await start({ etag: 'fast' })
    const put = (Key: string) => client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: 'same' }))
    const [one, two] = [await put('a'), await put('b')]
    expect(one.ETag).to.match(/^"[0-9a-f]{32}-1"$/)
    expect(two.ETag).to.not.equal(one.ETag)
    const UploadId = await begin('m')
    expect((await complete('m', UploadId, [await part('m', UploadId, 1, randomBytes(5))])).ETag).to.match(/^"[0-9a-f]{32}-1"$/)
  })
})
