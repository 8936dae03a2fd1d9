// A kept run comes back as it was, whole or cut off at any byte; what is damaged is told, and is never taken for what it is not.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { mergedWindow, type Window } from '../../runtime/metrics/timeline.ts'
import type { RunRecord } from '../../runtime/metrics/record.ts'
import { packRun, unpackRun } from '../../runtime/results/packed-run.ts'
import { readStoredRun } from '../../runtime/results/read-run.ts'
import { LOG_FILE, RECORD_FILE, RunKeeper, SCRIPT_FILE } from '../../runtime/results/run-keeper.ts'
import { findRun, runFolderName, runFolders } from '../../runtime/results/runs-folder.ts'
import { readScriptFile, scriptText } from '../../runtime/results/script-file.ts'
import { StoredRunError } from '../../runtime/results/stored-run.ts'
import { busyRecord, samplePlan } from '../output/sample-record.ts'

const ENVIRONMENT = {
  versions: { chopsticks: '0.1.0' }, host: { name: 'h', system: 'linux', cores: 2, memoryBytes: 1, nics: [] },
}
const STARTED = '2026-11-24T03:00:00.000Z'
const RECORD: RunRecord = {
  ...busyRecord(samplePlan(), 2000), startedAt: STARTED,
  slowest: [{ workload: 's3', op: 'get', startMs: 5, durationMs: 90, code: 'ok', target: 'default', driver: 'native', key: 'k' }],
  outages: [{ workload: 's3', op: 'get', target: 'default', fromMs: 3, durationMs: 80, ended: true }],
}
/** The record's series over four seconds, the same in each. */
const WINDOWS: readonly Window[] = [0, 1, 2, 3].map((n) => ({
  startMs: n * 1000, lengthMs: 1000, series: RECORD.series.filter(({ data }) => data.type !== 'gauge'),
}))

class Runs implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'chopsticks-results-'))
  keeper(runId = '3f9a1c', clean = (text: string): string => text): RunKeeper {
    return new RunKeeper({
      folder: join(this.folder, runFolderName(STARTED, runId)), clean, script: () => scriptText({
        version: 1, name: 's.ts', bundle: { code: 'c', digest: 'd', name: 'b' }, map: '{}', imports: [], folder: '/f',
      }),
      head: { runId, plan: RECORD.plan, targets: RECORD.targets, builtin: false, startedAt: STARTED, environment: ENVIRONMENT },
    })
  }
  /** A whole run's folder. */
  kept(): string {
    const keeper = this.keeper()
    keeper.loadStarts('2026-11-24T03:00:01.000Z')
    for (const window of WINDOWS) keeper.window(window)
    keeper.finish(RECORD)
    expect(keeper.problem).to.equal(undefined)
    return keeper.folder
  }
  [Symbol.dispose](): void { rmSync(this.folder, { recursive: true, force: true }) }
}

const refusal = async (path: string): Promise<string> => readStoredRun(path).then(
  () => 'it was read', (error: unknown) => error instanceof StoredRunError ? error.message : Promise.reject(error as Error))

describe('a kept run', () => {
  it('comes back as it was', async () => {
    using runs = new Runs()
    const run = await readStoredRun(runs.kept())
    expect(JSON.parse(JSON.stringify(run.record))).to.deep.equal(JSON.parse(JSON.stringify(RECORD)))
    expect([...run.windows]).to.deep.equal(WINDOWS)
    expect(run).to.deep.include({
      complete: true, problems: [], environment: ENVIRONMENT, loadStartedAt: '2026-11-24T03:00:01.000Z', slowest: RECORD.slowest,
      outages: RECORD.outages,
    })
    expect(readScriptFile(run.path)).to.deep.include({ name: 's.ts', folder: '/f' })
  })

  it('that was cut off at any byte has all seconds that were whole, and is marked', async () => {
    using runs = new Runs()
    const keeper = runs.keeper()
    for (const window of WINDOWS) keeper.window(window)
    keeper.soFar(RECORD)
    const log = join(keeper.folder, LOG_FILE)
    const bytes = readFileSync(log)
    const seen = new Set<number>()
    for (let length = bytes.length; length > 0; length -= Math.ceil(bytes.length / 60)) {
      writeFileSync(log, bytes)
      truncateSync(log, length)
      const said = await refusal(keeper.folder)
      if (said !== 'it was read') {
        expect(said).to.include('there is no run in this folder')
        continue
      }
      const run = await readStoredRun(keeper.folder)
      expect(run.complete).to.equal(false)
      expect(run.record.ending.kind).to.equal('shard-lost')
      expect([...run.windows]).to.deep.equal(WINDOWS.slice(0, run.windows.length))
      expect(run.record.times.measuredMs).to.equal(run.windows.length * 1000)
      seen.add(run.windows.length)
    }
    writeFileSync(log, bytes)
    expect([...seen].sort()).to.deep.equal([0, 1, 2, 3, 4])
    const whole = await readStoredRun(keeper.folder)
    expect(whole.slowest).to.deep.equal(RECORD.slowest)
    expect(whole.record.series).to.deep.equal(mergedWindow(WINDOWS).series)
  })

  it('has every second once, whatever order they came in, as after a clock that was set back', async () => {
    using runs = new Runs()
    const keeper = runs.keeper()
    keeper.loadStarts('2026-11-24T03:00:01.000Z')
    keeper.loadStarts('2026-11-23T00:00:00.000Z')
    for (const at of [0, 2, 1, 3]) keeper.window(WINDOWS[at] ?? { startMs: 0, lengthMs: 0, series: [] })
    keeper.finish(RECORD)
    const run = await readStoredRun(keeper.folder)
    expect([...run.windows]).to.deep.equal(WINDOWS)
    expect(run.loadStartedAt).to.equal('2026-11-24T03:00:01.000Z')
  })

  it('with a changed byte in its log loses what comes after it, and says where', async () => {
    using runs = new Runs()
    const folder = runs.kept()
    const log = join(folder, LOG_FILE)
    const bytes = readFileSync(log)
    const at = bytes.length - 50
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(log, bytes)
    const run = await readStoredRun(folder)
    expect(run.complete).to.equal(true)
    expect([...run.windows]).to.deep.equal(WINDOWS.slice(0, 3))
    expect(run.problems).to.have.length(1)
    expect(run.problems[0]).to.match(/windows\.log: a frame is damaged at byte \d+/)
  })

  const RECORDS: readonly (readonly [what: string, text: string, said: RegExp])[] = [
    ['damaged', '{"format":"chops', /record\.json: it is damaged: no JSON$/],
    ['something else', '{"format":"other"}', /record\.json: this is no record of a run$/],
    ['of a newer version', '{"format":"chopsticks-run","version":9}', /record\.json: it is of version 9, .*update chopsticks$/],
    ['half there', '{"format":"chopsticks-run","version":1}', /record\.json: it is damaged: environment: /],
  ]
  for (const [what, text, said] of RECORDS) {
    it(`whose record is ${what} is refused in one line that names the file`, async () => {
      using runs = new Runs()
      const folder = runs.kept()
      writeFileSync(join(folder, RECORD_FILE), text)
      expect(await refusal(folder)).to.match(said).and.not.to.include('\n')
    })
  }

  it('holds no secret', () => {
    using runs = new Runs()
    const keeper = runs.keeper('3f9a1c', (text) => text.replaceAll('mixed', '***'))
    for (const window of WINDOWS) keeper.window(window)
    keeper.finish(RECORD)
    for (const name of [RECORD_FILE, SCRIPT_FILE, LOG_FILE]) expect(readFileSync(join(keeper.folder, name), 'utf8')).not.to.include('mixed')
  })

  it('overwrites no other, and says why nothing is kept', () => {
    using runs = new Runs()
    mkdirSync(join(runs.folder, runFolderName(STARTED, '3f9a1c')))
    const keeper = runs.keeper()
    keeper.window({ startMs: 0, lengthMs: 1000, series: [] })
    keeper.finish(RECORD)
    expect(keeper.problem).to.include('EEXIST')
  })
})

describe('the folder of runs', () => {
  it('finds runs by name, its beginning, last and path, and says when that is not clear', () => {
    using runs = new Runs()
    for (const runId of ['aa11', 'aa22', 'bb']) runs.keeper(runId).finish(RECORD)
    expect(runFolders(runs.folder)).to.have.length(3)
    expect(findRun(runs.folder, 'aa2')).to.match(/-aa22$/)
    expect(findRun(runs.folder, 'last')).to.match(/-bb$/)
    expect(findRun(runs.folder, findRun(runs.folder, 'bb'))).to.match(/-bb$/)
    expect(() => findRun(runs.folder, 'aa')).to.throw(StoredRunError, /'aa' may be aa11 or aa22/)
    expect(() => findRun(runs.folder, 'cc')).to.throw(StoredRunError, /there is no run 'cc'/)
    expect(runFolders(join(runs.folder, 'none'))).to.deep.equal([])
  })

  it('takes an exported run, once, and nothing that leads elsewhere', async () => {
    using runs = new Runs()
    using others = new Runs()
    const file = join(others.folder, 'run.file')
    writeFileSync(file, packRun(runs.kept()))
    const folder = unpackRun(file, others.folder)
    expect((await readStoredRun(folder)).windows.length).to.equal(4)
    expect(() => unpackRun(file, others.folder)).to.throw(StoredRunError, /is in .* already/)
    writeFileSync(file, 'no')
    expect(() => unpackRun(file, others.folder)).to.throw(StoredRunError, /can't be read as an exported run/)
    const { gzipSync } = await import('node:zlib')
    const bad = { format: 'chopsticks-run-export', version: 1, folder: '20261124T030000Z-x', files: { '../x': '' } }
    writeFileSync(file, gzipSync(JSON.stringify(bad)))
    expect(() => unpackRun(file, others.folder)).to.throw(StoredRunError, /a name that can't be/)
  })
})
