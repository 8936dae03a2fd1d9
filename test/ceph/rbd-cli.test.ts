// The rbd-cli driver against a real cluster: the life of images, and `rbd bench` told in figures.
import { expect } from 'chai'
import { openDriver } from '../../bindings/rbd/drivers/rbd-cli/index.ts'
import { rbdCall, refusedWith, submitted, type RbdContractTarget } from '../contract/rbd-kit.ts'
import { onCluster } from './rbd-cluster.ts'

const MIB = 1024 ** 2

describe('rbd: the rbd-cli driver', function () {
  this.timeout(60_000)
  let target: RbdContractTarget
  before(() => { target = onCluster(openDriver) })
  after(() => target.close())

  it('makes, describes, resizes, copies, snapshots, clones, flattens and removes images', async () => {
    const { driver } = target
    const call = rbdCall()
    await driver.ready(call)
    await driver.create({ name: 'cli-a', sizeBytes: 8 * MIB, objectBytes: MIB, features: ['layering', 'exclusive-lock'] }, call)
    expect(await refusedWith(driver.create({ name: 'cli-a', sizeBytes: MIB }, call))).to.equal('conflict')
    expect(await driver.list(call)).to.include('cli-a')
    expect(await driver.info('cli-a', call))
      .to.deep.equal({ sizeBytes: 8 * MIB, objectBytes: MIB, features: ['exclusive-lock', 'layering'] })
    expect(await refusedWith(driver.resize('cli-a', MIB, false, call))).to.equal('invalid')
    await driver.resize('cli-a', 4 * MIB, true, call)
    await driver.copy({ image: 'cli-a' }, 'cli-b', call)
    expect((await driver.info('cli-b', call)).sizeBytes).to.equal(4 * MIB)
    const image = await driver.open({ name: 'cli-a', readOnly: false, exclusive: false }, call)
    await image.snapshots.create('gold', call)
    expect(await refusedWith(image.snapshots.create('gold', call))).to.equal('conflict')
    await image.snapshots.protect('gold', call)
    expect(await image.snapshots.list(call)).to.deep.equal([{ name: 'gold', sizeBytes: 4 * MIB, protected: true }])
    await driver.clone({ parent: { image: 'cli-a', snapshot: 'gold' }, name: 'cli-c' }, call)
    expect((await driver.info('cli-c', call)).parent).to.deep.equal({ image: 'cli-a', snapshot: 'gold' })
    expect(await refusedWith(image.snapshots.unprotect('gold', call))).to.equal('busy')
    expect(await refusedWith(driver.remove('cli-a', call))).to.equal('busy')
    await driver.flatten('cli-c', call)
    await image.snapshots.unprotect('gold', call)
    await image.snapshots.rollback('gold', call)
    await image.snapshots.remove('gold', call)
    expect(await refusedWith(image.snapshots.remove('gold', call))).to.equal('not_found')
    for (const name of ['cli-c', 'cli-b', 'cli-a']) await driver.remove(name, call)
    expect(await refusedWith(driver.info('cli-a', call))).to.equal('not_found')
  })

  it('benches: what rbd bench says it did is told, with the cache it was asked for', async () => {
    const { driver } = target
    const call = rbdCall()
    await driver.create({ name: 'cli-bench', sizeBytes: 32 * MIB }, call)
    const image = await driver.open({ name: 'cli-bench', readOnly: false, exclusive: false, cache: 'none' }, call)
    expect(image.options).to.include({ rbd_cache: 'false' })
    for (const kind of ['write', 'mixed', 'read'] as const) {
      const asked = { kind, pattern: 'random', ioBytes: 4096, queueDepth: 16, totalBytes: 4 * MIB, readPercent: 70 } as const
      const facts = await image.bench?.(asked, call)
      expect(facts, kind).to.include({ ios: 1024, bytes: 4 * MIB })
      expect(facts?.seconds, kind).to.be.above(0)
    }
    await image.close(call)
    const still = await driver.open({ name: 'cli-bench', readOnly: true, exclusive: false }, call)
    const writing = { kind: 'write', pattern: 'random', ioBytes: 4096, queueDepth: 1, totalBytes: MIB } as const
    expect(await refusedWith(Promise.resolve(still.bench?.(writing, call)))).to.equal('denied')
    await driver.remove('cli-bench', call)
  })

  it('refuses what it can\'t, by name', async () => {
    const { driver } = target
    await driver.create({ name: 'cli-io', sizeBytes: MIB }, rbdCall())
    expect(await refusedWith(driver.open({ name: 'cli-io', readOnly: false, exclusive: true }, rbdCall()))).to.equal('unsupported')
    const image = await driver.open({ name: 'cli-io', readOnly: false, exclusive: false }, rbdCall())
    expect((await submitted(image, 'read')).error?.code).to.equal('unsupported')
    expect(await refusedWith(image.lock.acquire(rbdCall()))).to.equal('unsupported')
    await driver.remove('cli-io', rbdCall())
  })

  it('ends the program when a call\'s time is over', async () => {
    expect(await refusedWith(target.driver.list(rbdCall(1)))).to.equal('timeout')
  })
})
