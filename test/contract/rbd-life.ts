// The contract of a block device driver: the life of images, their snapshots and clones, and the exclusive lock.
import { expect } from 'chai'
import type { OpenImage } from '../../bindings/rbd/driver.ts'
import { holds, refusedWith, rbdCall, withImage, writeBytes, type RbdContractTarget } from './rbd-kit.ts'

const BLOCK = 4096
const MIB = 1024 ** 2

/** What a driver can of these; what it can't must end with `unsupported`. */
export interface RbdAbilities {
  readonly snapshots: boolean
  readonly clones: boolean
  /** False where a clone is a copy, which needs its parent no more. */
  readonly parents: boolean
  readonly locks: boolean
  readonly breakLock: boolean
}

export function rbdLifeContract(name: string, open: () => Promise<RbdContractTarget>, can: RbdAbilities): void {
  describe(`rbd: the life of images of the ${name} driver`, () => {
    let target: RbdContractTarget
    before(async () => { target = await open() })
    after(() => target.close())
    const withOne = (use: (image: OpenImage, name: string) => Promise<void>) => () => withImage(target.driver, {}, use)

    it('makes images, lists and describes them, and removes them', async () => {
      const { driver } = target
      await driver.create({ name: 'life-a', sizeBytes: 8 * MIB }, rbdCall())
      expect(await refusedWith(driver.create({ name: 'life-a', sizeBytes: 8 * MIB }, rbdCall()))).to.equal('conflict')
      expect(await driver.list(rbdCall())).to.include('life-a')
      expect(await driver.info('life-a', rbdCall())).to.include({ sizeBytes: 8 * MIB })
      await driver.remove('life-a', rbdCall())
      expect(await driver.list(rbdCall())).to.not.include('life-a')
    })

    it('resizes; shrinking only where that is allowed', withOne(async (image, own) => {
      const { driver } = target
      await writeBytes(image, 4 * MIB, BLOCK, 1)
      await driver.resize(own, 32 * MIB, false, rbdCall())
      expect((await driver.info(own, rbdCall())).sizeBytes).to.equal(32 * MIB)
      expect(await refusedWith(driver.resize(own, 2 * MIB, false, rbdCall()))).to.equal('invalid')
      await driver.resize(own, 2 * MIB, true, rbdCall())
      await driver.resize(own, 16 * MIB, false, rbdCall())
      const again = await driver.open({ name: own, readOnly: true, exclusive: false }, rbdCall())
      expect(again.sizeBytes).to.equal(16 * MIB)
      expect(await holds(again, 4 * MIB, BLOCK, 0)).to.equal(true)
      await again.close(rbdCall())
    }))

    it('copies', withOne(async (image, own) => {
      await writeBytes(image, BLOCK, BLOCK, 4)
      const { driver } = target
      await driver.copy({ image: own }, `${own}-copy`, rbdCall())
      await writeBytes(image, BLOCK, BLOCK, 5)
      const copy = await driver.open({ name: `${own}-copy`, readOnly: true, exclusive: false }, rbdCall())
      expect([copy.sizeBytes, await holds(copy, BLOCK, BLOCK, 4)]).to.deep.equal([image.sizeBytes, true])
      await copy.close(rbdCall())
      await driver.remove(`${own}-copy`, rbdCall())
    }))

    it('keeps what was in snapshots, and rolls back to it', withOne(async (image, own) => {
      const { snapshots } = image
      await writeBytes(image, 0, BLOCK, 1)
      if (!can.snapshots) {
        expect(await refusedWith(snapshots.create('one', rbdCall()))).to.equal('unsupported')
        return
      }
      await snapshots.create('one', rbdCall())
      expect(await refusedWith(snapshots.create('one', rbdCall()))).to.equal('conflict')
      await writeBytes(image, 0, BLOCK, 2)
      expect((await snapshots.list(rbdCall())).map((one) => one.name)).to.deep.equal(['one'])
      const then = await target.driver.open({ name: own, snapshot: 'one', readOnly: true, exclusive: false }, rbdCall())
      expect(await holds(then, 0, BLOCK, 1)).to.equal(true)
      await then.close(rbdCall())
      expect(await refusedWith(target.driver.open({ name: own, snapshot: 'no', readOnly: true, exclusive: false }, rbdCall())))
        .to.equal('not_found')
      await snapshots.rollback('one', rbdCall())
      expect(await holds(image, 0, BLOCK, 1)).to.equal(true)
      await snapshots.remove('one', rbdCall())
      expect(await refusedWith(snapshots.remove('one', rbdCall()))).to.equal('not_found')
    }))

    it('clones a protected snapshot, and keeps it as long as a clone needs it', withOne(async (image, own) => {
      const { driver } = target
      if (!can.clones) {
        const asked = driver.clone({ parent: { image: own, snapshot: 'gold' }, name: `${own}-clone` }, rbdCall())
        expect(await refusedWith(asked)).to.equal('unsupported')
        return
      }
      await writeBytes(image, 0, BLOCK, 1)
      await image.snapshots.create('gold', rbdCall())
      await image.snapshots.protect('gold', rbdCall())
      expect(await refusedWith(image.snapshots.remove('gold', rbdCall()))).to.equal('busy')
      const clone = `${own}-clone`
      await driver.clone({ parent: { image: own, snapshot: 'gold' }, name: clone }, rbdCall())
      const opened = await driver.open({ name: clone, readOnly: false, exclusive: false }, rbdCall())
      expect(await holds(opened, 0, BLOCK, 1)).to.equal(true)
      await writeBytes(opened, 0, BLOCK, 2)
      expect(await holds(image, 0, BLOCK, 1)).to.equal(true)
      await opened.close(rbdCall())
      if (can.parents) {
        expect((await driver.info(clone, rbdCall())).parent).to.deep.equal({ image: own, snapshot: 'gold' })
        expect(await refusedWith(image.snapshots.unprotect('gold', rbdCall()))).to.equal('busy')
        await driver.flatten(clone, rbdCall())
        expect((await driver.info(clone, rbdCall())).parent).to.equal(undefined)
      }
      await image.snapshots.unprotect('gold', rbdCall())
      await driver.remove(clone, rbdCall())
      await image.snapshots.remove('gold', rbdCall())
    }))

    it('removes no image that has snapshots', withOne(async (image, own) => {
      if (!can.snapshots) return
      await image.snapshots.create('kept', rbdCall())
      expect(await refusedWith(target.driver.remove(own, rbdCall()))).to.equal('busy')
      await image.snapshots.remove('kept', rbdCall())
    }))

    it('gives the exclusive lock to one at a time', withOne(async (image, own) => {
      if (!can.locks) {
        expect(await refusedWith(image.lock.acquire(rbdCall()))).to.equal('unsupported')
        return
      }
      await image.lock.acquire(rbdCall())
      expect((await image.lock.owners(rbdCall())).mine).to.equal(true)
      const other = await target.other.open({ name: own, readOnly: false, exclusive: false }, rbdCall())
      const seen = await other.lock.owners(rbdCall())
      expect([seen.mine, seen.owners.length]).to.deep.equal([false, 1])
      await image.lock.release(rbdCall())
      await other.lock.acquire(rbdCall())
      expect((await other.lock.owners(rbdCall())).mine).to.equal(true)
      await other.close(rbdCall())
      expect((await image.lock.owners(rbdCall())).owners).to.deep.equal([])
    }))

    it('takes the lock away from who has it', withOne(async (image, own) => {
      if (!can.locks) return
      const other = await target.other.open({ name: own, readOnly: false, exclusive: false }, rbdCall())
      await other.lock.acquire(rbdCall())
      const [owner = ''] = (await image.lock.owners(rbdCall())).owners
      if (can.breakLock) {
        await image.lock.breakLock(owner, rbdCall())
        expect((await image.lock.owners(rbdCall())).owners).to.not.include(owner)
      } else expect(await refusedWith(image.lock.breakLock(owner, rbdCall()))).to.equal('unsupported')
      await other.close(rbdCall())
    }))
  })
}
