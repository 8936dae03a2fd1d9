// Runs the contract of block devices over every driver that needs no cluster.
import { systemClock } from '../../bindings/sdk/index.ts'
import type { OpenDriver } from '../../bindings/rbd/driver.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDriver as openFile } from '../../bindings/rbd/drivers/file/index.ts'
import { openDriver as openMemory } from '../../bindings/rbd/drivers/memory/index.ts'
import { settingsOf } from '../../bindings/rbd/settings.ts'
import type { JsonObject } from '../../bindings/sdk/index.ts'
import { rbdIoContract } from './rbd-driver.ts'
import type { RbdContractTarget } from './rbd-kit.ts'
import { rbdLifeContract } from './rbd-life.ts'

/** Two clients of one pool. */
function opened(openDriver: OpenDriver, section: JsonObject): RbdContractTarget {
  let drained = 0
  const open = () => openDriver({
    settings: settingsOf(section), clock: systemClock, concurrency: 4, draining: () => { drained++ },
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

const memory = (): Promise<RbdContractTarget> => Promise.resolve(opened(openMemory, { pool: 'contract' }))
rbdIoContract('memory', memory)
rbdLifeContract('memory', memory, { snapshots: true, clones: true, parents: true, locks: true, breakLock: true })

/** In a folder of the test's own. */
const file = (direct: string) => (): Promise<RbdContractTarget> => {
  const folder = mkdtempSync(join(tmpdir(), 'chopsticks-rbd-test-'))
  const target = opened(openFile, { driver_config: { folder, direct } })
  return Promise.resolve({
    ...target,
    async close() {
      await target.close()
      rmSync(folder, { recursive: true })
    },
  })
}
for (const direct of ['auto', 'false']) {
  const name = direct === 'auto' ? 'file' : 'file, through the page cache,'
  rbdIoContract(name, file(direct))
  rbdLifeContract(name, file(direct), { snapshots: true, clones: true, parents: false, locks: true, breakLock: false })
}
