// The native driver as a client: bodies, time, stopping, and the use of connections.
import { expect } from 'chai'
import { bytesContent, payloadContent, type Content } from '../../bindings/sdk/index.ts'
import { callOf, refusal } from '../contract/s3-driver.ts'
import { HandClock, OK, Scripted, errorAnswer, eventually, onRequests } from './kit.ts'

const hello = (): Content => bytesContent(Buffer.from('hello'))

describe('the native driver, as a client,', () => {
  const store = new Scripted()
  afterEach(() => store.close())

  describe('sends bodies', () => {
    it('with the length and the bytes, small and large', async () => {
      const seen: Buffer[] = []
      await store.start((socket) => { onRequests(socket, (_, body) => { seen.push(body); socket.write(OK) }) })
      for (const sizeBytes of [0, 1, 8192, 8193, 3_000_000]) {
        const content = payloadContent({ sizeBytes, seed: 3, pattern: 'random' }, 'k')
        const facts = await store.driver.put({ key: 'k', content }, callOf())
        expect(facts.bytes).to.equal(sizeBytes)
        expect(facts.wireOut).to.be.within(sizeBytes + 200, sizeBytes + 800)
        const last = seen.at(-1) ?? Buffer.alloc(0)
        expect(last.length).to.equal(sizeBytes)
        if (sizeBytes > 0) {
          const wanted: Uint8Array[] = []
          for (let at = 0; at < sizeBytes; at += wanted.at(-1)?.length ?? 1) wanted.push(content.chunk(at, 65536))
          expect(last.equals(Buffer.concat(wanted))).to.equal(true)
        }
      }
      expect(store.server.connections).to.equal(1)
    })
    it('and reads an early refusal instead of sending on, on a connection that is not used again', async () => {
      await store.start((socket, n) => {
        if (n > 0) onRequests(socket, () => { socket.write(OK) })
        else socket.once('data', () => { socket.write(errorAnswer('403', 'AccessDenied')) })
      })
      const content = payloadContent({ sizeBytes: 200 * 1024 ** 2, seed: 1, pattern: 'random' }, 'k')
      expect((await refusal(store.driver.put({ key: 'k', content }, callOf()))).code).to.equal('denied')
      await store.driver.put({ key: 'k', content: hello() }, callOf())
      expect(store.server.connections).to.equal(2)
    })
    it('and takes a success before the body was there for what it is', async () => {
      await store.start((socket) => { socket.once('data', () => { socket.write(OK) }) })
      const content = payloadContent({ sizeBytes: 200 * 1024 ** 2, seed: 1, pattern: 'random' }, 'k')
      expect((await refusal(store.driver.put({ key: 'k', content }, callOf()))).code).to.equal('protocol')
    })
    it('and fails as cut when the server hangs up on them', async () => {
      await store.start((socket) => { socket.once('data', () => { socket.destroy() }) })
      const content = payloadContent({ sizeBytes: 200 * 1024 ** 2, seed: 1, pattern: 'random' }, 'k')
      expect((await refusal(store.driver.put({ key: 'k', content }, callOf()))).code).to.equal('cut')
    })
    it('after 100 Continue, when that is asked for', async () => {
      let early = 0
      await store.start((socket) => {
        socket.once('data', (head: Buffer) => {
          early = head.length - head.indexOf('\r\n\r\n') - 4
          expect(head.toString('latin1')).to.contain('Expect: 100-continue')
          socket.write('HTTP/1.1 100 Continue\r\n\r\n')
          socket.once('data', (body: Buffer) => { socket.write(body.toString() === 'hello' ? OK : errorAnswer('400', 'IncompleteBody')) })
        })
      }, { driver_config: { expect_continue: 5 } })
      expect((await store.driver.put({ key: 'k', content: hello() }, callOf())).status).to.equal(200)
      expect(early).to.equal(0)
    })
    it('not at all when the answer to the question is no', async () => {
      let bytes = 0
      await store.start((socket) => {
        socket.on('data', (data: Buffer) => {
          bytes += data.length - data.indexOf('\r\n\r\n') - 4
          socket.write(errorAnswer('412', 'PreconditionFailed'))
        })
      }, { driver_config: { expect_continue: 1 } })
      expect((await refusal(store.driver.put({ key: 'k', content: hello() }, callOf()))).code).to.equal('precondition')
      expect(bytes).to.equal(0)
    })
    it('after a second when no 100 Continue comes', async () => {
      const clock = new HandClock()
      let heads = 0
      await store.start((socket) => {
        socket.once('data', () => { heads++ })
        onRequests(socket, () => { socket.write(OK) })
      }, { driver_config: { expect_continue: 1 } }, clock)
      const pending = store.driver.put({ key: 'k', content: hello() }, callOf())
      await eventually(() => heads === 1)
      clock.move(1300)
      expect((await pending).status).to.equal(200)
    })
  })

  describe('keeps time', () => {
    it('and ends an operation that is not answered, with what it waited for', async () => {
      const clock = new HandClock()
      let heads = 0
      await store.start((socket) => { onRequests(socket, () => { heads++ }) }, {}, clock)
      const pending = refusal(store.driver.get({ key: 'k' }, callOf(5000)))
      await eventually(() => heads === 1)
      clock.move(4900)
      let over = false
      void pending.then(() => { over = true })
      await new Promise((resolve) => { setImmediate(resolve) })
      expect(over, 'not before its time').to.equal(false)
      clock.move(400)
      expect(await pending).to.include({ code: 'timeout' })
      await eventually(() => store.server.open === 0)
    })
    it('and takes the target\'s timeout for an operation without one', async () => {
      const clock = new HandClock()
      await store.start(() => undefined, { timeout: '2s' }, clock)
      const pending = refusal(store.driver.get({ key: 'k' }, callOf(0)))
      await eventually(() => store.server.connections === 1)
      clock.move(2300)
      expect((await pending).code).to.equal('timeout')
    })
    it('also within the body of an answer', async () => {
      const clock = new HandClock()
      await store.start((socket) => { onRequests(socket, () => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf') }) },
        {}, clock)
      let got = 0
      const pending = refusal(store.driver.get({ key: 'k', sink: (chunk) => { got += chunk.length } }, callOf(1000)))
      await eventually(() => got === 4)
      clock.move(1300)
      expect((await pending).message).to.contain('the answer had begun')
    })
    it('and leaves no timer behind when it is closed', async () => {
      const clock = new HandClock()
      await store.start((socket) => { onRequests(socket, () => { socket.write(OK) }) }, {}, clock)
      await store.driver.get({ key: 'k' }, callOf())
      await store.driver.close()
      expect(clock.waiting).to.equal(0)
    })
  })

  describe('is stopped', () => {
    it('by the signal, all operations that carry it and no others', async () => {
      let waiting = 0
      await store.start((socket) => { onRequests(socket, (head) => { if (head.includes('/slow')) waiting++; else socket.write(OK) }) })
      const controller = new AbortController()
      const stopped = [1, 2, 3].map(() => refusal(store.driver.get({ key: 'slow' }, callOf(0, controller.signal))))
      await eventually(() => waiting === 3)
      controller.abort()
      for (const pending of stopped) expect((await pending).code).to.equal('cancelled')
      expect((await store.driver.get({ key: 'fast' }, callOf())).bytes).to.equal(2)
    })
    it('by closing it, and then starts nothing more', async () => {
      let waiting = 0
      await store.start((socket) => { onRequests(socket, () => { waiting++ }) })
      const pending = refusal(store.driver.get({ key: 'k' }, callOf()))
      await eventually(() => waiting === 1)
      await store.driver.close()
      expect((await pending).code).to.equal('cancelled')
      expect((await refusal(store.driver.get({ key: 'k' }, callOf()))).code).to.equal('cancelled')
    })
  })

  describe('reuses connections', () => {
    it('last in, first out, one per operation in flight', async () => {
      await store.start((socket) => { onRequests(socket, () => { setImmediate(() => { socket.write(OK) }) }) })
      for (let i = 0; i < 5; i++) await store.driver.get({ key: 'k' }, callOf())
      expect(store.server.connections).to.equal(1)
      await Promise.all([1, 2, 3].map(() => store.driver.get({ key: 'k' }, callOf())))
      expect(store.server.connections).to.equal(3)
    })
    it('but not more than max_connections at once; the others wait', async () => {
      await store.start((socket) => { onRequests(socket, () => { setImmediate(() => { socket.write(OK) }) }) }, { max_connections: 2 })
      const all = await Promise.all(Array.from({ length: 20 }, () => store.driver.get({ key: 'k' }, callOf())))
      expect(all).to.have.length(20)
      expect(store.server.connections).to.equal(2)
    })
    it('and takes a fresh one, once, when one that was idle for long turns out to be closed', async () => {
      const clock = new HandClock()
      await store.start((socket, n) => { onRequests(socket, (_head, _body, request) => { if (n === 0 &&
        request === 1) socket.destroy(); else socket.write(OK) }) }, {}, clock)
      await store.driver.get({ key: 'k' }, callOf())
      clock.move(2000)
      const facts = await store.driver.get({ key: 'k' }, callOf())
      expect(facts).to.include({ status: 200, reconnects: 1 })
      expect(store.server.connections).to.equal(2)
    })
    it('but counts it as cut when one in steady use is closed instead of answered', async () => {
      await store.start((socket, n) => { onRequests(socket, (_head, _body, request) => { if (n === 0 &&
        request === 1) socket.destroy(); else socket.write(OK) }) })
      await store.driver.get({ key: 'k' }, callOf())
      expect((await refusal(store.driver.get({ key: 'k' }, callOf()))).code).to.equal('cut')
    })
    it('never those the store has closed meanwhile', async () => {
      await store.start((socket) => { onRequests(socket, () => { socket.write(OK, () => { socket.end() }) }) })
      await store.driver.get({ key: 'k' }, callOf())
      await eventually(() => store.server.open === 0)
      expect(await store.driver.get({ key: 'k' }, callOf())).to.include({ reconnects: 0 })
    })
  })

  it('says where nothing listens', async () => {
    await store.start(() => undefined)
    const { port } = store.server
    await store.server.close()
    const error = await refusal(store.driver.get({ key: 'k' }, callOf()))
    expect(error).to.include({ code: 'unreachable', detail: 'ECONNREFUSED' })
    const advice = 'nothing listens there; is the gateway running, is the port right?'
    expect(error.message).to.equal(`cannot connect to http://127.0.0.1:${port} (ECONNREFUSED): ${advice}`)
    await store.start(() => undefined)
  })
  it('marks the connection once and the first byte of each answer', async () => {
    await store.answering(OK)
    const first = callOf()
    const second = callOf()
    await store.driver.get({ key: 'k' }, first)
    await store.driver.get({ key: 'k' }, second)
    expect(first.marks).to.deep.equal(['dial', 'connect', 'first_byte'])
    expect(second.marks).to.deep.equal(['first_byte'])
  })
  it('takes an error inside a 200 for what it is, and a document that is none as protocol', async () => {
    await store.answering(errorAnswer('200', 'InternalError'))
    expect((await refusal(store.driver.list({ prefix: '' }, callOf()))).detail).to.equal('InternalError')
    await store.answering('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>')
    expect((await refusal(store.driver.list({ prefix: '' }, callOf()))).code).to.equal('protocol')
  })
  it('refuses headers that would break out of their line', async () => {
    await store.answering(OK)
    const bad = { key: 'k', content: hello() }
    expect((await refusal(store.driver.put({ ...bad, contentType: 'a\r\nX-Evil: 1' }, callOf()))).code).to.equal('invalid')
    expect((await refusal(store.driver.put({ ...bad, metadata: { 'a:b': 'c' } }, callOf()))).code).to.equal('invalid')
    expect(store.server.connections).to.equal(0)
  })
})
