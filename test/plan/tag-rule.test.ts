// Selectors beyond k6's: other than, one of several, and patterns; and windows in thresholds.
import { expect } from 'chai'
import { picks } from '../../runtime/metrics/series.ts'
import { checkAggregation } from '../../runtime/plan/metrics-catalog.ts'
import { OptionError } from '../../runtime/plan/problem.ts'
import { parseSelector, parseThreshold } from '../../runtime/plan/threshold.ts'

const picked = (selector: string, tags: Readonly<Record<string, string>>): boolean => picks(parseSelector(selector), tags)

describe('a selector', () => {
  const table: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
    ['m{op:get}', { op: 'get' }, true],
    ['m{op:[get,head]}', { op: 'head' }, true],
    ['m{op:[get,head]}', { op: 'put' }, false],
    ['m{op:[ "get" , head ],code:ok}', { op: 'get', code: 'ok' }, true],
    ['m{op:[get,head]}', {}, false],
    ['m{op!=get}', { op: 'put' }, true],
    ['m{op!=get}', { op: 'get' }, false],
    ['m{op!=get}', {}, true],
    ['m{op!=[get,head],code:ok}', { op: 'head', code: 'ok' }, false],
    ['m{op!=[get,head],code:ok}', { op: 'put', code: 'ok' }, true],
    ['m{op!=[get,head],code:ok}', { op: 'put', code: 'cut' }, false],
    ['m{op=~get|put}', { op: 'put' }, true],
    ['m{op=~ge}', { op: 'get' }, false],
    ['m{op=~.*t}', {}, false],
    ['m{op=~"g.{1,2}t",code:ok}', { op: 'goat', code: 'ok' }, true],
    ['m{op!~list.*}', { op: 'listVersions' }, false],
    ['m{op!~list.*}', { op: 'get' }, true],
    ['m{url:http://x?a!=b}', { url: 'http://x?a!=b' }, true],
  ]
  for (const [selector, tags, expected] of table) {
    it(`${selector} ${expected ? 'means' : 'does not mean'} ${JSON.stringify(tags)}`, () => {
      expect(picked(selector, tags)).to.equal(expected)
    })
  }

  for (const selector of ['m{op!=}', 'm{op=~}', 'm{op}', 'm{op=~(}']) {
    it(`${selector} is refused`, () => { expect(() => parseSelector(selector)).to.throw(OptionError, /^metric 'm\{/) })
  }
})

describe('a threshold over windows', () => {
  it('is read with its window', () => {
    expect(parseThreshold('p(99)<200 over 10s')).to.deep.equal(
      { aggregation: { kind: 'p', percentile: 99 }, operator: '<', value: 200, overNs: 10e9 })
    expect(parseThreshold(' rate > 3  over  1m ')).to.deep.include({ value: 3, overNs: 60e9 })
  })

  for (const [source, message] of [
    ['avg<1 over soon', /over soon: /], ['avg<1 over 500ms', /whole seconds/], ['avg<1 over 0s', /whole seconds/],
    ['avg<1 over 1500ms', /whole seconds/], ['avg<1 over', /no number/], ['avg<1over 10s', /no number/],
  ] as const) {
    it(`refuses ${source}`, () => { expect(() => parseThreshold(source)).to.throw(OptionError, message) })
  }

  it('is refused of a gauge', () => {
    expect(() => { checkAggregation('vus', 'gauge', parseThreshold('value>1 over 1s')) }).to.throw(OptionError, /leave out 'over'/)
  })
})
