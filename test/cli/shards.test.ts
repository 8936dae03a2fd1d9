// How many processes share a run.
import { expect } from 'chai'
import { defaultShards, fittingShards } from '../../runtime/cli/shards.ts'
import type { Plan } from '../../runtime/plan/plan.ts'

const planOf = (shards: number, ...vus: readonly number[]): Plan =>
  ({ shards, scenarios: vus.map((count) => ({ executor: 'constant-vus', vus: count })) } as unknown as Plan)

describe('the number of shards', () => {
  it('is one at least and eight at most by default', () => {
    expect(defaultShards()).to.be.within(1, 8)
  })

  it('is no more than there are VUs, unless it was asked for', () => {
    expect(fittingShards(planOf(8, 2, 1), undefined).shards).to.equal(3)
    expect(fittingShards(planOf(8, 20), undefined).shards).to.equal(8)
    expect(fittingShards(planOf(8, 2), 8).shards).to.equal(8)
    expect(fittingShards(planOf(1, 0), undefined).shards).to.equal(1)
  })
})
