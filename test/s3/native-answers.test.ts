// What the native driver makes of answers: the right code for each, and no connection in doubt is used again.
import { expect } from 'chai'
import type { Socket } from 'node:net'
import type { StorageCode } from '../../bindings/sdk/index.ts'
import { callOf, refusal } from '../contract/s3-driver.ts'
import { OK, Scripted, errorAnswer, eventually, onRequests } from './kit.ts'

describe('the native driver, by its answers,', () => {
  const store = new Scripted()
  afterEach(() => store.close())

  describe('turns what the store answers into codes', () => {
    const cases: readonly (readonly [wire: string, code: StorageCode, says: RegExp])[] = [
      [errorAnswer('404', 'NoSuchKey'), 'not_found', /404 NoSuchKey: because/],
      [errorAnswer('404', 'NoSuchBucket'), 'not_found', /NoSuchBucket/],
      [errorAnswer('403', 'AccessDenied'), 'denied', /AccessDenied/],
      [errorAnswer('403', 'SignatureDoesNotMatch'), 'denied', /secret key is not the one/],
      [errorAnswer('403', 'InvalidAccessKeyId'), 'denied', /does not know this access key/],
      [errorAnswer('403', 'RequestTimeTooSkewed'), 'denied', /clock/],
      [errorAnswer('403', 'QuotaExceeded'), 'no_space', /Quota/], [errorAnswer('503', 'SlowDown'), 'throttled', /SlowDown/],
      [errorAnswer('503', 'ServiceUnavailable'), 'unavailable', /Service/],
      [errorAnswer('500', 'InternalError'), 'unavailable', /500/], [errorAnswer('409', 'OperationAborted'), 'conflict', /409/],
      [errorAnswer('412', 'PreconditionFailed'), 'precondition', /412/],
      [errorAnswer('416', 'InvalidRange'), 'invalid', /416/], [errorAnswer('501', 'NotImplemented'), 'unsupported', /501/],
      [errorAnswer('400', 'RequestTimeout'), 'timeout', /400/],
      [errorAnswer('400', 'BadDigest'), 'corrupt', /BadDigest/], [errorAnswer('400', 'SomethingNew'), 'invalid', /400 SomethingNew/],
      [errorAnswer('503', 'SomethingNew'), 'unavailable', /SomethingNew/],
      [errorAnswer('400', 'constructor'), 'invalid', /constructor/],
      ['HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n', 'throttled', /answered 429/],
      ['HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>', 'unavailable', /answered 502/],
      ['HTTP/1.1 507 Full\r\nContent-Length: 0\r\n\r\n', 'no_space', /507/], ['HTTP/1.1 304 Not Modified\r\n\r\n', 'precondition', /304/],
      [errorAnswer('400', 'AuthorizationHeaderMalformed', '<Region>eu-west-1</Region>'), 'invalid',
      /is in region eu-west-1; set region: eu-west-1/],
      [errorAnswer('301', 'PermanentRedirect', '<Endpoint>bench.eu.example</Endpoint>'), 'invalid',
      /sends us to bench\.eu\.example, and redirects are not followed/],
      ['HTTP/1.1 301 Moved\r\nx-amz-bucket-region: eu-west-1\r\nContent-Length: 0\r\n\r\n', 'invalid',
      /bucket bench is in region eu-west-1/],
      ['HTTP/1.1 307 Temporary\r\nLocation: http://other.example/k\r\nContent-Length: 0\r\n\r\n', 'invalid',
      /to http:\/\/other\.example\/k/],
    ]
    for (const [wire, code, says] of cases) {
      it(`${wire.slice(9, 12)} ${/<Code>(\w+)/.exec(wire)?.[1] ?? 'without a document'} is ${code}, and the connection is used again`,
        async () => {
        await store.answering(wire)
        const error = await refusal(store.driver.get({ key: 'a key' }, callOf()))
        expect(error.code).to.equal(code)
        expect(error.message).to.match(says).and.contain('GET a key')
        expect(error.endpoint).to.equal(`http://127.0.0.1:${store.server.port}`)
        if (wire.includes('tx9')) expect(error.requestId).to.equal('tx9')
        await refusal(store.driver.get({ key: 'a key' }, callOf()))
        expect(store.server.connections).to.equal(1)
      })
    }
    it('a head of a redirected bucket too, which has no document', async () => {
      await store.answering('HTTP/1.1 301 Moved\r\nx-amz-bucket-region: eu-west-1\r\nContent-Length: 300\r\n\r\n')
      expect((await refusal(store.driver.headBucket(callOf()))).message).to.match(/set region: eu-west-1/)
    })
    it('keeps what a store says on one line', async () => {
      await store.answering(errorAnswer('400', 'Odd', '', 'a\nb\u001bc'))
      expect((await refusal(store.driver.get({ key: 'k' }, callOf()))).message).to.match(/a b c$/)
    })
  })

  describe('gives up a connection that has lost step', () => {
    const cases: readonly (readonly [title: string, wire: string, ends: boolean, code: StorageCode])[] = [
      ['is closed without an answer', '', true, 'cut'], ['is closed within the head', 'HTTP/1.1 200 OK\r\nConte', true, 'cut'],
      ['is closed within the body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', true, 'cut'],
      ['is closed within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel', true, 'cut'],
      ['is closed before the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', true, 'cut'],
      ['sends what is no HTTP', '220 mail ready\r\n', false, 'protocol'], ['sends more than it said', `${OK}more`, false, 'protocol'],
      ['answers twice', OK + OK, false, 'protocol'], ['sends a wrong length', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', false,
      'protocol'],
      ['sends a wrong chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', false, 'protocol'],
    ]
    for (const [title, wire, ends, code] of cases) {
      it(`when it ${title}`, async () => {
        await store.start((socket, n) => {
          onRequests(socket, () => {
            if (n > 0) socket.write(OK)
            else if (ends) socket.end(wire)
            else socket.write(wire)
          })
        })
        expect((await refusal(store.driver.get({ key: 'k' }, callOf()))).code).to.equal(code)
        expect(await store.driver.get({ key: 'k' }, callOf())).to.include({ status: 200, bytes: 2 })
        expect(store.server.connections).to.equal(2)
      })
    }
    it('when bytes come while it is idle', async () => {
      let first: Socket | undefined
      await store.start((socket) => {
        first ??= socket
        onRequests(socket, () => { socket.write(OK) })
      })
      await store.driver.get({ key: 'k' }, callOf())
      first?.write('HTTP/1.1 408 Late\r\n\r\n')
      await eventually(() => store.server.open === 0)
      await store.driver.get({ key: 'k' }, callOf())
      expect(store.server.connections).to.equal(2)
    })
    for (const [title, wire] of [
      ['says it will close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'],
      ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ] as const) {
      it(`when it ${title}, though the answer counts`, async () => {
        await store.answering(wire)
        await store.driver.get({ key: 'k' }, callOf())
        expect((await store.driver.get({ key: 'k' }, callOf())).bytes).to.equal(2)
        expect(store.server.connections).to.equal(2)
      })
    }
    it('when the end of the body is its end', async () => {
      await store.answering('HTTP/1.1 200 OK\r\n\r\nall of it', true)
      expect((await store.driver.get({ key: 'k' }, callOf())).bytes).to.equal(9)
    })
  })

  it('gives the right answer or the right code wherever an answer is cut, and works on', async function () {
    this.timeout(20_000)
    const wire = 'HTTP/1.1 200 OK\r\nETag: "e"\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n'
    let stop = 0
    await store.start((socket) => { onRequests(socket, () => { if (stop < wire.length) socket.end(wire.slice(0,
      stop)); else socket.write(wire) }) })
    for (stop = 0; stop < wire.length; stop++) expect((await refusal(store.driver.get({ key: 'k' }, callOf()))).code,
      `cut at ${stop}`).to.equal('cut')
    expect((await store.driver.get({ key: 'k' }, callOf())).bytes).to.equal(5)
  })
  it('gives the same whatever byte an answer is garbled at, or a code, and never mixes up two answers', async function () {
    this.timeout(20_000)
    const answer = (key: string): string => `HTTP/1.1 200 OK\r\nETag: "${key}"\r\nContent-Length: ${key.length}\r\n\r\n${key}`
    let spoil = -1
    await store.start((socket) => {
      onRequests(socket, (head) => {
        const wire = Buffer.from(answer(/bench\/(\w+)/.exec(head)?.[1] ?? '?'))
        if (spoil >= 0) wire[spoil] = 0x07
        socket.write(wire)
        // A length that was garbled away leaves an answer that only the end of the connection ends.
        socket.end()
      })
    })
    for (let at = 0; at < answer('first').length; at++) {
      spoil = at
      try {
        const facts = await store.driver.get({ key: 'first' }, callOf())
        expect(facts.status).to.be.within(200, 299)
      } catch (error) {
        expect(error, `garbled at ${at}`).to.have.property('code').that.is.oneOf(['protocol', 'cut', 'invalid', 'unavailable', 'denied'])
      }
      spoil = -1
      await eventually(() => store.server.open === 0)
      let body = ''
      expect((await store.driver.get({ key: 'second', sink: (chunk) => { body += Buffer.from(chunk).toString() } },
        callOf())).etag).to.equal('"second"')
      expect(body).to.equal('second')
      await eventually(() => store.server.open === 0)
    }
  })
})
