// Comparisons: what is found and what is not, unlike things, and what is failed on.
import { expect } from 'chai'
import { randomFrom } from '../../bindings/sdk/index.ts'
import { compareRuns, COMPARE_DEFAULTS } from '../../runtime/results/compare/compare.ts'
import { judge, parseFailOn, seesChange } from '../../runtime/results/compare/fail-on.ts'
import { differences, type ComparableRun } from '../../runtime/results/compare/unlike.ts'
import { alarms, runOf, simulatedWindows, USUAL } from '../kit/simulated-runs.ts'

const SHORT = { ...USUAL, windows: 60, phi: 0 }
const run = (slower: number, seed: number, more: Parameters<typeof runOf>[1] = {}): ComparableRun =>
  runOf(simulatedWindows(SHORT, slower, randomFrom(seed)), more)
const OPTIONS = { ...COMPARE_DEFAULTS, draws: 100 }

describe('false alarms and planted slowdowns, in small (the whole: test/bench/comparisons.ts)', () => {
  it('identical systems with noise that has a memory are told apart in at most one of 12 comparisons', () => {
    const { worse, better } = alarms({ ...USUAL, windows: 120 }, { comparisons: 12, slower: 0, seed: 1 })
    expect(worse + better).to.be.at.most(1)
  }).timeout(120_000)
  it('a slowdown of 10 % is found', () => {
    expect(alarms(USUAL, { comparisons: 5, slower: 0.1, seed: 2 })).to.deep.equal({ worse: 5, better: 0 })
  }).timeout(120_000)
  it('a store three times as slow is found in runs of a quarter of a minute', () => {
    expect(alarms({ ...USUAL, windows: 16 }, { comparisons: 8, slower: 2, seed: 4 })).to.deep.equal({ worse: 8, better: 0 })
  }).timeout(120_000)
  it('of several pairs, what differs from run to run is no difference', () => {
    const { worse, better } = alarms({ ...SHORT, windows: 30, runNoise: 0.1 }, { comparisons: 8, slower: 0, pairs: 4, seed: 3 })
    expect(worse + better).to.be.at.most(1)
  }).timeout(120_000)
})

describe('a comparison', () => {
  const slower = compareRuns([run(0, 1)], [run(0.2, 2)], OPTIONS)
  it('has a row for each figure of each operation, with the change, its interval and a verdict', () => {
    expect(slower.rows.map(({ tags, figure }) => `${tags['op'] ?? ''} ${figure}`)).to.deep.equal(
      ['get', 'put'].flatMap((op) => ['rate', 'med', 'p95', 'p99'].map((figure) => `${op} ${figure}`)))
    for (const row of slower.rows) {
      if (row.verdict === 'not comparable') throw new Error(row.why)
      expect(row.verdict).to.equal('worse')
      const wanted = row.figure === 'rate' ? 1 / 1.2 - 1 : 0.2
      expect(row.change).to.be.closeTo(wanted, 0.06)
      expect(row.changeInterval?.low).to.be.below(row.change)
      expect(row.changeInterval?.high).to.be.above(row.change)
      expect(row.a.interval?.low).to.be.at.most(row.a.value)
    }
  })
  it('is the same for the same runs, and the other way round for the other order', () => {
    expect(compareRuns([run(0, 1)], [run(0.2, 2)], OPTIONS)).to.deep.equal(slower)
    expect(compareRuns([run(0.2, 2)], [run(0, 1)], OPTIONS).rows.map(({ verdict }) => verdict)).to.deep.equal(
      slower.rows.map(() => 'better'))
  })
  it('does not call better or worse what is too small to matter', () => {
    const rows = compareRuns([run(0, 1)], [run(0.2, 2)], { ...OPTIONS, tolerance: 0.5 }).rows
    expect(rows.map(({ verdict, why }) => `${verdict}: ${why}`)).to.deep.equal(rows.map(() => 'same: too small to matter'))
  })
  it('says which rows have too little to compare, and of what', () => {
    const few = (seed: number) => runOf(simulatedWindows({ ...SHORT, windows: 12, count: 120 }, 0, randomFrom(seed)))
    const rows = compareRuns([few(1)], [few(2)], OPTIONS).rows
    expect(rows.find(({ figure }) => figure === 'p99')).to.include({ verdict: 'not comparable' })
      .and.property('why').match(/^too few: \d+ windows of 2 s with 200 operations; 10 are needed$/)
  })
  it('does not compare an operation only one side has', () => {
    const only = simulatedWindows(SHORT, 0, randomFrom(3)).map((window) => ({
      ...window, series: window.series.filter(({ tags }) => tags['op'] === 'get') }))
    const { rows } = compareRuns([run(0, 1)], [runOf(only)], OPTIONS)
    expect(rows.at(-1)).to.include({ verdict: 'not comparable', why: 'B has no such operation' })
    expect(judge({ ...slower, rows }, { worseBy: 0 })).to.deep.equal({ kind: 'unclear', why: 's3 put rate: B has no such operation' })
  })
})

describe('unlike runs', () => {
  const A = run(0, 1)
  const cases: readonly (readonly [string, ComparableRun, RegExp])[] = [
    ['other scripts', run(0, 2, { plan: { script: { name: 't.ts', digest: 'e' } } }), /the scripts differ: s.ts and t.ts/],
    ['a changed script', run(0, 2, { plan: { script: { name: 's.ts', digest: 'e' } } }), /s.ts is not the same in both/],
    ['another load', run(0, 2, { plan: { scenarios: [{ vus: 2 }] } }), /the load differs/],
    ['the built-in store', run(0, 2, { record: { builtin: true } }), /B used the built-in store, A a real one/],
    ['a stopped run', run(0, 2, { record: { ending: { kind: 'signal', signal: 'SIGINT' } } }), /B was stopped by SIGINT/],
    ['a lost shard', run(0, 2, { record: { ending: { kind: 'shard-lost', message: 'gone' } } }), /B did not end well: gone/],
    ['half a run', { ...run(0, 2), complete: false }, /B was not kept to its end/],
    ['a run without load', { ...run(0, 2), windows: [] }, /B has no windows/],
  ]
  for (const [name, other, says] of cases) {
    it(`${name}: nothing is compared, and it is said why`, () => {
      const { rows, unlike } = compareRuns([A], [other], OPTIONS)
      expect(rows).to.deep.equal([])
      expect(unlike.map(({ message }) => message).join()).to.match(says)
      expect(judge({ a: [], b: [], differences: [], rows, unlike }, { worseBy: 0 }).kind).to.equal('unclear')
    })
  }
  it('are compared where the difference is meant', () => {
    const other = run(0, 2, { plan: { script: { name: 't.ts', digest: 'e' } } })
    expect(compareRuns([A], [other], { ...OPTIONS, across: ['script'] }).rows).to.have.length(8)
  })
  it('takes no free port of the built-in store for a difference', () => {
    const at = (port: number): ComparableRun => run(0, 1, { record: { builtin: true, targets: [`s3: endpoint http://127.0.0.1:${String(port)}`] } })
    expect(differences(at(40001), at(40002))).to.deep.equal([])
  })

  it('differ in what is listed, but for names of runs', () => {
    const other = run(0, 2, { plan: { runId: '4711', prefix: 'chopsticks-4711/', seed: 2 },
      record: { targets: ['s3 native http://other chopsticks-4711/'] } })
    expect(differences(A, other)).to.deep.equal([
      { what: 'plan.seed', a: undefined, b: '2' },
      { what: 'target[0]', a: '"s3 native http://store <prefix>"', b: '"s3 native http://other <prefix>"' },
    ])
  })
  it('sides of different sizes are a mistake of the caller', () => {
    expect(() => compareRuns([A], [], OPTIONS)).to.throw(RangeError, /1 runs can't be compared with 0/)
  })
})

describe('--fail-on', () => {
  it('is worse, or worse by a share', () => {
    expect(parseFailOn('worse')).to.deep.equal({ worseBy: 0 })
    expect(parseFailOn('worse:5%')).to.deep.equal({ worseBy: 0.05 })
    for (const bad of ['', 'better', 'worse:5', 'worse:-1%', 'worse:x%', 'worse:%', 'worse: %']) {
      expect(parseFailOn(bad), bad).to.equal(undefined)
    }
  })
  it('is crossed by a row as much worse, and only then', () => {
    const slower = compareRuns([run(0, 1)], [run(0.2, 2)], OPTIONS)
    expect(judge(slower, { worseBy: 0.05 }).kind).to.equal('crossed')
    expect(judge(slower, { worseBy: 0.9 })).to.deep.equal({ kind: 'held' })
    expect(judge({ ...slower, rows: [] }, { worseBy: 0 }).kind).to.equal('unclear')
  })
  it('knows how small a change it would have seen', () => {
    const same = compareRuns([run(0, 1)], [run(0, 2)], OPTIONS)
    expect(seesChange(same, 0.2)).to.equal(true)
    expect(seesChange(same, 0.001)).to.equal(false)
    expect(seesChange({ ...same, rows: [] }, 1)).to.equal(false)
  })
})
