// The native driver against node:http's own server, both doing whatever comes to mind: many operations at once, each with its answer.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import fc from 'fast-check'
import { StorageError, payloadContent, type PayloadSpec } from '../../bindings/sdk/index.ts'
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { callOf } from '../contract/s3-driver.ts'
import { nativeOn } from './kit.ts'

/** One operation, and what the server makes of it. */
interface Plan {
  readonly op: 'put' | 'get' | 'head' | 'delete'
  readonly sizeBytes: number
  readonly status: 200 | 404 | 503
  /** The server does not wait for the body of a put before it refuses it. */
  readonly early: boolean
  readonly chunked: boolean
  readonly closes: boolean
  readonly interim: boolean
  readonly pieceBytes: number
  readonly pauses: number
  readonly headers: Readonly<Record<string, string>>
  readonly metadata: Readonly<Record<string, string>>
}

const name = fc.string({ unit: fc.constantFrom('a', 'b', 'z', '-', '0'), minLength: 1, maxLength: 8 })
const text = fc.string({ unit: fc.constantFrom('a', 'Z', '0', ' ', '=', ';', '"', ',', '~'), maxLength: 20 }).map((value) => value.trim())
const plan: fc.Arbitrary<Plan> = fc.record({
  op: fc.constantFrom('put', 'get', 'head', 'delete'),
  sizeBytes: fc.oneof(fc.constant(0), fc.nat(300), fc.nat(20_000), fc.nat(400_000)),
  status: fc.constantFrom(200, 200, 200, 404, 503),
  early: fc.boolean(), chunked: fc.boolean(), closes: fc.nat(4).map((n) => n === 0), interim: fc.nat(4).map((n) => n === 0),
  pieceBytes: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1000, max: 100_000 })), pauses: fc.nat(3),
  headers: fc.dictionary(name.map((word) => `x-${word}`), text, { maxKeys: 3 }), metadata: fc.dictionary(name, text, { maxKeys: 3 }),
})

const specOf = (key: string, sizeBytes: number): PayloadSpec => ({ sizeBytes, seed: key.length, pattern: 'random' })
function bytesOf(key: string, sizeBytes: number): Buffer {
  const content = payloadContent(specOf(key, sizeBytes), key)
  const chunks: Uint8Array[] = []
  for (let at = 0; at < sizeBytes; at += chunks.at(-1)?.length ?? 1) chunks.push(content.chunk(at, sizeBytes))
  return Buffer.concat(chunks)
}

describe('the native driver and a server of node:http that does what it likes', () => {
  let plans: readonly Plan[] = []
  let server: Server
  let driver: S3Driver
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const key = (request.url ?? '').slice('/bench/'.length)
    const made = plans[Number(key.slice(1))]
    if (made === undefined) throw new Error(`nobody asked for ${key}`)
    const { status, early, chunked, closes, interim, pauses, headers, sizeBytes, pieceBytes } = made
    // Where the connection still is another response's, node:http would send this one's head before what it says in between.
    if (interim && response.socket !== null) response.writeProcessing()
    const received: Buffer[] = []
    if (early && status !== 200) request.resume()
    else for await (const chunk of request) received.push(chunk as Buffer)
    for (const [header, value] of Object.entries({ ...headers, etag: `"${key}"` })) response.setHeader(header, value)
    for (const [header, value] of Object.entries(request.headers)) {
      if (header.startsWith('x-amz-meta-')) response.setHeader(`x-sent-${header.slice(11)}`, String(value))
    }
    if (closes) response.setHeader('Connection', 'close')
    if (made.op === 'put' && status === 200 && !Buffer.concat(received).equals(bytesOf(key, sizeBytes))) {
      throw new Error(`the body of ${key} came with other bytes`)
    }
    const body = status !== 200 ? Buffer.from(`<Error><Code>${status === 404 ? 'NoSuchKey' : 'SlowDown'}</Code></Error>`)
      : made.op === 'get' ? bytesOf(key, sizeBytes) : Buffer.alloc(0)
    if (!chunked) response.setHeader('Content-Length', made.op === 'head' ? sizeBytes : body.length)
    response.writeHead(status)
    for (let at = 0; at < body.length && made.op !== 'head'; at += pieceBytes) {
      response.write(body.subarray(at, at + pieceBytes))
      if (at / pieceBytes < pauses) await new Promise((resolve) => { setImmediate(resolve) })
    }
    response.end()
  }
  const failures: unknown[] = []
  before(async () => {
    server = createServer((request, response) => { answer(request, response).catch((error: unknown) => {
      failures.push(error)
      response.destroy()
    }) })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => { server.close() })

  async function does(made: Plan, key: string): Promise<void> {
    const { op, sizeBytes, status, metadata } = made
    const said = JSON.stringify({ key, ...made })
    try {
      const call = callOf(20_000)
      const chunks: Buffer[] = []
      const facts = op === 'put' ? await driver.put({ key, content: payloadContent(specOf(key, sizeBytes), key), metadata }, call)
        : op === 'get' ? await driver.get({ key, sink: (chunk) => { chunks.push(Buffer.from(chunk)) } }, call)
          : op === 'head' ? await driver.head(key, call) : await driver.delete(key, call)
      expect(facts.status, said).to.equal(status)
      expect(facts.etag, said).to.equal(`"${key}"`)
      if (op === 'get') expect(Buffer.concat(chunks).equals(bytesOf(key, sizeBytes)), said).to.equal(true)
      if (op === 'head' && !made.chunked) expect(facts, said).to.include({ sizeBytes })
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      // The answer to a HEAD has no document that could say more than its status.
      const codes = { 200: 'none', 404: 'not_found', 503: op === 'head' ? 'unavailable' : 'throttled' }
      expect(error.code, `${said}: ${error.message}`).to.equal(codes[status])
    }
  }

  it('agree, whatever is asked and however it is answered', async () => {
    const keyOf = (i: number): string => `k${i}`
    await fc.assert(fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 12 }), fc.nat(3), async (made, maxConnections) => {
      plans = made
      failures.length = 0
      driver = nativeOn((server.address() as AddressInfo).port, { max_connections: maxConnections })
      try {
        // All at once, and again one after another over what is left of their connections.
        const all = await Promise.allSettled(made.map((one, i) => does(one, keyOf(i))))
        for (const ended of all) if (ended.status === 'rejected') throw ended.reason
        for (const [i, one] of made.entries()) await does(one, keyOf(i))
      } finally {
        await driver.close()
      }
      expect(failures).to.deep.equal([])
    }), { numRuns: 30 })
  }).timeout(60_000)
})
