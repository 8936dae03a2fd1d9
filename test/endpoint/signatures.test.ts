// Who may ask: signatures in headers and queries, as another implementation makes them, and every way they can be wrong.
import { expect } from 'chai'
import { createHmac } from 'node:crypto'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import type { RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { ask } from './kit.ts'
import type { Question } from './kit.ts'

describe('endpoint: signatures', () => {
  let served: RunningEndpoint
  /** Added to the machine's clock, for the endpoint. */
  let aheadMs = 0
  beforeEach(async () => {
    aheadMs = 0
    served = await serveS3({ clock: { epochMs: () => Date.now() + aheadMs } })
    await ask(served, { method: 'PUT', path: '/bench/k', body: 'v' })
  })
  afterEach(() => served.close())

  const refused = async (question: Question): Promise<string> => {
    const { status, code, headers, text } = await ask(served, question)
    expect(headers['content-type']).to.equal('application/xml')
    expect(text).to.contain(`<RequestId>${String(headers['x-amz-request-id'])}</RequestId>`)
    return `${status} ${code ?? ''}`
  }

  it('takes signed headers and presigned URLs, with queries and escapes', async () => {
    for (const path of ['/bench/k', '/bench/?list-type=2&prefix=a%20b%2Bc%2F&delimiter=%2F', '/bench?list-type=2&max-keys=5', '/']) {
      expect((await ask(served, { path })).status, path).to.equal(200)
      expect((await ask(served, { path, presigned: true })).status, `${path} presigned`).to.equal(200)
    }
    for (const key of ['a%20b', 'a%2Bb', '%C3%A4', 'a%3Db%26c', '~._-']) {
      expect((await ask(served, { method: 'PUT', path: `/bench/${key}`, body: key })).status, key).to.equal(200)
      expect((await ask(served, { path: `/bench/${key}`, presigned: true })).text, key).to.equal(key)
    }
    expect((await ask(served, { method: 'PUT', path: '/bench/presigned', body: 'by query', presigned: true })).status).to.equal(200)
  })

  it('refuses who is nobody or somebody else', async () => {
    expect(await refused({ path: '/bench/k', unsigned: true })).to.equal('403 AccessDenied')
    expect(await refused({ path: '/bench/k', accessKey: 'AKIDOTHER' })).to.equal('403 InvalidAccessKeyId')
    expect(await refused({ path: '/bench/k', secretKey: 'other' })).to.equal('403 SignatureDoesNotMatch')
    expect(await refused({ path: '/bench/k', presigned: true, secretKey: 'other' })).to.equal('403 SignatureDoesNotMatch')
    expect(await refused({ path: '/bench/k', region: 'elsewhere' })).to.equal('400 AuthorizationHeaderMalformed')
    expect(await refused({ path: '/bench/k', headers: { 'X-Amz-Security-Token': 'abc' } })).to.equal('400 InvalidToken')
    expect(await refused({ path: '/bench/k', unsigned: true, headers: { Authorization: 'AWS AKID:c2ln' } })).to.equal('400 InvalidRequest')
    const basic = { path: '/bench/k', unsigned: true, headers: { Authorization: 'Basic abc' } } as const
    expect(await refused(basic)).to.equal('400 AuthorizationHeaderMalformed')
  })

  it('refuses what was changed after it was signed', async () => {
    const flip = (name: string, value: string) => (headers: Record<string, string>): void => { headers[name] = value }
    const meta = { 'x-amz-meta-a': '1' }
    const put = { method: 'PUT', path: '/bench/k', body: 'v', headers: meta } as const
    expect(await refused({ ...put, tamper: flip('x-amz-meta-a', '2') })).to.equal('403 SignatureDoesNotMatch')
    expect(await refused({ ...put, tamper: (headers) => { delete headers['x-amz-meta-a'] } })).to.equal('403 SignatureDoesNotMatch')
    expect(await refused({ ...put, tamper: flip('x-amz-meta-b', '2') })).to.equal('403 AccessDenied')
    expect(await refused({ path: '/bench/k', tamper: flip('Host', 'localhost:1') })).to.equal('403 SignatureDoesNotMatch')
    const unhashed = (headers: Record<string, string>): void => { delete headers['X-Amz-Content-Sha256'] }
    expect(await refused({ path: '/bench/k', tamper: unhashed })).to.equal('400 InvalidRequest')
    expect(await refused({ path: '/bench/k', headers: { 'X-Amz-Content-Sha256': 'nonsense' } })).to.equal('400 InvalidArgument')
  })

  it('folds repeated headers and runs of spaces as the specification says', async () => {
    const headers = { 'x-amz-meta-spaced': 'a   b  c' }
    expect((await ask(served, { method: 'PUT', path: '/bench/spaced', body: '', headers })).status).to.equal(200)
    expect((await ask(served, { method: 'HEAD', path: '/bench/spaced' })).headers['x-amz-meta-spaced']).to.equal('a   b  c')
  })

  it('refuses dates more than 15 minutes away, and URLs that have expired or are not valid yet', async () => {
    const minuteMs = 60_000
    for (const [minutes, status] of [[14, 200], [-14, 200], [16, 403], [-16, 403]] as const) {
      aheadMs = minutes * minuteMs
      const answer = await ask(served, { path: '/bench/k' })
      expect(answer.status, `${minutes} min`).to.equal(status)
      if (status === 403) expect(answer.code).to.equal('RequestTimeTooSkewed')
    }
    const presigned = { path: '/bench/k?X-Amz-Expires=1800', presigned: true } as const
    aheadMs = 29 * minuteMs
    expect((await ask(served, presigned)).status).to.equal(200)
    aheadMs = 31 * minuteMs
    expect(await refused(presigned)).to.equal('403 AccessDenied')
    aheadMs = -16 * minuteMs
    expect(await refused(presigned)).to.equal('403 AccessDenied')
  })

  it('takes presigned URLs of version 2, and refuses those that are wrong, expired or for something else', async () => {
    const expires = Math.floor(Date.now() / 1000) + 60
    const url = (path: string, { signed = `GET\n\n\n${expires}\n${path}`, accessKey = served.accessKey } = {}): string => {
      const signature = encodeURIComponent(createHmac('sha1', served.secretKey).update(signed).digest('base64'))
      return `${path}${path.includes('?') ? '&' : '?'}AWSAccessKeyId=${accessKey}&Expires=${expires}&Signature=${signature}`
    }
    const get = (path: string, headers = {}) => ask(served, { path, unsigned: true, headers })
    expect((await get(url('/bench/k'))).text).to.equal('v')
    expect((await get(url('/bench/k?response-content-type=text/odd'))).headers['content-type']).to.equal('text/odd')
    expect((await get(url('/bench?location'))).status).to.equal(200)
    const withHeader = url('/bench/k', { signed: `GET\n\n\n${expires}\nx-amz-checksum-mode:ENABLED\n/bench/k` })
    expect((await get(withHeader, { 'x-amz-checksum-mode': 'ENABLED' })).status).to.equal(200)
    const hosted = url('/k', { signed: `GET\n\n\n${expires}\n/bench/k` })
    expect((await get(hosted, { Host: 'bench.localhost' })).text).to.equal('v')
    expect((await get(withHeader)).code).to.equal('SignatureDoesNotMatch')
    expect((await get(url('/bench/k', { signed: `PUT\n\n\n${expires}\n/bench/k` }))).code).to.equal('SignatureDoesNotMatch')
    expect((await get(url('/bench/k', { accessKey: 'other' }))).code).to.equal('InvalidAccessKeyId')
    expect((await get('/bench/k?AWSAccessKeyId=a&Expires=x&Signature=b')).code).to.equal('InvalidAccessKeyId')
    aheadMs = 120_000
    expect(await refused({ path: url('/bench/k'), unsigned: true })).to.equal('403 AccessDenied')
  })

  it('refuses presigned URLs with parameters missing or wrong, and both kinds of signature at once', async () => {
    const incomplete = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z'
    expect(await refused({ path: `/bench/k?${incomplete}`, unsigned: true })).to.equal('400 AuthorizationQueryParametersError')
    expect(await refused({ path: '/bench/k?X-Amz-Expires=604801', presigned: true })).to.equal('400 AuthorizationQueryParametersError')
    expect(await refused({ path: `/bench/k?${incomplete}` })).to.equal('400 InvalidArgument')
    expect(await refused({ path: '/bench/k', presigned: true, region: 'elsewhere' })).to.equal('400 AuthorizationQueryParametersError')
  })
})
