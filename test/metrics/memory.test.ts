// No raw samples are kept: what is counted takes the memory of its series, however long the run.
import { expect } from 'chai'
import { bytesAddedBy } from '../kit/many-samples.ts'

describe('memory of what was counted', () => {
  it('stays flat: a million and a half operations add next to nothing', function () {
    this.timeout(60_000)
    expect(bytesAddedBy(1_500_000)).to.be.lessThan(2e6)
  })
})
