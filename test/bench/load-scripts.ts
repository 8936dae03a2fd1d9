// The scripts of the load bench: the same text for chopsticks and for k6, but for the one line that asks the store.

export type Tool = 'chopsticks' | 'k6'

/** Percentiles both tools are asked for, of every trend. */
const TREND_STATS = ['p(50)', 'p(99)', 'max', 'count']

/**
 * How far an iteration began from when it was due, ms, as the script sees it: the time since the run's start against what the plan says of
 * its number. k6 counts from a moment before its scenario's start, some 0.1 ms, which is in its figures.
 */
const startError = (dueMs: string): string => `late.add(exec.instance.currentTestRunDuration - (${dueMs}))`

const HEAD = `
import exec from 'k6/execution'
import { sleep } from 'k6'
import { Trend } from 'k6/metrics'
const late = new Trend('start_error')
`

function optionsOf(scenario: object): string {
  const options = { scenarios: { load: scenario }, summaryTrendStats: TREND_STATS, discardResponseBodies: true }
  return `export const options = ${JSON.stringify(options)}\n`
}

/** Gets one object at a constant rate; k6 by a presigned `url`, so that it signs nothing. */
export function arrivalsScript(tool: Tool, rate: number, durationS: number, url: string): string {
  const scenario = {
    executor: 'constant-arrival-rate', rate, timeUnit: '1s', duration: `${String(durationS)}s`, preAllocatedVUs: 100, maxVUs: 1000,
  }
  const common = `${HEAD}${optionsOf(scenario)}`
  const measure = startError(`exec.scenario.iterationInTest * ${String(1000 / rate)}`)
  return tool === 'k6'
    ? `import http from 'k6/http'\n${common}export default function () { ${measure}; http.get(${JSON.stringify(url)}) }\n`
    : `import s3 from 'chopsticks/s3'\n${common}const object = s3.existing('object')\n`
      + `export default async function () { ${measure}; await object.get() }\n`
}

/** VUs that come one after the other and stay, asleep: the n-th iteration of the run is the n-th VU's first. */
export function rampScript(vus: number, durationS: number): string {
  const scenario = {
    executor: 'ramping-vus', startVUs: 0, gracefulStop: '0s',
    stages: [{ duration: `${String(durationS)}s`, target: vus }, { duration: '1s', target: vus }],
  }
  const dueMs = `(exec.scenario.iterationInTest + 1) * ${String(durationS * 1000 / vus)}`
  return `${HEAD}${optionsOf(scenario)}export default async function () { ${startError(dueMs)}; await sleep(1000) }\n`
}

/** Iterations that do nothing, one after the other. */
export const emptyScript = (vus: number, durationS: number): string =>
  `export const options = ${JSON.stringify({ vus, duration: `${String(durationS)}s` })}\nexport default function () {}\n`

/** What the first VU says when it begins: all VUs are there by then. */
export const BEGUN = 'the load has begun'

export function sleepersScript(vus: number, durationS: number): string {
  const scenario = { executor: 'constant-vus', vus, duration: `${String(durationS)}s`, gracefulStop: '0s' }
  return `${HEAD}${optionsOf(scenario)}`
    + `export default async function () { if (__VU === 1) console.log(${JSON.stringify(BEGUN)}); await sleep(1000) }\n`
}
