// The test cluster's block devices, and the rbd program as a witness that owes nothing to ours.
import { execFileSync } from 'node:child_process'
import type { OpenDriver } from '../../bindings/rbd/driver.ts'
import { settingsOf } from '../../bindings/rbd/settings.ts'
import { systemClock, type JsonObject } from '../../bindings/sdk/index.ts'
import type { RbdContractTarget } from '../contract/rbd-kit.ts'

/** The cluster's configuration file. */
export function cephConf(): string {
  const conf = process.env['CEPH_CONF']
  if (conf === undefined || conf === '') {
    throw new Error('CEPH_CONF is not set: run these tests with npm run test:ceph, which starts the cluster')
  }
  return conf
}

/** Of Ceph's packages. */
const RBD = 'rbd'

/** What the rbd program prints. */
export const rbdSays = (...args: readonly string[]): string =>
  execFileSync(RBD, ['--conf', cephConf(), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

/** Two clients of the pool `rbd`. */
export function onCluster(openDriver: OpenDriver, section: JsonObject = {}): RbdContractTarget {
  let drained = 0
  const open = () => openDriver({
    settings: settingsOf({ conf: cephConf(), ...section }), clock: systemClock, concurrency: 4, draining: () => { drained++ },
  })
  const [driver, other] = [open(), open()]
  return {
    driver, other, drained: () => drained,
    async close() {
      await driver.close()
      await other.close()
    },
  }
}
