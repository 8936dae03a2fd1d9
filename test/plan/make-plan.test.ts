// From layers to a plan: precedence, shortcuts, conflicts, scenarios, and what every refusal says.
import { expect } from 'chai'
import type { Json } from '../../bindings/sdk/index.ts'
import { commandOptions, makePlan, type Layers, type PlanContext } from '../../runtime/plan/make-plan.ts'
import { vusMax } from '../../runtime/plan/load-shape.ts'
import type { Plan } from '../../runtime/plan/plan.ts'
import { problemLine } from '../../runtime/plan/problem.ts'

const CONTEXT: PlanContext = {
  runId: '3f9a1c', seedDefault: 77, shardsDefault: 2, script: { name: 'load.js', digest: 'd1' },
  functions: ['default', 'upload', 'setup'], metrics: [], workloads: ['s3'],
}
const file = (options: Record<string, Json>, env: Record<string, string> = {}): NonNullable<Layers['file']> =>
  ({ options, env, locate: (path) => `chopsticks.yaml:${path.length}:1` })

function planOf(layers: Layers, context: Partial<PlanContext> = {}): { readonly plan: Plan; readonly warnings: readonly string[] } {
  const result = makePlan(layers, { ...CONTEXT, ...context })
  if ('problems' in result) throw new Error(result.problems.map(problemLine).join('; '))
  return result
}
function problemsOf(layers: Layers, context: Partial<PlanContext> = {}): readonly string[] {
  const result = makePlan(layers, { ...CONTEXT, ...context })
  if ('plan' in result) throw new Error(`made a plan of ${JSON.stringify(layers)}`)
  return result.problems.map((problem) => `${problem.exit} ${problemLine(problem)}`)
}
const S = 1_000_000_000
const BASE = { name: 'default', exec: 'default', startTimeNs: 0, gracefulStopNs: 30 * S, env: {}, tags: {} }

describe('shortcuts', () => {
  const once = { ...BASE, executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDurationNs: 600 * S }
  const shared = (vus: number, iterations: number, maxDurationNs = 600 * S): object =>
    ({ ...BASE, executor: 'shared-iterations', vus, iterations, maxDurationNs })
  const good: readonly (readonly [string, Layers, object])[] = [
    ['nothing is one iteration of one VU', {}, once],
    ['vus alone are as many shared iterations', { flags: { vus: '7' } }, shared(7, 7)],
    ['iterations are shared by one VU', { flags: { iterations: '5' } }, shared(1, 5)],
    ['iterations are shared by the VUs', { flags: { iterations: '5', vus: '2' } }, shared(2, 5)],
    ['a duration limits shared iterations', { flags: { iterations: '5', duration: '10s' } }, shared(1, 5, 10 * S)],
    ['a duration alone loops one VU', { script: { duration: '10s' } }, { ...BASE, executor: 'constant-vus', vus: 1, durationNs: 10 * S }],
    ['a duration loops the VUs', { flags: { duration: '1m30s', vus: '3' } },
      { ...BASE, executor: 'constant-vus', vus: 3, durationNs: 90 * S }],
    ['vus of one layer and a duration of another go together', { script: { vus: 4 }, flags: { duration: '1s' } },
      { ...BASE, executor: 'constant-vus', vus: 4, durationNs: S }],
    ['texts of digits are numbers', { script: { vus: '4', iterations: '8' } }, shared(4, 8)],
    ['a bare number of a script is milliseconds', { script: { duration: 5000 } },
      { ...BASE, executor: 'constant-vus', vus: 1, durationNs: 5 * S }],
    ['null is unset', { script: { vus: null, duration: null } }, once],
    ['empty stages are nothing', { script: { stages: [] } }, once],
    ['empty scenarios are nothing', { script: { scenarios: {} } }, once],
  ]
  for (const [title, layers, scenario] of good) {
    it(`are scenarios: ${title}`, () => { expect(planOf(layers).plan.scenarios).to.deep.equal([scenario]) })
  }

  it('warn when what was given is empty', () => {
    expect(planOf({ script: { stages: [] } }).warnings)
      .to.deep.equal(['load.js: options.stages: is empty; running one iteration in one VU'])
    expect(planOf({ script: { scenarios: {} } }).warnings).to.have.length(1)
  })

  const bad: readonly (readonly [string, Layers, RegExp])[] = [
    ['-u 0', { flags: { vus: '0' } }, /^104 --vus: the number of VUs must be more than 0/],
    ['-u -3 -d 1s', { flags: { vus: '-3', duration: '1s' } }, /^104 --vus: the number of VUs must be more than 0/],
    ['-d 0', { flags: { duration: '0' } }, /^104 --duration: .*more than 0/],
    ['-d 5', { flags: { duration: '5' } }, /^255 --duration: "5" lacks a unit/],
    ['-d 1d', { flags: { duration: '1d' } }, /^255 --duration: .*unknown unit/],
    ['-d 500ms', { flags: { duration: '500ms' } }, /^104 --duration: .*at least 1s/],
    ['-d 3000h', { flags: { duration: '3000h' } }, /^104 --duration: 3000h0m0s is too long/],
    ['-i 5 -s 1s:1', { flags: { iterations: '5', stages: ['1s:1'] } }, /^104 --iterations: iterations and stages can't be used together/],
    ['-d 5s -s 1s:1', { flags: { duration: '5s', stages: ['1s:1'] } }, /^104 --duration: duration and stages/],
    ['-s 10:20s', { flags: { stages: ['10:20s'] } }, /^255 --stage: "10" lacks a unit/],
    ['-s 1000:20', { flags: { stages: ['1000:20'] } }, /^255 --stage: /],
    ['-s 10s', { flags: { stages: ['10s'] } }, /^255 --stage: "10s" is no stage/],
    ['-u 5 -i 2', { flags: { vus: '5', iterations: '2' } },
      /^104 --iterations: the number of iterations \(2\) can't be less than the number of VUs \(5\)/],
    ['-i 0', { flags: { iterations: '0' } }, /^104 --iterations: the number of iterations \(0\)/],
    ['-u abc', { flags: { vus: 'abc' } }, /^255 --vus: "abc" is no whole number/],
    ['-u 1.5', { flags: { vus: '1.5' } }, /^255 --vus/],
    ['iterations and scenarios', { script: { iterations: 1, scenarios: {} } },
      /^104 load\.js: options\.iterations: iterations and scenarios/],
    ['duration and scenarios', { script: { duration: '1s', scenarios: { a: {} } } }, /duration and scenarios/],
    ['stages and scenarios', { script: { stages: [{ duration: '1s', target: 1 }], scenarios: { a: {} } } }, /stages and scenarios/],
    ['a fractional number of VUs', { script: { vus: 1.5 } }, /^104 load\.js: options\.vus: 1\.5 is no whole number/],
    ['a number of VUs in the environment that is none', { env: { CHOPSTICKS_VUS: 'many' } }, /^104 CHOPSTICKS_VUS: "many"/],
  ]
  for (const [title, layers, message] of bad) {
    it(`refuse ${title}`, () => {
      const problems = problemsOf(layers)
      expect(problems).to.have.length(1)
      expect(problems[0]).to.match(message)
    })
  }
})

describe('precedence', () => {
  it('is file, script, environment, flags', () => {
    const all: Layers = {
      file: file({ setupTimeout: '1s', teardownTimeout: '1s', cleanupTimeout: '1s', minIterationDuration: '1s' }),
      script: { setupTimeout: '2s', teardownTimeout: '2s', cleanupTimeout: '2s' },
      env: { CHOPSTICKS_SETUP_TIMEOUT: '3s', CHOPSTICKS_TEARDOWN_TIMEOUT: '3000' },
      flags: { setupTimeout: '4s' },
    }
    const { setup, teardown, cleanup, minIterationDurationNs, handleSummary } = planOf(all).plan
    expect([setup.timeoutNs, teardown.timeoutNs, cleanup.timeoutNs, minIterationDurationNs].map((ns) => ns / S)).to.deep.equal([4, 3, 2, 1])
    expect(handleSummary).to.deep.equal({ run: false, timeoutNs: 120 * S })
  })

  it('lets a layer that says what to execute wipe that of all lower ones, but not vus', () => {
    const layers: Layers = { file: file({ iterations: 9 }), script: { vus: 2, duration: '3s' }, flags: { iterations: '6' } }
    expect(planOf(layers).plan.scenarios).to.deep.include.members([
      { ...BASE, executor: 'shared-iterations', vus: 2, iterations: 6, maxDurationNs: 600 * S },
    ])
  })

  const scenarios = { x: { executor: 'constant-vus', duration: '0s' }, y: { executor: 'constant-vus', duration: '1s' } }
  it('warns when that loses scenarios', () => {
    const { plan, warnings } = planOf({ script: { scenarios }, env: { CHOPSTICKS_DURATION: '2s' } })
    expect(plan.scenarios.map(({ name }) => name)).to.deep.equal(['default'])
    expect(warnings).to.deep.equal(['CHOPSTICKS_DURATION replaces all scenarios of load.js: options.scenarios'])
  })

  it('lets vus of the same or a higher layer replace scenarios, even wrong ones, with a warning', () => {
    const { plan, warnings } = planOf({ script: { scenarios }, flags: { vus: '2' } })
    expect(plan.scenarios[0]).to.deep.include({ executor: 'shared-iterations', vus: 2, iterations: 2 })
    expect(warnings).to.deep.equal(['--vus: vus=2 replaces all scenarios of load.js: options.scenarios'])
    expect(planOf({ script: { vus: 3, scenarios } }).plan.scenarios[0]).to.deep.include({ vus: 3, iterations: 3 })
  })

  it('does not let vus of the config file replace the script\'s scenarios', () => {
    const { plan, warnings } = planOf({ file: file({ vus: 5 }), script: { scenarios: { y: scenarios.y } } })
    expect(plan.scenarios.map((one) => [one.name, vusMax(one)])).to.deep.equal([['y', 1]])
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.match(/^chopsticks\.yaml:1:1: options\.vus: ignored/)
  })

  it('replaces tags by layer and merges variables', () => {
    const { tags, env } = planOf({
      file: file({ tags: { from: 'file' } }, { A: 'file', B: 'file' }), env: { CHOPSTICKS_TAGS: 'a:1,b:x:y' },
        flags: { env: ['B=flag', 'C=x=y', 'D='] },
    }).plan
    expect(tags).to.deep.equal({ a: '1', b: 'x:y' })
    expect(env).to.deep.equal({ A: 'file', B: 'flag', C: 'x=y', D: '' })
  })

  it('takes an empty environment variable for an unset one', () => {
    expect(planOf({ script: { vus: 3 }, env: { CHOPSTICKS_VUS: '' } }).plan.scenarios[0]).to.deep.include({ vus: 3 })
  })
})

describe('a plan', () => {
  it('without options has the defaults', () => {
    const { plan, warnings } = planOf({})
    expect(warnings).to.deep.equal([])
    expect(plan).to.deep.include({
      version: 1, runId: '3f9a1c', seed: 77, shards: 2, gate: true, prefix: 'chopsticks-3f9a1c/', target: null, env: {}, tags: {},
      workloads: ['s3'], script: { name: 'load.js', digest: 'd1' }, setup: { run: true, timeoutNs: 60 * S },
        cleanup: { run: true, timeoutNs: 60 * S },
      limits: { vuMemoryBytes: 64 * 1024 ** 2, vuSliceNs: 250_000_000 },
      summary: { mode: 'compact', trendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'], timeUnit: null },
    })
    expect(plan.thresholds.map(({ metric, source }) => [metric, source])).to.deep.equal([['iterations_failed', 'rate<1']])
  })

  it('is JSON and frozen to its leaves', () => {
    const { plan } = planOf({ script: { tags: { a: 'b' }, thresholds: { checks: ['rate==1'] } } })
    expect(JSON.parse(JSON.stringify(plan))).to.deep.equal(plan)
    expect([plan, plan.tags, plan.scenarios, plan.scenarios[0],
      plan.thresholds[0]?.selector.tags].every((value) => Object.isFrozen(value))).to.equal(true)
  })

  it('has the default threshold beside the script\'s own, unless it says something of that metric', () => {
    const sources = (script: Json, flags = {}): readonly string[] => planOf({ script, flags }).plan.thresholds.map(({ source }) => source)
    expect(sources({ thresholds: { checks: ['rate==1'] } })).to.deep.equal(['rate==1', 'rate<1'])
    expect(sources({ thresholds: { iterations_failed: ['rate<0.1'] } })).to.deep.equal(['rate<0.1'])
    expect(sources({ thresholds: { iterations_failed: [] } })).to.deep.equal([])
    expect(sources({ thresholds: { checks: ['rate==1'] } }, { noThresholds: true })).to.deep.equal([])
    expect(planOf({ flags: { noThresholds: true } }).plan.gate).to.equal(false)
  })

  it('knows the metrics the script declares', () => {
    const thresholds = { my_count: ['count>3'] }
    expect(problemsOf({ script: { thresholds } })[0])
      .to.match(/^104 load\.js: options\.thresholds\.my_count: there is no metric 'my_count'/)
    planOf({ script: { thresholds } }, { metrics: [{ name: 'my_count', type: 'counter', contains: 'default' }] })
  })

  it('leaves out phases that are switched off', () => {
    const { plan } = planOf({ flags: { noSetup: true, noTeardown: true }, env: { CHOPSTICKS_NO_CLEANUP: 'true' } })
    expect([plan.setup.run, plan.teardown.run, plan.cleanup.run]).to.deep.equal([false, false, false])
  })

  it('runs in one shard where none but the own process is asked for', () => {
    expect(planOf({ flags: { shards: '0' } }).plan.shards).to.equal(1)
  })

  it('does not clean up below a prefix of the user\'s own', () => {
    const { plan } = planOf({ script: { prefix: 'chopsticks-shared/' } })
    expect([plan.prefix, plan.cleanup.run]).to.deep.equal(['chopsticks-shared/', false])
  })

  it('takes a prefix that may hold other things only where the targets file allows it', () => {
    expect(problemsOf({ script: { prefix: 'data/' } })[0]).to.match(/^104 load\.js: options\.prefix: .*allow_overwrite of s3/)
    expect(problemsOf({ script: { prefix: '' } })[0]).to.match(/allow_overwrite of s3/)
    const mayOverwrite = (workload: string, prefix: string): boolean => workload === 's3' && prefix === 'data/'
    expect(planOf({ script: { prefix: 'data/' } }, { mayOverwrite }).plan.prefix).to.equal('data/')
    for (const prefix of ['/chopsticks-a/', 'chopsticks-a/../b/']) expect(problemsOf({ script: { prefix } })[0])
      .to.match(/can't be a prefix/)
  })
})

describe('options that are not there', () => {
  it('are a warning in a script, with the option that was meant', () => {
    const { warnings } = planOf({ script: { vus: 1, bogus: 3, setupTimeOut: '1s' } })
    expect(warnings).to.deep.equal([
      'load.js: options.bogus: no such option, ignored',
        'load.js: options.setupTimeOut: no such option, ignored (did you mean \'setupTimeout\'?)',
    ])
  })

  it('are a warning in a script when only its surroundings can set them', () => {
    expect(planOf({ script: { allowRead: ['/etc'], vuMemoryLimit: '2GiB' } }).warnings.join(' '))
      .to.match(/allowRead: a script can't set this.*--allow-read/)
  })

  it('are an error where they ask for a part of a run, which would otherwise be run whole', () => {
    expect(problemsOf({ script: { executionSegment: '0:1/4' } }).join()).to.match(/^104 load\.js: options\.executionSegment: .*--shards\)$/)
  })

  it('are an error in the config file', () => {
    expect(problemsOf({ file: file({ vsu: 3, config: 'x' }) })).to.deep.equal([
      '104 chopsticks.yaml:1:1: options.vsu: there is no such option (did you mean \'vus\'?)',
      '104 chopsticks.yaml:1:1: options.config: can\'t be set here: use --config or CHOPSTICKS_CONFIG',
    ])
  })

  it('are a warning in the environment where they look like a slip', () => {
    expect(planOf({ env: { CHOPSTICKS_DURATON: '5s', CHOPSTICKS_BUCKET: 'b', PATH: '/bin' } }).warnings).to.deep.equal([
      'CHOPSTICKS_DURATON: no such option, ignored (did you mean \'CHOPSTICKS_DURATION\'?)',
    ])
  })

  it('are taken for what they are when objects know their names otherwise', () => {
    const script = JSON.parse('{"__proto__":{"vus":5},"constructor":1,"tags":{"__proto__":"t"}}') as Json
    const { plan, warnings } = planOf({ script })
    expect(plan.scenarios[0]).to.deep.include({ vus: 1 })
    expect(Object.entries(plan.tags)).to.deep.equal([['__proto__', 't']])
    expect(warnings).to.have.length(2)
  })

  it('are refused when options are no object', () => {
    expect(problemsOf({ script: [1] })).to.deep.equal(['104 load.js: options: must be an object'])
  })
})

describe('values of flags', () => {
  const bad: readonly (readonly [Layers['flags'], RegExp])[] = [
    [{ tags: ['x'] }, /^255 --tag: "x" is no tag: write NAME=VALUE/],
    [{ tags: ['x='] }, /^255 --tag: tag "x" has no value/],
    [{ env: ['X'] }, /^255 --env: "X" is no variable/],
    [{ summaryMode: 'legacy' }, /^255 --summary-mode: "legacy" is unknown; known: compact, full, disabled/],
    [{ summaryTrendStats: 'p(101)' }, /^255 --summary-trend-stats: in p\(101\)/],
    [{ summaryTimeUnit: 'm' }, /^255 --summary-time-unit: "m" is unknown/],
    [{ setupTimeout: '-1s' }, /^104 --setup-timeout: must be 1ns or more, but is -1s/],
    [{ vuMemoryLimit: '64M' }, /^255 --vu-memory-limit: .*64MiB/],
    [{ vuMemoryLimit: '64KiB' }, /^104 --vu-memory-limit: must be 1048576 bytes or more/],
    [{ shards: '-1' }, /^104 --shards: must be 0 or more/],
    [{ seed: '9007199254740993' }, /^255 --seed|^104 --seed/],
    [{ logFormat: 'xml' }, /^255 --log-format/],
  ]
  for (const [flags = {}, message] of bad) {
    it(`refuses ${JSON.stringify(flags)}`, () => { expect(problemsOf({ flags }).join('\n')).to.match(message) })
  }

  it('shows all problems at once', () => {
    expect(problemsOf({ flags: { vus: 'x', duration: 'y' }, env: { CHOPSTICKS_SEED: 'z' }, script: { tags: { a: 1 } } })).to.have.length(4)
  })

  it('takes the last of a flag that was given twice', () => {
    expect(planOf({ flags: { vus: ['3', '4'] } }).plan.scenarios[0]).to.deep.include({ vus: 4 })
  })
})

describe('what a command must know before the plan', () => {
  it('comes from flags, environment and file', () => {
    expect(commandOptions({
      file: file({ shards: 4, allowRead: ['/data'] }, { A: '1' }), env: { CHOPSTICKS_CONFIG: 'x.yaml', CHOPSTICKS_QUIET: '1' },
        flags: { seed: '5', env: ['B=2'] },
    })).to.deep.equal({
      config: 'x.yaml', seed: 5, shards: 4, setupTimeout: 60e9,
      out: [], quiet: true, verbose: false, noColor: false, logFormat: 'text', logOutput: 'stderr',
        allowRead: ['/data'],
      requireBaseline: false, updateBaseline: false, tolerance: '2%', bisect: false, env: { A: '1', B: '2' },
      limits: { vuMemoryBytes: 64 * 1024 ** 2, vuSliceNs: 250_000_000 },
    })
  })

  it('or is refused as in a plan', () => {
    const result = commandOptions({ flags: { verbose: true, vus: 'x' } })
    expect('problems' in result && result.problems.map(problemLine)).to.deep.equal(['--vus: "x" is no whole number'])
  })
})
