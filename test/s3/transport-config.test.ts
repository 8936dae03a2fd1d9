// What a section says about endpoints, connections, signing, retries, limits and profiles: what is taken, and what is refused by name.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { configFor } from '../../bindings/s3/config.ts'
import { parseProfiles } from '../../bindings/s3/credentials.ts'
import { s3 } from '../../bindings/s3/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { StorageError, systemClock, type Json, type JsonObject } from '../../bindings/sdk/index.ts'

const config = configFor(['native', 'aws-sdk', 'memory'])
const KEYS: JsonObject = { access_key: 'AK', secret_key: 'SK' }
const LEAST: JsonObject = { endpoint: 'https://rgw.example:8443', bucket: 'bench', ...KEYS }

async function problems(section: JsonObject): Promise<readonly { readonly path: string; readonly message: string }[]> {
  const result = await config.parse(section)
  if (result.ok) throw new Error('the section was accepted')
  return result.problems.map(({ path, message }) => ({ path: path.join('.'), message }))
}

describe('transport options of the s3 section', () => {
  it('are read as they are said', async () => {
    const whole: JsonObject = {
      ...LEAST, endpoint: ['https://a:1', 'https://b:2'], endpoint_selection: 'per_vu', region: 'r', payload_signing: 'streaming',
      connections: 'new', connection_pool: 'per_vu', local_address: '10.0.0.1', timeouts: { get: '5s', put: 250 },
      retries: { max: 2, on: ['cut'], backoff: '50ms' }, bandwidth: { per_vu: '1MiB', per_run: 4096 },
      tls: { cert: '/c', key: '/k', session_reuse: false },
    }
    expect(await config.parse(whole)).to.deep.equal({ ok: true, config: whole })
    expect(settingsOf(whole)).to.deep.include({
      endpointSelection: 'per_vu', payloadSigning: 'streaming', keepConnections: false, connectionPool: 'per_vu', localAddress: '10.0.0.1',
      timeoutsMs: { get: 5000, put: 250 }, retries: { max: 2, on: new Set(['cut']), backoffMs: 50 },
      bandwidth: { perVu: 1024 ** 2, perRun: 4096 }, tls: { cert: '/c', key: '/k', insecure: false, sessionReuse: false },
    })
    expect(settingsOf(whole).endpoints.map(({ url }) => url)).to.deep.equal(['https://a:1', 'https://b:2'])
    expect(config.describe(whole)).to.contain('endpoints https://a:1, https://b:2 (per_vu)')
  })
  it('are off where nothing is said', () => {
    const settings = settingsOf(LEAST)
    expect(settings).to.deep.include({
      payloadSigning: 'unsigned', keepConnections: true, connectionPool: 'shared', timeoutsMs: {},
      bandwidth: { perVu: undefined, perRun: undefined },
    })
    expect(settings).to.not.have.any.keys('retries', 'localAddress')
    expect(settingsOf({ ...LEAST, retries: {} }).retries).to.deep.equal(
      { max: 3, on: new Set(['throttled', 'unavailable', 'cut', 'timeout']), backoffMs: 100 })
  })
  it('go by their older name too', () => {
    expect(settingsOf({ ...LEAST, sign_payload: true }).payloadSigning).to.equal('sha256')
    expect(settingsOf({ ...LEAST, sign_payload: false }).payloadSigning).to.equal('unsigned')
  })
  const wrong: readonly (readonly [part: JsonObject, path: string, message: RegExp])[] = [
    [{ endpoint: [] }, 'endpoint', /name at least one/], [{ endpoint: ['http://a', 'ftp://b'] }, 'endpoint.1', /begin with http/],
    [{ endpoint: ['http://a', 'http://a:80/'] }, 'endpoint.1', /names http:\/\/a:80 twice/],
    [{ endpoint: ['http://a', 7] }, 'endpoint', /list of texts/],
    [{ endpoint_selection: 'random' }, 'endpoint_selection', /round_robin, least_in_flight or per_vu$/],
    [{ payload_signing: 'md5' }, 'payload_signing', /unsigned, sha256 or streaming$/],
    [{ payload_signing: 'sha256', sign_payload: true }, 'sign_payload', /older name of payload_signing/],
    [{ driver: 'aws-sdk', payload_signing: 'streaming' }, 'payload_signing',
      /aws-sdk driver has no payload_signing: streaming: .* driver native$/],
    [{ driver: 'aws-sdk', bandwidth: { per_vu: 1 } }, 'bandwidth', /aws-sdk driver has no bandwidth/],
    [{ driver: 'memory', tls: { session_reuse: false } }, 'tls.session_reuse',
      /memory driver has no tls\.session_reuse: false: .* native, aws-sdk or minio$/],
    [{ connections: 'close' }, 'connections', /keep or new/], [{ connection_pool: 'vu' }, 'connection_pool', /shared or per_vu/],
    [{ local_address: 'eth0' }, 'local_address', /an IP address of this machine/],
    [{ endpoint: 'http://[::1]', local_address: '127.0.0.1' }, 'local_address', /IPv4 address, and http:\/\/\[::1\]:80 is not/],
    [{ endpoint: 'http://[::1]', addressing: 'virtual' }, 'addressing', /before a name, and http:\/\/\[::1\]:80 is an address: use path/],
    [{ tls: { cert: '/c' } }, 'tls.cert', /needs tls\.key/], [{ tls: { key: '/c' } }, 'tls.key', /needs tls\.cert/],
    [{ tls: { session: true } }, 'tls.session', /unknown option session/],
    [{ retries: { tries: 2 } }, 'retries.tries', /unknown option tries; there are max, on, backoff/],
    [{ retries: { max: 0 } }, 'retries.max', /from 1 to 100/],
    [{ retries: { on: ['denied'] } }, 'retries.on.0', /one of throttled, unavailable/],
    [{ retries: { on: [] } }, 'retries.on', /name a code/],
    [{ retries: { backoff: 'soon' } }, 'retries.backoff', /duration above 0/],
    [{ retries: true }, 'retries', /must hold max, on or backoff/],
    [{ driver: 'aws-sdk', retries: {}, driver_config: { max_attempts: 2 } }, 'retries', /can't both be given/],
    [{ timeouts: { gett: '5s' } }, 'timeouts.gett', /did you mean get\?/], [{ timeouts: { get: 0 } }, 'timeouts.get', /above 0/],
    [{ bandwidth: { per_vu: 'fast' } }, 'bandwidth.per_vu', /size a second above 0/],
    [{ bandwidth: { per_run: 0 } }, 'bandwidth.per_run', /above 0/],
    [{ bandwidth: { vu: 1 } }, 'bandwidth.vu', /unknown option vu/],
  ]
  for (const [part, path, message] of wrong) {
    it(`${JSON.stringify(part)} is refused at ${path}`, async () => {
      const found = await problems({ ...LEAST, ...part })
      expect(found).to.have.length(1)
      expect(found[0]?.path).to.equal(path)
      expect(found[0]?.message).to.match(message)
    })
  }
  it('that the driver a script names hasn\'t end the opening of its session', async () => {
    const context = { target: 't', driver: 'aws-sdk', prefix: 'p/', seed: 1, clock: systemClock, concurrency: 1 }
    const opening = s3.workload?.open({ ...context, config: { ...LEAST, payload_signing: 'streaming' } })
    const error = await opening?.then(() => undefined, (caught: unknown) => caught)
    expect(error).to.be.instanceOf(StorageError).and.include({ code: 'unsupported' })
  })
})

describe('a profile of a shared credentials file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chopsticks-profiles-'))
  const file = join(folder, 'credentials')
  const WEST = { access_key: 'WEST', secret_key: 'west/secret=' }
  before(() => {
    writeFileSync(file, '# keys\n[default]\naws_access_key_id = DEF\naws_secret_access_key=def-secret\n\n' +
      '[ west ]\r\naws_access_key_id=WEST\r\naws_secret_access_key = west/secret=\r\naws_session_token = west-token\r\ns3 =\r\n' +
      '  aws_access_key_id = NESTED\r\n[sso]\nsso_session = x\n')
    writeFileSync(join(folder, 'config'), '[profile west]\nregion = eu-west-9\n')
  })
  after(() => { rmSync(folder, { recursive: true }) })
  const named = (more: JsonObject): JsonObject => ({ endpoint: 'http://h', bucket: 'bench', credentials_file: file, ...more })
  const read = async (section: JsonObject): Promise<Json> => {
    const result = await config.parse(section)
    return result.ok ? result.config : result.problems.map(({ path, message }) => `${path.join('.')} ${message}`)
  }
  const refusal = async (section: JsonObject): Promise<string> => JSON.stringify(await read(section))

  it('gives keys, token and region', async () => {
    expect(await read(named({ profile: 'west' }))).to.deep.equal(
      { endpoint: 'http://h', bucket: 'bench', ...WEST, session_token: 'west-token', region: 'eu-west-9' })
    expect(await read(named({ profile: 'west', region: 'own' }))).to.include({ region: 'own' })
    expect(await read(named({}))).to.deep.equal(
      { endpoint: 'http://h', bucket: 'bench', access_key: 'DEF', secret_key: 'def-secret', region: 'us-east-1' })
  })
  it('is refused where it can\'t be used, by the option at fault', async () => {
    expect(await read(named({ profile: 'east' }))).to.deep.equal([`profile profile: ${file} has no [east]; it has default, west, sso`])
    expect(await refusal(named({ profile: 'sso' }))).to.match(/profile profile: \[sso\] of .* has no aws_access_key_id; roles, SSO/)
    expect(await refusal({ ...named({ profile: 'west' }), credentials_file: `${file}-not` }))
      .to.match(/credentials_file credentials_file: .* can't be read/)
    expect(await refusal({ ...named({ profile: 'west' }), access_key: 'AK' })).to.match(/profile and access_key can't both be given/)
  })
  it('is taken from the environment only beside an endpoint, and for want of keys', async () => {
    const env = { AWS_PROFILE: 'west', AWS_SHARED_CREDENTIALS_FILE: file, CHOPSTICKS_BUCKET: 'bench' }
    expect(config.fromEnvironment(env)).to.equal(undefined)
    expect(await read(config.fromEnvironment({ ...env, AWS_ENDPOINT_URL: 'http://h' }) ?? {})).to.include({ ...WEST, region: 'eu-west-9' })
    expect(config.fromEnvironment({ ...env, AWS_ENDPOINT_URL: 'http://h', AWS_ACCESS_KEY_ID: 'AK' })).to.not.have.property('profile')
  })
  it('may stand after others, and twice', () => {
    expect(parseProfiles('[a]\nx=1\n[b]\nx=2\n[a] ; more\ny = 3\n;z=1\n').get('a')).to.deep.equal(new Map([['x', '1'], ['y', '3']]))
  })
})
