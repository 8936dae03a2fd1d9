// What a whole run reports is what the server saw: the short form of `npm run fidelity`, with nothing in it that a busy machine changes.
import { expect } from 'chai'
import { countsEqual, neverShort, playServed, type Served } from '../fidelity/served.ts'

const CASES: readonly Served[] = [
  { shape: 'bimodal', model: 'closed', shards: 4, seconds: 2 },
  { shape: 'heavy tail', model: 'open, stalled', shards: 4, seconds: 3 },
  { shape: 'exponential', model: 'open', shards: 1, seconds: 2 },
]

describe('a run against a server of known truth', function () {
  this.timeout(60_000)

  for (const one of CASES) {
    it(`reports its operations, failures and bytes, and no time shorter than it took: ${one.shape}, ${one.model}`, async () => {
      const result = await playServed(one)
      expect(countsEqual(result), JSON.stringify(result.counts)).to.equal(true)
      expect(neverShort(result), JSON.stringify(result.percentiles)).to.equal(true)
      expect(result.counts.every(({ truth }) => truth > 0)).to.equal(true)
    })
  }

  it('would be caught telling less than the server took, or other counts', async () => {
    const result = await playServed({ shape: 'fixed', model: 'closed', shards: 1, seconds: 1 })
    const less = { ...result, percentiles: result.percentiles.map((figure) => ({ ...figure, report: figure.truth * 0.99 })) }
    const other = { ...result, counts: result.counts.map((figure) => ({ ...figure, report: figure.report + 1 })) }
    expect([neverShort(less), countsEqual(other)]).to.deep.equal([false, false])
  })
})
