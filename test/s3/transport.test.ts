// How connections are made and used, against real servers on loopback: TLS, certificates, sessions, pools, addresses, limits.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { expect } from 'chai'
import fc from 'fast-check'
import { Bandwidth } from '../../bindings/s3/bandwidth.ts'
import type { OpenDriver, S3Driver } from '../../bindings/s3/driver.ts'
import { openDriver as openAwsSdk } from '../../bindings/s3/drivers/aws-sdk/index.ts'
import { openDriver as openNative } from '../../bindings/s3/drivers/native/index.ts'
import { serveS3, type RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { PayloadCheck, StorageError, payloadContent, systemClock, type Call, type JsonObject } from '../../bindings/sdk/index.ts'
import { CERTIFICATE, KEY } from './certificate.ts'
import { HandClock, RawServer, onRequests, sectionFor } from './kit.ts'

const callOf = (signal = new AbortController().signal): Call => ({ signal, timeoutMs: 20_000, mark: () => { return } })
const BODY = 'a body'
const DRIVERS = [['native', openNative], ['aws-sdk', openAwsSdk]] as const satisfies readonly (readonly [string, OpenDriver])[]

function openOn(openDriver: OpenDriver, section: JsonObject): S3Driver {
  const settings = settingsOf(section)
  const bandwidth = Bandwidth.of(settings.bandwidth, 1, systemClock)
  return openDriver({ settings, clock: systemClock, concurrency: 8, ...(bandwidth === undefined ? {} : { bandwidth }) })
}

describe('connections', function () {
  this.timeout(20_000)
  const folder = mkdtempSync(join(tmpdir(), 'chopsticks-transport-'))
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem'), text: join(folder, 'text.pem') }
  const servers: Server[] = []
  let sockets: Socket[] = []
  let names: string[] = []
  let resumed: (boolean | null)[] = []
  const ports = { plain: 0, secure: 0, mutual: 0 }

  before(async () => {
    writeFileSync(files.cert, CERTIFICATE)
    writeFileSync(files.key, KEY)
    writeFileSync(files.text, 'no certificate')
    const answer = (_request: unknown, response: { end(body: string): unknown }): void => { response.end(BODY) }
    const tls = { cert: CERTIFICATE, key: KEY }
    const made = {
      plain: createHttp(answer).on('connection', (socket: Socket) => { sockets.push(socket) }),
      secure: createHttps({ ...tls, SNICallback: (name, done) => { names.push(name); done(null) } }, answer)
        .on('secureConnection', (socket: TLSSocket) => { resumed.push(socket.isSessionReused()) }),
      mutual: createHttps({ ...tls, requestCert: true, ca: [CERTIFICATE] }, answer),
    }
    for (const [name, server] of Object.entries(made)) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      servers.push(server)
      ports[name as keyof typeof ports] = (server.address() as AddressInfo).port
    }
  })
  beforeEach(() => {
    sockets = []
    names = []
  })
  after(() => {
    for (const server of servers) server.close()
    rmSync(folder, { recursive: true })
  })
  const on = (server: keyof typeof ports, more: JsonObject = {}): JsonObject => {
    const endpoint = `${server === 'plain' ? 'http' : 'https'}://127.0.0.1:${ports[server]}`
    const tls = { ca: files.cert, ...(more['tls'] as JsonObject | undefined) }
    return sectionFor(ports[server], { endpoint, ...more, tls })
  }

  for (const [name, openDriver] of DRIVERS) {
    const using = async (section: JsonObject, doing: (driver: S3Driver) => Promise<void>): Promise<void> => {
      const driver = openOn(openDriver, section)
      try {
        await doing(driver)
      } finally {
        await driver.close()
      }
    }
    const failure = async (section: JsonObject): Promise<StorageError> => {
      try {
        await using(section, async (driver) => { await driver.get({ key: 'k' }, callOf()) })
      } catch (error) {
        if (error instanceof StorageError) return error
        throw error
      }
      throw new Error('it should have failed')
    }

    it(`are used again by default, or are new for each request (${name})`, async () => {
      await using(on('plain'), async (driver) => { for (let n = 0; n < 4; n++) await driver.get({ key: 'k' }, callOf()) })
      expect(sockets).to.have.length(1)
      await using(on('plain', { connections: 'new' }), async (driver) => {
        for (let n = 0; n < 4; n++) expect(await driver.get({ key: 'k' }, callOf())).to.include({ bytes: BODY.length })
      })
      expect(sockets).to.have.length(5)
    })
    it(`are each VU's own where the target says so, and end with it (${name})`, async () => {
      await using(on('plain', { connection_pool: 'per_vu' }), async (driver) => {
        const vus = Array.from({ length: 3 }, () => new AbortController())
        for (let round = 0; round < 3; round++) for (const { signal } of vus) await driver.get({ key: 'k' }, callOf(signal))
        expect(sockets).to.have.length(3)
        const [first] = sockets
        vus[0]?.abort()
        if (first !== undefined && !first.destroyed) await once(first, 'close')
        await driver.get({ key: 'k' }, callOf(vus[1]?.signal))
        expect(sockets).to.have.length(3)
      })
    })
    it(`come from the address the target names (${name})`, async () => {
      await using(on('plain', { local_address: '127.0.0.9' }), async (driver) => {
        await driver.get({ key: 'k' }, callOf())
        expect(sockets.map(({ remoteAddress }) => remoteAddress)).to.deep.equal(['127.0.0.9'])
      })
      expect((await failure(on('plain', { local_address: '192.0.2.77' }))).message).to.match(/EADDRNOTAVAIL.*local_address/)
    })
    it(`ask for the name the target gives (${name})`, async () => {
      await using(on('secure', { tls: { servername: 'store.test' } }), async (driver) => { await driver.get({ key: 'k' }, callOf()) })
      expect(names).to.deep.equal(['store.test'])
    })
    it(`resume TLS sessions, or don't where the target says so (${name})`, async () => {
      for (const reuse of [true, false]) {
        resumed = []
        await using(on('secure', { connections: 'new', tls: { session_reuse: reuse } }), async (driver) => {
          for (let n = 0; n < 3; n++) await driver.get({ key: 'k' }, callOf())
        })
        expect(resumed, `session_reuse: ${reuse}`).to.deep.equal([false, reuse, reuse])
      }
    })
    it(`show the client's certificate where the store asks for it (${name})`, async () => {
      const { cert, key } = files
      await using(on('mutual', { tls: { cert, key } }), async (driver) => {
        expect(await driver.get({ key: 'k' }, callOf())).to.include({ bytes: BODY.length })
      })
      const refused = await failure(on('mutual'))
      expect(refused.code).to.be.oneOf(['unreachable', 'cut'])
      expect(refused.message).to.match(/certificate/i).and.not.contain('\n')
      expect(() => openOn(openDriver, on('mutual', { tls: { cert, key: files.text } })))
        .to.throw(StorageError, /tls\.cert and tls\.key: .*no PEM certificate/)
      expect(() => openOn(openDriver, on('mutual', { tls: { cert: `${cert}-not`, key } })))
        .to.throw(StorageError, /tls\.cert: cannot read .*-not/)
    })
  }

  it('are made to IPv6 addresses', async function () {
    const server = createHttp((_request, response) => { response.end(BODY) })
    server.listen(0, '::1')
    const failed = await Promise.race([once(server, 'listening').then(() => false), once(server, 'error').then(() => true)])
    // A machine without IPv6 has nothing to try it on.
    if (failed) this.skip()
    const { port } = server.address() as AddressInfo
    for (const [, openDriver] of DRIVERS) {
      const driver = openOn(openDriver, sectionFor(0, { endpoint: `http://[::1]:${port}` }))
      expect(await driver.get({ key: 'k' }, callOf())).to.include({ bytes: BODY.length })
      await driver.close()
    }
    server.close()
  })
})

describe('a limit of bandwidth', function () {
  this.timeout(20_000)
  it('lets no more through than its rate, whoever takes how much, and no less', () => {
    const take = fc.record({ bytes: fc.integer({ min: 1, max: 200_000 }), waitMs: fc.integer({ min: 0, max: 30 }), vu: fc.nat(2) })
    const takes = fc.array(take, { maxLength: 60 })
    fc.assert(fc.property(takes, (all) => {
      const clock = new HandClock()
      const limit = Bandwidth.of({ perVu: 1_000_000, perRun: 4_000_000 }, 2, clock)
      const vus = Array.from({ length: 3 }, () => new AbortController().signal)
      const sums = [0, 0, 0]
      let total = 0
      for (const { bytes, waitMs, vu } of all) {
        clock.move(waitMs)
        const moment = limit?.take(bytes, vus[vu] ?? new AbortController().signal) ?? 0
        total += bytes
        sums[vu] = (sums[vu] ?? 0) + bytes
        // 20 ms of an unused rate may go at once.
        expect(moment + 20.001).to.be.at.least(Math.max(total / 2000, (sums[vu] ?? 0) / 1000))
        expect(moment).to.be.at.most(clock.now() + total / 2000 + (sums[vu] ?? 0) / 1000 + 0.001)
      }
    }))
  })

  let store: RunningEndpoint
  before(async () => { store = await serveS3({ buckets: ['bench'] }) })
  after(() => store.close())
  const section = (more: JsonObject): JsonObject => ({
    endpoint: store.endpoint, access_key: store.accessKey, secret_key: store.secretKey, bucket: 'bench', region: store.region, ...more,
  })
  const content = payloadContent({ sizeBytes: 600_000, seed: 3, pattern: 'random' }, 'k')
  for (const more of [{}, { connections: 'new' }, { payload_signing: 'streaming' }]) {
    it(`makes uploads and downloads take their time, whole and right ${JSON.stringify(more)}`, async () => {
      const driver = openOn(openNative, section({ ...more, bandwidth: { per_run: 3_000_000 } }))
      const startMs = performance.now()
      await driver.put({ key: 'k', content }, callOf())
      const sentMs = performance.now()
      expect(sentMs - startMs).to.be.at.least(170)
      const check = new PayloadCheck(content)
      await driver.get({ key: 'k', sink: (chunk) => { check.push(chunk) } }, callOf())
      expect(check.finish()).to.equal(undefined)
      expect(performance.now() - sentMs).to.be.at.least(170)
      await driver.close()
    })
  }
  it('holds for small bodies together, and each VU to its own', async () => {
    const driver = openOn(openNative, section({ bandwidth: { per_vu: 200_000 } }))
    const small = payloadContent({ sizeBytes: 4000, seed: 3, pattern: 'random' }, 's')
    const startMs = performance.now()
    await Promise.all(Array.from({ length: 4 }, async (_, vu) => {
      const call = callOf()
      for (let n = 0; n < 6; n++) await driver.put({ key: `s${vu}`, content: small }, call)
      for (let n = 0; n < 6; n++) await driver.get({ key: `s${vu}` }, call)
    }))
    expect(performance.now() - startMs).to.be.at.least(210)
    await driver.close()
  })
  it('leaves deadlines, aborts and what the store says early as they are', async () => {
    const driver = openOn(openNative, section({ bandwidth: { per_vu: 1000 } }))
    const large = payloadContent({ sizeBytes: 100_000, seed: 3, pattern: 'random' }, 'k')
    const ended = async (doing: Promise<unknown>): Promise<unknown> => doing.then(() => 'ok', (error: unknown) => error)
    expect(await ended(driver.put({ key: 'k', content: large }, { ...callOf(), timeoutMs: 50 }))).to.include({ code: 'timeout' })

    const abort = new AbortController()
    const stopped = ended(driver.put({ key: 'k', content: large }, callOf(abort.signal)))
    setTimeout(() => { abort.abort() }, 20)
    expect(await stopped).to.include({ code: 'cancelled' })
    await driver.close()
    const raw = await RawServer.open((socket) => {
      onRequests(socket, () => { socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 3000\r\nConnection: close\r\n\r\n${'x'.repeat(3000)}`) })
    })
    const slow = openOn(openNative, sectionFor(raw.port, { bandwidth: { per_vu: 20_000 } }))
    const startMs = performance.now()
    expect(await slow.get({ key: 'k' }, callOf())).to.include({ bytes: 3000 })
    expect(performance.now() - startMs).to.be.at.least(100)

    await slow.close()
    await raw.close()
  })
})
