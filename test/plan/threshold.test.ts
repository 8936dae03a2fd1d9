// The grammar of thresholds and selectors against the vectors, and how the option is read.
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { JsonObject } from '../../bindings/sdk/index.ts'
import { builtinMetrics, checkAggregation } from '../../runtime/plan/metrics-catalog.ts'
import type { MetricType } from '../../runtime/plan/plan.ts'
import { OptionError, Problems, pathText, problemLine } from '../../runtime/plan/problem.ts'
import { readThresholds, type ReadThresholds } from '../../runtime/plan/threshold-option.ts'
import { checkTrendStat, holds, parseSelector, parseThreshold } from '../../runtime/plan/threshold.ts'

const vectors = JSON.parse(readFileSync('test/vectors/thresholds_metrics.json', 'utf8')) as {
  readonly grammar: readonly { input: string; ok: boolean; method?: string; percentile?: number; op?: string; value?: number | string }[]
  readonly metricName: readonly { Input: string; Ok: boolean; Name: string; Tags: readonly string[] | null }[]
  readonly submetric: readonly { Input: string; Ok: boolean; Tags: Readonly<Record<string, string>> | null }[]
  readonly validateByType: readonly { Type: MetricType; Expr: string; Ok: boolean }[]
  readonly summaryTrendColumns: readonly { Input: readonly string[]; Ok: boolean }[]
}

describe('the threshold grammar', () => {
  for (const { input, ok, method, percentile = 0, op, value } of vectors.grammar) {
    if (typeof value === 'string') {
      it(`refuses ${input}, whose value is not finite`, () => { expect(() => parseThreshold(input)).to.throw(OptionError, /finite/) })
    } else if (!ok) {
      it(`refuses ${JSON.stringify(input)}`, () => { expect(() => parseThreshold(input)).to.throw(OptionError) })
    } else {
      it(`reads ${JSON.stringify(input)}`, () => {
        const aggregation = method === 'p' ? { kind: 'p', percentile } : { kind: method }
        expect(parseThreshold(input)).to.deep.equal({ aggregation, operator: op, value })
      })
    }
  }

  for (const { Type, Expr, Ok } of vectors.validateByType) {
    it(`${Ok ? 'allows' : 'refuses'} ${Expr} on a ${Type}`, () => {
      const check = (): void => { checkAggregation('test', Type, parseThreshold(Expr)) }
      if (Ok) check()
      else expect(check).to.throw(OptionError, new RegExp(`test.*${Type}`))
    })
  }

  it('holds an observed value against each operator', () => {
    const held = (source: string, observed: number): boolean => holds(parseThreshold(source), observed)
    expect([held('avg<1', 0.9), held('avg<1', 1), held('avg<=1', 1), held('avg<=1', 1.1)]).to.deep.equal([true, false, true, false])
    expect([held('avg>1', 1.1), held('avg>1', 1), held('avg>=1', 1), held('avg>=1', 0.9)]).to.deep.equal([true, false, true, false])
    expect([held('avg==1', 1), held('avg===1', 1), held('avg==1', 2), held('avg!=1', 1), held('avg!=1', 2)])
      .to.deep.equal([true, true, false, false, true])
  })
})

describe('selectors', () => {
  const unquote = (text: string): string => text.trim().replace(/^["']+|["']+$/g, '')
  for (const { Input, Ok, Name, Tags } of vectors.metricName) {
    it(`${Ok ? 'reads' : 'refuses'} ${Input}`, () => {
      if (!Ok) { expect(() => parseSelector(Input)).to.throw(OptionError); return }
      const tags = Object.fromEntries((Tags ?? [])
        .map((tag) => [unquote(tag.slice(0, tag.indexOf(':'))), unquote(tag.slice(tag.indexOf(':') + 1))]))
      expect(parseSelector(Input)).to.deep.equal({ name: Name, tags })
    })
  }
  // Tags without a value are refused before they are taken apart, as k6's metric names are.
  for (const { Input, Tags } of vectors.submetric.filter(({ Ok, Input: text }) => Ok && text.split(',')
    .every((tag) => /:[^,]/.test(tag)))) {
    it(`takes the tags of {${Input}} apart`, () => { expect(parseSelector(`metric{${Input}}`).tags).to.deep.equal(Tags) })
  }
})

describe('trend columns of the summary', () => {
  for (const { Input, Ok } of vectors.summaryTrendColumns) {
    it(`${Ok ? 'take' : 'refuse'} ${Input.join(', ')}`, () => {
      const check = (): string[] => Input.map((stat, index) => checkTrendStat(stat, [index]))
      if (Ok) expect(check()).to.deep.equal(Input)
      else expect(check).to.throw(OptionError)
    })
  }
})

describe('the thresholds option', () => {
  const read = (option: JsonObject): ReadThresholds & { readonly problems: readonly string[] } => {
    const problems = new Problems()
    const origin = { layer: 'script' as const, where: (path: readonly (string | number)[] = []) => pathText(['thresholds', ...path]) }
    const result = readThresholds(option, [...builtinMetrics(['s3']), { name: 'my_trend', type: 'trend', contains: 'time' }], origin,
      problems)
    return { ...result, problems: problems.list.map(problemLine) }
  }

  it('reads texts and objects', () => {
    const { thresholds, problems } = read({
      's3_req_duration{op:get}': ['p(99)<200', { threshold: 'avg<50', abortOnFail: true, delayAbortEval: '10s', allowEmpty: true }],
        my_trend: ['max<1'],
    })
    expect(problems).to.deep.equal([])
    expect(thresholds.map(({ metric, source }) => [metric, source])).to.deep.equal(
      [['s3_req_duration{op:get}', 'p(99)<200'], ['s3_req_duration{op:get}', 'avg<50'], ['my_trend', 'max<1']])
    expect(thresholds[0]).to.deep.include({ abortOnFail: false, delayAbortEvalNs: 0, allowEmpty: false })
    expect(thresholds[1]).to.deep.include({
      selector: { name: 's3_req_duration', tags: { op: 'get' } }, abortOnFail: true, delayAbortEvalNs: 10e9, allowEmpty: true,
    })
  })

  it('takes an empty list for a sub-metric that is to be shown', () => {
    expect(read({ 's3_reqs{op:put}': [] })).to.deep.equal({
      thresholds: [], problems: [], submetrics: [{ metric: 's3_reqs{op:put}', selector: { name: 's3_reqs', tags: { op: 'put' } } }],
    })
  })

  const bad: readonly (readonly [string, JsonObject, RegExp])[] = [
    ['an unknown metric, with the nearest', { s3_req_duraton: ['p(95)<1'] },
      /^thresholds\.s3_req_duraton: .*did you mean 's3_req_duration'/],
    ['a workload that is not imported', { rbd_reqs: ['count>1'] }, /import chopsticks\/rbd/],
    ['an aggregation the type lacks', { checks: ['p(95)<1'] }, /^thresholds\.checks\[0\]: metric 'checks' is a rate/],
    ['a malformed expression', { checks: ['rate~1'] }, /no comparison/],
    ['a text instead of a list', { checks: 'rate==1' }, /must be a list.*\["rate==1"\]/],
    ['an unknown key', { checks: [{ threshold: 'rate==1', abortOnFial: true }] },
      /thresholds\.checks\[0\]\.abortOnFial: .*did you mean 'abortOnFail'/],
    ['an object without a threshold', { checks: [{ abortOnFail: true }] }, /thresholds\.checks\[0\]: /],
    ['a wrong delay', { checks: [{ threshold: 'rate==1', delayAbortEval: 'soon' }] }, /thresholds\.checks\[0\]\.delayAbortEval: /],
    ['a number', { checks: [1] }, /thresholds\.checks\[0\]: 1 must be/],
    ['a tag without a value', { 'checks{check}': ['rate==1'] }, /'check' is no tag/],
  ]
  for (const [what, option, message] of bad) {
    it(`refuses ${what}`, () => {
      const { problems } = read(option)
      expect(problems).to.have.length(1)
      expect(problems[0]).to.match(message)
    })
  }
})
