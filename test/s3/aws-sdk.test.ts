// The aws-sdk driver where it could go another way than the native one: time, stopping, codes, bytes, and what it must not look up.
import { execFile } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { openDriver } from '../../bindings/s3/drivers/aws-sdk/index.ts'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { bytesContent, payloadContent, systemClock, type Clock, type JsonObject, type StorageCode } from '../../bindings/sdk/index.ts'
import { callOf, refusal } from '../contract/s3-driver.ts'
import { HandClock, OK, RawServer, errorAnswer, eventually, onRequests, sectionFor } from './kit.ts'

const awsOn = (port: number, more: JsonObject = {}, clock: Clock = systemClock): S3Driver =>
  openDriver({ settings: settingsOf(sectionFor(port, more)), clock, concurrency: 8 })
const hello = () => bytesContent(Buffer.from('hello'))

describe('the aws-sdk driver', () => {
  let server: RawServer | undefined
  let driver: S3Driver | undefined
  const start = async (serve: Parameters<typeof RawServer.open>[0], more: JsonObject = {}, clock?: Clock): Promise<S3Driver> => {
    server = await RawServer.open(serve)
    driver = awsOn(server.port, more, clock)
    return driver
  }
  const answering = (wire: string, more: JsonObject = {}) =>
    start((socket) => { onRequests(socket, () => { socket.write(wire, 'latin1') }) }, more)
  afterEach(async () => {
    await driver?.close()
    await server?.close()
    driver = server = undefined
  })

  const answers: readonly (readonly [wire: string, code: StorageCode, says: RegExp])[] = [
    [errorAnswer('404', 'NoSuchKey'), 'not_found', /GET a key: the store answered 404 NoSuchKey: because/],
    [errorAnswer('403', 'SignatureDoesNotMatch'), 'denied', /secret key is not the one/],
    [errorAnswer('403', 'RequestTimeTooSkewed'), 'denied', /clock/], [errorAnswer('403', 'QuotaExceeded'), 'no_space', /Quota/],
    [errorAnswer('503', 'SlowDown'), 'throttled', /SlowDown/], [errorAnswer('500', 'InternalError'), 'unavailable', /500/],
    [errorAnswer('412', 'PreconditionFailed'), 'precondition', /412/], [errorAnswer('400', 'SomethingNew'), 'invalid', /400 SomethingNew/],
    [errorAnswer('301', 'PermanentRedirect', '<Endpoint>x.example</Endpoint>'), 'invalid', /sends us to x\.example/],
    ['HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n', 'throttled', /answered 429/],
    ['HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>', 'unavailable', /answered 502/],
    ['HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', 'protocol', /broke HTTP\/1\.1/], ['SSH-2.0-x\r\n\r\n', 'protocol', /broke HTTP\/1\.1/],
    ['HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', 'protocol', /switched protocols/],
  ]
  for (const [wire, code, says] of answers) {
    it(`takes ${JSON.stringify(wire.slice(0, 20))} ${/<Code>(\w+)/.exec(wire)?.[1] ?? ''} for ${code}`, async () => {
      const error = await refusal((await answering(wire)).get({ key: 'a key' }, callOf()))
      expect(error.code, error.message).to.equal(code)
      expect(error.message).to.match(says).and.not.contain('\n')
      expect(error.endpoint).to.equal(`http://127.0.0.1:${server?.port ?? 0}`)
      if (wire.includes('tx9')) expect(error.requestId).to.equal('tx9')
    })
  }
  it('says cut when the connection ends before or within an answer', async () => {
    let wire = ''
    const open = await start((socket) => { onRequests(socket, () => { socket.end(wire) }) })
    for (wire of ['', 'HTTP/1.1 200 OK\r\nConte', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel']) {
      const error = await refusal(open.get({ key: 'k' }, callOf()))
      expect(error.code, `${wire}: ${error.message}`).to.equal('cut')
    }
  })
  it('takes a listing that is none for protocol, and an error inside a 200 for what it is', async () => {
    const open = await answering('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>')
    expect((await refusal(open.list({ prefix: '' }, callOf()))).code).to.equal('protocol')
    await driver?.close()
    await server?.close()
    expect((await refusal((await answering(errorAnswer('200', 'InternalError'))).list({ prefix: '' }, callOf()))).detail)
      .to.equal('InternalError')
  })
  it('says where nothing listens', async () => {
    const open = await answering(OK)
    await server?.close()
    server = undefined
    expect(await refusal(open.get({ key: 'k' }, callOf()))).to.include({ code: 'unreachable', detail: 'ECONNREFUSED' })
  })
  it('tries once, and again only where it is told to', async () => {
    let asked = 0
    const busy = (): Parameters<typeof RawServer.open>[0] => (socket) => {
      onRequests(socket, () => { socket.write(++asked === 2 ? OK : errorAnswer('503', 'SlowDown')) })
    }
    expect((await refusal((await start(busy())).get({ key: 'k' }, callOf()))).code).to.equal('throttled')
    expect(asked).to.equal(1)
    await driver?.close()
    await server?.close()
    asked = 0
    const facts = await (await start(busy(), { driver_config: { max_attempts: 2 } })).put({ key: 'k', content: hello() }, callOf())
    expect(facts.status).to.equal(200)
    expect(asked).to.equal(2)
    expect(facts.wireIn, 'both answers').to.equal(OK.length + errorAnswer('503', 'SlowDown').length)
  })
  it('ends an operation in its time, before and within an answer, and closes the connection', async () => {
    const clock = new HandClock()
    let asked = 0
    const open = await start((socket) => { onRequests(socket, (head) => {
      asked++
      if (head.includes('/half')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
    }) }, { timeout: '7s' }, clock)
    for (const [key, timeoutMs, says] of [['silent', 5000, /there was no answer/], ['silent', 0, /there was no answer/],
      ['half', 5000, /had begun but was not whole/]] as const) {
      asked = 0
      let got = 0
      const pending = refusal(open.get({ key, sink: (chunk) => { got += chunk.length } }, callOf(timeoutMs)))
      await eventually(() => asked === 1 && (key !== 'half' || got === 4))
      clock.move(timeoutMs === 0 ? 7000 : 5000)
      const error = await pending
      expect(error.code).to.equal('timeout')
      expect(error.message).to.match(says)
      await eventually(() => server?.open === 0)
    }
    expect(clock.waiting, 'timers left').to.equal(0)
  })
  it('is stopped by the signal and by closing, and leaves no connection', async () => {
    let waiting = 0
    const open = await start((socket) => { onRequests(socket, () => { waiting++ }) })
    const controller = new AbortController()
    const stopped = refusal(open.get({ key: 'a' }, callOf(0, controller.signal)))
    const closed = refusal(open.put({ key: 'b', content: hello() }, callOf(0)))
    await eventually(() => waiting === 2)
    controller.abort()
    expect((await stopped).code).to.equal('cancelled')
    await open.close()
    expect((await closed).code).to.equal('cancelled')
    expect((await refusal(open.get({ key: 'c' }, callOf()))).code).to.equal('cancelled')
    await eventually(() => server?.open === 0)
  })
  it('marks connection and first byte, uses the connection again and counts what went over it', async () => {
    const seen: string[] = []
    const open = await start((socket) => { onRequests(socket, (head, body) => {
      seen.push(`${head}\r\n\r\n${body.toString()}`)
      socket.write(OK)
    }) })
    const calls = [callOf(), callOf()]
    for (const call of calls) {
      const facts = await open.put({ key: 'k', content: hello() }, call)
      expect(facts).to.include({ wireIn: OK.length, wireOut: seen.at(-1)?.length, requestId: undefined })
    }
    expect(calls.map(({ marks }) => marks)).to.deep.equal([['dial', 'connect', 'first_byte'], ['first_byte']])
    expect(server?.connections).to.equal(1)
    expect(seen[0]).to.match(/x-amz-content-sha256: UNSIGNED-PAYLOAD/).and.not.match(/checksum|chunked/i)
  })
  it('reads an early refusal instead of sending on, and takes an early success for what it is', async () => {
    let wire = errorAnswer('403', 'AccessDenied')
    const open = await start((socket) => { socket.once('data', () => { socket.write(wire) }) })
    const content = payloadContent({ sizeBytes: 200 * 1024 ** 2, seed: 1, pattern: 'random' }, 'k')
    expect((await refusal(open.put({ key: 'k', content }, callOf()))).code).to.equal('denied')
    wire = OK
    expect((await refusal(open.put({ key: 'k', content }, callOf()))).code).to.equal('protocol')
    await eventually(() => server?.open === 0)
  })
  it('refuses headers and keys that can\'t be sent', async () => {
    const open = await answering(OK)
    expect((await refusal(open.put({ key: 'k', content: hello(), contentType: 'a\r\nX-Evil: 1' }, callOf()))).code).to.equal('invalid')
    expect((await refusal(open.get({ key: '\ud800' }, callOf()))).code).to.equal('invalid')
    expect(server?.connections).to.equal(0)
  })
  it('checks a download against its checksum where it is told to', async () => {
    const wire = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\nok'
    expect((await (await answering(wire)).get({ key: 'k' }, callOf())).bytes).to.equal(2)
    await driver?.close()
    await server?.close()
    const open = await answering(wire, { driver_config: { checksums: 'when_supported' } })
    expect((await refusal(open.get({ key: 'k' }, callOf()))).code).to.equal('corrupt')
  })
  it('signs with the run\'s clock, and goes on to when the store says another time', async () => {
    const endpoint = await serveS3({ buckets: ['bench'] })
    const behind: Clock = { ...systemClock, epochMs: () => Date.now() - 3_600_000 }
    const open = openDriver({ clock: behind, concurrency: 1, settings: settingsOf({
      endpoint: endpoint.endpoint, access_key: endpoint.accessKey, secret_key: endpoint.secretKey, bucket: 'bench' }) })
    for (let i = 0; i < 2; i++) expect((await refusal(open.get({ key: 'k' }, callOf()))).detail).to.equal('RequestTimeTooSkewed')
    await open.close()
    await endpoint.close()
  })
  it('moves 100 MiB up and down without keeping them', async function () {
    this.timeout(60_000)
    const sizeBytes = 100 * 1024 ** 2
    const spec = { sizeBytes, seed: 5, pattern: 'random' } as const
    let received = 0
    const open = await start((socket) => {
      const content = payloadContent(spec, 'big')
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${sizeBytes}\r\n\r\n`
      socket.on('data', (data: Buffer) => {
        if (data.toString('latin1', 0, 3) === 'GET') {
          let at = 0
          const more = (): void => {
            while (at < sizeBytes) {
              const chunk = content.chunk(at, 256 * 1024)
              at += chunk.length
              if (!socket.write(chunk)) {
                socket.once('drain', more)
                return
              }
            }
          }
          socket.write(head)
          more()
        } else {
          received += data.length
          if (received > sizeBytes) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        }
      })
    })
    const before = process.memoryUsage().arrayBuffers
    let most = before
    const look = setInterval(() => { most = Math.max(most, process.memoryUsage().arrayBuffers) }, 5)
    const put = await open.put({ key: 'big', content: payloadContent(spec, 'big') }, callOf(0))
    await eventually(() => received === put.wireOut)
    expect((await open.get({ key: 'big' }, callOf(0))).bytes).to.equal(sizeBytes)
    clearInterval(look)
    expect(most - before, 'bytes held in buffers').to.be.below(64 * 1024 ** 2)
  })

  it('asks neither environment nor files for keys, region, endpoint or retries, and prints nothing', async function () {
    this.timeout(30_000)
    const endpoint = await serveS3({ buckets: ['bench'] })
    const home = mkdtempSync(join(tmpdir(), 'chopsticks-aws-'))
    mkdirSync(join(home, '.aws'))
    for (const file of ['config', 'credentials']) {
      writeFileSync(join(home, '.aws', file), '[default]\nregion = xx-wrong-1\nendpoint_url = http://127.0.0.1:1\nmax_attempts = 9\n' +
        'aws_access_key_id = WRONG\naws_secret_access_key = WRONG\n' +
        'request_checksum_calculation = when_supported\nuse_fips_endpoint = true\n')
    }
    const here = new URL('.', import.meta.url)
    const script = `
      import fs from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      const opened = []
      for (const of of [fs, fs.promises]) for (const name of ['readFile', 'readFileSync', 'open', 'openSync']) {
        const real = of[name]
        if (real) of[name] = (path, ...rest) => { opened.push(String(path)); return real.call(of, path, ...rest) }
      }
      syncBuiltinESMExports()
      const { openDriver } = await import('${new URL('../../bindings/s3/drivers/aws-sdk/index.js', here).href}')
      const { settingsOf } = await import('${new URL('../../bindings/s3/settings.js', here).href}')
      const { systemClock, bytesContent } = await import('${new URL('../../bindings/sdk/index.js', here).href}')
      const driver = openDriver({ settings: settingsOf(JSON.parse(process.env.SECTION)), clock: systemClock, concurrency: 1 })
      const call = { signal: new AbortController().signal, timeoutMs: 5000, mark() {} }
      await driver.put({ key: 'k', content: bytesContent(Buffer.from('hello')) }, call)
      const facts = await driver.get({ key: 'k' }, call)
      await driver.list({ prefix: '' }, call)
      await driver.deleteMany(['k'], call)
      await driver.close()
      process.stdout.write(JSON.stringify({ bytes: facts.bytes, aws: opened.filter((path) => path.includes('.aws')) }))
    `
    const section = { endpoint: endpoint.endpoint, access_key: endpoint.accessKey, secret_key: endpoint.secretKey, bucket: 'bench' }
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env: {
        PATH: process.env['PATH'], HOME: home, SECTION: JSON.stringify(section), AWS_ACCESS_KEY_ID: 'WRONG', AWS_SECRET_ACCESS_KEY: 'WRONG',
        AWS_REGION: 'xx-wrong-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '9',
        AWS_PROFILE: 'nobody', AWS_USE_FIPS_ENDPOINT: 'true', AWS_REQUEST_CHECKSUM_CALCULATION: 'when_supported',
      } })
      expect(stderr).to.equal('')
      expect(JSON.parse(stdout)).to.deep.equal({ bytes: 5, aws: [] })
    } finally {
      rmSync(home, { recursive: true })
      await endpoint.close()
    }
  })
})
