// Connections that must not be used again though their answer was whole: bytes still to come, a goodbye seen, words against each other.
import { expect } from 'chai'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { READ_BUFFER_BYTES } from '../../bindings/s3/drivers/native/pool.ts'
import { callOf } from '../contract/s3-driver.ts'
import { CERTIFICATE, KEY } from './certificate.ts'
import { HandClock, OK, Scripted, eventually, nativeOn, onRequests } from './kit.ts'

/** An answer whose body is its key's name, filled up to a size of all its bytes. */
const filled = (key: string, wireBytes: number): string => {
  const head = (length: number): string => `HTTP/1.1 200 OK\r\nETag: "${key}"\r\nContent-Length: ${length}\r\n\r\n`
  const length = wireBytes - head(wireBytes).length
  return head(length).padEnd(wireBytes, 'x')
}
const keyOf = (head: string): string => /\/bench\/([\w-]+)/.exec(head)?.[1] ?? ''
const STOLEN = 'HTTP/1.1 200 OK\r\nETag: "stolen"\r\nContent-Length: 6\r\n\r\nstolen'

/** Asks for a key, and for another in the very turn in which that answer was whole. */
async function twoInOneTurn(driver: S3Driver): Promise<readonly [first: string, second: string]> {
  const tag = (key: string): Promise<string> => driver.get({ key }, callOf(0)).then(({ etag = '' }) => etag, (error: unknown) =>
    (error as { code?: string }).code ?? 'none')
  let second: Promise<string> | undefined
  const first = await driver.get({ key: 'first' }, callOf(0)).then(({ etag = '' }) => {
    second = tag('second')
    return etag
  }, (error: unknown) => (error as { code?: string }).code ?? 'none')
  return [first, await (second ?? tag('second'))]
}

describe('the native driver does not use a connection again', () => {
  const store = new Scripted()
  afterEach(() => store.close())

  for (const wireBytes of [READ_BUFFER_BYTES, 3 * READ_BUFFER_BYTES]) {
    it(`that has bytes behind an answer which ends with a full read of ${wireBytes / READ_BUFFER_BYTES} buffers`, async () => {
      let stolen = 0
      await store.start((socket) => {
        onRequests(socket, (head) => {
          const key = keyOf(head)
          if (key === 'second') socket.write(OK.replace('"e"', '"second"'))
          else {
            stolen++
            socket.write(filled(key, wireBytes) + STOLEN, 'latin1')
          }
        })
      })
      for (let round = 0; round < 20; round++) {
        const [first, second] = await twoInOneTurn(store.driver)
        expect(first).to.be.oneOf(['"first"', 'protocol'])
        expect(second).to.be.oneOf(['"second"', 'protocol'])
      }
      expect(stolen).to.equal(20)
      expect((await store.driver.get({ key: 'second' }, callOf(0))).etag).to.equal('"second"')
    })
  }

  it('that has a TLS record behind the one its answer ended with', async () => {
    const server = createServer({ cert: CERTIFICATE, key: KEY }, (socket: TLSSocket) => {
      socket.on('error', () => { socket.destroy() })
      onRequests(socket, (head) => {
        if (keyOf(head) === 'second') {
          socket.write(OK.replace('"e"', '"second"'))
          return
        }
        // Two writes, two records, one segment.
        socket.cork()
        socket.write(OK.replace('"e"', '"first"'))
        socket.write(STOLEN)
        socket.uncork()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const driver = nativeOn(port, { endpoint: `https://127.0.0.1:${port}`, tls: { insecure: true } })
    for (let round = 0; round < 20; round++) {
      const [first, second] = await twoInOneTurn(driver)
      expect(first).to.be.oneOf(['"first"', 'protocol'])
      expect(second).to.be.oneOf(['"second"', 'protocol'])
    }
    expect((await driver.get({ key: 'second' }, callOf(0))).etag).to.equal('"second"')
    await driver.close()
    server.close()
  })

  for (const said of ['Connection: close\r\nConnection: keep-alive', 'Connection: keep-alive\r\nConnection: close',
    'Connection: keep-alive, close', 'connection: CLOSE']) {
    it(`that is to be closed, whatever else is said: ${said.replace('\r\n', ' / ')}`, async () => {
      await store.answering(`HTTP/1.1 200 OK\r\n${said}\r\nContent-Length: 2\r\n\r\nok`)
      for (let i = 0; i < 3; i++) await store.driver.get({ key: 'k' }, callOf())
      expect(store.server.connections).to.equal(3)
    })
  }

  it('whose goodbye it has seen, even in the turn in which it saw it', async () => {
    const clock = new HandClock()
    const sockets = new Map<string, Socket>()
    await store.start((socket) => {
      onRequests(socket, (head) => {
        const key = keyOf(head)
        sockets.set(key, socket)
        if (key !== 'held') socket.write(OK)
      })
    }, {}, clock)
    const failed: string[] = []
    for (let round = 0; round < 50; round++) {
      const held = store.driver.get({ key: 'held' }, callOf(0))
      await eventually(() => sockets.has('held'))
      await store.driver.get({ key: 'idle' }, callOf(0))
      // Both reach the client together: a goodbye on the idle connection, and the answer on the other.
      sockets.get('idle')?.end()
      sockets.get('held')?.write(OK)
      const two = async (): Promise<void> => {
        await held
        // Takes the connection that has just answered, and the one that has just said goodbye.
        await Promise.all(['a', 'b'].map((key) => store.driver.get({ key }, callOf(0)).catch((error: unknown) => {
          failed.push(String(error))
        })))
      }
      await two()
      sockets.clear()
    }
    expect(failed).to.deep.equal([])
  })

  it('and does not open more than it may when it replaces one that was closed while idle', async () => {
    const clock = new HandClock()
    let open = 0
    let most = 0
    let answers = true
    await store.start((socket) => {
      most = Math.max(most, ++open)
      socket.on('close', () => { open-- })
      onRequests(socket, () => { if (answers) socket.write(OK); else socket.destroy() })
    }, { max_connections: 1 }, clock)
    await store.driver.get({ key: 'k' }, callOf(0))
    clock.move(3000)
    answers = false
    const both = [store.driver.get({ key: 'a' }, callOf(0)), store.driver.get({ key: 'b' }, callOf(0))]
    await eventually(() => open === 0)
    answers = true
    const ended = await Promise.allSettled(both)
    expect(ended.map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled'])
    expect(most, 'connections at once').to.equal(1)
  })
})
