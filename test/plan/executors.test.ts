// Ramps, arrival rates, staircases, profiles, tasks and wait times: what each is by default, and every way to get one wrong.
import { expect } from 'chai'
import type { Json } from '../../bindings/sdk/index.ts'
import { makePlan, type Layers } from '../../runtime/plan/make-plan.ts'
import { OptionError, problemLine } from '../../runtime/plan/problem.ts'

const S = 1_000_000_000
const FILES: Readonly<Record<string, string>> = {
  'rate.csv': '# morning\ntime_s,rate\n0,10\n\n60,12.5\n60,40\n90.5,0\n',
  'vus.csv': '\uFEFFvus,time\r\n0,0s\r\n5,1m30s\r\n',
  'ms.csv': 'time_ms,rate,note\n0,1,a\n1500,2,b\n',
  'header.csv': '0,10\n60,20\n', 'empty.csv': '', 'one.csv': 'time_s,rate\n0,1\n', 'late.csv': 'time_s,rate\n5,1\n6,2\n',
  'back.csv': 'time_s,rate\n0,1\n6,2\n5,2\n', 'text.csv': 'time_s,rate\n0,1\n1,fast\n', 'unit.csv': 'time,rate\n0s,1\n60,2\n',
  'half.csv': 'time_s,vus\n0,1\n5,2.5\n', 'minus.csv': 'time_s,rate\n0,1\n1,-2\n', 'fine.csv': 'time_s,rate\n0,1\n1,0.12345678\n',
  'long.csv': 'time_s,rate\n0,1\n1e9,2\n',
}
const make = (scenarios: Json): ReturnType<typeof makePlan> => makePlan({ script: { scenarios } }, {
  runId: 'r', seedDefault: 1, shardsDefault: 1, script: { name: 'load.ts', digest: '' }, functions: ['default', 'upload', 'download'],
  metrics: [], workloads: [],
  readFile(path) {
    const content = FILES[path]
    if (content === undefined) throw new OptionError(`"${path}": there is no such file`, { kind: 'value' })
    return content
  },
})
const scenarioOf = (scenario: Json): unknown => {
  const result = make({ x: scenario })
  if ('problems' in result) throw new Error(result.problems.map(problemLine).join('; '))
  return result.plan.scenarios[0]
}
const problemsOf = (scenario: Json): readonly string[] => {
  const result = make({ x: scenario })
  return 'problems' in result ? result.problems.map((problem) => `${problem.exit} ${problemLine(problem)}`) : []
}

const BASE = { name: 'x', exec: 'default', startTimeNs: 0, gracefulStopNs: 30 * S, env: {}, tags: {} }
const CREW = { timeUnitNs: S, preAllocatedVUs: 2, maxVUs: 2, late: 'drop', poisson: false }
const stage = (seconds: number, target: number): object => ({ durationNs: seconds * S, target })

describe('scenarios whose load changes or arrives', () => {
  const rate = (more: Record<string, Json> = {}): Record<string, Json> =>
    ({ executor: 'constant-arrival-rate', rate: 10, duration: '3s', preAllocatedVUs: 2, ...more })
  const ramp = (more: Record<string, Json> = {}): Record<string, Json> =>
    ({ executor: 'ramping-vus', stages: [{ duration: '10s', target: 5 }], ...more })
  const rates = (more: Record<string, Json> = {}): Record<string, Json> =>
    ({ executor: 'ramping-arrival-rate', preAllocatedVUs: 2, stages: [{ duration: '10s', target: 5 }], ...more })
  const stairs = (more: Record<string, Json> = {}): Record<string, Json> => ({ executor: 'staircase', vus: [1, 2], hold: '10s', ...more })

  const good: readonly (readonly [string, Json, object])[] = [
    ['ramping-vus', ramp(), { ...BASE, executor: 'ramping-vus', startVUs: 1, stages: [stage(10, 5)], gracefulRampDownNs: 30 * S }],
    ['ramping-vus with all keys',
      ramp({ startVUs: 0, gracefulRampDown: '5s', stages: [{ duration: 0, target: '3' }, { duration: 1500, target: 0 }] }),
      { ...BASE, executor: 'ramping-vus', startVUs: 0, stages: [stage(0, 3), stage(1.5, 0)], gracefulRampDownNs: 5 * S }],
    ['constant-arrival-rate', rate(), { ...BASE, ...CREW, executor: 'constant-arrival-rate', rate: 10, durationNs: 3 * S }],
    ['constant-arrival-rate with all keys', rate({ timeUnit: '1m', maxVUs: 9, preAllocatedVUs: 0, late: 'queue', poisson: true }), {
      ...BASE, executor: 'constant-arrival-rate', rate: 10, durationNs: 3 * S, timeUnitNs: 60 * S, preAllocatedVUs: 0, maxVUs: 9,
      late: 'queue', poisson: true,
    }],
    ['ramping-arrival-rate', rates(), { ...BASE, ...CREW, executor: 'ramping-arrival-rate', startRate: 0, stages: [stage(10, 5)] }],
    ['a staircase of VUs', stairs(),
      { ...BASE, executor: 'staircase', of: 'vus', levels: [1, 2], holdNs: 10 * S, settleNs: 0, gracefulRampDownNs: 30 * S }],
    ['a staircase of rates', { executor: 'staircase', rate: { from: 10, to: 45, by: 10 }, hold: '10s', settle: '2s', preAllocatedVUs: 2 },
      { ...BASE, ...CREW, executor: 'staircase', of: 'rate', levels: [10, 20, 30, 40], holdNs: 10 * S, settleNs: 2 * S }],
    ['a staircase down', stairs({ vus: { from: 6, to: 2, by: 2 } }),
      { ...BASE, executor: 'staircase', of: 'vus', levels: [6, 4, 2], holdNs: 10 * S, settleNs: 0, gracefulRampDownNs: 30 * S }],
    ['a profile of rates, decimals and a jump', { executor: 'ramping-arrival-rate', preAllocatedVUs: 2, profile: 'rate.csv' }, {
      ...BASE, ...CREW, executor: 'ramping-arrival-rate', timeUnitNs: 10 * S, startRate: 100, profile: 'rate.csv',
      stages: [stage(60, 125), stage(0, 400), stage(30.5, 0)],
    }],
    ['a profile of VUs', { executor: 'ramping-vus', profile: 'vus.csv' },
      { ...BASE, executor: 'ramping-vus', startVUs: 0, stages: [stage(90, 5)], gracefulRampDownNs: 30 * S, profile: 'vus.csv' }],
    ['a profile in milliseconds', { executor: 'ramping-arrival-rate', preAllocatedVUs: 2, profile: 'ms.csv' },
      { ...BASE, ...CREW, executor: 'ramping-arrival-rate', startRate: 1, stages: [stage(1.5, 2)], profile: 'ms.csv' }],
    ['tasks', stairs({ tasks: { upload: 3, download: 0.5, default: 0 } }), {
      ...BASE, executor: 'staircase', of: 'vus', levels: [1, 2], holdNs: 10 * S, settleNs: 0, gracefulRampDownNs: 30 * S,
      tasks: { kind: 'weighted', weights: { upload: 3, download: 0.5 } },
    }],
    ['a sequence', ramp({ sequence: ['upload', 'download', 'upload'] }), {
      ...BASE, executor: 'ramping-vus', startVUs: 1, stages: [stage(10, 5)], gracefulRampDownNs: 30 * S,
      tasks: { kind: 'sequence', names: ['upload', 'download', 'upload'] },
    }],
    ...([
      [{ constant: '1s' }, { kind: 'constant', durationNs: S }],
      [{ between: ['0.5s', 2000] }, { kind: 'between', minNs: S / 2, maxNs: 2 * S }],
      [{ constantPacing: '2s' }, { kind: 'pacing', everyNs: 2 * S }], [{ constantThroughput: 0.5 }, { kind: 'pacing', everyNs: 2 * S }],
    ] as const).map(([waitTime, read]) => [`waitTime ${JSON.stringify(waitTime)}`, rate({ waitTime }),
      { ...BASE, ...CREW, executor: 'constant-arrival-rate', rate: 10, durationNs: 3 * S, waitTime: read }] as const),
  ]
  for (const [title, scenario, read] of good) {
    it(`are read: ${title}`, () => { expect(scenarioOf(scenario)).to.deep.equal(read) })
  }

  const wrong: readonly (readonly [string, Json, RegExp])[] = [
    ['no stages', { executor: 'ramping-vus' }, /^104 load\.ts: options\.scenarios\.x: a ramping-vus scenario needs stages or a profile$/],
    ['empty stages', ramp({ stages: [] }), /scenarios\.x\.stages: there must be one stage at least/],
    ['a stage without a target', ramp({ stages: [{ duration: '1s' }] }), /scenarios\.x\.stages\[0\]: a stage needs a target/],
    ['a stage without a duration', ramp({ stages: [{ target: 1 }] }), /scenarios\.x\.stages\[0\]: a stage needs a duration/],
    ['a negative stage', ramp({ stages: [{ duration: '-1s', target: 1 }] }), /stages\[0\]\.duration: .*less than 0/],
    ['a negative target', ramp({ stages: [{ duration: '1s', target: -1 }] }), /stages\[0\]\.target: .*less than 0, but is -1/],
    ['a stage with another key', ramp({ stages: [{ duration: '1s', target: 1, x: 1 }] }), /stages\[0\]\.x: unknown key/],
    ['a ramp of nobody', ramp({ startVUs: 0, stages: [{ duration: '1s', target: 0 }] }),
      /stages: the largest number of VUs must be more than 0/],
    ['a negative start', ramp({ startVUs: -1 }), /scenarios\.x\.startVUs: .*less than 0/],
    ['a negative gracefulRampDown', ramp({ gracefulRampDown: '-1s' }), /gracefulRampDown: must be 0s or more/],
    ['too long a ramp', ramp({ stages: [{ duration: '2500h', target: 1 }, { duration: '2h', target: 1 }] }), /longer than 104 days/],
    ['no rate', rate({ rate: null }), /scenarios\.x: a constant-arrival-rate scenario needs a rate$/],
    ['no duration', rate({ duration: null }), /needs a duration$/],
    ['no preAllocatedVUs', rate({ preAllocatedVUs: null }), /needs preAllocatedVUs: how many VUs to make/],
    ['a rate of 0', rate({ rate: 0 }), /scenarios\.x\.rate: the rate must be more than 0, but is 0/],
    ['half a rate', rate({ rate: 0.5 }), /rate: 0\.5 is no whole number/],
    ['a rate beyond the nanosecond', rate({ rate: 2e9 }), /more than one iteration a nanosecond/],
    ['a timeUnit of 0', rate({ timeUnit: 0 }), /timeUnit: the timeUnit must be more than 0/],
    ['a short duration', rate({ duration: '0.5s' }), /the duration must be at least 1s/],
    ['maxVUs below preAllocatedVUs', rate({ maxVUs: 1 }), /maxVUs: maxVUs \(1\) can't be less than preAllocatedVUs \(2\)/],
    ['no VU at all', rate({ preAllocatedVUs: 0 }), /maxVUs must be more than 0, but is 0/],
    ['another late', rate({ late: 'wait' }), /late: "wait" is unknown; known: drop, queue/],
    ['poisson as a text', rate({ poisson: 'yes' }), /poisson: "yes" must be true or false/],
    ['a key of a ramp', rate({ stages: [] }), /scenarios\.x\.stages: a constant-arrival-rate scenario has no such key/],
    ['no stages of rates', rates({ stages: null }), /needs stages or a profile$/],
    ['a negative startRate', rates({ startRate: -1 }), /startRate: .*less than 0/],
    ['stages and a profile', rates({ profile: 'rate.csv' }),
      /scenarios\.x\.stages: a ramping-arrival-rate scenario has stages or a profile, not both/],
    ['a staircase of nothing', { executor: 'staircase', hold: '1s' }, /scenarios\.x: a staircase scenario needs levels: either vus/],
    ['a staircase of both', stairs({ rate: [1] }), /needs levels: either/],
    ['a staircase without hold', { executor: 'staircase', vus: [1] }, /needs hold: how long each level lasts/],
    ['a short hold', stairs({ hold: '10ms' }), /the hold must be at least 1s/],
    ['all settling', stairs({ settle: '10s' }), /settle: settle must be shorter than hold/],
    ['no levels', stairs({ vus: [] }), /vus: must be 1 to 10000 levels, but is 0/],
    ['half a level', stairs({ vus: [1, 1.5] }), /vus\[1\]: 1\.5 is no whole number/],
    ['a level below 0', stairs({ vus: { from: -1, to: 2, by: 1 } }), /vus\.from: must be 0 or more/],
    ['levels without by', stairs({ vus: { from: 1, to: 2 } }), /vus\.by: is missing/],
    ['levels by 0', stairs({ vus: { from: 1, to: 2, by: 0 } }), /vus\.by: must be more than 0/],
    ['levels with another key', stairs({ vus: { from: 1, to: 2, by: 1, x: 1 } }), /vus\.x: unknown key/],
    ['steps of nobody', stairs({ vus: [0, 0] }), /the largest number of VUs must be more than 0/],
    ['VUs with a key of rates', stairs({ preAllocatedVUs: 2 }), /preAllocatedVUs: a staircase scenario has no such key/],
    ['rates with a key of VUs', { executor: 'staircase', rate: [1], hold: '1s', preAllocatedVUs: 1, gracefulRampDown: 0 },
      /gracefulRampDown: a staircase scenario has no such key/],
    ['no task', ramp({ tasks: {} }), /tasks: no task has a weight above 0/],
    ['a negative weight', ramp({ tasks: { upload: -1 } }), /tasks\.upload: a weight must be a number, 0 or more, but is -1/],
    ['a task that is not exported', ramp({ tasks: { gone: 1 } }), /scenario 'x': the script exports no function 'gone'/],
    ['tasks and exec', ramp({ tasks: { upload: 1 }, exec: 'upload' }), /tasks: a scenario has one of .*tasks and exec/],
    ['an empty sequence', ramp({ sequence: [] }), /sequence: must name one task at least/],
    ['an unknown wait', ramp({ waitTime: { random: '1s' } }), /waitTime: must be one of \{ constant/],
    ['two waits', ramp({ waitTime: { constant: '1s', between: ['1s', '2s'] } }), /waitTime: must be one of/],
    ['a wait without a unit of its own', ramp({ waitTime: { constant: 'soon' } }), /waitTime\.constant: .*soon/],
    ['a wait that ends before it begins', ramp({ waitTime: { between: ['2s', '1s'] } }),
      /waitTime\.between: must not end \(1s\) before it begins \(2s\)/],
    ['a wait between one', ramp({ waitTime: { between: ['2s'] } }), /waitTime\.between: must be two durations/],
    ['a throughput of 0', ramp({ waitTime: { constantThroughput: 0 } }), /constantThroughput: must be iterations per second, more than 0/],
  ]
  for (const [title, scenario, message] of wrong) {
    it(`are refused: ${title}`, () => { expect(problemsOf(scenario).join('\n')).to.match(message) })
  }

  const profiles: readonly (readonly [string, string, RegExp])[] = [
    ['gone.csv', 'ramping-arrival-rate', /^104 load\.ts: options\.scenarios\.x\.profile: "gone\.csv": there is no such file$/],
    ['header.csv', 'ramping-arrival-rate', /profile: header\.csv:1: the first line must name the columns: time_s,rate/],
    ['empty.csv', 'ramping-arrival-rate', /empty\.csv:1: the first line must name the columns/],
    ['rate.csv', 'ramping-vus', /rate\.csv:2: the first line must name the columns: time_s,vus/],
    ['one.csv', 'ramping-arrival-rate', /one\.csv:1: a profile needs two points at least/],
    ['late.csv', 'ramping-arrival-rate', /late\.csv:2: the first point must be at time 0/],
    ['back.csv', 'ramping-arrival-rate', /back\.csv:4: times must not go back/],
    ['text.csv', 'ramping-arrival-rate', /text\.csv:3: 'fast' is no rate/],
    ['unit.csv', 'ramping-arrival-rate', /unit\.csv:3: "60" lacks a unit/],
    ['half.csv', 'ramping-vus', /half\.csv:3: '2\.5' is no whole number of VUs/],
    ['minus.csv', 'ramping-arrival-rate', /minus\.csv:3: '-2' is no rate/],
    ['fine.csv', 'ramping-arrival-rate', /fine\.csv:1: a rate has 8 decimals: 6 are the most/],
    ['long.csv', 'ramping-arrival-rate', /long\.csv:3: '1e9' is no time/],
  ]
  for (const [file, executor, message] of profiles) {
    it(`say what is wrong with the profile ${file} of a ${executor} scenario`, () => {
      const crew = executor === 'ramping-vus' ? {} : { preAllocatedVUs: 2 }
      expect(problemsOf({ executor, profile: file, ...crew }).join('\n')).to.match(message)
    })
  }
})

describe('stages without scenarios', () => {
  const CONTEXT = {
    runId: 'r', seedDefault: 1, shardsDefault: 1, script: { name: 'load.ts', digest: '' }, functions: ['default'], metrics: [],
    workloads: [],
  }
  const ramp = (startVUs: number, ...stages: readonly object[]): object =>
    ({ ...BASE, name: 'default', executor: 'ramping-vus', startVUs, gracefulRampDownNs: 30 * S, stages })
  const good: readonly (readonly [string, Layers, object])[] = [
    ['as flags', { flags: { stages: ['10s:5', '1m30s:0'] } }, ramp(1, stage(10, 5), stage(90, 0))],
    ['with vus, where they begin', { env: { CHOPSTICKS_STAGES: '10s:5' }, flags: { vus: '3' } }, ramp(3, stage(10, 5))],
    ['with no VU to begin with', { script: { stages: [{ duration: '10s', target: 5 }], vus: 0 } }, ramp(0, stage(10, 5))],
  ]
  for (const [title, layers, scenario] of good) {
    it(`are a ramp of VUs: ${title}`, () => {
      const result = makePlan(layers, CONTEXT)
      expect('plan' in result && result.plan.scenarios).to.deep.equal([scenario])
    })
  }
  const bad: readonly (readonly [string, Layers, RegExp])[] = [
    ['a stage without a target', { flags: { stages: ['10s:'] } }, /^--stage: a stage needs a target/],
    ['nobody', { flags: { stages: ['10s:0'], vus: '0' } }, /^--stage: the largest number of VUs must be more than 0/],
    ['fewer than nobody', { flags: { stages: ['10s:5'], vus: '-1' } }, /^--vus: the number of VUs at the start must not be less than 0/],
  ]
  for (const [title, layers, message] of bad) {
    it(`are refused: ${title}`, () => {
      const result = makePlan(layers, CONTEXT)
      expect('problems' in result && result.problems.map(problemLine).join('\n')).to.match(message)
    })
  }
})
