// The HTML report: what stands in it, that no text becomes markup or code, and that the same run makes the same page.
import { expect } from 'chai'
import fc from 'fast-check'
import { percentile } from '../../runtime/metrics/histogram.ts'
import type { Window } from '../../runtime/metrics/timeline.ts'
import { pageAssets } from '../../runtime/output/report/assets.ts'
import { heatMap, histogramChart, latencyOverTime, percentileChart } from '../../runtime/output/report/charts.ts'
import { html, scriptJson } from '../../runtime/output/report/markup.ts'
import type { Chart } from '../../runtime/output/report/model.ts'
import { dataOf, spansOf, trendOf } from '../../runtime/output/report/over-time.ts'
import { reportPage, type ReportParts } from '../../runtime/output/report/report.ts'
import { HOSTILE, sampleReport, SECRET } from './report-sample.ts'

const ASSETS = { script: 'draw()', style: 'p { color: red }' }
const pageOf = (parts: ReportParts): string => reportPage(parts, ASSETS)
const headings = (page: string): readonly string[] => [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title = '']) => title)
const chartsOf = (page: string): readonly Chart[] =>
  JSON.parse(/<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(page)?.[1] ?? '') as readonly Chart[]

describe('the HTML report', () => {
  const page = pageOf(sampleReport())

  it('begins with the verdict and why, then answers question after question', () => {
    expect(page).to.match(/^<!doctype html>/)
    expect(page).to.match(/<h1><span class="mark">✗<\/span> mixed.ts <strong>failed: 1 of 2 thresholds crossed<\/strong><\/h1>/)
    expect(page).to.include('thresholds on metrics &#39;s3_req_failed&#39; have been crossed: rate&lt;0.001 was')
    expect(headings(page)).to.deep.equal([
      'Thresholds', 'Operations', 'Checks', 'Over time', 'Latency', 'Latency of s3.get', 'Latency of s3.put', 'Latency of s3.list',
      'Load: offered and achieved', 'Errors', 'Outages',
      'Slowest operations', 'All metrics', 'Environment and plan',
    ])
    for (const text of ['s3.get', 'mixed.ts:12:5', '812.5ms', 'tx7', 'linux 6.8.0 x64', '1.5s']) expect(page, text).to.include(text)
  })

  it('says that a run passed, and leaves out what there is nothing of', () => {
    const parts = sampleReport()
    const passed = pageOf({
      ...parts, ending: undefined,
      record: {
        ...parts.record, ending: { kind: 'passed' }, errors: [], verdicts: [], outages: [], slowest: [],
        plan: { ...parts.record.plan, thresholds: [] },
      },
    })
    expect(passed).to.include('<strong>passed</strong>').and.not.include('class="reasons"')
    expect(headings(passed)).to.not.include.members(['Errors', 'Outages', 'Slowest operations', 'Thresholds'])
  })

  it('lets no name of a script become markup, in text or in data', () => {
    expect(page).to.not.include('<img').and.not.include('alert("x")')
    expect(page.match(/<script/g)).to.have.length(2)
    expect(page.match(/<\/script>/g)).to.have.length(2)
    expect(page).to.include('&lt;/script&gt;&lt;script&gt;alert(&quot;x&quot;)')
    const named = sampleReport({ script: { name: HOSTILE, digest: 'd' } })
    expect(pageOf(named).match(/<script/g)).to.have.length(2)
  })

  it('holds no secret, however it would be written in HTML', () => {
    expect(page).to.not.include(SECRET).and.not.include('se&lt;c')
    expect(page).to.include('key=***')
  })

  it('asks for nothing from anywhere, and says so to browsers', () => {
    expect(page).to.match(/Content-Security-Policy" content="default-src &#39;none&#39;; script-src &#39;sha256-/)
    expect(page).to.not.match(/<[a-z]+[^>]*\s(?:src|href)=|@import|url\(/)
  })

  it('is the same for the same run', () => { expect(pageOf(sampleReport())).to.equal(page) })

  it('has a place for each chart, and the run as it was in them', () => {
    const charts = chartsOf(page)
    expect([...page.matchAll(/data-chart="(\d+)"/g)].map(([, at]) => Number(at))).to.deep.equal(charts.map((_, at) => at))
    expect(charts.map(({ kind }) => kind)).to.include.members(['lines', 'heat', 'bars'])
    const [rates] = charts
    if (rates?.kind !== 'lines') throw new Error('the first chart has no lines')
    expect(rates.xs).to.have.length(60)
    expect(rates.lines.map(({ label }) => label)).to.deep.equal(['s3.get', 's3.put', 's3.list'])
    expect(rates.lines[0]?.values.slice(0, 2)).to.deep.equal([40, 40])
  })

  it('says that there is nothing to draw over time where no seconds were kept', () => {
    const short = pageOf(sampleReport({}, 1))
    expect(short).to.include('nothing to draw over time')
    expect([...new Set(chartsOf(short).map(({ kind }) => kind))]).to.deep.equal(['lines', 'bars'])
  })

  it('says of which operations it has no charts', () => {
    const { record, ...parts } = sampleReport()
    const [reqs] = record.series.filter(({ metric }) => metric === 's3_reqs')
    if (reqs === undefined) throw new Error('the sample counts no requests')
    const rare = (at: number) => ({ ...reqs, tags: { ...reqs.tags, op: `rare-${at}` }, data: { ...reqs.data, sum: 1 } })
    const more = Array.from({ length: 7 }, (_, at) => rare(at))
    const many = pageOf({ ...parts, record: { ...record, series: [...record.series, ...more] } })
    expect(many).to.include('Charts are of the 8 most frequent; without: s3.rare-5, s3.rare-6.')
  })

  it('stays small', () => { expect(page.length).to.be.below(120_000) })

  it('carries the script and style the build packed, which end no element, and the licence of the chart library', () => {
    const { script, style } = pageAssets()
    expect(script).to.include('MIT License').and.not.match(/<\/script|<!--/i)
    expect(style).to.not.match(/<\/style|@import|url\(/i)
    expect(script.length).to.be.below(80_000)
  })
})

describe('spans of a report', () => {
  const GET = [{ workload: 's3', op: 'get' }]
  const windows = (lengths: readonly number[]) => {
    const list = [...sampleReport().windows].slice(0, lengths.length)
      .map((window, at): Window => ({ ...window, lengthMs: lengths[at] ?? 1000 }))
    return Object.assign(list, {})
  }
  it('are as many as fit, and lose nothing', () => {
    const spans = spansOf(windows(Array<number>(60).fill(1000)), GET, 25)
    expect(spans).to.have.length(20)
    const counted = spans.reduce((sum, { operations, startMs, endMs }) =>
      sum + (operations[0]?.perSecond ?? 0) * (endMs - startMs) / 1000, 0)
    const whole = dataOf(sampleReport().record.series, 's3_reqs', { op: 'get' })
    expect(counted).to.be.closeTo(whole?.type === 'counter' ? whole.sum : -1, 1e-6)
  })
  it('have no last one of some milliseconds', () => {
    expect(spansOf(windows([1000, 1000, 30]), GET, 400).map(({ endMs }) => endMs)).to.deep.equal([1000, 2030])
  })
  it('of no windows are none', () => { expect(spansOf(windows([]), GET, 400)).to.deep.equal([]) })
})

describe('charts of a report', () => {
  const { record, windows } = sampleReport()
  const data = trendOf(dataOf(record.series, 's3_req_duration', { op: 'get' }))
  if (data === undefined) throw new Error('the sample has no durations')
  const spans = spansOf(windows, [{ workload: 's3', op: 'get' }], 400)

  it('count every operation in a histogram', () => {
    expect(histogramChart(data).counts.reduce((sum, count) => sum + count, 0)).to.equal(data.count)
  })
  it('count every operation in a heat map, which is a second a column here', () => {
    const counts = heatMap(spans, 0)?.columns.flat().map(([, count]) => count) ?? []
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(data.count)
  })
  it('show percentiles as far as an operation was counted', () => {
    const { xs, lines: [line] } = percentileChart([{ label: 'get', data }])
    const at99 = line?.values[xs.indexOf(2)] ?? NaN
    expect(at99).to.be.closeTo(percentile(data, 99), percentile(data, 99) * 0.001)
    expect(xs.at(-1)).to.be.closeTo(Math.log10(data.count), 0.1)
    expect(line?.values.filter((value) => value !== null).every((value, i, all) => value >= (all[i - 1] ?? 0))).to.equal(true)
  })
  it('have a gap where nothing ended', () => {
    const gap = spansOf(Object.assign([...windows].map((window, at) => at === 3 ? { ...window, series: [] } : window), {}),
      [{ workload: 's3', op: 'get' }], 400)
    for (const { values } of latencyOverTime(gap, 0).lines) expect(values.map((value) => value === null).indexOf(true)).to.equal(3)
  })
})

describe('text in HTML', () => {
  it('can never be markup', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(html`${text}`.text).to.not.match(/[<>"']/)
      expect(scriptJson(text).text).to.not.include('<')
      expect(JSON.parse(scriptJson({ text }).text)).to.deep.equal({ text })
    }))
  })
  it('is nothing where there is none, and lists are joined', () => {
    expect(html`<p>${undefined}${['a', html`<b>${'&'}</b>`, 1]}</p>`.text).to.equal('<p>a<b>&amp;</b>1</p>')
  })
})
