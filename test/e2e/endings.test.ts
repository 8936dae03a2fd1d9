// Every way a load ends by itself: in bounded time, with the right exit code, teardown and cleanup done, and the summary printed.
// Signals have signals.test.ts and stopping.test.ts; what does not let go when one comes has bounded-stop.test.ts.
import { expect } from 'chai'
import { startCli, workspace, type CliResult } from '../kit/cli.ts'
import { inLanes } from '../kit/lanes.ts'
import { runNameIn } from '../kit/moments.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'
import { slowStore } from '../kit/slow-store.ts'

interface EndingCase {
  readonly what: string
  /** The body of the iterations. */
  readonly each: string
  /** Code beside them. */
  readonly more?: string
  readonly options?: string
  readonly args?: readonly string[]
  readonly code: number
  /** The error line; undefined: there is none. */
  readonly line?: RegExp
  /** What the summary must hold. */
  readonly summary: RegExp
  /** True = the store answers nothing once the load has begun, and can't be cleaned up. */
  readonly mute?: true
}

const FOR_A_SECOND = 'scenarios: { default: { executor: "constant-vus", vus: 2, duration: "1s", gracefulStop: "500ms" } }'
const CASES: readonly EndingCase[] = [
  {
    what: 'its duration', each: 'await sleep(0.05)', args: ['--vus', '2', '--duration', '1s'], code: 0, summary: /default +2\/2 /,
  },
  {
    what: 'its duration, with iterations that go on', each: 'await sleep(__ITER === 0 ? 0.01 : 300)', options: FOR_A_SECOND, code: 0,
    summary: /^ +iterations\.+: 2 /m,
  },
  {
    what: 'its duration, with a script that never yields', each: 'if (__ITER > 0) for (;;);', options: FOR_A_SECOND, code: 0,
    summary: /SliceError/,
  },
  {
    what: 'its duration, with a store that never answers', each: 'if (__ITER > 0) { console.log("muted"); await s3.put("late", "x") }',
    options: FOR_A_SECOND, args: ['--cleanup-timeout', '1s'], code: 0, summary: /default +2\/2 /, mute: true,
  },
  {
    what: 'a threshold with abortOnFail', each: 'check(1, { never: false }); await sleep(0.05)',
    options: 'vus: 2, duration: "5m", thresholds: { checks: [{ threshold: "rate==1", abortOnFail: true }] }',
    code: 99, line: /^error: stopped early: checks crossed a threshold with abortOnFail/, summary: /checks_failed\.+: 100\.00%/,
  },
  {
    what: 'test.abort()', each: 'if (__ITER === 3) exec.test.abort("enough"); await sleep(0.05)', options: 'vus: 2, duration: "5m"',
    code: 108, line: /^error: script\.js:\d+:\d+: the script aborted the test: enough/, summary: /iterations\.+: /,
  },
  {
    what: 'its iterations, after test.fail()', each: 'if (__ITER === 1) exec.test.fail("not good")', options: 'vus: 2, iterations: 10',
    code: 110, line: /^error: script\.js:\d+:\d+: the script marked the test as failed: not good/, summary: /iterations\.+: 10 /,
  },
  {
    what: 'setupVU that throws in one VU', each: 'await sleep(0.05)', options: 'vus: 3, duration: "5m"', code: 107,
    more: 'export async function setupVU() { await s3.put("vu-" + __VU, "x"); if (__VU === 2) throw new Error("in hook") }',
    line: /^error: script\.js:\d+:\d+: .*in hook/, summary: /nothing was measured/,
  },
  {
    what: 'setupVU that never ends in one VU', each: 'await sleep(0.05)', options: 'vus: 3, duration: "5m"', code: 100,
    more: 'export async function setupVU() { await s3.put("vu-" + __VU, "x"); if (__VU === 2) await sleep(300) }',
    args: ['--setup-timeout', '3s'], line: /^error: setupVU\(\) took longer than 3 s/, summary: /nothing was measured/,
  },
]

const scriptOf = ({ each, more = '', options = '' }: EndingCase): string => `
import s3 from 'chopsticks/s3'
import exec from 'chopsticks/execution'
import { check, sleep } from 'chopsticks'
export const options = { ${options} }
export async function setup() { await s3.put('made', 'x') }
${more}
export default async function () {
  if (__ITER === 0) await s3.put('object-' + __VU, 'x')
  ${each}
}
export function teardown() { console.log('torn down') }
`

describe('a load that is ended by', function () {
  this.timeout(120_000)
  let store: ServedStore
  const results = new Map<EndingCase, Promise<{ readonly result: CliResult; readonly left: readonly string[] }>>()

  async function end(one: EndingCase): Promise<{ readonly result: CliResult; readonly left: readonly string[] }> {
    await using slow = await slowStore(store.endpoint)
    using space = workspace({ 'script.js': scriptOf(one) })
    const env = { ...store.env, AWS_ENDPOINT_URL: slow.endpoint }
    using running = startCli(['script.js', ...one.args ?? []], { cwd: space.folder, env })
    if (one.mute === true) {
      await running.said('muted')
      slow.silent = true
    }
    const result = await running.result
    return { result, left: await store.keys(`chopsticks-${runNameIn(result.stderr) ?? ''}/`) }
  }

  before(async () => {
    store = await serveStore()
    for (const [index, ending] of inLanes(CASES.map((one) => () => end(one))).entries()) {
      const one = CASES[index]
      if (one !== undefined) results.set(one, ending)
    }
  })
  after(async () => {
    await Promise.allSettled(results.values())
    await store.stop()
  })

  for (const one of CASES) {
    it(`${one.what} ends with ${one.code}, torn down and cleaned up, and its summary`, async () => {
      const ended = await results.get(one)
      if (ended === undefined) throw new Error('it was not run')
      const { result: { code, stdout, stderr, orphans }, left } = ended
      expect(code, stdout + stderr).to.equal(one.code)
      expect(stderr.match(/^error: /gm) ?? [], stderr).to.have.length(one.line === undefined ? 0 : 1)
      if (one.line !== undefined) expect(stderr.slice(stderr.indexOf('error: '))).to.match(one.line)
      expect(stderr).to.include('torn down')
      expect(stdout).to.include('TOTAL RESULTS').and.match(one.summary)
      expect(orphans).to.deep.equal([])
      if (one.mute === true) expect(stderr).to.match(/to delete it: chopsticks cleanup /)
      else expect(left).to.deep.equal([])
    })
  }
})
