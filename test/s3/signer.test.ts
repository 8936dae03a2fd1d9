// The signer against two signers of others: the same request must get the same signature.
import { Sha256 } from '@aws-crypto/sha256-js'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import aws4Library from 'aws4'
import { expect } from 'chai'
import fc from 'fast-check'
import { canonicalQuery, encodeKey, encodeValue } from '../../bindings/s3/canonical.ts'
import { EMPTY_SHA256, Signer, UNSIGNED_PAYLOAD, type Header } from '../../bindings/s3/signer.ts'

const ACCESS = 'AKIAIOSFODNN7EXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

interface Case {
  readonly method: string
  readonly key: string
  readonly query: readonly (readonly [string, string])[]
  readonly headers: readonly Header[]
  readonly hash: string
  readonly region: string
  readonly token: string | undefined
  readonly epochMs: number
}

const signatureOf = (text: string): string => /Signature=([0-9a-f]{64})\r\n/.exec(text)?.[1] ?? `no signature in ${text}`
const HOST = 'rgw.example:8443'

function ours(given: Case, signer = new Signer({ accessKey: ACCESS, secretKey: SECRET, ...(given.token === undefined ? {}
  : { sessionToken: given.token }) }, given.region)): string {
  return signer.sign(given.method, `/bucket/${encodeKey(given.key)}`, canonicalQuery(given.query), HOST, given.hash, given.headers,
    given.epochMs)
}

const amzDate = (epochMs: number): string => new Date(epochMs).toISOString().replace(/[-:]|\.\d{3}/g, '')

function aws4(given: Case): string {
  const query = canonicalQuery(given.query)
  const signed = aws4Library.sign({
    service: 's3', region: given.region, method: given.method, host: HOST,
      path: `/bucket/${encodeKey(given.key)}${query === '' ? '' : `?${query}`}`,
    headers: {
      'X-Amz-Date': amzDate(given.epochMs), 'X-Amz-Content-Sha256': given.hash, ...Object.fromEntries(given.headers),
    },
  }, { accessKeyId: ACCESS, secretAccessKey: SECRET, ...(given.token === undefined ? {} : { sessionToken: given.token }) })
  return /Signature=([0-9a-f]{64})/.exec(String(signed.headers?.['Authorization']))?.[1] ?? 'none'
}

async function smithy(given: Case): Promise<string> {
  const signer = new SignatureV4({
    service: 's3', region: given.region, sha256: Sha256, uriEscapePath: false, applyChecksum: false,
    credentials: { accessKeyId: ACCESS, secretAccessKey: SECRET, ...(given.token === undefined ? {} : { sessionToken: given.token }) },
  })
  const request = new HttpRequest({
    method: given.method, protocol: 'https:', hostname: 'rgw.example', port: 8443, path: `/bucket/${encodeKey(given.key)}`,
    query: Object.fromEntries(given.query), headers: { host: HOST, 'x-amz-content-sha256': given.hash,
      ...Object.fromEntries(given.headers) },
  })
  const signed = await signer.sign(request, { signingDate: new Date(given.epochMs) })
  return /Signature=([0-9a-f]{64})/.exec(signed.headers['authorization'] ?? '')?.[1] ?? 'none'
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
const queryName = fc.constantFrom('list-type', 'prefix', 'max-keys', 'start-after', 'delimiter', 'encoding-type', 'continuation-token')
const someCase = fc.record<Case>({
  method: fc.constantFrom('GET', 'PUT', 'HEAD', 'DELETE', 'POST'),
  key: text,
  query: fc.uniqueArray(fc.tuple(queryName, text), { selector: ([name]) => name, maxLength: 4 }),
  headers: fc.uniqueArray(fc.tuple(fc.constantFrom('x-amz-meta-a', 'x-amz-meta-zz', 'x-amz-acl'),
    fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)), { selector: ([name]) => name, maxLength: 3 }),
  hash: fc.constantFrom(EMPTY_SHA256, UNSIGNED_PAYLOAD),
  region: fc.constantFrom('us-east-1', 'default', 'eu-west-1'),
  token: fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{4,40}$/), { nil: undefined }),
  epochMs: fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2035, 0, 1) }),
})

describe('the signer', () => {
  it('signs as S3\'s documentation shows', () => {
    const signer = new Signer({ accessKey: ACCESS, secretKey: SECRET }, 'us-east-1')
    const signed = signer.sign('GET', '/test.txt', '', 'examplebucket.s3.amazonaws.com', EMPTY_SHA256, [['range', 'bytes=0-9']],
      Date.UTC(2013, 4, 24))
    expect(signatureOf(signed)).to.equal('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41')
    const listed = signer.sign('GET', '/', 'max-keys=2&prefix=J', 'examplebucket.s3.amazonaws.com', EMPTY_SHA256, [], Date.UTC(2013, 4, 24))
    expect(signatureOf(listed)).to.equal('34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7')
  })
  it('agrees with @smithy/signature-v4 on any key, query, header, region, token and date', async () => {
    await fc.assert(fc.asyncProperty(someCase, async (given) => {
      expect(signatureOf(ours(given))).to.equal(await smithy(given))
    }), { numRuns: 300 })
  })
  it('agrees with aws4 on any key that has no dot segments or doubled slashes, which aws4 would fold', () => {
    fc.assert(fc.property(someCase.filter(({ key }) => !/\/\/|^\/|(^|\/)\.\.?(\/|$)/.test(key)), (given) => {
      expect(signatureOf(ours(given))).to.equal(aws4(given))
    }), { numRuns: 300 })
  })
  it('keeps the right day, second and key when one signer goes through time', () => {
    const signer = new Signer({ accessKey: ACCESS, secretKey: SECRET }, 'us-east-1')
    const base: Case = { method: 'GET', key: 'a', query: [], headers: [], hash: EMPTY_SHA256, region: 'us-east-1', token: undefined,
      epochMs: 0 }
    const midnight = Date.UTC(2026, 11, 31, 23, 59, 59)
    for (const epochMs of [midnight, midnight + 999, midnight + 1000, midnight + 1001, midnight - 5000, midnight + 86_400_000]) {
      expect(signatureOf(ours({ ...base, epochMs }, signer))).to.equal(signatureOf(ours({ ...base, epochMs })))
    }
  })
  it('sends the token, the date and the hash it signed', () => {
    const signed = ours({ method: 'PUT', key: 'a', query: [], headers: [], hash: UNSIGNED_PAYLOAD, region: 'us-east-1', token: 'tok/en==',
      epochMs: Date.UTC(2026, 0, 2, 3, 4, 5) })
    expect(signed).to.contain('x-amz-security-token: tok/en==\r\n')
    expect(signed).to.contain('x-amz-date: 20260102T030405Z\r\n')
    expect(signed).to.contain('x-amz-content-sha256: UNSIGNED-PAYLOAD\r\n')
    expect(signed).to.contain('SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,')
  })
})

describe('canonical names', () => {
  it('encode each key once, slashes and dots kept', () => {
    expect(encodeKey('a b+c%2F/ä/.././/~!*\'()')).to.equal('a%20b%2Bc%252F/%C3%A4/.././/~%21%2A%27%28%29')
    expect(encodeValue('a/b')).to.equal('a%2Fb')
  })
  it('decode to what they were', () => {
    fc.assert(fc.property(text, (key) => { expect(decodeURIComponent(encodeKey(key))).to.equal(key) }))
  })
  it('sort a query by encoded name and give each an equals sign', () => {
    expect(canonicalQuery([['prefix', 'a b'], ['delete', ''], ['Z', '1'], ['a', '2'],
      ['a', '1']])).to.equal('Z=1&a=1&a=2&delete=&prefix=a%20b')
  })
  it('refuse half a surrogate pair', () => { expect(() => encodeKey('\ud800')).to.throw(URIError) })
})
