// Scenarios: the executors there are, their defaults, and every way to get one wrong.
import { expect } from 'chai'
import type { Json } from '../../bindings/sdk/index.ts'
import { makePlan } from '../../runtime/plan/make-plan.ts'
import { problemLine } from '../../runtime/plan/problem.ts'

const S = 1_000_000_000
const make = (scenarios: Json): ReturnType<typeof makePlan> => makePlan({ script: { scenarios } }, {
  runId: 'r', seedDefault: 1, shardsDefault: 1, script: { name: 'load.ts', digest: '' }, functions: ['default', 'upload'], metrics: [],
    workloads: [],
})
const problemsOf = (scenarios: Json): readonly string[] => {
  const result = make(scenarios)
  return 'problems' in result ? result.problems.map((problem) => `${problem.exit} ${problemLine(problem)}`) : []
}

describe('scenarios', () => {
  it('have k6\'s defaults', () => {
    const result = make({ a: { executor: 'shared-iterations' }, b: { executor: 'per-vu-iterations' },
      'c-1_x': { executor: 'constant-vus', duration: '1s' } })
    const base = { exec: 'default', startTimeNs: 0, gracefulStopNs: 30 * S, env: {}, tags: {}, vus: 1 }
    expect('plan' in result && result.plan.scenarios).to.deep.equal([
      { ...base, name: 'a', executor: 'shared-iterations', iterations: 1, maxDurationNs: 600 * S },
      { ...base, name: 'b', executor: 'per-vu-iterations', iterations: 1, maxDurationNs: 600 * S },
      { ...base, name: 'c-1_x', executor: 'constant-vus', durationNs: S },
    ])
  })

  it('take every key', () => {
    const result = make({ a: {
      executor: 'shared-iterations', vus: '2', iterations: 10, maxDuration: '1m', exec: 'upload', startTime: 1500, gracefulStop: '0s',
        env: { X: 'y' }, tags: { t: 'v' },
    } })
    expect('plan' in result && result.plan.scenarios[0]).to.deep.equal({
      name: 'a', executor: 'shared-iterations', vus: 2, iterations: 10, maxDurationNs: 60 * S, exec: 'upload', startTimeNs: 1.5 * S,
        gracefulStopNs: 0,
      env: { X: 'y' }, tags: { t: 'v' },
    })
  })

  const with_ = (more: Record<string, Json>): Json => ({ x: { executor: 'constant-vus', vus: 1, duration: '1s', ...more } })
  const bad: readonly (readonly [string, Json, RegExp])[] = [
    ['an unknown executor', { x: { executor: 'nope' } },
      /scenarios\.x\.executor: there is no executor "nope": there are shared-iterations, .*, ramping-arrival-rate, staircase$/],
    ['a mistyped executor', { x: { executor: 'constant-vu' } }, /did you mean 'constant-vus'/],
    ['k6\'s removed executor', { x: { executor: 'externally-controlled' } }, /there is no executor "externally-controlled"/],
    ['no executor', { x: { vus: 1 } }, /scenarios\.x: has no executor/],
    ['an unknown key', with_({ bogus: 3 }), /scenarios\.x\.bogus: a constant-vus scenario has no such key; it has executor, exec/],
    ['a mistyped key', with_({ gracefullStop: '1s' }), /did you mean 'gracefulStop'/],
    ['a key of another executor', with_({ iterations: 3 }), /scenarios\.x\.iterations: a constant-vus scenario has no such key/],
    ['no duration', { x: { executor: 'constant-vus' } }, /scenarios\.x: a constant-vus scenario needs a duration/],
    ['a duration of nothing', with_({ duration: '0s' }), /scenarios\.x\.duration: the duration must be at least 1s, but is 0s/],
    ['a duration that is none', with_({ duration: 'soon' }), /scenarios\.x\.duration: "soon" is no duration/],
    ['no VUs', with_({ vus: 0 }), /scenarios\.x\.vus: the number of VUs must be more than 0, but is 0/],
    ['half a VU', with_({ vus: 0.5 }), /scenarios\.x\.vus: 0\.5 is no whole number/],
    ['too many VUs', with_({ vus: 1e9 }), /scenarios\.x\.vus: .*100000000 or less/],
    ['a start before the start', with_({ startTime: '-1s' }), /scenarios\.x\.startTime: must be 0s or more, but is -1s/],
    ['a negative gracefulStop', with_({ gracefulStop: -1 }), /scenarios\.x\.gracefulStop: must be 0s or more, but is -1ms/],
    ['more time than a plan can hold', with_({ startTime: '2000h', duration: '2000h' }),
      /scenarios\.x\.duration: startTime, duration and gracefulStop together/],
    ['an env that is no text', with_({ env: { N: 5 } }), /scenarios\.x\.env\.N: 5 must be a text/],
    ['tags that are none', with_({ tags: ['a'] }), /scenarios\.x\.tags: \["a"\] must be an object/],
    ['an exec that is no text', with_({ exec: 1 }), /scenarios\.x\.exec: 1 must be a text/],
    ['an exec that is not exported', with_({ exec: 'download' }),
      /scenarios\.x: scenario 'x': the script exports no function 'download'; it exports default, upload/],
    ['a name with a space', { 'x y': { executor: 'constant-vus', duration: '1s' } }, /scenarios\["x y"\]: .*letters, digits, _ and -/],
    ['a scenario that is no object', { x: 1 }, /scenarios\.x: a scenario must be an object/],
    ['scenarios that are a list', [], /options\.scenarios: \[\] must be an object/],
    ['fewer iterations than VUs', { x: { executor: 'shared-iterations', vus: 5, iterations: 2 } },
      /scenarios\.x\.iterations: the number of iterations \(2\) can't be less than the number of VUs \(5\)/],
    ['fewer iterations than VUs by default', { x: { executor: 'shared-iterations', vus: 5 } },
      /scenarios\.x: the number of iterations \(1\)/],
    ['no iterations per VU', { x: { executor: 'per-vu-iterations', iterations: 0 } }, /scenarios\.x\.iterations: .*more than 0/],
    ['a short maxDuration', { x: { executor: 'per-vu-iterations', maxDuration: '999ms' } },
      /scenarios\.x\.maxDuration: .*at least 1s, but is 0\.999s/],
    ['more iterations than can be counted', { x: { executor: 'per-vu-iterations', vus: 1000, iterations: 2 ** 52 } },
      /more than can be counted/],
  ]
  for (const [title, scenarios, message] of bad) {
    it(`refuse ${title}`, () => {
      const problems = problemsOf(scenarios)
      expect(problems).to.have.length(1)
      expect(problems[0]).to.match(/^104 load\.ts: options\.scenarios/).and.to.match(message)
    })
  }

  it('name every scenario that is wrong', () => {
    expect(problemsOf({ a: { executor: 'nope' }, b: { executor: 'constant-vus' } })).to.have.length(2)
  })

  it('need a default function when there are none', () => {
    const result = makePlan({}, { runId: 'r', seedDefault: 1, shardsDefault: 1, script: { name: 'a.js', digest: '' }, functions: ['foo'],
      metrics: [], workloads: [] })
    expect('problems' in result && result.problems.map(problemLine))
      .to.deep.equal(['a.js: scenario \'default\': the script has no default function; it exports foo'])
  })
})
