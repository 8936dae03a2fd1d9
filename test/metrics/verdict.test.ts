// Thresholds are judged as k6 judges them, except that what measured nothing fails.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parseDuration } from '../../bindings/sdk/index.ts'
import { sinkFor } from '../../runtime/metrics/sinks.ts'
import type { SeriesData } from '../../runtime/metrics/snapshot.ts'
import { judge, shouldAbort } from '../../runtime/metrics/verdict.ts'
import type { MetricType } from '../../runtime/plan/plan.ts'
import { threshold } from '../output/sample-record.ts'

interface Vector {
  readonly Sink: MetricType
  readonly Values: readonly number[] | null
  readonly Expr: string
  readonly DurMs: number
  readonly AbortOnFail: boolean
  readonly Delay: string
  readonly Pass: boolean
  readonly Abort: boolean
}
const vectors = (JSON.parse(readFileSync('test/vectors/thresholds_metrics.json', 'utf8')) as { evaluation: readonly Vector[] }).evaluation

const dataOf = (type: MetricType, values: readonly number[]): SeriesData => {
  const sink = sinkFor(type)
  for (const value of values) sink.record(value, 0)
  return sink.data()
}
const source = (data: SeriesData | undefined) => ({ select: () => data })
const FINAL = { final: true }
const DURING = { final: false }

describe('a verdict', () => {
  for (const { Sink, Values, Expr, DurMs, AbortOnFail, Delay, Pass, Abort } of vectors.filter((vector) => vector.Values !== null)) {
    it(`agrees with k6: ${Sink} ${JSON.stringify(Values)} ${Expr} after ${String(DurMs)} ms, delay ${Delay || 'none'}`, () => {
      const delayAbortEvalNs = Delay === '' ? 0 : Number(parseDuration(Delay))
      const one = threshold('m', Expr, { abortOnFail: AbortOnFail, delayAbortEvalNs })
      const verdicts = judge([one], source(dataOf(Sink, Values ?? [])), DurMs, DURING)
      expect(verdicts[0]?.ok).to.equal(Pass)
      expect(shouldAbort(verdicts, DurMs * 1e6)).to.equal(Abort)
    })
  }

  for (const { Sink, Expr } of vectors.filter((vector) => vector.Values === null)) {
    it(`on no samples is left open during the run and fails at its end: ${Sink} ${Expr}`, () => {
      for (const nothing of [undefined, dataOf(Sink, [])]) {
        expect(judge([threshold('m', Expr)], source(nothing), 1000, DURING)[0]).to.include({ ok: true, empty: true, observed: undefined })
        expect(judge([threshold('m', Expr)], source(nothing), 1000, FINAL)[0]).to.include({ ok: false, empty: true, observed: undefined })
        expect(judge([threshold('m', Expr, { allowEmpty: true })], source(nothing), 1000, FINAL)[0]).to.include({ ok: true, empty: true })
      }
    })
  }

  it('says what it saw', () => {
    const of = (type: MetricType, values: readonly number[], expression: string) =>
      judge([threshold('m', expression)], source(dataOf(type, values)), 2000, FINAL)[0]?.observed
    expect(of('counter', [1, 2, 3], 'rate>0')).to.equal(3)
    expect(of('gauge', [5, 1], 'value>0')).to.equal(1)
    expect(of('rate', [1, 0, 0, 0], 'rate>0')).to.equal(0.25)
    expect(of('trend', [10, 20], 'avg>0')).to.equal(15)
    expect(of('trend', [10, 20], 'med>0')).to.equal(15)
    expect(of('trend', [10, 20], 'p(0)>0')).to.equal(10)
    expect(of('trend', [10, 20], 'max>0')).to.equal(20)
  })

  it('takes a percentile as equal to what its histogram can not tell from it, and to nothing else', () => {
    const ok = (expression: string) => judge([threshold('m', expression)], source(dataOf('trend', [1, 2, 3, 4])), 1000, FINAL)[0]?.ok
    expect(ok('med==2.5')).to.equal(true)
    expect(ok('med!=2.5')).to.equal(false)
    expect(ok('med==2.52')).to.equal(false)
    expect(ok('avg==2.501')).to.equal(false)
  })

  it('on a rate over no time has measured nothing', () => {
    expect(judge([threshold('m', 'rate<5')], source(dataOf('counter', [1])), 0, FINAL)[0]).to.include({ ok: false, empty: true })
  })

  it('on an aggregation its metric does not have has measured nothing', () => {
    expect(judge([threshold('m', 'p(95)<5')], source(dataOf('counter', [1])), 1000, FINAL)[0]).to.include({ ok: false, empty: true })
  })

  it('ends a run only after its delay, and only where it was asked to', () => {
    const failing = (more: object) => judge([threshold('m', 'count>9', more)], source(dataOf('counter', [1])), 1000, DURING)
    expect(shouldAbort(failing({}), 5e9)).to.equal(false)
    expect(shouldAbort(failing({ abortOnFail: true, delayAbortEvalNs: 5e9 }), 5e9)).to.equal(false)
    expect(shouldAbort(failing({ abortOnFail: true, delayAbortEvalNs: 5e9 }), 5e9 + 1)).to.equal(true)
    expect(shouldAbort(judge([threshold('m', 'count>9', { abortOnFail: true })], source(undefined), 1000, DURING), 5e9)).to.equal(false)
  })
})
