// The response parser against node:http's own: the same bytes, split anyhow, mean the same to both, or nothing to either.
import { expect } from 'chai'
import fc from 'fast-check'
import { headerOf } from '../../bindings/s3/drivers/native/headers.ts'
import { HttpError, ResponseParser } from '../../bindings/s3/drivers/native/response.ts'
import { nodeReads, type Reading } from './node-client.ts'

interface OurReading extends Reading { readonly text: string; readonly why?: string }

/** What our parser makes of the pieces of an answer and the end of the connection behind them. */
function weRead(pieces: readonly Buffer[], method: 'GET' | 'HEAD'): OurReading {
  const interim: number[] = []
  let status: number | undefined
  let text = ''
  let body = ''
  const parser = new ResponseParser({
    onInterim: (code) => { interim.push(code) },
    onHead: (head) => { ({ status, text } = head) },
    onBody: (buffer, start, end) => { body += Buffer.from(buffer.subarray(start, end)).toString('latin1') },
  })
  parser.expect(method === 'HEAD')
  const told = (): Omit<OurReading, 'verdict'> => ({ text, ...(status === undefined ? {} : { status, interim }) })
  try {
    for (const piece of pieces) parser.feed(piece, piece.length)
  } catch (error) {
    if (error instanceof HttpError) return { verdict: 'refused', ...told(), why: error.message }
    throw error
  }
  return parser.end() ? { verdict: 'whole', ...told(), body } : { verdict: 'cut', ...told() }
}

const bytes = (wire: string): Buffer => Buffer.from(wire, 'latin1')
function splitBy(wire: string, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0, i = 0; at < wire.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    pieces.push(bytes(wire.slice(at, at + size)))
    at += size
  }
  return pieces
}

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`
const EMPTY = 'Content-Length: 0\r\n\r\n'

/** Where we are stricter: what no store sends in good health could only hide that a connection has lost step. */
const STRICTER: Readonly<Record<string, string>> = {
  'codings other than chunked': `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  'a coding that is none': `${OK}Transfer-Encoding: identity\r\n\r\nabc`,
  'chunked twice': `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'statuses from 600 on': `HTTP/1.1 600 X\r\n${EMPTY}`, 'statuses below 100': `HTTP/1.1 099 X\r\n${EMPTY}`,
  'HTTP/2.0 in the manner of 1.1': `HTTP/2.0 200 OK\r\n${EMPTY}`, 'HTTP/0.9 with a head': `HTTP/0.9 200 OK\r\n${EMPTY}`,
  'empty lines before an answer': `\r\n${OK}${EMPTY}`, 'a switch of protocols': 'HTTP/1.1 101 X\r\n\r\n',
  'lengths of a petabyte and more': `${OK}Content-Length: 1234567890123456\r\n\r\nok`,
  'chunk sizes of more than 13 digits': `${CHUNKED}00000000000002\r\nok\r\n0\r\n\r\n`,
}
/** Where we are more lenient, as RFC 9110 and 9112 allow: none of it can hide where an answer ends. */
const LENIENT: Readonly<Record<string, string>> = {
  'the same length twice': `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`,
  'a tab behind a length': `${OK}Content-Length: 2\t\r\n\r\nok`,
  'blanks behind a chunk size': `${CHUNKED}2 \r\nok\r\n0\r\n\r\n`,
  'an extension without a name': `${CHUNKED}2;\r\nok\r\n0\r\n\r\n`,
  'an extension beyond ASCII': `${CHUNKED}2;\xe9\r\nok\r\n0\r\n\r\n`,
  'a length in a trailer': `${CHUNKED}0\r\nContent-Length: 5\r\n\r\n`,
}

const oneOf = (characters: string): fc.Arbitrary<string> => fc.nat(characters.length - 1).map((i) => characters.charAt(i))
const token = fc.string({ unit: oneOf('abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_.!#$%&\'*+^`|~'), minLength: 1, maxLength: 12 })
const value = fc.string({ unit: oneOf(' \tabcXYZ019-"=/,;:()\xa0\xe9\xff'), maxLength: 20 })
const FRAMING = /^(content-length|transfer-encoding|connection|upgrade|keep-alive|proxy-connection|trailer)$/i
const header = fc.tuple(token.filter((name) => !FRAMING.test(name)), value).map(([name, text]) => `${name}:${text}\r\n`)
const headers = fc.array(header, { maxLength: 5 }).map((lines) => lines.join(''))
const reason = fc.constantFrom('', ' ', ' OK', ' Not Found at All', ' \xe9')
const interim = fc.tuple(fc.constantFrom(100, 102, 103, 199), reason, headers).map(([code, said, lines]) =>
  `HTTP/1.1 ${code}${said}\r\n${lines}\r\n`)
const extension = fc.constantFrom('', ';a', ';a=b', ';a="b;c"', ';a;b=1')
const body = fc.string({ unit: 'binary-ascii', maxLength: 60 })
const chunk = fc.tuple(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }), extension, fc.constantFrom('', '0', '000'))
  .map(([text, more, zeros]) => `${zeros}${text.length.toString(16)}${more}\r\n${text}\r\n`)
const chunks = fc.tuple(fc.array(chunk, { maxLength: 4 }), extension, headers).map(([all, more, trailers]) =>
  `Transfer-Encoding: chunked\r\n\r\n${all.join('')}0${more}\r\n${trailers}\r\n`)
const framed = fc.oneof(
  body.map((text) => `Content-Length: ${text.length}\r\n\r\n${text}`), chunks, body.map((text) => `\r\n${text}`),
  // Wrong on purpose: too short, too long, contradicting.
  fc.tuple(body, fc.nat(80)).map(([text, length]) => `Content-Length: ${length}\r\n\r\n${text}`),
  fc.tuple(fc.nat(9), chunks).map(([length, rest]) => `Content-Length: ${length}\r\n${rest}`),
)
const answer = fc.tuple(
  fc.array(interim, { maxLength: 2 }), fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
  fc.constantFrom(200, 200, 204, 206, 304, 404, 503, 599), reason, headers,
  fc.constantFrom('', '', 'Connection: close\r\n', 'Connection: keep-alive\r\n'), framed,
).map(([before, version, status, said, lines, connection, rest]) =>
  `${before.join('')}HTTP/${version} ${status}${said}\r\n${lines}${connection}${rest}`)
const sizes = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 8 })
const method = fc.constantFrom('GET' as const, 'GET' as const, 'HEAD' as const)

/** Lengths with tabs or said twice. */
const ODD_LENGTH = /content-length:[^\r]*\t|content-length:[^]*content-length:/i
/** Chunk sizes with blanks behind them, and extensions that are not names and values. */
const ODD_CHUNK_SIZE = /\n[0-9a-f]+([ \t]+[\r;]|[ \t]*;[^\r]*[^\w"=;\r]|[ \t]*;\r|;[^\r]*[;="])/i

/** True when the difference is one of those above, met by chance. */
function known(wire: string, ours: OurReading, theirs: Reading): boolean {
  if (ours.verdict === 'refused') {
    const why = ours.why ?? ''
    return /other than chunked|switched protocols|Content-Length is no number|without a proper size/.test(why) ||
      (why.includes('status line') && /^\s|HTTP\/(0\.9|2\.0)|HTTP\/1\.[01] [06-9]/.test(wire))
  }
  return theirs.verdict === 'refused' && (ODD_LENGTH.test(wire) || ODD_CHUNK_SIZE.test(wire))
}

function agree(wire: string, ours: OurReading, theirs: Reading): void {
  const said = `${JSON.stringify(wire)}\nours: ${JSON.stringify(ours)}\ntheirs: ${JSON.stringify(theirs)}`
  if (ours.verdict !== theirs.verdict && known(wire, ours, theirs)) return
  // A body behind an answer that has none: node drops the connection quietly, we say that it lost step.
  if (ours.verdict === 'refused' && ours.why?.includes('behind the end') === true && theirs.verdict === 'whole') return
  expect(ours.verdict, said).to.equal(theirs.verdict)
  if (ours.verdict !== 'whole') return
  expect({ status: ours.status, body: ours.body, interim: ours.interim }, said)
    .to.deep.equal({ status: theirs.status, body: theirs.body, interim: theirs.interim })
  const seen = new Set<string>()
  for (const [name, text] of theirs.headers ?? []) {
    if (!seen.has(name)) expect(headerOf(ours.text, name), `${name} of ${said}`).to.equal(text)
    seen.add(name)
  }
}

describe('the response parser and node:http', () => {
  for (const [what, wire] of Object.entries(STRICTER)) {
    it(`differ in that we refuse ${what}`, async () => {
      expect(weRead([bytes(wire)], 'GET').verdict).to.equal('refused')
      expect((await nodeReads([bytes(wire)], 'GET')).verdict).to.not.equal('refused')
    })
  }
  for (const [what, wire] of Object.entries(LENIENT)) {
    it(`differ in that we read ${what}`, async () => {
      expect(weRead([bytes(wire)], 'GET')).to.include({ verdict: 'whole', status: 200 })
      expect((await nodeReads([bytes(wire)], 'GET')).verdict).to.equal('refused')
    })
  }
  it('agree on any answer, right or wrongly framed, split anyhow', async () => {
    await fc.assert(fc.asyncProperty(answer, sizes, method, async (wire, cuts, asked) => {
      const pieces = splitBy(wire, cuts)
      agree(wire, weRead(pieces, asked), await nodeReads(pieces, asked))
    }), { numRuns: 800 })
  }).timeout(30_000)
  it('agree on any answer with bytes changed, put in or left out', async () => {
    const byte = fc.oneof(fc.constantFrom('\r', '\n', '\0', ' ', ':', ';', '0', '\x7f', '\xff', '\t'), fc.integer({ min: 0, max: 255 })
      .map((code) => String.fromCharCode(code)))
    const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), left: fc.nat(2), put: fc.array(byte, { maxLength: 2 }) })
    await fc.assert(fc.asyncProperty(answer, fc.array(edit, { minLength: 1, maxLength: 3 }), sizes, method,
      async (right, edits, cuts, asked) => {
      let wire = right
      for (const { at, left, put } of edits) {
        const position = Math.floor(at * wire.length)
        wire = wire.slice(0, position) + put.join('') + wire.slice(position + left)
      }
      const pieces = splitBy(wire, cuts)
      agree(wire, weRead(pieces, asked), await nodeReads(pieces, asked))
    }), { numRuns: 800 })
  }).timeout(30_000)
})
