// The native driver against node:http's own server and TLS: another's implementation of the other side.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { PayloadCheck, bytesContent, payloadContent } from '../../bindings/sdk/index.ts'
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { callOf, refusal } from '../contract/s3-driver.ts'
import { CERTIFICATE, KEY } from './certificate.ts'
import { nativeOn } from './kit.ts'

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

describe('the native driver and node:http', () => {
  const objects = new Map<string, Buffer>()
  let cuts: readonly number[] = [1]
  let heads: string[] = []
  const handle: RequestListener = (request, response) => {
    void (async () => {
      heads.push(`${request.method ?? ''} ${request.url ?? ''}`)
      const url = request.url ?? ''
      if (request.method === 'PUT') {
        objects.set(url, await bodyOf(request))
        response.end()
        return
      }
      const body = objects.get(url)
      if (body === undefined) {
        response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>')
        return
      }
      // Without a length, in pieces: node frames it as chunks.
      for (let at = 0, i = 0; at < body.length; i++) {
        const size = cuts[i % cuts.length] ?? 1
        response.write(body.subarray(at, at + size))
        at += size
      }
      response.end()
    })()
  }
  let server: Server
  let driver: S3Driver
  before(async () => {
    server = createServer(handle)
    driver = nativeOn(await listening(server))
  })
  after(async () => {
    await driver.close()
    server.close()
  })

  it('agree on any key and body, however the answer is cut into chunks', async () => {
    await fc.assert(fc.asyncProperty(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), fc.uint8Array({ maxLength: 20_000 }),
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 }),
      async (key, bytes, sizes) => {
        cuts = sizes
        heads = []
        await driver.put({ key, content: bytesContent(bytes) }, callOf())
        const chunks: Buffer[] = []
        const got = await driver.get({ key, sink: (chunk) => { chunks.push(Buffer.from(chunk)) } }, callOf())
        expect(got.bytes).to.equal(bytes.length)
        expect(Buffer.concat(chunks).equals(bytes)).to.equal(true)
        expect(decodeURIComponent(heads[0] ?? '')).to.equal(`PUT /bench/${key}`)
      },
    ), { numRuns: 150 })
  })
  it('agree on many operations at once, each with its own body', async () => {
    cuts = [700]
    await Promise.all(Array.from({ length: 200 }, async (_, i) => {
      const key = `at-once-${i}`
      const spec = { sizeBytes: 1 + i * 131, seed: i, pattern: 'random' } as const
      await driver.put({ key, content: payloadContent(spec, key) }, callOf())
      const check = new PayloadCheck(payloadContent(spec, key))
      await driver.get({ key, sink: (chunk) => { check.push(chunk) } }, callOf())
      expect(check.finish(), key).to.equal(undefined)
    }))
  })
  it('agree on what is not there', async () => {
    expect((await refusal(driver.get({ key: 'nothing' }, callOf()))).detail).to.equal('NoSuchKey')
  })
  it('move 100 MiB up and down without keeping them', async function () {
    this.timeout(30_000)
    const sizeBytes = 100 * 1024 ** 2
    const spec = { sizeBytes, seed: 5, pattern: 'random' } as const
    let received = 0
    const big = createServer((request, response) => {
      if (request.method === 'PUT') {
        request.on('data', (chunk: Buffer) => { received += chunk.length })
        request.on('end', () => { response.end() })
        return
      }
      response.setHeader('Content-Length', sizeBytes)
      const content = payloadContent(spec, 'big')
      let at = 0
      const more = (): void => {
        while (at < sizeBytes) {
          const chunk = content.chunk(at, 1024 ** 2)
          at += chunk.length
          if (!response.write(chunk)) {
            response.once('drain', more)
            return
          }
        }
        response.end()
      }
      more()
    })
    const client = nativeOn(await listening(big))
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    await client.put({ key: 'big', content: payloadContent(spec, 'big') }, callOf(0))
    most = Math.max(most, process.memoryUsage().arrayBuffers)
    expect(received).to.equal(sizeBytes)
    const check = new PayloadCheck(payloadContent(spec, 'big'))
    let chunks = 0
    const got = await client.get({ key: 'big', sink: (chunk) => {
      check.push(chunk)
      if (++chunks % 100 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers)
    } }, callOf(0))
    expect(got.bytes).to.equal(sizeBytes)
    expect(check.finish()).to.equal(undefined)
    expect(most - before, 'bytes held in buffers').to.be.below(48 * 1024 ** 2)
    await client.close()
    big.close()
  })
})

describe('the native driver and TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chopsticks-tls-'))
  const ca = join(folder, 'ca.pem')
  let server: ReturnType<typeof createTlsServer>
  let port = 0
  const names: string[] = []
  before(async () => {
    writeFileSync(ca, CERTIFICATE)
    server = createTlsServer({ cert: CERTIFICATE, key: KEY, SNICallback: (name, done) => { names.push(name); done(null) } },
      (request, response) => {
      void bodyOf(request).then((body) => { response.end(body.length > 0 ? String(body.length) : 'hello') })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  after(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })
  const open = (tls: Readonly<Record<string, string | boolean>>): S3Driver => nativeOn(port, { endpoint: `https://127.0.0.1:${port}`, tls })

  for (const [title, tls] of [['a CA file', { ca }], ['a name to check', { ca, servername: 'store.test' }],
    ['any certificate', { insecure: true }]] as const) {
    it(`work with ${title}, small and large bodies, on one connection`, async () => {
      const driver = open(tls)
      const call = callOf()
      expect((await driver.get({ key: 'k' }, call)).bytes).to.equal(5)
      expect(call.marks).to.deep.equal(['dial', 'connect', 'tls', 'first_byte'])
      for (const sizeBytes of [100, 5000, 2_000_000]) {
        expect((await driver.put({ key: 'k', content: payloadContent({ sizeBytes, seed: 1, pattern: 'random' }, 'k') },
          callOf())).bytes).to.equal(sizeBytes)
      }
      const again = callOf()
      await driver.get({ key: 'k' }, again)
      expect(again.marks).to.deep.equal(['first_byte'])
      await driver.close()
    })
  }
  it('asks for the name it was told', () => { expect(names).to.include('store.test') })
  it('refuse a certificate nobody vouched for, and say what to set', async () => {
    const driver = open({})
    const error = await refusal(driver.get({ key: 'k' }, callOf()))
    expect(error.code).to.equal('unreachable')
    expect(error.message).to.match(/name its CA in tls\.ca, or set tls\.insecure: true/)
    await driver.close()
  })
  it('refuse a certificate for another name', async () => {
    const driver = open({ ca, servername: 'elsewhere.test' })
    expect((await refusal(driver.get({ key: 'k' }, callOf()))).message).to.contain('set tls.servername')
    await driver.close()
  })
  it('say so when no TLS is spoken there', async () => {
    const plain = createServer()
    const plainPort = await listening(plain)
    const driver = nativeOn(plainPort, { endpoint: `https://127.0.0.1:${plainPort}` })
    expect((await refusal(driver.get({ key: 'k' }, callOf()))).code).to.equal('unreachable')
    await driver.close()
    plain.close()
  })
  it('say which CA file can\'t be read', () => {
    expect(() => open({ ca: join(folder, 'none.pem') })).to.throw(/tls\.ca: cannot read .*none\.pem/)
  })
})
