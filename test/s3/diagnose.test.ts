// The diagnosis of a target: what it says of each way things can be wrong, and that it leaves nothing.
import { expect } from 'chai'
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateFinding, type CertificateFacts } from '../../bindings/s3/diagnose/tls.ts'
import { clockFinding, skewMs } from '../../bindings/s3/diagnose/network.ts'
import { waitsForAcks } from '../../bindings/s3/diagnose/figures.ts'
import { serveS3, type RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { s3 } from '../../bindings/s3/index.ts'
import { systemClock, type Clock, type Finding, type JsonObject } from '../../bindings/sdk/index.ts'
import { CERTIFICATE, KEY } from './certificate.ts'

const PREFIX = 'chopsticks-doctor-test/'

/** Findings by their check; `stopAt` ends the diagnosis once that check was told. */
async function diagnosed(
  config: JsonObject, driver = 'native', stopAt?: string, clock = systemClock,
): Promise<ReadonlyMap<string, Finding>> {
  const found = new Map<string, Finding>()
  const abort = new AbortController()
  const context = { target: 'default', driver, config, prefix: PREFIX, clock, seed: 0, concurrency: 1, signal: abort.signal }
  for await (const finding of s3.workload?.diagnose?.(context) ?? []) {
    found.set(finding.check, finding)
    if (finding.status !== 'ok') expect(finding.remedy, finding.check).to.be.a('string').and.not.equal('')
    if (finding.check === stopAt) abort.abort()
  }
  return found
}

/** What is not ok; what a busy machine makes of round trips is not looked at. */
const statuses = (found: ReadonlyMap<string, Finding>): Record<string, string> =>
  Object.fromEntries([...found].map(([check, { status }]) => [check, status] as const)
    .filter(([check, status]) => status !== 'ok' && !(check === 'TCP' && status === 'warning')))

describe('the diagnosis of an s3 target', function () {
  this.timeout(20_000)
  let store: RunningEndpoint
  const servers: (Server | TlsServer)[] = []
  before(async () => { store = await serveS3({ buckets: ['bench'] }) })
  after(async () => {
    for (const server of servers) { server.closeAllConnections(); server.close() }
    await store.close()
  })
  const config = (more: JsonObject = {}): JsonObject => ({
    endpoint: store.endpoint, access_key: store.accessKey, secret_key: store.secretKey, bucket: 'bench', region: store.region, ...more,
  })

  /** A server before the store that answers for it where `instead` does so (returns true), and else passes on. */
  async function proxied(instead: (request: IncomingMessage, response: ServerResponse) => boolean, isSecure = false): Promise<string> {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      if (instead(request, response)) return
      const { method, url, headers } = request
      const onward = forward({ host: '127.0.0.1', port: store.port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers)
        answer.pipe(response)
      })
      request.pipe(onward)
    }
    const server = isSecure ? createTlsServer({ cert: CERTIFICATE, key: KEY }, handle) : createServer(handle)
    servers.push(server)
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    return `${isSecure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const refusing = (status: number, code: string, which: (request: IncomingMessage) => boolean) =>
    proxied((request, response) => {
      if (!which(request)) return false
      request.resume()
      response.writeHead(status, { 'content-type': 'application/xml' })
      response.end(request.method === 'HEAD' ? '' : `<Error><Code>${code}</Code><Message>no</Message></Error>`)
      return true
    })

  it('is all ok for a good one, and leaves nothing', async () => {
    const found = await diagnosed(config())
    expect(statuses(found)).to.deep.equal({})
    expect([...found.keys()]).to.deep.equal(['DNS', 'TCP', 'TLS', 'clock', 'keys', 'bucket', 'put', 'head', 'get', 'small answers', 'list',
      'multipart', 'delete', 'deleteMany', 'left behind'])
    expect(store.stats()).to.include({ objects: 0 })
  })

  for (const [what, more, check, value] of [
    ['an unknown access key', { access_key: 'nobody' }, 'keys', /^InvalidAccessKeyId/],
    ['a wrong secret key', { secret_key: 'wrong' }, 'keys', /^SignatureDoesNotMatch/],
    ['a session token that is none', { session_token: 'what' }, 'keys', /^InvalidToken/],
    ['a wrong region', { region: 'mars' }, 'keys', /^AuthorizationHeaderMalformed/],
    ['a missing bucket', { bucket: 'nope' }, 'bucket', /^there is no nope$/],
    ['nobody listening', { endpoint: 'http://127.0.0.1:1' }, 'TCP', /port 1: ECONNREFUSED/],
    ['an unknown name', { endpoint: 'http://nope.invalid' }, 'DNS', /^nope\.invalid is unknown/],
    ['TLS where none is spoken', { endpoint: 'https://127.0.0.1' }, 'TLS', /^no handshake/],
    ['a CA file that is missing', { endpoint: 'https://127.0.0.1', tls: { ca: '/nope.pem' } }, 'driver', /nope\.pem/],
  ] as const) {
    it(`tells ${what}, and looks no further`, async () => {
      const whole = config(more)
      const found = await diagnosed(what.startsWith('TLS') ? { ...whole, endpoint: `https://127.0.0.1:${store.port}` } : whole)
      expect(statuses(found)).to.deep.equal({ [check]: 'failed' })
      expect(found.get(check)?.value).to.match(value)
      expect([...found.keys()].at(-1)).to.equal(check)
      expect([...found.values()].map(({ value: text, remedy }) => `${text} ${remedy ?? ''}`).join()).not.to.include(store.secretKey)
    })
  }

  it('makes the bucket where a run would, and removes it again', async () => {
    const found = await diagnosed(config({ bucket: 'made', create_bucket: true }))
    expect(statuses(found)).to.deep.equal({})
    expect(statuses(await diagnosed(config({ bucket: 'made' })))).to.deep.equal({ bucket: 'failed' })
  })

  for (const [op, which] of [
    ['put', (request) => request.method === 'PUT'], ['list', (request) => request.url?.includes('list-type') === true],
    ['get', (request) => request.method === 'GET' && request.url?.endsWith('/probe') === true],
    ['head', (request) => request.method === 'HEAD' && request.url?.endsWith('/probe') === true],
    ['deleteMany', (request) => request.method === 'POST' && request.url?.includes('delete') === true],
  ] as const satisfies readonly (readonly [string, (request: IncomingMessage) => boolean])[]) {
    it(`tells that ${op} alone is denied, what to grant, and leaves nothing`, async () => {
      const found = await diagnosed(config({ endpoint: await refusing(403, 'AccessDenied', which) }))
      expect(found.get('keys')?.status).to.equal('ok')
      expect(statuses(found)).to.deep.equal({ [op]: 'failed' })
      expect(found.get(op)?.remedy).to.match(/^grant s3:\w+ on arn:aws:s3:::bench/)
      expect(store.stats()).to.include({ objects: 0 })
    })
  }

  for (const [what, which] of [
    ['begun', ({ method, url }) => method === 'POST' && url?.includes('uploads') === true],
    ['completed', ({ method, url }) => method === 'POST' && url?.includes('uploadId') === true],
    ['aborted', ({ method, url }) => method === 'DELETE' && url?.includes('uploadId') === true],
  ] as const satisfies readonly (readonly [string, (request: IncomingMessage) => boolean])[]) {
    it(`warns when multipart uploads can't be ${what}, without which most scripts do`, async () => {
      const found = await diagnosed(config({ endpoint: await refusing(501, 'NotImplemented', which) }))
      expect(statuses(found)).to.include({ multipart: 'warning' })
      expect(found.get('multipart')?.remedy).to.equal('the store does not know this operation')
      expect(statuses(await diagnosed(config()))).to.deep.equal({})
      expect(store.stats()).to.include({ objects: 0 })
    })
  }

  it('tells what it could not delete, with the command that does', async () => {
    const found = await diagnosed(config({
      endpoint: await refusing(403, 'AccessDenied', ({ method }) => method === 'DELETE' || method === 'POST'),
    }))
    expect(statuses(found)).to.deep.equal({ multipart: 'warning', delete: 'failed', deleteMany: 'failed', 'left behind': 'failed' })
    expect(found.get('left behind')?.remedy).to.equal(`chopsticks cleanup --prefix ${PREFIX}`)
    expect(statuses(await diagnosed(config()))).to.deep.equal({})
    expect(store.stats()).to.include({ objects: 0 })
  })

  it('leaves nothing when it is ended early', async () => {
    const found = await diagnosed(config(), 'native', 'head')
    expect([...found.keys()].at(-1)).to.equal('head')
    expect(store.stats()).to.include({ objects: 0 })
  })

  it('recognises answers that wait 40 ms for an acknowledgement', async () => {
    // Time passes only where somebody waits for it.
    let now = 0
    const clock: Clock = {
      now: () => now, epochMs: () => Date.now(),
      at(moment, wake) {
        const timer = setImmediate(() => { now = Math.max(now, moment); wake() })
        return { cancel: () => { clearImmediate(timer) } }
      },
    }
    const waiting = { endpoint: 'http://waiting.test', driver_config: { faults: [{ op: 'get', delay_ms: 42 }, { delay_ms: 1 }] } }
    const found = await diagnosed(config(waiting), 'memory', undefined, clock)
    expect(statuses(found)).to.deep.equal({ 'small answers': 'warning' })
    expect(found.get('small answers')?.remedy).to.include('tcp_nodelay')
  })

  it('looks at the certificate: who it is for, and what makes it trusted', async () => {
    const endpoint = await proxied(() => false, true)
    expect((await diagnosed(config({ endpoint }))).get('certificate')).to.include({ status: 'failed' })
      .and.to.have.property('remedy').that.includes('tls.ca')
    const lax = await diagnosed(config({ endpoint, tls: { insecure: true } }))
    expect(statuses(lax)).to.deep.equal({ certificate: 'warning' })
    const folder = mkdtempSync(join(tmpdir(), 'chopsticks-ca-'))
    try {
      const ca = join(folder, 'ca.pem')
      writeFileSync(ca, CERTIFICATE)
      const good = await diagnosed(config({ endpoint, tls: { ca } }))
      expect(statuses(good)).to.deep.equal({})
      expect(good.get('certificate')?.value).to.match(/^of chopsticks test, by chopsticks test, good for \d+ days$/)
      const wrong = await diagnosed(config({ endpoint, tls: { ca, servername: 'other.test' } }))
      expect(wrong.get('certificate')?.value).to.include('not for other.test but for DNS:localhost')
    } finally { rmSync(folder, { recursive: true }) }
  })

  it('asks no network for a driver that needs none', async () => {
    expect([...(await diagnosed(config({ endpoint: 'http://nope.invalid' }), 'memory')).keys()][0]).to.equal('keys')
  })
})

describe('a clock\'s difference', () => {
  for (const [aheadMs, status, text] of [
    [0, 'ok', /within a second/], [-900, 'ok', /within a second/], [30_000, 'ok', /30 s behind/], [-61_000, 'warning', /61 s ahead of/],
    [61_000, 'warning', /61 s behind/], [899_000, 'warning', /899 s/], [901_000, 'failed', /RequestTimeTooSkewed/],
    [-1e9, 'failed', /ahead of/],
  ] as const) {
    it(`of ${aheadMs} ms is ${status}`, () => {
      const finding = clockFinding(aheadMs)
      expect(finding.status).to.equal(status)
      expect(finding.value).to.match(text)
      expect(finding.remedy !== undefined).to.equal(status !== 'ok')
    })
  }

  it('is taken between the moments of asking and answering, as a Date header says seconds only', () => {
    const at = Date.parse('Wed, 25 Nov 2026 08:00:00 GMT')
    expect(skewMs('Wed, 25 Nov 2026 08:00:00 GMT', at + 400, at + 600)).to.equal(0)
    expect(skewMs('Wed, 25 Nov 2026 08:01:00 GMT', at + 400, at + 600)).to.equal(60_000)
  })
})

describe('answers that wait for an acknowledgement', () => {
  const times = (...ms: readonly number[]): readonly number[] => ms
  for (const [what, get, head, waits] of [
    ['quick ones', times(1, 1, 2, 1), times(1, 1), false], ['all 40 ms later', times(41, 42, 44, 41), times(1, 1), true],
    ['half of them', times(1, 42, 1, 43), times(1), true], ['a few of them', times(1, 1, 1, 43), times(1), false],
    ['a store that is slow anyway', times(45, 44, 41, 44), times(43, 42), false], ['longer waits', times(90, 120, 100), times(1), false],
    ['none measured', times(), times(), false],
  ] as const) {
    it(`are${waits ? '' : ' not'} recognised in: ${what}`, () => { expect(waitsForAcks(get, head)).to.equal(waits) })
  }
})

describe('a certificate', () => {
  const nowMs = Date.parse('2026-06-01T00:00:00Z')
  const facts = (more: Partial<CertificateFacts>): CertificateFacts => ({
    certificate: {
      subject: { CN: 'store.test' }, issuer: { O: 'Test CA' }, valid_from: 'Jan  1 00:00:00 2026 GMT', valid_to: 'Jan  1 00:00:00 2027 GMT',
      subjectaltname: 'DNS:store.test',
    },
    name: 'store.test', insecure: false, nowMs, untrusted: undefined, wrongName: false, ...more,
  })
  for (const [what, more, status, text] of [
    ['is good', {}, 'ok', /^of store\.test, by Test CA, good for 214 days$/],
    ['ends soon', { nowMs: Date.parse('2026-12-25T00:00:00Z') }, 'warning', /good for 7 days/],
    ['has ended', { nowMs: Date.parse('2027-02-01T00:00:00Z') }, 'failed', /it has expired/],
    ['has not begun', { nowMs: Date.parse('2025-12-01T00:00:00Z') }, 'failed', /it is good from Jan/],
    ['is nobody\'s we know', { untrusted: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'failed', /not trusted \(SELF_SIGNED/],
    ['is for another name', { name: 'other.test', wrongName: true }, 'failed', /not for other\.test but for DNS:store\.test/],
    ['is accepted whatever it is', { insecure: true, untrusted: 'X' }, 'warning', /accepted/],
  ] as const) {
    it(`that ${what} is ${status}`, () => {
      const finding = certificateFinding(facts(more))
      expect(finding.status).to.equal(status)
      expect(finding.value).to.match(text)
    })
  }
})
