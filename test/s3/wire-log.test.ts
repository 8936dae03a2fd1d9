// Requests as they are shown: signed texts that are those of the signature, nothing secret, bodies up to a bound.
import { expect } from 'chai'
import fc from 'fast-check'
import { createHmac } from 'node:crypto'
import { openShown } from '../../bindings/s3/shown-operations.ts'
import { RequestWriter } from '../../bindings/s3/drivers/native/requests.ts'
import { openDriver as openMemory } from '../../bindings/s3/drivers/memory.ts'
import { openDriver as openAwsSdk } from '../../bindings/s3/drivers/aws-sdk/index.ts'
import { openDriver as openNative } from '../../bindings/s3/drivers/native/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { REQUESTS_SHOWN } from '../../bindings/s3/wire-log.ts'
import { BODY_SHOWN_BYTES, bodyLines, hiding, signedTexts } from '../../bindings/s3/wire-text.ts'
import { bytesContent, systemClock, type Call } from '../../bindings/sdk/index.ts'
import { OK, RawServer, errorAnswer, onRequests, sectionFor } from './kit.ts'

const call: Call = { signal: new AbortController().signal, timeoutMs: 0, mark: () => { return } }
const SECRET = 'the-secret-of-the-test'

/** The signature of a string to sign, written from the specification. */
function signatureOf(stringToSign: string): string {
  const [, , scope = ''] = stringToSign.split('\n')
  const first: string | Buffer = `AWS4${SECRET}`
  const key = scope.split('/').reduce<string | Buffer>((secret, part) => createHmac('sha256', secret).update(part).digest(), first)
  return createHmac('sha256', key).update(stringToSign).digest('hex')
}

describe('the signed texts of a request that is shown', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  const header = fc.tuple(fc.stringMatching(/^x-amz-meta-[a-z]{1,8}$/), fc.stringMatching(/^[!-~]([ -~]{0,12}[!-~])?$/))

  it('are what the signature was made over: they give it again', () => {
    const queries = fc.array(fc.tuple(text, text), { maxLength: 4 })
    const headers = fc.uniqueArray(header, { maxLength: 3, selector: ([name]) => name })
    const tokens = fc.option(fc.stringMatching(/^[A-Za-z0-9/+=]{4,40}$/), { nil: undefined })
    fc.assert(fc.property(text, queries, headers, tokens, (key, query, signed, token) => {
      const more = token === undefined ? {} : { session_token: token }
      const writer = new RequestWriter(settingsOf(sectionFor(9000, more)), systemClock)
      const head = writer.head('PUT', key, { query, signed, body: bytesContent(Buffer.from('x')) })
      const texts = signedTexts(head)
      expect(signatureOf(texts?.stringToSign ?? '')).to.equal(/Signature=([0-9a-f]{64})/.exec(head)?.[1])
    }))
  })

  it('are none for a request that is not signed', () => {
    expect(signedTexts('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).to.equal(undefined)
  })
})

describe('what is secret of a request that is shown', () => {
  const token = 'FwoGZXIvYXdzEXAMPLE//tok+en=='
  const signed = 'Authorization: AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature='
  const sse = 'server-side-encryption-customer-key'
  for (const [what, head, secret] of [
    ['its signature', `GET /b HTTP/1.1\r\n${signed}abc123ff`, 'abc123ff'],
    ['a session token', `GET /b HTTP/1.1\r\nX-Amz-Security-Token: ${token}`, token],
    ['a key of an encrypted object', `PUT /b HTTP/1.1\r\nx-amz-${sse}: c2VjcmV0LWtleQ==`, 'c2VjcmV0LWtleQ=='],
    ['that key\'s digest', `PUT /b HTTP/1.1\r\nx-amz-${sse}-MD5: bWQ1LW9mLWl0`, 'bWQ1LW9mLWl0'],
    ['the key of an object that is copied', `PUT /b HTTP/1.1\r\nx-amz-copy-source-${sse}: b3RoZXI=`, 'b3RoZXI='],
    ['a presigned signature', 'GET /b?X-Amz-Signature=00ff00ff&x=1 HTTP/1.1', '00ff00ff'],
    ['a presigned token', `GET /b?X-Amz-Security-Token=${encodeURIComponent(token)} HTTP/1.1`, token],
  ] as const) {
    it(`is hidden wherever it stands: ${what}`, () => {
      const hide = hiding(head)
      expect(hide(head)).to.include('***').and.not.include(secret).and.not.include(encodeURIComponent(secret))
      expect(hide(`<SignatureProvided>${secret}</SignatureProvided>`)).to.equal('<SignatureProvided>***</SignatureProvided>')
    })
  }
})

describe('a body that is shown', () => {
  it('is text where it is text, hex where it is not, and cut at its bound', () => {
    expect(bodyLines(Buffer.from('<a>\nä</a>'), 10)).to.deep.equal(['body of 10 bytes:', '<a>', 'ä</a>'])
    expect(bodyLines(Buffer.from([0, 1, 0xff, 0x41]), 4)).to.deep.equal([
      'body of 4 bytes:', '00000000  00 01 ff 41                                      ...A',
    ])
    const long = bodyLines(Buffer.from('é'.repeat(4000)), 8000)
    expect(long[0]).to.equal(`body of 8000 bytes, the first ${BODY_SHOWN_BYTES.text}:`)
    expect(Buffer.byteLength(long.slice(1).join('\n'))).to.equal(BODY_SHOWN_BYTES.text)
    const binary = bodyLines(Buffer.alloc(5000), 5000)
    expect(binary[0]).to.equal(`body of 5000 bytes, the first ${BODY_SHOWN_BYTES.hex}:`)
    expect(binary).to.have.length(1 + BODY_SHOWN_BYTES.hex / 16)
  })

  it('is hex where a line ends as no line does: a CR alone takes a terminal back to the line\'s beginning', () => {
    expect(bodyLines(Buffer.from('ab\r'), 3)[1]).to.match(/^00000000  61 62 0d /)
    expect(bodyLines(Buffer.from('a\r\nb\r\n'), 6)).to.deep.equal(['body of 6 bytes:', 'a', 'b', ''])
  })

  it('never lets a terminal be told anything, whatever its bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(bodyLines(bytes, bytes.length).join('')).not.to.match(/[^\P{Cc}\t]/u)
    }))
  })
})

describe('a driver whose requests are shown', () => {
  const written: string[] = []
  const log = (bodies: boolean) => ({ bodies, write: (text: string) => { written.push(text) } })
  const contextOn = (port: number) => ({ settings: settingsOf(sectionFor(port)), clock: systemClock, concurrency: 1 })
  let server: RawServer
  let onHead: (head: string) => void
  before(async () => {
    server = await RawServer.open((socket) => {
      onRequests(socket, (head) => {
        onHead(head)
        socket.write(head.includes('/wrong') ? errorAnswer('403', 'SignatureDoesNotMatch') : OK)
      })
    })
  })
  after(async () => { await server.close() })
  beforeEach(() => { written.length = 0; onHead = () => { return } })

  it('shows heads alone, and bodies too when they are asked for, and gives what it would give', async () => {
    const driver = openShown(openNative, 'native', contextOn(server.port), log(false))
    await driver.put({ key: 'k', content: bytesContent(Buffer.from('the body')) }, call)
    expect(written.join('\n')).to.include('s3 request 1: PUT k').and.include('> PUT /bench/k HTTP/1.1').and.include('string to sign:')
      .and.include('< HTTP/1.1 200 OK').and.include('Signature=***').and.not.include('the body').and.not.include(SECRET)
    await driver.close()
    const full = openShown(openNative, 'native', contextOn(server.port), log(true))
    const got: string[] = []
    await full.put({ key: 'k', content: bytesContent(Buffer.from('the body')) }, call)
    expect((await full.get({ key: 'k', sink: (chunk) => { got.push(Buffer.from(chunk).toString()) } }, call)).bytes).to.equal(2)
    expect(got).to.deep.equal(['ok'])
    expect(written.join('\n')).to.include('> the body').and.include('< body of 2 bytes:\n  < ok')
    const refused = await full.get({ key: 'wrong' }, call).then(() => undefined, (error: unknown) => error)
    expect(refused).to.include({ code: 'denied' })
    expect(written.at(-1)).to.include('<Code>SignatureDoesNotMatch</Code>')
    await full.close()
  })

  it('is shown through the SDK too: the head it signed, the texts of that signature, the answer', async () => {
    const driver = openShown(openAwsSdk, 'aws-sdk', contextOn(server.port), log(true))
    const heads: string[] = []
    onHead = (head) => { heads.push(head) }
    await driver.put({ key: 'ä b', content: bytesContent(Buffer.from('the body')) }, call)
    await driver.list({ prefix: 'a/b' }, call).catch(() => undefined)
    const got: string[] = []
    expect((await driver.get({ key: 'k', sink: (chunk) => { got.push(Buffer.from(chunk).toString()) } }, call)).bytes).to.equal(2)
    expect(got).to.deep.equal(['ok'])
    const all = written.join('\n')
    expect(all).to.include('s3 request 1: PUT ä b').and.include('> PUT /bench/%C3%A4%20b').and.include('> the body')
      .and.include('< HTTP/1.1 200 OK').and.include('< body of 2 bytes:\n  < ok').and.include('Signature=***').and.not.include(SECRET)
    expect(heads).to.have.length(3)
    for (const head of heads) {
      const texts = signedTexts(head)
      expect(all).to.include(texts?.stringToSign.split('\n').at(-1) ?? 'none')
      expect(signatureOf(texts?.stringToSign ?? '')).to.equal(/Signature=([0-9a-f]{64})/.exec(head)?.[1])
    }
    const refused = await driver.get({ key: 'wrong' }, call).then(() => undefined, (error: unknown) => error)
    expect(refused).to.include({ code: 'denied' })
    expect(written.at(-1)).to.include('<Code>SignatureDoesNotMatch</Code>')
    await driver.close()
    const nobody = openShown(openAwsSdk, 'aws-sdk', contextOn(1), log(false))
    await nobody.head('k', call).catch(() => undefined)
    expect(written.at(-1)).to.match(/^s3 request 1 failed: .*ECONNREFUSED/)
    await nobody.close()
  })

  it('shows why there was no answer', async () => {
    const driver = openShown(openNative, 'native', contextOn(1), log(false))
    await driver.head('k', call).catch(() => undefined)
    expect(written.at(-1)).to.match(/^s3 request 1 failed: cannot connect/)
    await driver.close()
  })

  it('shows so many and no more, and says so once', async () => {
    const driver = openShown(openNative, 'native', contextOn(server.port), log(false))
    for (let n = 0; n < REQUESTS_SHOWN + 3; n++) await driver.get({ key: 'k' }, call)
    expect(written.filter((text) => text.startsWith('s3 request'))).to.have.length(REQUESTS_SHOWN)
    expect(written.filter((text) => text.includes('no more are'))).to.have.length(1)
    await driver.close()
  })

  it('shows operations and how they ended where it has no requests to show, and says so', async () => {
    const driver = openShown(openMemory, 'memory', contextOn(1), log(true))
    await driver.put({ key: 'k', content: bytesContent(Buffer.from('x')) }, call)
    await driver.get({ key: 'nope' }, call).catch(() => undefined)
    expect(written[0]).to.match(/memory driver does not show its requests/)
    expect(written.slice(1)).to.deep.equal([
      's3 operation 1: put k, 1 bytes', 's3 operation 1: status 200, 1 bytes, etag "9dd4e461268c8034f5c8564e155c67a6"',
      's3 operation 2: get nope', 's3 operation 2: failed: GET nope: the store answered 404 NoSuchKey',
    ])
    await driver.close()
  })
})
