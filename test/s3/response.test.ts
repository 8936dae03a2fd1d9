// The response parser: every response, split anywhere, gives the same; what is wrong is refused wherever it is split.
import { expect } from 'chai'
import fc from 'fast-check'
import { headerOf, headersWith } from '../../bindings/s3/drivers/native/headers.ts'
import { HTTP_LIMITS, HttpError, ResponseParser, type ResponseHead } from '../../bindings/s3/drivers/native/response.ts'

interface Seen { status: number | undefined; body: string; interim: number[]; done: boolean; head: ResponseHead | undefined }

/** Feeds the pieces of one response as they would come off a socket, into a buffer that is used again. */
function read(pieces: readonly Buffer[], bodyless = false, ends = false): Seen {
  const seen: Seen = { status: undefined, body: '', interim: [], done: false, head: undefined }
  const parser = new ResponseParser({
    onInterim: (status) => { seen.interim.push(status) },
    onHead: (head) => {
      expect(seen.head, 'one head').to.equal(undefined)
      seen.head = head
      seen.status = head.status
    },
    onBody: (buffer, start, end) => { seen.body += Buffer.from(buffer.subarray(start, end)).toString('latin1') },
  })
  parser.expect(bodyless)
  const buffer = Buffer.alloc(128 * 1024, 0x5a)
  for (const piece of pieces) {
    piece.copy(buffer)
    parser.feed(buffer, piece.length)
    buffer.fill(0x5a, 0, piece.length)
  }
  if (ends) expect(parser.end()).to.equal(true)
  seen.done = parser.done
  return seen
}

interface Good {
  readonly title: string
  readonly wire: string
  readonly status: number
  readonly body: string
  readonly bodyless?: boolean
  readonly ends?: boolean
  readonly interim?: number[]
}
const GOOD: readonly Good[] = [
  { title: 'a body with its length', wire: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "x"\r\n\r\nhello', status: 200, body: 'hello' },
  { title: 'an empty body', wire: 'HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n', status: 200, body: '' },
  { title: 'no reason phrase', wire: 'HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno', status: 404, body: 'no' },
  { title: 'chunks', wire: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n', status: 200,
    body: 'hello!' },
  { title: 'chunks with extensions and trailers',
    wire: 'HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n00a;x=1;y="2"\r\n0123456789\r\n' +
      'A ;z\r\n\r\n\r\n\r\n\r\n\r\n\r\n0;end\r\nX-Sum: 1\r\nY: 2\r\n\r\n',
    status: 200, body: '0123456789\r\n\r\n\r\n\r\n\r\n' },
  { title: 'an answer to HEAD', wire: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n', status: 200, body: '', bodyless: true },
  { title: '204', wire: 'HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n', status: 204, body: '' },
  { title: '304', wire: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n', status: 304, body: '' },
  { title: '100 first', wire: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', status: 200, body: 'ok',
    interim: [100] },
  { title: 'several 1xx with headers first',
    wire: 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n' +
      'HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n1',
    status: 201, body: '1', interim: [102, 103] },
  { title: 'a body that ends with the connection', wire: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end', status: 200,
    body: 'until the end', ends: true },
  { title: 'HTTP/1.0', wire: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', status: 200, body: 'ok' },
  { title: 'the same length twice', wire: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok', status: 200, body: 'ok' },
  { title: 'an empty header value', wire: 'HTTP/1.1 200 OK\r\nX-Empty:\r\nContent-Length: 1\r\n\r\nx', status: 200, body: 'x' },
]

const BAD: readonly (readonly [title: string, wire: string])[] = [
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'], ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'], ['no status', 'HTTP/1.1 OK\r\n\r\n'],
  ['a status of one digit and no more', 'HTTP/1.1 9\r\n\r\n'], ['a status of two digits and no more', 'HTTP/1.1 20\r\n\r\n'],
  ['a version and no more', 'HTTP/1.1\r\n\r\n'], ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a status below 100', 'HTTP/1.1 099 X\r\n\r\n'], ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['a space before a colon', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n'],
  ['a folded header', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'], ['a header without a colon', 'HTTP/1.1 200 OK\r\nnothing\r\n\r\n'],
  ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
  ['a NUL in a header', 'HTTP/1.1 200 OK\r\nA: \0\r\n\r\n'], ['a bell in a header', 'HTTP/1.1 200 OK\r\nA: \x07\r\n\r\n'],
  ['a DEL in a header', 'HTTP/1.1 200 OK\r\nA: \x7f\r\n\r\n'], ['a CR in the status line', 'HTTP/1.1 200 O\rK\r\n\r\n'],
  ['a LF in the status line', 'HTTP/1.1 200 O\nK\r\n\r\n'],
  ['a head that ends with a bare LF', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n '],
  ['a CR in a header', 'HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n'],
  ['a LF in a header', 'HTTP/1.1 200 OK\r\nA: b\nc: d\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['a length that is a list', 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n'],
  ['an endless length', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n'],
  ['length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['another encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
  ['a chunk size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
  ['a chunk longer than its size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n'],
  ['a negative chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n'],
  ['a control character behind a chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;\0\r\n'],
  ['a control character in a trailer', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\na: \x01\r\n\r\n'],
  ['a CR alone behind the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\r'],
  ['a trailer that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nfoo\r\n\r\n'],
  ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'],
  ['more than was said', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab'],
  ['a second answer', 'HTTP/1.1 204 X\r\n\r\nHTTP/1.1 204 X\r\n\r\n'],
  ['something behind the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n!'],
]

const bytes = (wire: string): Buffer => Buffer.from(wire, 'latin1')
const each = (wire: string): Buffer[] => [...bytes(wire)].map((byte) => Buffer.from([byte]))

describe('the response parser', () => {
  for (const { title, wire, status, body, bodyless = false, ends = false, interim = [] } of GOOD) {
    it(`reads ${title}, split at every byte`, () => {
      const wanted = { status, body, interim, done: true }
      expect(read([bytes(wire)], bodyless, ends)).to.deep.include(wanted)
      for (let at = 1; at < wire.length; at++) expect(read([bytes(wire.slice(0, at)), bytes(wire.slice(at))], bodyless, ends),
        `split at ${at}`).to.deep.include(wanted)
      expect(read(each(wire), bodyless, ends)).to.deep.include(wanted)
    })
    it(`does not take ${title} for whole when it is cut anywhere`, () => {
      const stop = wire.length - (ends ? body.length : 0)
      for (let at = 0; at < stop; at++) expect(read([bytes(wire.slice(0, at))], bodyless).done, `cut at ${at}`).to.equal(false)
    })
  }
  for (const [title, wire] of BAD) {
    it(`refuses ${title}, split at every byte`, () => {
      expect(() => read([bytes(wire)])).to.throw(HttpError)
      expect(() => read(each(wire))).to.throw(HttpError)
      for (let at = 1; at < wire.length; at++) expect(() => read([bytes(wire.slice(0, at)), bytes(wire.slice(at))]),
        `split at ${at}`).to.throw(HttpError)
    })
  }
  it('refuses a head, a chunk line and trailers without end', () => {
    const filler = Buffer.from(`X: ${'y'.repeat(1000)}\r\n`)
    const many = (first: string) => [bytes(first), ...Array.from({ length: Math.ceil(HTTP_LIMITS.headBytes / 1000) + 1 }, () => filler)]
    expect(() => read(many('HTTP/1.1 200 OK\r\n'))).to.throw(HttpError, /head of more/)
    expect(() => read(many('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n'))).to.throw(HttpError, /trailer/)
    const extension = 'x'.repeat(HTTP_LIMITS.chunkLineBytes)
    expect(() => read([bytes(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${extension}`)])).to.throw(HttpError, /does not end/)
  })
  it('reads a head larger than its first look', () => {
    const filler = Array.from({ length: 100 }, (_, i) => `X-Filler-${i}: ${'z'.repeat(50)}\r\n`).join('')
    const wire = `HTTP/1.1 200 OK\r\n${filler}Content-Length: 3\r\n\r\nabc`
    expect(read([bytes(wire)])).to.include({ status: 200, body: 'abc', done: true })
  })
  it('picks tag, request id, length and whether to keep the connection', () => {
    const head = (lines: string) => read([bytes(`HTTP/1.1 200 OK\r\n${lines}Content-Length: 0\r\n\r\n`)]).head
    expect(head('ETAG:  "abc" \r\nX-AMZ-Request-ID: tx1\r\n')).to.include({ etag: '"abc"', requestId: 'tx1', contentLength: 0,
      keepAlive: true })
    expect(head('Connection: Close\r\n')).to.include({ keepAlive: false })
    expect(read([bytes('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n')]).head).to.include({ keepAlive: false })
    expect(read([bytes('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n')]).head).to.include({ keepAlive: true })
  })
  it('closes a connection once it is told to, whatever else it is told', () => {
    for (const lines of ['Connection: close\r\nConnection: keep-alive', 'Connection: keep-alive\r\nConnection: close']) {
      for (const version of ['1.0', '1.1']) {
        const { head } = read([bytes(`HTTP/${version} 200 OK\r\n${lines}\r\nContent-Length: 0\r\n\r\n`)])
        expect(head, `${version} ${lines}`).to.include({ keepAlive: false })
      }
    }
  })
  it('takes away the blanks around a value, and no byte of a letter', () => {
    const text = 'HTTP/1.1 200 OK\r\nX-Amz-Meta-Name: \t voil\xc3\xa0 \t\r\nETag:\t"a" '
    expect(headersWith(text, 'x-amz-meta-')).to.deep.equal({ name: 'voil\xc3\xa0' })
    expect(headerOf(text, 'etag')).to.equal('"a"')
  })
  it('finds further headers by name and by prefix, in any case', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nX-Amz-Meta-One: 1\r\nx-amz-meta-two:2'
    expect(headerOf(text, 'content-type')).to.equal('a/b')
    expect(headerOf(text, 'x-amz-meta-two')).to.equal('2')
    expect(headerOf(text, 'etag')).to.equal(undefined)
    expect(headersWith(text, 'x-amz-meta-')).to.deep.equal({ one: '1', two: '2' })
  })
  it('reads any chunked body, chunked and split anyhow', () => {
    fc.assert(fc.property(
      fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 300 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 }),
      (chunks, cuts) => {
        const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
        const wire = bytes(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${framed}0\r\n\r\n`)
        const pieces: Buffer[] = []
        for (let at = 0, i = 0; at < wire.length; i++) {
          const size = cuts[i % cuts.length] ?? 1
          pieces.push(wire.subarray(at, at + size))
          at += size
        }
        expect(read(pieces)).to.include({ body: chunks.join(''), done: true })
      },
    ))
  })
  it('survives any bytes: it gives a response or an HttpError', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, begun) => {
      try {
        read([Buffer.concat([Buffer.from(begun ? 'HTTP/1.1 200 OK\r\n' : ''), noise])])
      } catch (error) {
        expect(error).to.be.instanceOf(HttpError)
      }
    }), { numRuns: 500 })
  })
})
