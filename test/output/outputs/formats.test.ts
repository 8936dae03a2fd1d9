// What outputs write, held against the formats' own descriptions.
import { expect } from 'chai'
import fc from 'fast-check'
import { uncompress } from 'snappyjs'
import { Histogram, percentile } from '../../../runtime/metrics/histogram.ts'
import { classicBuckets } from '../../../runtime/output/formats/classic.ts'
import { deltas, exponential, SCALE, spans } from '../../../runtime/output/formats/exponential.ts'
import { protobufExposition, textExposition } from '../../../runtime/output/formats/exposition.ts'
import { influxLines } from '../../../runtime/output/formats/influx.ts'
import { CSV_HEADER, csvRow } from '../../../runtime/output/formats/k6-csv.ts'
import { metricLine, pointLine } from '../../../runtime/output/formats/k6-json.ts'
import { otlpRequest } from '../../../runtime/output/formats/otlp.ts'
import { secondPoints } from '../../../runtime/output/formats/points.ts'
import { families } from '../../../runtime/output/formats/prometheus.ts'
import { Message } from '../../../runtime/output/formats/protobuf.ts'
import { writeRequest } from '../../../runtime/output/formats/remote-write.ts'
import { statsdLines } from '../../../runtime/output/formats/statsd.ts'
import { samplePlan, threshold } from '../sample-record.ts'
import { MOMENT_MS, only, second } from './kit.ts'

const histogramOf = (values: readonly number[]) => {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram.data()
}

describe('k6\'s JSON lines', () => {
  it('tell of a metric with its thresholds and sub-metrics, as k6 does', () => {
    const plan = samplePlan({ thresholds: [threshold('s3_reqs', 'count>1'), threshold('s3_reqs{op:put}', 'count>1')] })
    expect(metricLine('s3_reqs', 'counter', 'default', plan)).to.equal('{"type":"Metric","data":{"name":"s3_reqs","type":"counter",'
      + '"contains":"default","thresholds":["count>1"],"submetrics":[{"name":"s3_reqs{op:put}","suffix":"op:put","tags":{"op":"put"}}]},'
      + '"metric":"s3_reqs"}\n')
    expect(metricLine('vus', 'gauge', 'default', plan)).to.contain('"thresholds":[],"submetrics":null')
  })

  it('give each figure of a second as a point that says what it stands for', () => {
    const points = secondPoints(only(second([4, 2]), 'vus', 's3_reqs', 's3_req_failed'), MOMENT_MS, [])
    expect(pointLine(points.find(({ metric }) => metric === 'vus') ?? expect.fail())).to.equal('{"metric":"vus","type":"Point",'
      + '"data":{"time":"2026-11-24T03:00:01.500Z","value":3,"tags":{},"metadata":{"stat":"last","count":"1"}}}\n')
    expect(points.filter(({ metric }) => metric === 's3_req_failed').map(({ value, tags: { code } }) => [value, code]))
      .to.deep.equal([[1, 'timeout'], [0, 'ok']])
  })
})

describe('k6\'s CSV', () => {
  it('has a cell for each column, whatever the values hold', () => {
    const rows = secondPoints(second([4]), MOMENT_MS, ['avg']).map(csvRow)
    const cells = (line: string): number => line.replace(/"(?:[^"]|"")*"/g, '').split(',').length
    for (const row of rows) expect(cells(row), row).to.equal(cells(CSV_HEADER))
    expect(rows.find((row) => row.startsWith('checks'))).to.equal(
      'checks,1795489201,1.000000,"a, ""b""",,,,,,,,mixed,,,,,,,stat=rate&count=1\n')
  })
})

describe('an exponential histogram', () => {
  it('holds every value, in the bucket its bounds name, within a bucket of ours', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
      const { first, counts } = exponential(histogramOf(values).histogram, 0.001).positive
      expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(values.length)
      const base = 2 ** (2 ** -SCALE)
      expect(Math.min(...values) * 0.001).to.be.within(base ** (first - 1) * 0.996, base ** first * 1.004)
      const last = first + counts.length - 1
      expect(Math.max(...values) * 0.001).to.be.within(base ** (last - 1) * 0.996, base ** last * 1.004)
    }))
  })

  it('is told in spans and deltas that lead back to it', () => {
    fc.assert(fc.property(fc.integer({ min: -50, max: 50 }), fc.array(fc.nat(3)), (first, counts) => {
      const runs = spans({ first, counts })
      const told = deltas(runs.flatMap((run) => run.counts))
      const found = new Map<number, number>()
      let at = 0
      let count = 0
      let next = 0
      for (const { offset, counts: own } of runs) {
        at += offset
        for (const _ of own) found.set(at++, count += told[next++] ?? 0)
      }
      expect([...found]).to.deep.equal([...counts.entries()].filter(([, one]) => one > 0).map(([n, one]) => [first + n, one]))
    }))
  })
})

describe('a classic histogram', () => {
  it('counts up to each bound, and everything at the last', () => {
    const lines = classicBuckets({ data: histogramOf([0, 0.05, 1.2, 3, 70_000]), factor: 0.001 })
    const at = (le: string): number | undefined => lines.find(({ more }) => more[0]?.[1] === le)?.value
    expect([at('0.0001'), at('0.001'), at('0.0025'), at('0.005'), at('50'), at('+Inf')]).to.deep.equal([2, 2, 3, 4, 4, 5])
    expect(lines.slice(-2).map(({ suffix, value }) => [suffix, value])).to.deep.equal([['_sum', 70.00425], ['_count', 5]])
  })
})

describe('Prometheus\' names', () => {
  const all = families(second([4, 2, 3]), '3f9a1c')

  it('carry their unit, and _total where they only grow', () => {
    expect(all.map(({ name, type }) => `${name} ${type}`)).to.include.members([
      'chopsticks_s3_reqs_total counter', 'chopsticks_s3_req_duration_seconds histogram', 'chopsticks_vus gauge',
      'chopsticks_data_sent_bytes_total counter', 'chopsticks_s3_req_failed_total counter',
    ])
  })

  it('are what a text exposition has, each with the run', () => {
    const text = textExposition(all)
    expect(text).to.contain('# TYPE chopsticks_vus gauge\nchopsticks_vus{run="3f9a1c"} 3\n')
    expect(text).to.contain('chopsticks_checks_total{check="a, \\"b\\"",condition="nonzero",run="3f9a1c",scenario="mixed"} 1\n')
    for (const line of text.trimEnd().split('\n')) expect(line).to.match(/^(# (HELP|TYPE) \w+ .+|\w+\{(\w+="([^"\\]|\\.)*",?)*\} \S+)$/)
  })

  it('are what Protocol Buffers have, message by message', () => {
    const bytes = protobufExposition(families(only(second([4]), 'vus'), 'r'))
    const family = new Message().text(1, 'chopsticks_vus').text(2, 'chopsticks\' vus, a gauge').uint(3, 1)
      .message(4, new Message().message(1, new Message().text(1, 'run').text(2, 'r')).message(2, new Message().double(1, 3)))
    expect(Buffer.from(bytes)).to.deep.equal(Buffer.from(family.delimited()))
  })

  it('are written to a remote, compressed, with labels in their order', () => {
    const body = writeRequest(families(only(second([4]), 'vus'), 'r'), { epochMs: 1000, histograms: 'native' })
    const label = (name: string, value: string): Message => new Message().text(1, name).text(2, value)
    const series = new Message().message(1, label('__name__', 'chopsticks_vus')).message(1, label('run', 'r'))
      .message(2, new Message().double(1, 3).int(2, 1000))
    expect(Buffer.from(uncompress(body))).to.deep.equal(Buffer.from(new Message().message(1, series).bytes()))
  })
})

describe('Protocol Buffers', () => {
  it('write numbers as the format has them', () => {
    const hex = (message: Message): string => Buffer.from(message.bytes()).toString('hex')
    // The examples of the format's own description, and its limits.
    expect(hex(new Message().uint(1, 150))).to.equal('089601')
    expect(hex(new Message().text(2, 'testing'))).to.equal('120774657374696e67')
    expect(hex(new Message().sint(1, -1).sint(1, 1).sint(1, -2))).to.equal('080108020803')
    expect(hex(new Message().int(1, -2))).to.equal('08feffffffffffffffff01')
    expect(hex(new Message().uint(1, 2 ** 53 - 1))).to.equal('08ffffffffffffff0f')
    expect(hex(new Message().packedSints(4, [3, -3]))).to.equal('22020605')
  })
})

describe('OTLP', () => {
  it('tells totals since the start, in seconds, with counts that add up', () => {
    const body = JSON.parse(otlpRequest(second([4, 2, 0]), { startEpochMs: 1000, epochMs: 2000.5 }, { 'service.name': 'x' }, '1')) as {
      readonly resourceMetrics: readonly [{ readonly scopeMetrics: readonly [{ readonly metrics: readonly Record<string, unknown>[] }] }]
    }
    const [{ metrics }] = body.resourceMetrics[0].scopeMetrics
    const named = (name: string): Record<string, unknown> => metrics.find((one) => one['name'] === name) ?? {}
    expect(named('chopsticks.s3_reqs')).to.deep.nested.include({
      'unit': '1', 'sum.aggregationTemporality': 2, 'sum.isMonotonic': true, 'sum.dataPoints[0].asDouble': 1,
      'sum.dataPoints[0].startTimeUnixNano': '1000000000', 'sum.dataPoints[0].timeUnixNano': '2000500000',
    })
    const { dataPoints } = named('chopsticks.s3_req_duration')['exponentialHistogram'] as {
      readonly dataPoints: readonly {
        readonly count: string
        readonly zeroCount: string
        readonly positive: { readonly bucketCounts: readonly string[] }
      }[]
    }
    for (const { count, zeroCount, positive } of dataPoints) {
      expect(positive.bucketCounts.reduce((sum, one) => sum + Number(one), Number(zeroCount))).to.equal(Number(count))
    }
    expect(dataPoints.map(({ count }) => count)).to.have.members(['1', '2'])
  })
})

describe('Influx\' lines', () => {
  it('escape what separates, and give a second\'s figures', () => {
    const lines = influxLines(only(second([4, 2], { scenario: 'a b,c=d' }), 's3_reqs', 's3_req_failed'), MOMENT_MS, 'r').split('\n')
    expect(lines).to.include('s3_reqs,code=ok,driver=native,op=get,run=r,scenario=a\\ b\\,c\\=d,target=default value=1 1795489201500000000')
    expect(lines.find((line) => line.startsWith('s3_req_failed,code=timeout'))).to.contain(' value=1,trues=1i,count=1i ')
  })
})

describe('StatsD\'s lines', () => {
  it('are counters and gauges, with tags or without', () => {
    expect(statsdLines(only(second([4]), 's3_reqs'), 'r', true))
      .to.deep.equal(['chopsticks.s3_reqs:1|c|#scenario:mixed,op:get,driver:native,target:default,code:timeout,run:r'])
    const lines = statsdLines(only(second([4]), 's3_req_duration'), 'r', false)
    expect(lines).to.include.members(['chopsticks.s3_req_duration.count:1|c', 'chopsticks.s3_req_duration.p99:4|g'])
  })

  it('set a gauge below zero by way of zero: a sign would mean a change', () => {
    const data = { type: 'gauge', value: -2, atMs: 0, min: -2, max: -2, count: 1 } as const
    const lines = statsdLines([{ metric: 'g', contains: 'default', tags: {}, data }], 'r', false)
    expect(lines).to.deep.equal(['chopsticks.g:0|g', 'chopsticks.g:-2|g'])
  })
})

describe('figures of a second', () => {
  it('are the percentiles of its values', () => {
    const values = Array.from({ length: 200 }, (_, at) => at + 1)
    const series = only(second(values), 's3_req_duration').filter(({ tags: { code } }) => code === 'ok')
    const point = secondPoints(series, 0, ['p(90)']).find(({ metadata }) => metadata?.['stat'] === 'p(90)')
    expect(point?.value).to.equal(percentile(histogramOf(values.slice(1)), 90))
  })
})
