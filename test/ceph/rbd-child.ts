// A client of its own for tests of what happens when one is killed, or just ends: writes to an image until it is told otherwise.
// Run: node rbd-child.js <image> <exclusive | shared> <seconds>; prints a line once it has written.
import { openDriver } from '../../bindings/rbd/drivers/librbd/index.ts'
import { settingsOf } from '../../bindings/rbd/settings.ts'
import { systemClock } from '../../bindings/sdk/index.ts'
import { rbdCall, writeBytes } from '../contract/rbd-kit.ts'
import { cephConf } from './rbd-cluster.ts'

const [name = '', locking = 'shared', seconds = '0'] = process.argv.slice(2)
const driver = openDriver({ settings: settingsOf({ conf: cephConf() }), clock: systemClock, concurrency: 1, draining: () => undefined })
const image = await driver.open({ name, readOnly: false, exclusive: locking === 'exclusive' }, rbdCall())
const endsMs = performance.now() + Number(seconds) * 1000
do {
  await Promise.all(Array.from({ length: 8 }, (_, n) => writeBytes(image, n * 4096, 4096, 1 + n)))
  process.stdout.write('wrote\n')
} while (performance.now() < endsMs)
await image.close(rbdCall())
await driver.close()
