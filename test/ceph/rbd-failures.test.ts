// Block devices when things go wrong: a storage daemon that stops, clients that are killed, and clients that merely end.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { Io, OpenImage } from '../../bindings/rbd/driver.ts'
import { openDriver } from '../../bindings/rbd/drivers/librbd/index.ts'
import { StorageError } from '../../bindings/sdk/index.ts'
import { holds, rbdCall, withImage, writeBytes, type RbdContractTarget } from '../contract/rbd-kit.ts'
import { onCluster, rbdSays } from './rbd-cluster.ts'

const MIB = 1024 ** 2
const BLOCK = 4096
const CHILD = fileURLToPath(new URL('./rbd-child.js', import.meta.url))
const sleep = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms) })

/** The process id of the cluster's only OSD, by the file it wrote; undefined where it is not running. */
function osdPid(): number | undefined {
  const folder = process.env['DEV_CEPH_DIR'] ?? ''
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) => /osd\.0\.pid$/.test(path))
  return file === undefined ? undefined : Number(readFileSync(join(folder, file), 'utf8'))
}

/** Keeps 8 writes of 4 KiB in flight, each to its own block, until `stop` says so; the longest took so long. */
async function writing(image: OpenImage, blocks: number, stopped: () => boolean): Promise<{ ios: number; longestMs: number }> {
  let [ios, longestMs, next] = [0, 0, 0]
  await Promise.all(Array.from({ length: 8 }, async () => {
    const buffer = image.buffer(BLOCK)
    while (!stopped()) {
      const block = next++ % blocks
      buffer.bytes.fill(block % 251 + 1, 0, BLOCK)
      const startMs = performance.now()
      const io = await new Promise<Io>((resolve) => {
        image.submit({
          kind: 'write', offset: block * BLOCK, length: BLOCK, buffer, compare: undefined, patternLength: 0, bytes: 0, error: undefined,
          done: resolve,
        })
      })
      if (io.error !== undefined) throw io.error
      longestMs = Math.max(longestMs, performance.now() - startMs)
      ios += 1
    }
    buffer.release()
  }))
  return { ios, longestMs }
}

describe('rbd: when things go wrong', function () {
  this.timeout(120_000)
  let target: RbdContractTarget
  before(() => { target = onCluster(openDriver) })
  after(() => target.close())

  it('goes on after a storage daemon was stopped and started: the stall is latency, and nothing is lost', () =>
    withImage(target.driver, { cache: 'none' }, async (image) => {
      const blocks = 512
      let stopped = false
      const load = writing(image, blocks, () => stopped)
      await sleep(500)
      const pid = osdPid()
      if (pid === undefined) throw new Error('no osd.0.pid below DEV_CEPH_DIR')
      process.kill(pid, 'SIGTERM')
      // It writes down what it has in memory first. Started before it has ended it would be taken for running.
      await sleep(3000)
      while (existsSync(`/proc/${pid}`)) await sleep(100)
      execFileSync(fileURLToPath(new URL('../../../test/ceph/dev-ceph', import.meta.url)), ['start'], { stdio: 'ignore' })
      await sleep(2000)
      stopped = true
      const { ios, longestMs } = await load
      expect(ios).to.be.above(blocks)
      expect(longestMs).to.be.above(2500)
      for (let block = 0; block < blocks; block += 1) expect(await holds(image, block * BLOCK, BLOCK, block % 251 + 1)).to.equal(true)
    }))

  it('a client killed with the lock of an image needs no human: the next takes the lock, and removing waits for a watcher', async () => {
    const { driver } = target
    const name = 'killed'
    await driver.create({ name, sizeBytes: 16 * MIB }, rbdCall())
    const child = spawn(process.execPath, [CHILD, name, 'exclusive', '60'], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => { child.stdout.once('data', resolve) })
    const ended = new Promise((resolve) => { child.once('exit', resolve) })
    child.kill('SIGKILL')
    await ended
    const image = await driver.open({ name, readOnly: false, exclusive: true }, rbdCall())
    expect((await image.lock.owners(rbdCall())).mine).to.equal(true)
    await writeBytes(image, 0, BLOCK, 9)
    await image.close(rbdCall())
    const killedMs = performance.now()
    for (;;) {
      try {
        await driver.remove(name, rbdCall())
        break
      } catch (error) {
        if (!(error instanceof StorageError) || error.code !== 'busy') throw error
        expect(performance.now() - killedMs).to.be.below(35_000)
        await sleep(1000)
      }
    }
  })

  it('leaves no watcher and no lock, and ends without a crash, twenty times', () => withImage(target.driver, {}, (_, name) => {
    for (let turn = 0; turn < 20; turn += 1) {
      const { status, signal, stderr } = spawnSync(process.execPath, [CHILD, name, 'exclusive', '0'], { encoding: 'utf8' })
      expect([status, signal, stderr]).to.deep.equal([0, null, ''])
    }
    // This test's own image watches it.
    expect(rbdSays('status', name).match(/watcher=/g)).to.have.length(1)
    expect(rbdSays('lock', 'list', name)).to.equal('')
    return Promise.resolve()
  }))
})
