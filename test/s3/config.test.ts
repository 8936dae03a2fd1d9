// The s3 section of the targets file, and the environment that may stand for it.
import { expect } from 'chai'
import { s3 } from '../../bindings/s3/index.ts'
import { configFor } from '../../bindings/s3/config.ts'
import { parseEndpoint, settingsOf } from '../../bindings/s3/settings.ts'
import { StorageError, isJsonObject, type JsonObject } from '../../bindings/sdk/index.ts'

const config = configFor(['native', 'aws-sdk', 'memory'])
const LEAST: JsonObject = { endpoint: 'https://rgw.example:8443', access_key: 'AK', secret_key: 'SK', bucket: 'bench' }

const problems = async (section: JsonObject): Promise<{ path: string; message: string }[]> => {
  const result = await config.parse(section)
  if (result.ok) throw new Error('the section was accepted')
  return result.problems.map(({ path, message }) => ({ path: path.join('.'), message }))
}

describe('the s3 section', () => {
  it('needs endpoint, keys and bucket, and gets a region', async () => {
    expect(await config.parse(LEAST)).to.deep.equal({ ok: true, config: { ...LEAST, region: 'us-east-1' } })
    expect(await problems({})).to.deep.equal(['endpoint', 'bucket', 'access_key', 'secret_key']
      .map((name) => ({ path: '', message: `${name} is missing` })))
  })
  it('is the same when it is read again', async () => {
    const whole: JsonObject = {
      ...LEAST, region: 'default', driver: 'memory', driver_config: { a: [1] }, addressing: 'virtual',
        tls: { ca: '/c', insecure: true, servername: 'n' }, timeout: '1m30s',
      create_bucket: true, allow_overwrite: ['bench'], sign_payload: true, max_connections: 4, session_token: 'T',
    }
    expect(await config.parse(whole)).to.deep.equal({ ok: true, config: whole })
    const settings = settingsOf(whole)
    expect(settings).to.deep.include({
      region: 'default', timeoutMs: 90_000, createBucket: true, allowOverwrite: ['bench'], payloadSigning: 'sha256', maxConnections: 4,
        sessionToken: 'T', addressing: 'virtual',
      tls: { ca: '/c', insecure: true, servername: 'n', sessionReuse: true },
    })
  })
  const wrong: readonly (readonly [JsonObject, path: string, message: RegExp])[] = [
    [{ endpont: 'x' }, 'endpont', /^unknown option endpont; did you mean endpoint\?$/],
    [{ zzzzzzzzz: 1 }, 'zzzzzzzzz', /there are endpoint, endpoint_selection, access_key/],
    [{ tls: { CA: 'x' } }, 'tls.CA', /did you mean ca\?/],
    [{ endpoint: 'rgw.example' }, 'endpoint', /^endpoint is no URL/], [{ endpoint: 'ftp://x' }, 'endpoint', /begin with http/],
    [{ endpoint: 'http://a:b@x' }, 'endpoint', /^endpoint must not hold a user/],
    [{ endpoint: 'http://x/bucket' }, 'endpoint', /end after host and port/], [{ endpoint: 7 }, 'endpoint', /^endpoint must be a text/],
    [{ bucket: 'a' }, 'bucket', /no bucket name/], [{ bucket: 'a/b' }, 'bucket', /no bucket name/],
    [{ identities: [] }, 'identities', /^identities must not be empty/], [{ identities: 'users' }, 'identities', /must be a list of users/],
    [{ identities: [{ access_key: 'A' }] }, 'identities.0', /^secret_key is missing/],
    [{ identities: [{ access_key: 'A', secret_key: 'S' }, { acces_key: 'A' }] }, 'identities.1.acces_key', /did you mean access_key\?/],
    [{ anonymous: 1 }, 'anonymous', /true or false/],
    [{ anonymous: true, payload_signing: 'streaming' }, 'payload_signing', /with anonymous: true nothing is signed/],
    [{ anonymous: true, driver: 'memory' }, 'anonymous', /memory driver has no anonymous: true: .*native or aws-sdk/],
    [{ driver: 'curl' }, 'driver', /^driver must be one of native, aws-sdk, memory$/],
    [{ addressing: 'dns' }, 'addressing', /path or virtual/],
    [{ timeout: 'soon' }, 'timeout', /duration/], [{ timeout: 0 }, 'timeout', /above 0/],
    [{ create_bucket: 'yes' }, 'create_bucket', /true or false/], [{ max_connections: -1 }, 'max_connections', /below 0/],
    [{ tls: { insecure: 1 } }, 'tls.insecure', /true or false/],
    [{ driver_config: { expect: 1 } }, 'driver_config.expect', /the native driver has no option "expect"; it has expect_continue/],
    [{ driver_config: { expect_continue: 'big' } }, 'driver_config.expect_continue', /^expect_continue: /],
    [{ driver: 'aws-sdk', driver_config: { expect_continue: 1 } }, 'driver_config.expect_continue', /the aws-sdk driver has no option/],
    [{ driver: 'aws-sdk', driver_config: { max_attempts: 0 } }, 'driver_config.max_attempts', /whole number from 1 to 100/],
    [{ driver: 'aws-sdk', driver_config: { max_attempts: '3' } }, 'driver_config.max_attempts', /whole number/],
    [{ driver: 'aws-sdk', driver_config: { retry_mode: 'never' } }, 'driver_config.retry_mode', /standard or adaptive/],
    [{ driver: 'aws-sdk', driver_config: { checksums: true } }, 'driver_config.checksums', /when_required or when_supported/],
    [{ allow_overwrite: 'bench' }, 'allow_overwrite', /list of buckets/], [{ secret_key: '' }, 'secret_key', /must not be empty/],
  ]
  for (const [part, path, message] of wrong) {
    it(`refuses ${JSON.stringify(part)} at ${path}`, async () => {
      const found = await problems({ ...LEAST, ...part })
      expect(found).to.have.length(1)
      expect(found[0]?.path).to.equal(path)
      expect(found[0]?.message).to.match(message)
    })
  }
  it('never shows a secret in a problem or on the screen', async () => {
    const secret = 'sw0rdf1sh'
    expect(JSON.stringify(await problems({ ...LEAST, secret_key: [secret], bucket: '!' }))).to.not.contain(secret)
    expect(config.describe({ ...LEAST, secret_key: secret,
      access_key: secret })).to.equal('driver native, endpoint https://rgw.example:8443, bucket bench')
    expect(config.secrets).to.include.members(['secret_key', 'session_token'])
  })
  it('has a JSON Schema with every option explained', async () => {
    const schema = await config.jsonSchema()
    expect(schema['required']).to.deep.equal(['endpoint', 'bucket'])
    const properties = schema['properties']
    if (!isJsonObject(properties)) throw new Error('no properties')
    for (const [name, property] of Object.entries(properties)) expect(isJsonObject(property) && property['description'],
      name).to.be.a('string')
    expect(properties['driver']).to.deep.include({ enum: ['native', 'aws-sdk', 'memory'] })
  })
  it('comes with the binding, and that with its drivers', async () => {
    const own = await s3.workload?.config()
    expect((await own?.parse({ ...LEAST, driver: 'native' }))?.ok).to.equal(true)
  })
})

describe('the environment', () => {
  const KEYS = { AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'SK' }
  it('chooses no store by keys alone', () => {
    expect(config.fromEnvironment({ ...KEYS, BUCKET_NAME: 'b', AWS_REGION: 'r' })).to.equal(undefined)
    expect(config.fromEnvironment({ ...KEYS, AWS_ENDPOINT_URL: '' })).to.equal(undefined)
  })
  it('names one in the AWS tools\' way', () => {
    expect(config.fromEnvironment({ ...KEYS, AWS_ENDPOINT_URL: 'http://x', AWS_SESSION_TOKEN: 'T', AWS_DEFAULT_REGION: 'd',
      CHOPSTICKS_BUCKET: 'b' }))
      .to.deep.equal({ endpoint: 'http://x', access_key: 'AK', secret_key: 'SK', session_token: 'T', region: 'd', bucket: 'b' })
    expect(config.fromEnvironment({ ...KEYS, AWS_ENDPOINT_URL: 'http://x', AWS_ENDPOINT_URL_S3: 'http://s3', AWS_REGION: 'r',
      AWS_DEFAULT_REGION: 'd', BUCKET_NAME: 'n' }))
      .to.include({ endpoint: 'http://s3', region: 'r', bucket: 'n' })
  })
  it('names one as a Rook bucket claim does', async () => {
    const claim = { ...KEYS, BUCKET_HOST: 'rook-ceph-rgw.svc', BUCKET_NAME: 'claim-1', BUCKET_REGION: '' }
    const section = config.fromEnvironment({ ...claim, BUCKET_PORT: '80' })
    expect(section).to.deep.equal({ endpoint: 'http://rook-ceph-rgw.svc:80', access_key: 'AK', secret_key: 'SK', bucket: 'claim-1' })
    expect((await config.parse(section ?? {})).ok).to.equal(true)
    expect(config.fromEnvironment({ ...claim, BUCKET_PORT: '443' })).to.include({ endpoint: 'https://rook-ceph-rgw.svc:443' })
    expect(config.fromEnvironment({ ...claim, BUCKET_PORT: '8443',
      BUCKET_SSL: 'true' })).to.include({ endpoint: 'https://rook-ceph-rgw.svc:8443' })
    expect(config.fromEnvironment({ ...claim, BUCKET_HOST: 'fd00::1' })).to.include({ endpoint: 'http://[fd00::1]' })
  })
})

describe('an endpoint', () => {
  it('is a host to connect to and a name to send', () => {
    expect(parseEndpoint('https://rgw.example')).to.deep.equal({ secure: true, host: 'rgw.example', port: 443, authority: 'rgw.example',
      url: 'https://rgw.example:443' })
    expect(parseEndpoint('http://[::1]:7480/')).to.deep.equal({ secure: false, host: '::1', port: 7480, authority: '[::1]:7480',
      url: 'http://[::1]:7480' })
    expect(parseEndpoint('http://h:80')).to.include({ authority: 'h', port: 80 })
  })
  it('missing from an unchecked section is refused by name', () => {
    expect(() => settingsOf({})).to.throw(StorageError, 'the s3 target has no endpoint')
    expect(() => settingsOf({ ...LEAST, timeout: 'x' })).to.throw(StorageError, /timeout/)
  })
})
