// A short fuzz run with a fixed seed; `npm run fuzz` is the long one.
import { expect } from 'chai'
import { fuzz } from './border.ts'
import { faultsOf } from './faults.ts'

const MESSAGES = 20_000

describe('the border under malformed messages', () => {
  it('breaks nowhere and leaves nothing', async () => {
    const report = await fuzz(MESSAGES, 20_260_101, () => { return })
    expect(faultsOf(report)).to.deep.equal([])
    expect(report.messages).to.be.at.least(MESSAGES)
    expect(report.ends).to.include.keys('ok', 'throw', 'interrupted')
  }).timeout(120_000)
})
