// The tables of the load as people see them: golden texts at three widths, and never a line wider than the terminal.
import { expect } from 'chai'
import { judgeGenerator } from '../../runtime/metrics/generator.ts'
import { displayWidth } from '../../runtime/output/text.ts'
import { summaryText } from '../../runtime/output/summary.ts'
import { loadRecord } from './load-record.ts'
import { busyRecord, samplePlan } from './sample-record.ts'

const locate = () => ({})
const text = (columns: number, colour = false): string => summaryText(loadRecord(), { columns, colour, locate })
/** What the summary shows from the first table of the load on. */
const load = (columns: number): string => text(columns).slice(text(columns).indexOf('    TASKS'))
/** The text between two back-quotes, without the line break that follows the first. */
const golden = (parts: TemplateStringsArray): string => String.raw(parts).slice(1)

describe('the tables of the load', () => {
  it('leave out what there is no room for at 60 columns, and say so', () => {
    expect(load(60)).to.equal(golden`
    TASKS
    scenario  task      count  failed   med   p95   p99
    users     upload       30  10.00%  20ms  20ms  20ms
    users     download     10   0.00%   5ms   5ms   5ms
    users     never         0   0.00%     -     -     -
    no room for: max

    STEPS
    scenario  step    iters/s  ops/s  failed   p95   p99
    stairs    10 VUs     10.0   10.0   0.00%  50ms  50ms
    stairs    20 VUs     16.0   16.0   0.00%  50ms  50ms
    no room for: max, MB/s, med

    RESPONSE TIME
    scenario  of         time        med    p95    p99
    arrivals  iteration  service    11ms   11ms   11ms
                         response  111ms  111ms  111ms
    arrivals  s3.get     service    10ms   10ms   10ms
                         response  110ms  110ms  110ms
    no room for: max
    Response time counts from when an iteration, and with it
    its first operation, was due; service time from when it
    began. What lies between is waiting, which a user of the
    store would have felt too.

    SCENARIOS
    scenario    VUs  begun  dropped  offered/s  begun/s
    users     10/10     40        0          -     10.0
    arrivals    5/5    300      100        100     75.0
    stairs    20/20     60        0          -     16.0
    no room for: queued, offered
    arrivals: 50 of 400 iterations (12.5 %) waited for a VU,
    100 of 400 iterations (25.0 %) were dropped: all 5 VUs
    were busy. Raise maxVUs; if all are busy then too, the
    store is slower than this load

`)
  })

  it('have all that counts at 80 columns', () => {
    expect(load(80)).to.equal(golden`
    TASKS
    scenario  task      count  failed   med   p95   p99   max
    users     upload       30  10.00%  20ms  20ms  20ms  20ms
    users     download     10   0.00%   5ms   5ms   5ms   5ms
    users     never         0   0.00%     -     -     -     -

    STEPS
    scenario  step    iters/s  ops/s  MB/s  failed   med   p95   p99   max
    stairs    10 VUs     10.0   10.0  10.0   0.00%  50ms  50ms  50ms  50ms
    stairs    20 VUs     16.0   16.0  16.0   0.00%  50ms  50ms  50ms  50ms

    RESPONSE TIME
    scenario  of         time        med    p95    p99    max
    arrivals  iteration  service    11ms   11ms   11ms   11ms
                         response  111ms  111ms  111ms  111ms
    arrivals  s3.get     service    10ms   10ms   10ms   10ms
                         response  110ms  110ms  110ms  110ms
    Response time counts from when an iteration, and with it its first
    operation, was due; service time from when it began. What lies between is
    waiting, which a user of the store would have felt too.

    SCENARIOS
    scenario    VUs  offered  begun  dropped  queued  offered/s  begun/s
    users     10/10        -     40        0       0          -     10.0
    arrivals    5/5      400    300      100      50        100     75.0
    stairs    20/20        -     60        0       0          -     16.0
    arrivals: 50 of 400 iterations (12.5 %) waited for a VU, 100 of 400
    iterations (25.0 %) were dropped: all 5 VUs were busy. Raise maxVUs; if all
    are busy then too, the store is slower than this load

`)
  })

  it('have everything at 120 columns', () => {
    expect(load(120)).to.equal(golden`
    TASKS
    scenario  task      count  failed   med   p95   p99   max
    users     upload       30  10.00%  20ms  20ms  20ms  20ms
    users     download     10   0.00%   5ms   5ms   5ms   5ms
    users     never         0   0.00%     -     -     -     -

    STEPS
    scenario  step    iters/s  ops/s  MB/s  failed   med   p95   p99   max
    stairs    10 VUs     10.0   10.0  10.0   0.00%  50ms  50ms  50ms  50ms
    stairs    20 VUs     16.0   16.0  16.0   0.00%  50ms  50ms  50ms  50ms

    RESPONSE TIME
    scenario  of         time        med    p95    p99    max
    arrivals  iteration  service    11ms   11ms   11ms   11ms
                         response  111ms  111ms  111ms  111ms
    arrivals  s3.get     service    10ms   10ms   10ms   10ms
                         response  110ms  110ms  110ms  110ms
    Response time counts from when an iteration, and with it its first operation, was due; service time from when it
    began. What lies between is waiting, which a user of the store would have felt too.

    SCENARIOS
    scenario    VUs  offered  begun  dropped  queued  offered/s  begun/s
    users     10/10        -     40        0       0          -     10.0
    arrivals    5/5      400    300      100      50        100     75.0
    stairs    20/20        -     60        0       0          -     16.0
    arrivals: 50 of 400 iterations (12.5 %) waited for a VU, 100 of 400 iterations (25.0 %) were dropped: all 5 VUs were
    busy. Raise maxVUs; if all are busy then too, the store is slower than this load

`)
  })

  it('are never wider than the terminal, coloured or not', () => {
    for (let columns = 60; columns <= 130; columns++) {
      for (const line of text(columns, columns % 2 === 0).split('\n')) expect(displayWidth(line), line).to.be.at.most(columns)
    }
  })

  it('are not wider for names of any length, which are cut', () => {
    const record = loadRecord()
    const long = (name: string): string => `${name}-with-a-name-that-goes-on-and-on-鍵-for-ever`
    const scenarios = record.scenarios.map((one) => ({
      ...one, name: long(one.name), tasks: one.tasks.map((task) => ({ ...task, task: long(task.task) })),
      response: one.response.map((result) => ({ ...result, of: long(result.of) })),
    }))
    for (const columns of [60, 80, 120]) {
      const lines = summaryText({ ...record, scenarios }, { columns, colour: false, locate }).split('\n')
      // The longest word of the sentence below the table is the name itself.
      for (const line of lines) if (!line.includes('-for-ever')) expect(displayWidth(line), line).to.be.at.most(columns)
      expect(lines.join('\n')).to.match(/ upload-with\S*… /)
    }
  })

  it('are not there for a scenario that says nothing of itself', () => {
    expect(summaryText(busyRecord(samplePlan(), 10), { columns: 80, colour: false, locate })).not.to.match(/SCENARIOS|TASKS|STEPS|RESPONSE/)
  })

  it('judge the generator by nothing but what it said of itself', () => {
    expect(judgeGenerator([])).to.deep.equal({ limited: false, reasons: [], shards: [] })
  })
})
