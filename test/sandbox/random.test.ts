// Chance in a sandbox: the same for the same seed, VU and iteration, other for any other.
import { expect } from 'chai'
import { openSandbox, TestHost, valueOf, vuOptions } from './kit.ts'

const SCRIPT = `
  const early = Math.random()
  export default () => [early, Math.random(), Math.random()]
  export const many = () => {
    const cells = Array(10).fill(0)
    for (let n = 0; n < 20000; n++) cells[Math.floor(Math.random() * 10)]++
    return cells
  }`

describe('Math.random', () => {
  const draw = async (seed: number, id: number, iteration: number): Promise<unknown> => {
    using sandbox = await openSandbox(SCRIPT)
    return await valueOf(await sandbox.openVu({ ...vuOptions, seed, id }, new TestHost()), { iteration })
  }

  it('repeats itself in another process, shard or sandbox', async () => {
    expect(await draw(42, 3, 5)).to.deep.equal(await draw(42, 3, 5))
  })

  it('does not depend on what the VU drew before', async () => {
    using sandbox = await openSandbox(SCRIPT)
    const vu = await sandbox.openVu({ ...vuOptions, seed: 42, id: 3 }, new TestHost())
    for (let iteration = 0; iteration < 5; iteration++) await valueOf(vu, { iteration })
    expect(await valueOf(vu, { iteration: 5 })).to.deep.equal(await draw(42, 3, 5))
  })

  it('differs with seed, VU and iteration', async () => {
    const draws = await Promise.all([draw(1, 1, 0), draw(2, 1, 0), draw(2 ** 40, 1, 0), draw(1, 2, 0), draw(1, 1, 1)])
    const seconds = draws.map((numbers) => (numbers as number[])[1])
    expect(new Set(seconds).size).to.equal(draws.length)
  })

  it('is spread evenly over 0 to 1', async () => {
    using sandbox = await openSandbox(SCRIPT, { sliceLimitMs: 10_000 })
    const vu = await sandbox.openVu(vuOptions, new TestHost())
    // Ten cells of 2000 expected: five standard deviations are 212.
    for (const count of await valueOf(vu, { fn: 'many' }) as number[]) expect(count).to.be.within(1788, 2212)
  })
})
