// What comes in: hashed, unsigned and aws-chunked bodies, their checksums, and every way they can be wrong.
import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import type { RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { ask, ChunkSigner, crc32Base64, signedHead, talk, wireHead } from './kit.ts'
import type { Question } from './kit.ts'

const DATA = 'a'.repeat(9000) + 'b'.repeat(100)
const answered = (got: string): boolean => /\r\n\r\n[\s\S]*<\/Error>|HTTP\/1.1 200/.test(got)
const outcome = (got: string): string => `${got.slice(9, 12)} ${/<Code>(\w+)/.exec(got)?.[1] ?? ''}`.trim()

describe('endpoint: bodies', () => {
  let served: RunningEndpoint
  beforeEach(async () => { served = await serveS3() })
  afterEach(() => served.close())

  const put = (question: Partial<Question>) => ask(served, { method: 'PUT', path: '/bench/k', body: DATA, ...question })
  const stored = async (): Promise<string> => (await ask(served, { path: '/bench/k' })).text
  const nothingStored = (): void => { expect(served.stats()).to.include({ objects: 0, usedBytes: 0 }) }

  it('takes UNSIGNED-PAYLOAD and signed hashes, and refuses a body that is not the one hashed', async () => {
    expect((await put({ headers: { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' } })).status).to.equal(200)
    expect((await put({})).status).to.equal(200)
    expect(await stored()).to.equal(DATA)
    await ask(served, { method: 'DELETE', path: '/bench/k' })
    const other = createHash('sha256').update('other').digest('hex')
    expect((await put({ headers: { 'X-Amz-Content-Sha256': other } })).code).to.equal('XAmzContentSHA256Mismatch')
    expect((await put({ body: '', headers: { 'X-Amz-Content-Sha256': other } })).code).to.equal('XAmzContentSHA256Mismatch')
    nothingStored()
  })

  it('takes bodies of unknown length', async () => {
    expect((await put({ headers: { 'Transfer-Encoding': 'chunked' } })).status).to.equal(200)
    expect(await stored()).to.equal(DATA)
  })

  it('checks Content-MD5', async () => {
    const md5 = (data: string): string => createHash('md5').update(data).digest('base64')
    expect((await put({ headers: { 'Content-MD5': md5(DATA) } })).status).to.equal(200)
    expect((await put({ headers: { 'Content-MD5': md5('x') } })).code).to.equal('BadDigest')
    expect((await put({ headers: { 'Content-MD5': 'short' } })).code).to.equal('InvalidDigest')
  })

  it('checks checksums in headers, by their published check values', async () => {
    // The CRC catalogue's "check" column: the checksum of the nine digits.
    const CHECKS = { crc32: 'y/Q5Jg==', crc32c: '4waSgw==', crc64nvme: 'rosUhgp5mIg=', sha1: '98O8HYCOBHMq32eZZczDTKeuNEE=',
      sha256: 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=' }
    for (const [name, value] of Object.entries(CHECKS)) {
      const good = await put({ body: '123456789', headers: { [`x-amz-checksum-${name}`]: value } })
      expect(good.status, name).to.equal(200)
      expect(good.headers[`x-amz-checksum-${name}`]).to.equal(value)
      const shown = await ask(served, { path: '/bench/k', headers: { 'x-amz-checksum-mode': 'ENABLED' } })
      expect(shown.headers[`x-amz-checksum-${name}`]).to.equal(value)
      expect((await put({ body: '123456780', headers: { [`x-amz-checksum-${name}`]: value } })).code, name).to.equal('BadDigest')
      expect((await put({ body: '123456789', headers: { [`x-amz-checksum-${name}`]: 'AAA=' } })).code, name).to.equal('InvalidRequest')
    }
    const two = { 'x-amz-checksum-crc32': crc32Base64(DATA), 'x-amz-checksum-sha1': CHECKS.sha1 }
    expect((await put({ headers: two })).code).to.equal('InvalidRequest')
    expect((await put({ headers: { 'x-amz-sdk-checksum-algorithm': 'CRC32' } })).code).to.equal('InvalidRequest')
  })

  const unsignedTrailer = (body: string, more: Record<string, string> = {}): Partial<Question> => ({
    body, headers: {
      'X-Amz-Content-Sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'Content-Encoding': 'aws-chunked',
      'X-Amz-Trailer': 'x-amz-checksum-crc32',
      'X-Amz-Decoded-Content-Length': String(DATA.length), ...more,
    },
  })
  const chunks = (...sizes: number[]): string => {
    let at = 0
    return sizes.map((size) => `${size.toString(16)}\r\n${DATA.slice(at, at += size)}\r\n`).join('') + '0\r\n'
  }

  it('decodes unsigned chunks with a trailing checksum', async () => {
    const trailer = `x-amz-checksum-crc32:${crc32Base64(DATA)}\r\n\r\n`
    const good = await put(unsignedTrailer(chunks(1, 8000, 1099) + trailer))
    expect(good.status).to.equal(200)
    expect(good.headers['x-amz-checksum-crc32']).to.equal(crc32Base64(DATA))
    expect(await stored()).to.equal(DATA)
    expect((await ask(served, { method: 'HEAD', path: '/bench/k' })).headers).to.not.have.property('content-encoding')
  })

  it('refuses aws-chunked bodies broken in any way', async () => {
    const trailer = `x-amz-checksum-crc32:${crc32Base64(DATA)}\r\n\r\n`
    const whole = chunks(9100)
    const cases: [string, Partial<Question>, string][] = [
      ['wrong checksum', unsignedTrailer(`${whole}x-amz-checksum-crc32:${crc32Base64('x')}\r\n\r\n`), 'BadDigest'],
      ['missing trailer', unsignedTrailer(`${whole}\r\n`), 'InvalidRequest'],
      ['malformed trailer', unsignedTrailer(`${whole}nonsense\r\n\r\n`), 'InvalidRequest'],
      ['no hex size', unsignedTrailer(`zz\r\n${DATA}`), 'InvalidRequest'],
      ['chunk longer than its head', unsignedTrailer(`1\r\n${DATA}\r\n0\r\n${trailer}`), 'InvalidRequest'],
      ['an endless line', unsignedTrailer('f'.repeat(5000)), 'InvalidRequest'],
      ['bytes after the end', unsignedTrailer(`${whole}${trailer}more`), 'InvalidRequest'],
      ['ends early', unsignedTrailer(whole.slice(0, 5000)), 'IncompleteBody'],
      ['no last line end', unsignedTrailer(whole + trailer.slice(0, -2)), 'IncompleteBody'],
      ['shorter than declared', unsignedTrailer(whole + trailer, { 'X-Amz-Decoded-Content-Length': '9101' }), 'IncompleteBody'],
      ['longer than declared', unsignedTrailer(whole + trailer, { 'X-Amz-Decoded-Content-Length': '9099' }), 'IncompleteBody'],
      ['no declared length', unsignedTrailer(whole + trailer, { 'X-Amz-Decoded-Content-Length': '' }), 'InvalidArgument'],
    ]
    for (const [what, question, code] of cases) expect((await put(question)).code, what).to.equal(code)
    nothingStored()
  })

  /** Sends signed chunks by hand; `change` may spoil the body after it was signed. */
  const sendSigned = async (trailing: boolean, change: (body: string) => string = (body) => body): Promise<string> => {
    const wireBytes = (length: number): number => length.toString(16).length + 83 + length + 2
    const lines = `x-amz-checksum-crc32:${crc32Base64(DATA)}\n`
    const trailerBytes = trailing ? lines.length + 1 + 'x-amz-trailer-signature:'.length + 64 + 2 : 0
    const head = signedHead(served, { method: 'PUT', path: '/bench/k', headers: {
      'X-Amz-Content-Sha256': `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailing ? '-TRAILER' : ''}`, 'Content-Encoding': 'aws-chunked',
      'X-Amz-Decoded-Content-Length': String(DATA.length),
      'Content-Length': String(wireBytes(9000) + wireBytes(100) + 1 + 83 + trailerBytes + 2),
      ...(trailing ? { 'X-Amz-Trailer': 'x-amz-checksum-crc32' } : {}),
    } })
    const signer = new ChunkSigner(served, head)
    const body = signer.chunk(DATA.slice(0, 9000)) + signer.chunk(DATA.slice(9000)) + signer.chunk('')
      + (trailing ? lines.replace('\n', '\r\n') + signer.trailer(lines) : '') + '\r\n'
    expect(body.length).to.equal(Number(head.headers['Content-Length']))
    return outcome(await talk(served, wireHead(head) + change(body), answered))
  }

  it('verifies the signatures of chunks', async () => {
    expect(await sendSigned(false)).to.equal('200')
    expect(await stored()).to.equal(DATA)
    await ask(served, { method: 'DELETE', path: '/bench/k' })
    expect(await sendSigned(false, (body) => body.replace('aaa', 'aba'))).to.equal('403 SignatureDoesNotMatch')
    expect(await sendSigned(false, (body) => body.replace('bbb', 'bab'))).to.equal('403 SignatureDoesNotMatch')
    expect(await sendSigned(false, (body) =>
      body.replace(/chunk-signature=(\w)/, (_, digit) => `chunk-signature=${digit === '0' ? '1' : '0'}`)))
      .to.equal('403 SignatureDoesNotMatch')
    expect(await sendSigned(false, (body) => body.replace('chunk-signature', 'chunk-signaturf'))).to.equal('400 InvalidRequest')
    nothingStored()
  })

  it('verifies the signature of a trailer', async () => {
    expect(await sendSigned(true)).to.equal('200')
    await ask(served, { method: 'DELETE', path: '/bench/k' })
    expect(await sendSigned(true, (body) => body.replace(/crc32:../, 'crc32:AA'))).to.equal('403 SignatureDoesNotMatch')
    expect(await sendSigned(true, (body) =>
      body.replace(/x-amz-trailer-signature:\w{64}\r\n/, `x-pad:${'0'.repeat(82)}\r\n`))).to.equal('400 IncompleteBody')
    nothingStored()
  })

  it('refuses what has no length, is too long for S3, or does not fit in', async () => {
    const unsized = signedHead(served, { method: 'PUT', path: '/bench/k' })
    expect(outcome(await talk(served, wireHead(unsized), answered))).to.equal('411 MissingContentLength')
    const huge = signedHead(served, { method: 'PUT', path: '/bench/k',
      headers: { 'Content-Length': String(6 * 1024 ** 3), 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' } })
    expect(outcome(await talk(served, wireHead(huge), answered))).to.equal('400 EntityTooLarge')
    const small = await serveS3({ maxBytes: 10_000 })
    const fill = (key: string, size: number, headers: Record<string, string> = {}) =>
      ask(small, { method: 'PUT', path: `/bench/${key}`, body: 'x'.repeat(size),
        headers: { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD', ...headers } })
    expect((await fill('a', 9000)).status).to.equal(200)
    const full = await fill('b', 9000)
    expect([full.status, full.code]).to.deep.equal([507, 'QuotaExceeded'])
    expect((await fill('b', 9000, { 'Transfer-Encoding': 'chunked' })).code).to.equal('QuotaExceeded')
    expect(small.stats()).to.include({ objects: 1, usedBytes: 9512 })
    await ask(small, { method: 'DELETE', path: '/bench/a' })
    expect((await fill('b', 9000)).status).to.equal(200)
    await small.close()
  })
})
