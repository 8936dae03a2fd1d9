// Everything of S3 that people do with minio-js, with its defaults, against the endpoint the environment names.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Readable } from 'node:stream'

const { Client, CopyConditions } = createRequire(join(process.env.PEERS_NODE, 'package.json'))('minio')
const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL)
const keys = { accessKey: process.env.AWS_ACCESS_KEY_ID, secretKey: process.env.AWS_SECRET_ACCESS_KEY }
// Retrying what was refused would only hide it.
const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, retryOptions: { disableRetry: true }, ...keys })
const bucket = process.env.BUCKET_NAME
const MIB = 1024 * 1024
const ODD_KEYS = ['sp ace/+plus/%2F/ü中', 'a//b', 'trailing/', 'q?a=b&c#h', 'quote\'"', 'amp&lt;<>', '😀']

/** As a file would come. */
function* cutUp(body) { for (let at = 0; at < body.length; at += 65_536) yield body.subarray(at, at + 65_536) }
const all = async (stream) => Buffer.concat(await stream.toArray())
const read = async (key, options) => all(await client.getObject(bucket, key, options))
const refused = async (code, sent) => {
  const error = await sent.then(() => undefined, (reason) => reason)
  assert.equal(error?.code, code, String(error))
}

async function buckets() {
  await client.makeBucket('second')
  assert.deepEqual((await client.listBuckets()).map(({ name }) => name).sort(), [bucket, 'second'].sort())
  assert.equal(await client.bucketExists('second'), true)
  await refused('BucketAlreadyOwnedByYou', client.makeBucket('second'))
  await client.putObject('second', 'k', 'x')
  await refused('BucketNotEmpty', client.removeBucket('second'))
  await client.removeObject('second', 'k')
  await client.removeBucket('second')
  assert.equal(await client.bucketExists('second'), false)
}

async function objects() {
  for (const size of [0, 1, 4096, 300_000]) {
    const body = randomBytes(size)
    await client.putObject(bucket, 'size', body, body.length, { 'x-amz-meta-n': String(size) })
    assert.deepEqual(await read('size'), body)
    const stat = await client.statObject(bucket, 'size')
    assert.deepEqual([stat.size, stat.metaData.n], [size, String(size)])
  }
  assert.equal((await all(await client.getPartialObject(bucket, 'size', 3, 4))).length, 4)
  await refused('NoSuchKey', client.getObject(bucket, 'absent'))
  await refused('NotFound', client.statObject(bucket, 'absent'))
  for (const key of ODD_KEYS) {
    await client.putObject(bucket, key, key)
    assert.equal((await read(key)).toString(), key)
  }
  const listed = (await client.listObjectsV2(bucket, '', true).toArray()).map(({ name }) => name)
  assert.deepEqual(listed, [...ODD_KEYS, 'size'].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
  await client.removeObjects(bucket, listed)
  assert.deepEqual(await client.listObjects(bucket, '', true).toArray(), [])
}

async function pages() {
  const names = Array.from({ length: 1100 }, (_, n) => `k/${n % 3}/${String(n).padStart(4, '0')}`)
  for (let at = 0; at < names.length; at += 50) await Promise.all(names.slice(at, at + 50).map((name) => client.putObject(bucket, name, '')))
  for (const list of ['listObjects', 'listObjectsV2']) {
    assert.deepEqual((await client[list](bucket, 'k/', true).toArray()).map(({ name }) => name), [...names].sort())
    assert.deepEqual((await client[list](bucket, 'k/', false).toArray()).map(({ prefix }) => prefix), ['k/0/', 'k/1/', 'k/2/'])
  }
  await client.removeObjects(bucket, names)
}

async function multipart() {
  const body = randomBytes(10 * MIB + 17)
  const small = new Client({ endPoint: hostname, port: Number(port), useSSL: false, partSize: 5 * MIB, ...keys })
  await small.putObject(bucket, 'm', Readable.from(cutUp(body)), body.length, { 'x-amz-meta-of': 'parts' })
  // How many parts it makes of a stream depends on how the stream's pieces come.
  assert.match((await client.statObject(bucket, 'm')).etag, /-[23]$/)
  assert.deepEqual(await read('m'), body)
  const uploadID = await client.initiateNewMultipartUpload(bucket, 'parts', {})
  const parts = await Promise.all([[0, 5 * MIB], [5 * MIB, 10 * MIB], [10 * MIB, body.length]].map(async ([start, end], at) => {
    const about = { bucketName: bucket, objectName: 'parts', uploadID, partNumber: at + 1, headers: { 'Content-Length': end - start } }
    return { part: at + 1, etag: (await client.uploadPart(about, body.subarray(start, end))).etag }
  }))
  await client.completeMultipartUpload(bucket, 'parts', uploadID, parts)
  assert.match((await client.statObject(bucket, 'parts')).etag, /-3$/)
  assert.deepEqual(await read('parts'), body)
  const upload = await client.initiateNewMultipartUpload(bucket, 'left', {})
  assert.equal(await client.findUploadId(bucket, 'left'), upload)
  assert.deepEqual((await client.listIncompleteUploads(bucket, 'left', true).toArray()).map(({ uploadId }) => uploadId), [upload])
  await client.removeIncompleteUpload(bucket, 'left')
  assert.deepEqual(await client.listIncompleteUploads(bucket, '', true).toArray(), [])
}

async function copies() {
  const { etag } = await client.statObject(bucket, 'm')
  const conditions = new CopyConditions()
  conditions.setMatchETag(etag)
  await client.copyObject(bucket, 'copy +ü', `/${bucket}/m`, conditions)
  assert.equal((await client.statObject(bucket, 'copy +ü')).metaData.of, 'parts')
  conditions.setMatchETag('other')
  await refused('PreconditionFailed', client.copyObject(bucket, 'x', `/${bucket}/m`, conditions))
  await refused('PreconditionFailed', client.putObject(bucket, 'm', 'x', 1, { 'If-None-Match': '*' }))
  await client.removeObjects(bucket, ['m', 'parts', 'copy +ü'])
}

async function tags() {
  await client.putObject(bucket, 'k', 'x')
  await client.setObjectTagging(bucket, 'k', { a: '1', b: 'ü' })
  assert.deepEqual((await client.getObjectTagging(bucket, 'k')).map(({ Key, Value }) => [Key, String(Value)]), [['a', '1'], ['b', 'ü']])
  await client.removeObjectTagging(bucket, 'k')
  assert.deepEqual(await client.getObjectTagging(bucket, 'k'), [])
  await client.setBucketTagging(bucket, { of: 'bucket' })
  assert.deepEqual((await client.getBucketTagging(bucket)).map(({ Key, Value }) => [Key, Value]), [['of', 'bucket']])
  await client.removeBucketTagging(bucket)
  await refused('NoSuchTagSet', client.getBucketTagging(bucket))
  await client.removeObject(bucket, 'k')
}

async function versions() {
  await client.makeBucket('versions')
  await client.setBucketVersioning('versions', { Status: 'Enabled' })
  assert.equal((await client.getBucketVersioning('versions')).Status, 'Enabled')
  const ids = []
  for (const body of ['1', '2', '3']) ids.push((await client.putObject('versions', 'k', body)).versionId)
  assert.equal((await all(await client.getObject('versions', 'k', { versionId: ids[0] }))).toString(), '1')
  await client.removeObject('versions', 'k')
  await refused('NoSuchKey', client.getObject('versions', 'k'))
  const listed = await client.listObjects('versions', '', true, { IncludeVersion: true }).toArray()
  assert.deepEqual(listed.map(({ versionId, isDeleteMarker }) => isDeleteMarker ? 'marker' : versionId).sort(), [...ids, 'marker'].sort())
  await client.removeObjects('versions', listed.map(({ name, versionId }) => ({ name, versionId })))
  assert.deepEqual(await client.listObjects('versions', '', true, { IncludeVersion: true }).toArray(), [])
  await client.removeBucket('versions')
}

async function presigned() {
  const put = await fetch(await client.presignedPutObject(bucket, 'pre signed', 60), { method: 'PUT', body: 'by url' })
  assert.equal(put.status, 200)
  assert.equal(await (await fetch(await client.presignedGetObject(bucket, 'pre signed', 60))).text(), 'by url')
  await client.removeObject(bucket, 'pre signed')
}

for (const part of [buckets, objects, pages, multipart, copies, tags, versions, presigned]) await part()
console.log('minio-js is served')
// Connections it keeps alive would keep this process too: the endpoint closes none of its own accord.
process.exit(0)
