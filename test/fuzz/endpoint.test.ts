// A short fuzz run of the built-in endpoint with a fixed seed; `npm run fuzz -- endpoint` is the long one.
import { expect } from 'chai'
import { fuzzEndpoint } from './endpoint.ts'

const REQUESTS = 1500

describe('the built-in endpoint under malformed requests', () => {
  it('answers each or hangs up, fails nowhere and keeps no connection', async () => {
    const { answers, faults } = await fuzzEndpoint(REQUESTS, 20_260_101)
    expect(faults).to.deep.equal([])
    expect(Object.values(answers).reduce((sum, count) => sum + count)).to.equal(REQUESTS)
    expect(answers).to.include.keys('400', '403', 'closed')
  }).timeout(120_000)
})
