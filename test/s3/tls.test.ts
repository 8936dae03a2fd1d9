// Endpoints whose TLS fails: one line each that names the endpoint and what to set, from both drivers that speak it.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { prepareBucket } from '../../bindings/s3/bucket.ts'
import type { OpenDriver } from '../../bindings/s3/driver.ts'
import { openDriver as openAwsSdk } from '../../bindings/s3/drivers/aws-sdk/index.ts'
import { openDriver as openNative } from '../../bindings/s3/drivers/native/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { StorageError, systemClock, type JsonObject } from '../../bindings/sdk/index.ts'
import { CERTIFICATE, EXPIRED, KEY } from './certificate.ts'
import { sectionFor } from './kit.ts'

const SERVERS = {
  good: () => createHttps({ cert: CERTIFICATE, key: KEY }, (_request, response) => { response.end() }),
  expired: () => createHttps({ cert: EXPIRED, key: KEY }, (_request, response) => { response.end() }),
  plain: () => createHttp((_request, response) => { response.end() }),
  /** Hangs up on whatever it is sent, as some TLS servers do on plain HTTP and some plain ones on TLS. */
  curt: () => createTcp((socket) => {
    socket.on('error', () => { socket.destroy() })
    socket.on('data', () => { socket.destroy() })
  }),
  /** Answers with a TLS alert, as OpenSSL's servers do. */
  alert: () => createTcp((socket) => {
    socket.on('error', () => { socket.destroy() })
    socket.on('data', () => { socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70])) })
  }),
} satisfies Readonly<Record<string, () => Server>>

describe('an endpoint whose TLS fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chopsticks-tls-'))
  const files = { good: join(folder, 'good.pem'), expired: join(folder, 'expired.pem') }
  const ports: Record<string, number> = {}
  const servers: Server[] = []
  before(async () => {
    writeFileSync(files.good, CERTIFICATE)
    writeFileSync(files.expired, EXPIRED)
    for (const [name, make] of Object.entries(SERVERS)) {
      const server = make()
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      servers.push(server)
      ports[name] = (server.address() as AddressInfo).port
    }
  })
  after(() => {
    for (const server of servers) server.close()
    rmSync(folder, { recursive: true })
  })

  const cases: readonly (readonly [title: string, scheme: string, server: keyof typeof SERVERS, tls: JsonObject, says: RegExp])[] = [
    ['a certificate nobody vouched for', 'https', 'good', {}, /DEPTH_ZERO.*its certificate is not trusted: name its CA in tls\.ca, or/],
    ['one for another name', 'https', 'good', { ca: files.good, servername: 'elsewhere.test' }, /another name: set tls\.servername, or/],
    ['one that is no longer good', 'https', 'expired', { ca: files.expired }, /CERT_HAS_EXPIRED.*renew it, or set tls\.insecure: true$/],
    ['TLS where none is spoken', 'https', 'plain', {}, /no TLS was spoken there; should the endpoint begin with http:\/\/ \?$/],
    ['TLS where the other side hangs up', 'https', 'curt', {}, /does the endpoint speak this scheme \(http or https\)\?$/],
    ['plain HTTP where TLS is spoken', 'http', 'good', {}, /should the endpoint begin with https:\/\/ \?$/],
    ['plain HTTP where the other side hangs up', 'http', 'curt', {}, /should the endpoint begin with https:\/\/ \?$/],
    ['plain HTTP where a TLS alert comes back', 'http', 'alert', {}, /should the endpoint begin with https:\/\/ \?$|broke HTTP\/1\.1/],
  ]
  for (const [driverName, openDriver] of [['native', openNative], ['aws-sdk', openAwsSdk]] as const satisfies [string, OpenDriver][]) {
    for (const [title, scheme, server, tls, says] of cases) {
      it(`by ${title} is told in one line by the ${driverName} driver`, async () => {
        const port = ports[server] ?? 0
        const settings = settingsOf(sectionFor(port, { endpoint: `${scheme}://127.0.0.1:${port}`, tls }))
        const driver = openDriver({ settings, clock: systemClock, concurrency: 1 })
        let error: unknown
        try {
          await prepareBucket(driver, settings, new AbortController().signal)
        } catch (caught) {
          error = caught
        }
        await driver.close()
        if (!(error instanceof StorageError)) throw new Error(`expected a StorageError, got ${String(error)}`)
        expect(error.message).to.match(says).and.contain(`${scheme}://127.0.0.1:${port}`).and.not.contain('\n')
        expect(error.code).to.be.oneOf(['unreachable', 'protocol'])
      })
    }
    it(`is used all the same by the ${driverName} driver where the target says so`, async () => {
      for (const [server, tls] of [['good', { ca: files.good }], ['expired', { insecure: true }]] as const) {
        const port = ports[server] ?? 0
        const settings = settingsOf(sectionFor(port, { endpoint: `https://127.0.0.1:${port}`, tls }))
        const driver = openDriver({ settings, clock: systemClock, concurrency: 1 })
        expect(await prepareBucket(driver, settings, new AbortController().signal)).to.equal(false)
        await driver.close()
      }
    })
  }
})
