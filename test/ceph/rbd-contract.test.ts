// The contract of block device drivers against a real cluster.
import { openDriver as openLibrbd } from '../../bindings/rbd/drivers/librbd/index.ts'
import { rbdIoContract } from '../contract/rbd-driver.ts'
import { rbdLifeContract } from '../contract/rbd-life.ts'
import { onCluster } from './rbd-cluster.ts'

const ALL = { snapshots: true, clones: true, parents: true, locks: true, breakLock: true }

for (const connection of ['process', 'vu']) {
  const librbd = () => Promise.resolve(onCluster(openLibrbd, { driver_config: { connection } }))
  rbdIoContract(`librbd, a connection for each ${connection},`, librbd)
  rbdLifeContract(`librbd, a connection for each ${connection},`, librbd, ALL)
}
