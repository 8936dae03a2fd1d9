// The native driver against answers that come too early, in several, in pieces, in old forms, or without being asked for.
import { expect } from 'chai'
import type { Socket } from 'node:net'
import { payloadContent, type Content, type StorageCode } from '../../bindings/sdk/index.ts'
import { callOf, refusal } from '../contract/s3-driver.ts'
import { turns } from './damage.ts'
import { HandClock, OK, Scripted, errorAnswer, eventually, onRequests } from './kit.ts'

const LARGE_BYTES = 64 * 1024 ** 2
const large = (): Content => payloadContent({ sizeBytes: LARGE_BYTES, seed: 1, pattern: 'random' }, 'k')
const chunked = (status: string, body: string): string =>
  `HTTP/1.1 ${status} X\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)};x\r\n${body}\r\n0\r\nT: 1\r\n\r\n`
const withHeaders = (count: number): string => `HTTP/1.1 200 OK\r\n` +
  `${Array.from({ length: count }, (_, i) => `X-Filler-${i}: ${'f'.repeat(90)}\r\n`).join('')}Content-Length: 2\r\n\r\nok`

describe('the native driver, answered oddly,', () => {
  const store = new Scripted()
  afterEach(() => store.close())
  /** The next operation gets its own answer, over a connection of its own. */
  const goesOn = async (connections: number): Promise<void> => {
    expect((await store.driver.get({ key: 'next' }, callOf(0))).bytes).to.equal(2)
    expect(store.server.connections).to.equal(connections)
  }

  describe('before the body was sent,', () => {
    const early: readonly (readonly [wire: string, code: StorageCode])[] = [
      [OK, 'protocol'], ['HTTP/1.1 204 No\r\n\r\n', 'protocol'], [chunked('200', 'ok'), 'protocol'],
      [errorAnswer('403', 'AccessDenied'), 'denied'], [errorAnswer('503', 'SlowDown'), 'throttled'],
      [chunked('400', '<Error><Code>EntityTooLarge</Code></Error>'), 'invalid'],
      ['HTTP/1.1 500 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', 'unavailable'], ['HTTP/1.1 507 Full\r\n\r\n', 'no_space'],
    ]
    for (const [wire, code] of early) {
      for (const how of ['stays', 'ends'] as const) {
        // What only the end of the connection ends.
        if (how === 'stays' && wire.includes('507')) continue
        it(`says ${code} to ${JSON.stringify(wire.slice(9, 30))} when the connection ${how}`, async () => {
          await store.start((socket, n) => {
            if (n > 0) onRequests(socket, () => { socket.write(OK) })
            else socket.once('data', () => {
              socket.pause()
              if (how === 'ends') socket.end(wire)
              else socket.write(wire)
            })
          }, {}, new HandClock())
          expect((await refusal(store.driver.put({ key: 'k', content: large() }, callOf(0)))).code).to.equal(code)
          await goesOn(2)
        })
      }
    }
    it('says cut when the connection is only half closed, or reset', async () => {
      for (const how of ['half', 'reset'] as const) {
        await store.start((socket, n) => {
          if (n > 0) onRequests(socket, () => { socket.write(OK) })
          else socket.once('data', () => {
            if (how === 'half') socket.end()
            else socket.resetAndDestroy()
          })
        }, {}, new HandClock())
        expect((await refusal(store.driver.put({ key: 'k', content: large() }, callOf(0)))).code).to.equal('cut')
        await goesOn(2)
      }
    })
  })

  it('waits through any number of interim answers, in pieces, and sends the body at 100 alone', async () => {
    const interim = 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 199 Odd\r\n\r\n'
    let bodyAt = ''
    let sent = ''
    await store.start((socket) => {
      socket.once('data', () => {
        socket.once('data', () => { bodyAt = sent })
        void (async () => {
          for (const piece of [...interim.repeat(3).match(/[^]{1,7}/g) ?? [], 'HTTP/1.1 100 Conti', 'nue\r\n\r\n']) {
            sent += piece
            socket.write(piece)
            await turns(2)
          }
          await eventually(() => bodyAt !== '')
          socket.write(`${interim}${OK}`)
        })()
      })
    }, { driver_config: { expect_continue: 1 } }, new HandClock())
    const content = payloadContent({ sizeBytes: 5, seed: 1, pattern: 'zero' }, 'k')
    expect((await store.driver.put({ key: 'k', content }, callOf(0))).status).to.equal(200)
    expect(bodyAt).to.match(/100 Continue\r\n\r\n$/)
  })
  it('reads heads of up to 64 KiB, and says protocol to larger ones', async () => {
    await store.answering(withHeaders(600))
    expect((await store.driver.get({ key: 'k' }, callOf())).bytes).to.equal(2)
    await store.answering(withHeaders(700))
    expect((await refusal(store.driver.get({ key: 'k' }, callOf()))).code).to.equal('protocol')
  })
  for (const [wire, reused] of [['HTTP/1.0 200 OK\r\n\r\nok', false], ['HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', false],
    ['HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok', true]] as const) {
    it(`reads ${JSON.stringify(wire)} and ${reused ? 'uses' : 'does not use'} its connection again`, async () => {
      await store.start((socket) => { onRequests(socket, () => { if (reused) socket.write(wire); else socket.end(wire) }) })
      for (let i = 0; i < 3; i++) expect((await store.driver.get({ key: 'k' }, callOf())).bytes).to.equal(2)
      expect(store.server.connections).to.equal(reused ? 1 : 3)
    })
  }
  it('gives nobody an answer that comes after its operation\'s time', async () => {
    const clock = new HandClock()
    const late: Socket[] = []
    await store.start((socket) => {
      onRequests(socket, (head) => {
        if (head.includes('/late')) late.push(socket)
        else socket.write(OK)
      })
    }, {}, clock)
    for (let i = 0; i < 5; i++) {
      const pending = refusal(store.driver.get({ key: 'late' }, callOf(1000)))
      await eventually(() => late.length === i + 1)
      clock.move(1300)
      expect((await pending).code).to.equal('timeout')
      late[i]?.write(OK.replace('"e"', '"late"'))
      expect(await store.driver.get({ key: 'next' }, callOf(0))).to.include({ etag: '"e"', reconnects: 0 })
    }
  })
  it('gives nobody what a store says unasked, whole or in pieces', async () => {
    const sockets = new Set<Socket>()
    await store.start((socket) => {
      sockets.add(socket)
      socket.on('close', () => { sockets.delete(socket) })
      onRequests(socket, () => { socket.write(OK) })
    })
    for (const unasked of [OK.replace('"e"', '"unasked"'), 'H', '\r\n', '\0', 'HTTP/1.1 408 Timeout\r\n\r\n']) {
      expect((await store.driver.get({ key: 'k' }, callOf())).etag).to.equal('"e"')
      for (const socket of sockets) socket.write(unasked)
      await eventually(() => sockets.size === 0)
    }
    expect((await store.driver.get({ key: 'k' }, callOf())).etag).to.equal('"e"')
    expect(store.server.connections).to.equal(6)
  })
})
