// Progress as lines for a log and as bars for a terminal; the block a run begins with; the block that is drawn in place.
import { expect } from 'chai'
import { Aggregate } from '../../runtime/metrics/aggregate.ts'
import { Recorder } from '../../runtime/metrics/recorder.ts'
import type { ScenarioProgress } from '../../runtime/metrics/snapshot.ts'
import { Progress, steadyTime, type ProgressFrame } from '../../runtime/output/progress.ts'
import { vusNeeded } from '../../runtime/plan/vu-spans.ts'
import { maxDurationMs, scenarioText } from '../../runtime/output/scenario-text.ts'
import { startupLines } from '../../runtime/output/startup.ts'
import { LiveBlock } from '../../runtime/output/terminal.ts'
import { displayWidth } from '../../runtime/output/text.ts'
import type { Scenario } from '../../runtime/plan/plan.ts'
import { constantVus, operation, samplePlan } from './sample-record.ts'

const SECOND = 1e9
const perVu: Scenario = {
  name: 'once', executor: 'per-vu-iterations', exec: 'once', vus: 1, iterations: 3, maxDurationNs: 600 * SECOND, startTimeNs: SECOND,
  gracefulStopNs: 30 * SECOND, env: {}, tags: {},
}
const shared: Scenario = {
  ...perVu, name: 'pot', exec: 'default', executor: 'shared-iterations', vus: 2, iterations: 10, startTimeNs: 0, gracefulStopNs: 0,
}
const load = constantVus('load', { vus: 2, durationNs: 3 * SECOND })

const part = (scenario: string, more: Partial<ScenarioProgress> = {}): ScenarioProgress => ({
  scenario, state: 'running', vusActive: 2, vus: 2, vusMost: 2, ranMs: 1000, iterationsDone: 9, iterationsInterrupted: 0,
  iterationsFailed: 0, iterationsPlanned: null, iterationsBegun: 0, iterationsDropped: 0, iterationsQueued: 0,
  iterationsOffered: null, ...more,
})
const aggregate = (operations: number, failed = 0, atMs = 0): Aggregate => {
  const recorder = new Recorder({}, () => atMs)
  for (let n = 0; n < operations; n++) recorder.operation(operation({ bytesIn: 1_000_000, code: n < failed ? 'timeout' : 'ok' }), {})
  recorder.add('vus_max', 3, {})
  const merged = new Aggregate()
  merged.merge(0, { sequence: 0, ...recorder.take(), progress: [] })
  return merged
}
const frame = (elapsedMs: number, progress: readonly ScenarioProgress[], operations = 0, failed = 0): ProgressFrame =>
  ({ elapsedMs, progress, aggregate: aggregate(operations, failed) })

describe('progress', () => {
  const plan = samplePlan({ scenarios: [load, perVu] })

  it('in a log is a headline, a line for each scenario, and live figures', () => {
    const progress = new Progress(plan)
    progress.update(frame(1000, [part('load'), part('once', { state: 'waiting', vusActive: 0 })], 10, 1))
    expect(progress.logLines(1000)).to.deep.equal([
      'running (00m01.0s), 2/3 VUs, 18 complete and 0 interrupted iterations',
      'load   [  33% ] 2 VUs    1.0s/3s',
      'once • [   0% ] waiting  0.0s',
      's3: 10.0 ops/s, 10.0 MB/s, 10.00% failed', '',
    ])
  })

  it('shows each second for itself', () => {
    const progress = new Progress(plan)
    progress.update(frame(1000, [], 10, 10))
    progress.update(frame(3000, [], 50, 10))
    expect(progress.logLines().at(-2)).to.equal('s3: 20.0 ops/s, 20.0 MB/s, 0.00% failed')
  })

  it('divides by the time the reports cover, where they say it', () => {
    const progress = new Progress(plan)
    progress.update({ elapsedMs: 1100, progress: [], aggregate: aggregate(10, 0, 1000) })
    expect(progress.logLines().at(-2)).to.include('10.0 ops/s')
  })

  it('stops the clock of a scenario that is over', () => {
    const progress = new Progress(plan)
    const over = part('once', { state: 'done', vusActive: 0, iterationsDone: 3, iterationsPlanned: 3 })
    progress.update(frame(1300, [part('load'), over]))
    progress.update(frame(3000, [part('load', { state: 'done' }), over]))
    expect(progress.logLines(3500).slice(1, 3)).to.deep.equal([
      'load ✓ [ 100% ] 2 VUs  3s',
      'once ✓ [ 100% ] 1 VUs  00m00.3s/10m0s  3/3 iters, 3 per VU',
    ])
  })

  it('counts iterations where they are what ends a scenario', () => {
    const progress = new Progress(samplePlan({ scenarios: [shared] }))
    progress.update(frame(1000, [part('pot', { iterationsDone: 5, iterationsPlanned: 10 })]))
    expect(progress.logLines(1000)[1]).to.equal('pot   [  50% ] 2 VUs  00m01.0s/10m0s  5/10 shared iters')
  })

  it('names the phase it is in', () => {
    const progress = new Progress(plan)
    progress.enter('teardown')
    expect(progress.logLines(0)[0]).to.equal('teardown (00m00.0s), 0/0 VUs, 0 complete and 0 interrupted iterations')
  })

  it('on a terminal is bars as long as there is room', () => {
    const progress = new Progress(plan)
    progress.update(frame(1500, [part('load'), part('once', { state: 'stopping', vusActive: 1 })], 3))
    expect(progress.bars(1500, 80, { colour: false })).to.deep.equal([
      'running (00m01.5s), 3/3 VUs, 18 complete and 0 interrupted iterations',
      'load   [=============>--------------] 2 VUs  1.5s/3s',
      'once ↓ [----------------------------] 1 VUs  00m00.5s/10m0s  9/3 iters, 3 per VU',
      's3: 2.00 ops/s, 2.00 MB/s, 0.00% failed',
    ])
  })

  it('on a terminal is never wider than it', () => {
    const progress = new Progress(samplePlan({ scenarios: [load, perVu, shared, constantVus('a'.repeat(100))] }))
    const parts = [part('load'), part('once'), part('pot', { iterationsPlanned: 10 }), part('a'.repeat(100), { state: 'done' })]
    progress.update(frame(1500, parts, 3))
    for (const width of [10, 20, 40, 60, 80, 200]) {
      const bars = progress.bars(2000, width, { colour: true })
      expect(bars).to.have.length(6)
      expect(Math.max(...bars.map(displayWidth)), `${String(width)} columns`).to.be.at.most(width)
    }
  })

  it('writes times in a width that does not change', () => {
    expect(steadyTime(1000, 5000)).to.equal('1.0s')
    expect(steadyTime(2290, 33_000)).to.equal('02.2s')
    expect(steadyTime(61_000, 631_000)).to.equal('01m01.0s')
    expect(steadyTime(59_990, 60_000)).to.equal('00m59.9s')
    expect(steadyTime(3_661_000, 7_200_000)).to.equal('1h01m01.0s')
    expect(steadyTime(-5, 100)).to.equal('0.0s')
  })
})

describe('the startup block', () => {
  it('says what will be done, to which store', () => {
    const plan = samplePlan({ scenarios: [load, perVu, shared] })
    const targets = ['s3: native, http://127.0.0.1:9000, bucket b', 's3: west']
    expect(startupLines({ plan, targets, builtin: true }, { columns: Infinity, colour: false })).to.deep.equal([
      '     execution: local, 2 shards',
      '        script: mixed.ts',
      '        target: s3: native, http://127.0.0.1:9000, bucket b',
      '                s3: west',
      '                self-test against the built-in store, not storage',
      '           run: 3f9a1c, prefix chopsticks-3f9a1c/',
      '          seed: 42',
      '     scenarios: 3 scenarios, 5 max VUs, 10m31s max duration (incl. graceful stop)',
      '                * load: constant-vus: 2 looping VUs for 3s (gracefulStop: 30s)',
      '                * once: per-vu-iterations: 3 iterations for each of 1 VUs '
      + '(maxDuration: 10m0s, exec: once, startTime: 1s, gracefulStop: 30s)',
      '                * pot: shared-iterations: 10 iterations shared among 2 VUs (maxDuration: 10m0s)',
    ])
    const [first] = startupLines({ plan: { ...plan, shards: 0 }, targets: [], builtin: false }, { columns: Infinity, colour: false })
    expect(first).to.equal('     execution: local, in this process')
  })

  it('is wrapped between words where the terminal is narrow, below the beginning of each text', () => {
    const plan = samplePlan({ scenarios: [perVu] })
    const targets = ['s3: driver native, endpoint http://127.0.0.1:9000, bucket bench, prefix chopsticks-3f9a1c/']
    const lines = startupLines({ plan, targets, builtin: false }, { columns: 60, colour: false })
    for (const line of lines) expect(line.length, line).to.be.at.most(60)
    expect(lines.slice(2, 5)).to.deep.equal([
      '        target: s3: driver native, endpoint',
      '                http://127.0.0.1:9000, bucket bench, prefix',
      '                chopsticks-3f9a1c/',
    ])
    for (const line of lines.slice(-2)) expect(line).to.match(/^ {18}\S/)
  })

  it('counts VUs that scenarios can share once', () => {
    const two = (startS: number) => ({
      scenarios: [
        constantVus('a', { vus: 5, durationNs: 10 * SECOND }),
        constantVus('b', { vus: 7, durationNs: 10 * SECOND, startTimeNs: startS * SECOND }),
      ],
    })
    expect(vusNeeded(two(39))).to.equal(12)
    expect(vusNeeded(two(40))).to.equal(7)
    expect(maxDurationMs(two(40))).to.equal(80_000)
    expect(scenarioText(constantVus('x', { gracefulStopNs: 0 }))).to.equal('constant-vus: 10 looping VUs for 15s')
  })
})

describe('a live block', () => {
  const terminal = (columns: number) => {
    const out = { text: '', columns, write(text: string) { out.text += text } }
    return out
  }
  const UP = (lines: number): string => `\u001b[${String(lines)}A`

  it('is drawn over itself, and not at all when nothing changed', () => {
    const out = terminal(80)
    const block = new LiveBlock(out)
    block.draw(['a', 'b'])
    expect(out.text).to.equal('\ra\u001b[K\nb\u001b[K\n\u001b[J')
    out.text = ''
    block.draw(['a', 'b'])
    expect(out.text).to.equal('')
    block.draw(['c'])
    expect(out.text).to.equal(`${UP(2)}\rc\u001b[K\n\u001b[J`)
  })

  it('lets other output go above it', () => {
    const out = terminal(80)
    const block = new LiveBlock(out)
    block.draw(['bar'])
    out.text = ''
    block.above(() => { out.write('log line\n') })
    expect(out.text).to.equal(`${UP(1)}\r\u001b[Jlog line\n\rbar\u001b[K\n\u001b[J`)
    out.text = ''
    block.clear()
    block.clear()
    expect(out.text).to.equal(`${UP(1)}\r\u001b[J`)
  })

  it('begins anew after a resize, and stays where it is when released', () => {
    const out = terminal(80)
    const block = new LiveBlock(out)
    block.draw(['bar'])
    out.columns = 40
    out.text = ''
    block.draw(['bar'])
    expect(out.text).not.to.include(UP(1))
    block.release()
    out.text = ''
    block.clear()
    expect(out.text).to.equal('')
  })
})
