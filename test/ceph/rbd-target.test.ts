// What users of a real cluster get wrong: each told by one line that says what to do, and within bounded time.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { openDriver as openLibrbd } from '../../bindings/rbd/drivers/librbd/index.ts'
import { openDriver as openRbdCli } from '../../bindings/rbd/drivers/rbd-cli/index.ts'
import { StorageError, type JsonObject } from '../../bindings/sdk/index.ts'
import { rbdCall } from '../contract/rbd-kit.ts'
import { cephConf, onCluster } from './rbd-cluster.ts'

describe('rbd: a target that can\'t be used', function () {
  this.timeout(60_000)
  let folder: string
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  before(() => { folder = mkdtempSync(join(tmpdir(), 'chopsticks-rbd-')) })
  after(() => { rmSync(folder, { recursive: true }) })

  const KEY = 'AQAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAA=='
  const keyring = (): string => file('keyring', `[client.admin]\n\tkey = ${KEY}\n[client.stranger]\n\tkey = ${KEY}\n`)
  /** A cluster where nobody listens. */
  const deaf = (): string => file('deaf.conf', readFileSync(cephConf(), 'utf8').replace(/^(\s*mon[_ ]host\s*=).*$/gm, '$1 127.0.0.1:9'))

  const cases: readonly [string, () => JsonObject, StorageError['code'], RegExp][] = [
    ['no configuration file', () => ({ conf: join(folder, 'none.conf') }), 'not_found', /none\.conf/],
    ['a configuration file that names no monitors', () => ({ conf: file('empty.conf', '[global]\n') }), 'invalid', /mon_host/],
    ['no such pool', () => ({ pool: 'not-there' }), 'not_found', /not-there/],
    ['no such namespace', () => ({ namespace: 'not-there' }), 'not_found', /rbd namespace create rbd\/not-there/],
    ['no keyring', () => ({ keyring: join(folder, 'no-keyring') }), 'denied', /no-keyring/],
    ['a wrong key', () => ({ keyring: keyring() }), 'denied', /client\.admin/],
    ['a user the cluster does not know', () => ({ user: 'stranger', keyring: keyring() }), 'denied', /client\.stranger/],
    ['no monitor that answers', () => ({ conf: deaf(), driver_config: { connect_timeout: '2s' } }), 'unreachable', /quorum/],
    ['an option Ceph has not', () => ({ driver_config: { options: { rbd_cash: true } } }), 'invalid', /rbd_cash/],
  ]
  for (const [name, section, code, said] of cases) {
    it(name, async () => {
      const target = onCluster(openLibrbd, section())
      let error: unknown
      try {
        await target.driver.ready(rbdCall())
      } catch (thrown) {
        error = thrown
      }
      await target.close()
      expect(error).to.be.instanceOf(StorageError)
      if (!(error instanceof StorageError)) return
      expect(error.message).to.match(said).and.not.contain('\n')
      expect(error.code, error.message).to.equal(code)
    })
  }

  it('no rbd program', async () => {
    const { driver } = onCluster(openRbdCli, { driver_config: { program: join(folder, 'rbd') } })
    const error: unknown = await driver.ready(rbdCall()).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(StorageError).with.property('code', 'unsupported')
    expect(error).to.have.property('message').that.matches(/apt install ceph-common/)
  })
})
