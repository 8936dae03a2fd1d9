// Errors of one kind: what they may differ in, by table, and that counting them loses none.
import { expect } from 'chai'
import fc from 'fast-check'
import { joined, kindOf } from '../../runtime/metrics/error-kind.ts'

const error = (message: string) => ({ message, stack: 'at x', scenario: 's', endedIteration: true })

describe('the kind of an error', () => {
  for (const [what, one, other] of [
    ['keys by their numbers', 'StorageError: GET a-1/k-3-0: no such key', 'StorageError: GET a-2/k-11-40: no such key'],
    ['keys by their hashes', 'GET 29639a7a/x: gone', 'GET 0fbe11ac99d1/x: gone'],
    ['addresses', 'cannot connect to http://127.0.0.1:9000 (ECONNREFUSED)', 'cannot connect to http://127.0.0.1:9001 (ECONNREFUSED)'],
    ['amounts', 'closed after 32768 bytes', 'closed after 1048576 bytes'],
    ['words in brackets', 'wrong (key-1)', 'wrong (key-2)'],
  ] as const) {
    it(`leaves out ${what}`, () => { expect(kindOf(error(one))).to.equal(kindOf(error(other))) })
  }
  for (const [what, one, other] of [
    ['statuses', 'the store answered 503', 'the store answered 500'], ['what is said', 'PUT a-1: denied', 'PUT a-1: no such bucket'],
    ['operations', 'GET k1: cut', 'PUT k1: cut'], ['codes with a stop behind them', 'answered 403: denied', 'answered 404: denied'],
  ] as const) {
    it(`tells apart ${what}`, () => { expect(kindOf(error(one))).not.to.equal(kindOf(error(other))) })
  }
  it('tells apart places, scenarios, and whether an iteration ended', () => {
    const kinds = [{}, { stack: 'at y' }, { scenario: 't' }, { endedIteration: false }].map((more) => kindOf({ ...error('m1'), ...more }))
    expect(new Set(kinds).size).to.equal(4)
  })
})

describe('errors of one kind together', () => {
  it('are as many as they were, with the first message, and say when another one differs', () => {
    const parts = fc.array(fc.tuple(fc.constantFrom('k-1', 'k-2'), fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 9 })
    fc.assert(fc.property(parts, (all) => {
      const counts = all.map(([message, count]) => ({ ...error(message), count, varies: false }))
      const one = counts.reduce(joined)
      expect(one.count).to.equal(all.reduce((sum, [, count]) => sum + count, 0))
      expect(one.message).to.equal(all[0]?.[0])
      expect(one.varies).to.equal(new Set(all.map(([message]) => message)).size > 1)
    }))
  })
})
