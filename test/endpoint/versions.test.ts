// Versions: the store's against a model that keeps one plain list, and what @aws-sdk/client-s3 sees of them.
import { expect } from 'chai'
import fc from 'fast-check'
import type { S3Client } from '@aws-sdk/client-s3'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import type { RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { bytesOf } from '../../bindings/s3/endpoint/http/byte-string.ts'
import type { ByteString } from '../../bindings/s3/endpoint/http/byte-string.ts'
import { Capacity, ENTRY_BYTES } from '../../bindings/s3/endpoint/store/capacity.ts'
import { Bucket } from '../../bindings/s3/endpoint/store/store.ts'
import { readVersionPage } from '../../bindings/s3/endpoint/store/version-listing.ts'
import { VersionIds } from '../../bindings/s3/endpoint/store/versions.ts'
import { ask } from './kit.ts'
import { refusal, sdk, sdkClient } from './sdk-kit.ts'

const MOMENT = { epochMs: 0, httpDate: '' }
const BARE = {
  pieces: [], etag: '""', modified: MOMENT, headers: [], checksum: undefined, tags: [],
  acl: 'private', retention: undefined, legalHold: false, encryption: undefined,
} as const
const NOTHING = '' as ByteString
const KEYS = ['a', 'a/1', 'a/2', 'b', 'b/é'] as const

/** One step on a bucket; `pick` chooses among the versions there are. */
type Step =
  | { readonly does: 'put' | 'delete'; readonly key: string; readonly sizeBytes: number }
  | { readonly does: 'deleteVersion'; readonly pick: number }
  | { readonly does: 'versioning'; readonly to: 'Enabled' | 'Suspended' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant('put' as const), key: fc.constantFrom(...KEYS), sizeBytes: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('delete' as const), key: fc.constantFrom(...KEYS), sizeBytes: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('deleteVersion' as const), pick: fc.nat(100) }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('versioning' as const), to: fc.constantFrom('Enabled' as const, 'Suspended' as const) }),
  },
)

interface ModelVersion { readonly key: string; readonly id: string; readonly isMarker: boolean; readonly sizeBytes: number }

/** A bucket beside a list of its versions, newest last, on which every step is done in the plainest way. */
class Pair {
  readonly capacity = new Capacity(1e9)
  readonly bucket = new Bucket('bench', MOMENT, this.capacity, new VersionIds('f0'))
  model: ModelVersion[] = []

  do(step: Step): void {
    switch (step.does) {
      case 'versioning': this.bucket.versioning = step.to; break
      case 'put': this.#put(step.key, step.sizeBytes); break
      case 'delete': this.#delete(step.key); break
      case 'deleteVersion': {
        const doomed = this.model[step.pick % Math.max(this.model.length, 1)]
        if (doomed === undefined) break
        expect(this.bucket.deleteVersion(bytesOf(doomed.key), doomed.id)?.isMarker).to.equal(doomed.isMarker)
        this.model = this.model.filter((version) => version !== doomed)
        break
      }
      default: step satisfies never
    }
  }

  /** Versions as a listing shows them: by key, newest first. */
  listed(): string[] {
    const byKey = [...new Set(this.model.map(({ key }) => key))].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return byKey.flatMap((key) => this.model.filter((version) => version.key === key).reverse()
      .map(({ id, isMarker }, at) => `${key} ${id} ${String(isMarker)} ${String(at === 0)}`))
  }

  latest(key: string): ModelVersion | undefined { return this.model.findLast((version) => version.key === key) }

  #put(key: string, sizeBytes: number): void {
    this.capacity.take(ENTRY_BYTES + sizeBytes)
    const { versionId } = this.bucket.put({ key: bytesOf(key), sizeBytes, ...BARE })
    this.#push({ key, id: versionId, isMarker: false, sizeBytes })
  }

  #delete(key: string): void {
    const marker = this.bucket.delete(bytesOf(key), MOMENT)
    if (this.bucket.versioning === undefined) this.model = this.model.filter((version) => version.key !== key)
    else this.#push({ key, id: marker?.versionId ?? '', isMarker: true, sizeBytes: 0 })
  }

  #push(version: ModelVersion): void {
    this.model = this.model.filter(({ key, id }) => version.id !== 'null' || key !== version.key || id !== 'null')
    this.model.push(version)
  }
}

interface Marker { readonly key: ByteString; readonly versionId: string | undefined }

/** All pages of a listing, one after the other; `between` is called after each, with what it showed. */
function pages(bucket: Bucket, limit: number, between: (shown: readonly string[]) => void = () => undefined): string[] {
  const all: string[] = []
  let marker: Marker | undefined = { key: NOTHING, versionId: undefined }
  while (marker !== undefined) {
    const { key: keyMarker, versionId: versionIdMarker }: Marker = marker
    const page = readVersionPage(bucket, { prefix: NOTHING, delimiter: NOTHING, limit, keyMarker, versionIdMarker })
    const shown = page.versions.map(({ version: { key, versionId, isMarker }, isLatest }) =>
      `${Buffer.from(key, 'latin1').toString()} ${versionId} ${String(isMarker)} ${String(isLatest)}`)
    expect(shown.length).to.be.at.most(limit)
    all.push(...shown)
    between(shown)
    marker = page.next
  }
  return all
}

describe('endpoint: versions in the store', () => {
  it('are what the model says after any steps, to the byte, and are shown page by page', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 5 }), (steps, limit) => {
      const pair = new Pair()
      for (const each of steps) pair.do(each)
      expect(pages(pair.bucket, limit)).to.deep.equal(pair.listed())
      for (const key of KEYS) {
        const latest = pair.latest(key)
        expect(pair.bucket.get(bytesOf(key))?.versionId, key).to.equal(latest?.isMarker === false ? latest.id : undefined)
      }
      const shown = KEYS.filter((key) => pair.latest(key)?.isMarker === false)
      expect([...pair.bucket.versions.keys.from(NOTHING)]).to.have.members(shown.map(bytesOf))
      expect(pair.bucket.versions.objectCount).to.equal(shown.length)
      expect(pair.capacity.usedBytes).to.equal(pair.model.reduce((sum, { sizeBytes }) => sum + ENTRY_BYTES + sizeBytes, 0))
      expect(pair.bucket.isEmpty).to.equal(pair.model.length === 0)
    }), { numRuns: 300 })
  })

  it('are all gone, and their room with them, when each page is deleted before the next is asked for', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 5 }), (steps, limit) => {
      const pair = new Pair()
      for (const each of steps) pair.do(each)
      pages(pair.bucket, limit, (shown) => {
        for (const [key = '', id = ''] of shown.map((text) => text.split(' '))) pair.bucket.deleteVersion(bytesOf(key), id)
      })
      expect([pair.bucket.isEmpty, pair.capacity.usedBytes]).to.deep.equal([true, 0])
    }), { numRuns: 300 })
  })

  it('of one key cost no more the more there are', () => {
    const pair = new Pair()
    pair.bucket.versioning = 'Enabled'
    const put = (): void => {
      pair.capacity.take(ENTRY_BYTES)
      pair.bucket.put({ key: bytesOf('k'), sizeBytes: 0, ...BARE })
    }
    for (let n = 0; n < 50_000; n++) put()
    const history = pair.bucket.versions.of(bytesOf('k'))
    put()
    // The list is the same one, grown: that it was never copied is what keeps this linear.
    expect(pair.bucket.versions.of(bytesOf('k'))).to.equal(history)
    expect(pages(pair.bucket, 1000).length).to.equal(50_001)
  })
})

describe('endpoint: versions by @aws-sdk/client-s3', () => {
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
  const switchTo = (Status: 'Enabled' | 'Suspended') =>
    client.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
  const put = async (Key: string, Body: string): Promise<string | undefined> =>
    (await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body }))).VersionId
  const get = async (Key: string, VersionId?: string): Promise<string> =>
    await (await client.send(new sdk.GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString() ?? ''
  const list = () => client.send(new sdk.ListObjectVersionsCommand({ Bucket }))

  it('keeps what is overwritten and deleted, and shows, copies and deletes each by its id', async () => {
    expect(await put('k', 'zero')).to.equal(undefined)
    expect((await client.send(new sdk.GetBucketVersioningCommand({ Bucket }))).Status).to.equal(undefined)
    await switchTo('Enabled')
    expect((await client.send(new sdk.GetBucketVersioningCommand({ Bucket }))).Status).to.equal('Enabled')
    const [one, two] = [await put('k', 'one'), await put('k', 'two')]
    expect(one).to.be.a('string').and.not.equal(two)
    expect([await get('k'), await get('k', one), await get('k', 'null')]).to.deep.equal(['two', 'one', 'zero'])
    const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'k', VersionId: one }))
    expect(head).to.include({ VersionId: one, ContentLength: 3 })

    const marker = await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k' }))
    expect(marker).to.include({ DeleteMarker: true })
    expect(await refusal(get('k'))).to.equal('404 NoSuchKey')
    expect(await refusal(get('k', marker.VersionId))).to.equal('405 MethodNotAllowed')
    expect(await refusal(get('k', 'nonsense'))).to.equal('404 NoSuchVersion')
    const missing = await ask(served, { path: '/bench/k' })
    expect(missing.headers).to.include({ 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.VersionId })
    const onMarker = await ask(served, { method: 'HEAD', path: `/bench/k?versionId=${String(marker.VersionId)}` })
    expect(onMarker.headers).to.include({ allow: 'DELETE', 'x-amz-delete-marker': 'true' })

    const listed = await list()
    expect(listed.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]))
      .to.deep.equal([[two, false], [one, false], ['null', false]])
    expect(listed.DeleteMarkers?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).to.deep.equal([[marker.VersionId, true]])
    expect((await client.send(new sdk.ListObjectsV2Command({ Bucket }))).KeyCount).to.equal(0)

    const restored = await client.send(new sdk.CopyObjectCommand({ Bucket, Key: 'k', CopySource: `${Bucket}/k?versionId=${String(one)}` }))
    expect(restored.CopySourceVersionId).to.equal(one)
    expect(await get('k')).to.equal('one')
    const ofMarker = new sdk.CopyObjectCommand({ Bucket, Key: 'k', CopySource: `${Bucket}/k?versionId=${String(marker.VersionId)}` })
    expect(await refusal(client.send(ofMarker))).to.equal('400 InvalidRequest')
    const unmarked = await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }))
    expect(unmarked).to.include({ DeleteMarker: true, VersionId: marker.VersionId })
    expect(await refusal(client.send(new sdk.DeleteBucketCommand({ Bucket })))).to.equal('409 BucketNotEmpty')

    const all = await list()
    const Objects = [...all.Versions ?? [], ...all.DeleteMarkers ?? []].map(({ Key, VersionId }) => ({ Key: Key ?? '', VersionId }))
    const gone = await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    expect([gone.Deleted?.length, gone.Errors]).to.deep.equal([Objects.length, undefined])
    expect(served.stats()).to.include({ objects: 0, usedBytes: 0 })
    await client.send(new sdk.DeleteBucketCommand({ Bucket }))
  })

  it('has one null version of a key while suspended, replaced each time, by a marker too', async () => {
    await switchTo('Enabled')
    const one = await put('k', 'one')
    await switchTo('Suspended')
    expect([await put('k', 'two'), await put('k', 'three')]).to.deep.equal(['null', 'null'])
    expect((await list()).Versions?.map(({ VersionId }) => VersionId)).to.deep.equal(['null', one])
    expect(await get('k', 'null')).to.equal('three')
    const marker = await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k' }))
    expect(marker).to.include({ DeleteMarker: true, VersionId: 'null' })
    const listed = await list()
    expect(listed.Versions?.map(({ VersionId }) => VersionId)).to.deep.equal([one])
    expect(listed.DeleteMarkers?.map(({ VersionId }) => VersionId)).to.deep.equal(['null'])
    await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k', VersionId: 'null' }))
    expect(await get('k')).to.equal('one')
  })

  it('pages through versions by both markers, and rolls keys up at a delimiter', async () => {
    await switchTo('Enabled')
    for (const key of ['a', 'p/1', 'p/2', 'z']) for (const body of ['1', '2', '3']) await put(key, body)
    const found: string[] = []
    let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {}
    for (let more = true; more;) {
      const page = await client.send(new sdk.ListObjectVersionsCommand({ Bucket, MaxKeys: 2, ...markers }))
      found.push(...(page.Versions ?? []).map(({ Key }) => Key ?? ''))
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      more = page.IsTruncated === true
    }
    expect(found).to.deep.equal(['a', 'p/1', 'p/2', 'z'].flatMap((key) => [key, key, key]))
    const rolled = await client.send(new sdk.ListObjectVersionsCommand({ Bucket, Delimiter: '/', MaxKeys: 4 }))
    expect(rolled.CommonPrefixes?.map(({ Prefix }) => Prefix)).to.deep.equal(['p/'])
    expect(rolled).to.include({ IsTruncated: true, NextKeyMarker: 'p/' })
    const rest = await client.send(new sdk.ListObjectVersionsCommand({ Bucket, Delimiter: '/', KeyMarker: 'p/' }))
    expect(rest.Versions?.map(({ Key }) => Key)).to.deep.equal(['z', 'z', 'z'])
    for (const [query, code] of [['version-id-marker=x', 'InvalidArgument'], ['key-marker=a&version-id-marker=x', 'InvalidArgument']]) {
      expect((await ask(served, { path: `/bench?versions&${String(query)}` })).code).to.equal(code)
    }
  })

  it('gives versions to multipart uploads, and marks many keys deleted at once', async () => {
    await switchTo('Enabled')
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key: 'm' }))
    const { ETag } = await client.send(new sdk.UploadPartCommand({ Bucket, Key: 'm', UploadId, PartNumber: 1, Body: 'part' }))
    const done = await client.send(new sdk.CompleteMultipartUploadCommand(
      { Bucket, Key: 'm', UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }))
    expect(await get('m', done.VersionId)).to.equal('part')
    const gone = await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'm' }, { Key: 'never' }] } }))
    expect(gone.Deleted?.map(({ Key, DeleteMarker }) => [Key, DeleteMarker])).to.deep.equal([['m', true], ['never', true]])
    expect(await get('m', done.VersionId)).to.equal('part')
  })

  it('refuses what no version can be asked of, and configurations it does not know', async () => {
    const question = async (method: string, path: string, body?: string): Promise<string> => {
      const { status, code } = await ask(served, { method, path, ...(body === undefined ? {} : { body }) })
      return `${status} ${code ?? ''}`
    }
    expect(await question('PUT', '/bench/k?versionId=null', 'x')).to.equal('400 InvalidArgument')
    expect(await question('GET', '/bench/k?versionId=')).to.equal('400 InvalidArgument')
    const configuration = (inner: string): Promise<string> =>
      question('PUT', '/bench?versioning', `<VersioningConfiguration>${inner}</VersioningConfiguration>`)
    expect(await configuration('')).to.equal('400 MalformedXML')
    expect(await configuration('<Status>On</Status>')).to.equal('400 MalformedXML')
    expect(await configuration('<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>')).to.equal('501 NotImplemented')
    expect(await configuration('<Status>Enabled</Status>')).to.equal('200 ')
    expect(await question('PUT', '/nowhere?versioning', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'))
      .to.equal('404 NoSuchBucket')
  })
})
