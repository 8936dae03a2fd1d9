// Who asks: the target's own keys, one of a list of users for each VU, or nobody. Seen by what a server is sent.
import { expect } from 'chai'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { configFor } from '../../bindings/s3/config.ts'
import { s3 } from '../../bindings/s3/index.ts'
import { StorageError, systemClock, type Call, type JsonObject, type Session } from '../../bindings/sdk/index.ts'
import { secretsOf } from '../../runtime/cli/targets.ts'

const callOf = (vu: number): Call => ({ signal: new AbortController().signal, timeoutMs: 5000, vu, mark: () => { return } })
/** Whose key signed a request; nobody where none did. */
const signerOf = (authorization: string | undefined): string => /Credential=([^/]+)\//.exec(authorization ?? '')?.[1] ?? 'nobody'
const USERS = [{ access_key: 'U1', secret_key: 's1' }, { access_key: 'U2', secret_key: 's2' }, { anonymous: true }]

describe('who asks', () => {
  let server: Server
  const asked: string[] = []
  let refused = ''
  const sessions: Session[] = []
  before(async () => {
    server = createServer((request, response) => {
      const who = signerOf(request.headers.authorization)
      asked.push(who)
      request.resume().on('end', () => { response.writeHead(who === refused ? 403 : 200, { etag: '"e"' }).end() })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    refused = ''
    asked.splice(0)
    await Promise.all(sessions.splice(0).map((session) => session.close()))
  })
  after(() => { server.closeAllConnections(); server.close() })

  const open = async (driver: string, more: JsonObject): Promise<Session> => {
    const { port } = server.address() as AddressInfo
    const config = { endpoint: `http://127.0.0.1:${port}`, bucket: 'bench', access_key: 'OWN', secret_key: 's', ...more }
    const session = await s3.workload?.open({
      target: 'default', driver, config, prefix: 'p/', clock: systemClock, seed: 1, concurrency: 2,
    })
    if (session === undefined) throw new Error('s3 is a workload')
    sessions.push(session)
    return session
  }
  /** Who a VU's put is sent by. */
  const putBy = async (session: Session, vu: number): Promise<string | undefined> => {
    await session.run('put', ['k', 'text'], callOf(vu))
    return asked.at(-1)
  }

  for (const driver of ['native', 'aws-sdk']) {
    it(`is dealt to VUs from the list, in turn, and is the target outside them (${driver})`, async () => {
      const session = await open(driver, { identities: USERS })
      const seen: (string | undefined)[] = []
      for (const vu of [0, 1, 2, 3, 4, 5, 1, 0]) seen.push(await putBy(session, vu))
      expect(seen).to.deep.equal(['OWN', 'U1', 'U2', 'nobody', 'U1', 'U2', 'U1', 'OWN'])
    })
    it(`is nobody where the target says so, whatever it inherits (${driver})`, async () => {
      const session = await open(driver, { anonymous: true })
      expect(await putBy(session, 1)).to.equal('nobody')
      await session.run('get', ['k'], callOf(1))
      await session.run('putTags', ['k', { a: 'b' }], callOf(1))
      expect(new Set(asked)).to.deep.equal(new Set(['nobody']))
    })
  }

  it('is asked of all before the run, and one that may not is named', async () => {
    const session = await open('native', { identities: USERS })
    await session.prepare(new AbortController().signal)
    expect(asked).to.deep.equal(['OWN', 'U1', 'U2', 'nobody'])
    refused = 'U2'
    const error = await session.prepare(new AbortController().signal).catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(StorageError).and.to.include({ code: 'denied' })
    expect((error as StorageError).message).to.match(/^identities\[1\]: /)
  })

  it('is no secret of which anything is printed but how many there are', () => {
    const config = configFor(['native'])
    const line = (given: JsonObject): string => config.describe(given)
    const section = { endpoint: 'http://h', bucket: 'bench', access_key: 'OWN', secret_key: 's', identities: USERS }
    expect(secretsOf(section, config)).to.have.members(['OWN', 's', 'U1', 's1', 'U2', 's2'])
    expect(line(section)).to.equal('driver native, endpoint http://h, bucket bench, VUs dealt 3 identities')
    const { identities: _users, ...one } = section
    expect(line({ ...one, anonymous: true })).to.equal('driver native, endpoint http://h, bucket bench, anonymous')
  })
})
