// The minio driver where it could go another way than the native one: codes, cuts, time and what minio-js does by itself.
import { expect } from 'chai'
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { openDriver } from '../../bindings/s3/drivers/minio/index.ts'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { bytesContent, systemClock, type JsonObject, type StorageCode } from '../../bindings/sdk/index.ts'
import { callOf, refusal } from '../contract/s3-driver.ts'
import { RawServer, errorAnswer, onRequests, sectionFor } from './kit.ts'

describe('the minio driver', () => {
  let server: RawServer | undefined
  let driver: S3Driver | undefined
  const start = async (serve: Parameters<typeof RawServer.open>[0], more: JsonObject = {}): Promise<S3Driver> => {
    server = await RawServer.open(serve)
    driver = openDriver({ settings: settingsOf(sectionFor(server.port, more)), clock: systemClock, concurrency: 8 })
    return driver
  }
  const answering = (wire: string) => start((socket) => { onRequests(socket, () => { socket.write(wire, 'latin1') }) })
  afterEach(async () => {
    await driver?.close()
    await server?.close()
    driver = server = undefined
  })

  const answers: readonly (readonly [wire: string, code: StorageCode, says: RegExp])[] = [
    [errorAnswer('404', 'NoSuchKey'), 'not_found', /GET a key: the store answered 404 NoSuchKey: because/],
    [errorAnswer('403', 'SignatureDoesNotMatch'), 'denied', /secret key is not the one/],
    [errorAnswer('503', 'SlowDown'), 'throttled', /503 SlowDown/], [errorAnswer('500', 'InternalError'), 'unavailable', /500/],
    [errorAnswer('301', 'PermanentRedirect', '<Endpoint>x.example</Endpoint>'), 'invalid', /sends us to x\.example/],
    ['HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n', 'throttled', /answered 429/],
    ['HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>', 'unavailable', /answered 502/],
    ['SSH-2.0-x\r\n\r\n', 'protocol', /broke HTTP\/1\.1/],
    ['HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', 'protocol', /switched protocols/],
  ]
  for (const [wire, code, says] of answers) {
    it(`takes ${JSON.stringify(wire.slice(0, 20))} ${/<Code>(\w+)/.exec(wire)?.[1] ?? ''} for ${code}, and asks once`, async () => {
      const error = await refusal((await answering(wire)).get({ key: 'a key' }, callOf()))
      expect(error.code, error.message).to.equal(code)
      expect(error.message).to.match(says).and.not.contain('\n')
      expect(error.endpoint).to.equal(`http://127.0.0.1:${server?.port ?? 0}`)
      if (wire.includes('tx9')) expect(error.requestId).to.equal('tx9')
    })
  }
  it('says cut when the connection ends before or within an answer, and unreachable where nothing listens', async () => {
    let wire = ''
    const open = await start((socket) => { onRequests(socket, () => { socket.end(wire) }) })
    for (wire of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', 'HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\n<E']) {
      expect((await refusal(open.get({ key: 'k' }, callOf()))).code, wire).to.equal('cut')
    }
    await server?.close()
    expect((await refusal(open.get({ key: 'k' }, callOf()))).code).to.equal('unreachable')
  })
  it('lists keys of digits as they are', async () => {
    const store = await serveS3({ buckets: ['bench'] })
    const { endpoint, accessKey, secretKey, bucket } = store
    driver = openDriver({
      settings: settingsOf({ endpoint, access_key: accessKey, secret_key: secretKey, bucket }), clock: systemClock, concurrency: 8,
    })
    const keys = ['007', '1e3', '42']
    for (const key of keys) await driver.put({ key, content: bytesContent(new Uint8Array(1)) }, callOf())
    expect((await driver.list({ prefix: '' }, callOf())).objects.map(({ key }) => key)).to.deep.equal(keys)
    expect((await driver.deleteMany(keys, callOf())).failed).to.deep.equal([])
    await store.close()
  })
})
