// A run from its command line to its exit code, against the built-in endpoint.
import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, startCli, workspace, type CliOptions, type CliResult } from '../kit/cli.ts'
import { GOOD_SCRIPT } from '../kit/scripts.ts'

interface ScriptOptions extends Partial<CliOptions> {
  readonly files?: Readonly<Record<string, string>>
  readonly name?: string
}

/** Runs a script in an empty folder. */
async function runScript(text: string, args: readonly string[] = [], more: ScriptOptions = {}): Promise<CliResult> {
  const name = more.name ?? 'script.js'
  using space = workspace({ [name]: text, ...more.files })
  return await runCli([name, ...args], { cwd: space.folder, ...more })
}

describe('chopsticks run', () => {
  it('runs a script against the built-in endpoint, prints a summary, says what that is not, and leaves no process', async () => {
    const { code, stdout, stderr, orphans } = await runScript(GOOD_SCRIPT, ['-u', '2', '-i', '6'])
    expect(stderr + stdout).to.include('self-test, not storage')
    expect(code, stderr + stdout).to.equal(0)
    expect(stdout).to.match(/iterations\.*: 6 /)
    expect(stdout).to.match(/checks_succeeded\.*: 100\.00% 6 out of 6/)
    expect(stderr + stdout).to.match(/chopsticks-[\w-]+\//)
    expect(orphans).to.deep.equal([])
  })

  it('takes `run SCRIPT` and `SCRIPT` for the same', async () => {
    using space = workspace({ 's.js': GOOD_SCRIPT })
    const one = await runCli(['run', 's.js', '-i', '1'], { cwd: space.folder })
    const two = await runCli(['-i', '1', 's.js'], { cwd: space.folder })
    expect([one.code, two.code], one.stderr + two.stderr).to.deep.equal([0, 0])
  })

  it('runs TypeScript that imports a local module, JSON and an npm package of its folder', async () => {
    const { code, stderr, stdout } = await runScript(`
      import { check } from 'chopsticks'
      import { double } from './lib/double.ts'
      import numbers from './numbers.json'
      import { triple } from 'tripler'
      export default function (): void {
        const n: number = numbers.n
        check(n, { local: (v) => double(v) === 42, packaged: (v) => triple(v) === 63 })
      }
      export const options = { thresholds: { checks: ['rate==1'] } }
    `, [], {
      name: 'script.ts',
      files: {
        'lib/double.ts': 'export const double = (n: number): number => n * 2',
        'numbers.json': '{"n": 21}',
        'node_modules/tripler/package.json': '{"name":"tripler","version":"1.0.0","type":"module","exports":"./index.js"}',
        'node_modules/tripler/index.js': 'export const triple = (n) => n * 3',
      },
    })
    expect(code, stderr + stdout).to.equal(0)
  })

  it('reads a script from standard input', async () => {
    using space = workspace({ 'lib.js': 'export const answer = 42' })
    const { code, stderr } = await runCli(['run', '-', '-i', '1'], {
      cwd: space.folder, stdin: `import { answer } from './lib.js'\nexport default function () { console.log('the answer is', answer) }`,
    })
    expect(code, stderr).to.equal(0)
    expect(stderr).to.include('the answer is 42')
  })

  it('hands -e values to __ENV, and nothing of its own environment', async () => {
    const { stderr } = await runScript(
      'export default function () { console.log("size", __ENV.SIZE, "home", __ENV.HOME, "key", __ENV.AWS_SECRET_ACCESS_KEY) }',
      ['-e', 'SIZE=4KiB'], { env: { AWS_SECRET_ACCESS_KEY: 'never-to-be-seen' } },
    )
    expect(stderr).to.include('size 4KiB home undefined key undefined').and.not.include('never-to-be-seen')
  })

  it('lets flags win over the environment, and the environment over the script', async () => {
    const script = 'export const options = { iterations: 2, vus: 1 }\nexport default function () {}'
    expect((await runScript(script)).stdout).to.match(/iterations\.*: 2 /)
    expect((await runScript(script, [], { env: { CHOPSTICKS_ITERATIONS: '3' } })).stdout).to.match(/iterations\.*: 3 /)
    expect((await runScript(script, ['-i', '4'], { env: { CHOPSTICKS_ITERATIONS: '3' } })).stdout).to.match(/iterations\.*: 4 /)
  })

  it('goes through the whole life of a script, in order, and hands setup\'s data on', async () => {
    const { stderr, code } = await runScript(`
      export function setup() { console.log('in setup'); return { n: 7 } }
      export function setupVU() { console.log('in setupVU', __VU) }
      export default function (data) { console.log('in default', data.n) }
      export function teardownVU() { console.log('in teardownVU', __VU) }
      export function teardown(data) { console.log('in teardown', data.n) }
      export function handleSummary(data) { console.log('in handleSummary', data.metrics.iterations.values.count); return {} }
    `, ['-u', '1', '-i', '1'])
    const order = [...stderr.matchAll(/in (\w+ ?\d?)/g)].map(([, what]) => what?.trim())
    expect(code, stderr).to.equal(0)
    expect(order).to.deep.equal(['setup', 'setupVU 1', 'default 7', 'teardownVU 1', 'teardown 7', 'handleSummary 1'])
  })

  it('leaves out setup and teardown when told to', async () => {
    const { stderr } = await runScript(`
      export function setup() { console.log('in setup') }
      export default function () {}
      export function teardown() { console.log('in teardown') }
    `, ['--no-setup', '--no-teardown'])
    expect(stderr).not.to.include('in setup').and.not.include('in teardown')
  })

  for (const shards of ['0', '1', '3']) {
    it(`does the same work over ${shards} shards`, async () => {
      const { code, stdout, stderr, orphans } = await runScript(GOOD_SCRIPT, ['-u', '4', '-i', '12', '--shards', shards])
      expect(code, stderr).to.equal(0)
      expect(stdout).to.match(/iterations\.*: 12 /)
      expect(orphans).to.deep.equal([])
    })
  }

  it('reports no more than is asked for: -q is quiet, --no-color has no colours', async () => {
    const { stderr, stdout } = await runScript(GOOD_SCRIPT, ['-q', '--no-color', '-i', '1'])
    expect(stderr).to.equal('')
    expect(stdout).not.to.include('\u001b')
  })

  it('fails when its summary could not be written', async () => {
    using space = workspace({ 's.js': 'export default function () {}' })
    using running = startCli(['s.js'], { cwd: space.folder, stdout: '/dev/full' })
    const { code, stderr } = await running.result
    expect(code, stderr).to.equal(104)
    expect(stderr).to.match(/^error: standard output could not be written/m)
  })

  it('survives a reader that goes away', async () => {
    using space = workspace({ 's.js': GOOD_SCRIPT })
    using running = startCli(['s.js', '-i', '2'], { cwd: space.folder })
    running.child.stdout?.destroy()
    const { code, stderr } = await running.result
    expect(code, stderr).to.equal(0)
  })
})

describe('thresholds', () => {
  it('exit with 99 and one clear line when crossed', async () => {
    const { code, stderr } = await runScript(`
      import { check } from 'chopsticks'
      export const options = { thresholds: { checks: ['rate==1'] } }
      export default function () { check(1, { never: false }) }
    `)
    expect(code).to.equal(99)
    expect(stderr).to.match(/^error: .*checks.*$/m)
  })

  it('exit with 99 when what they judge was never measured', async () => {
    const { code, stderr, stdout } = await runScript(`
      export const options = { thresholds: { 's3_req_duration{op:get}': ['p(95)<100'] } }
      import s3 from 'chopsticks/s3'
      export default async function () { if (__VU < 0) await s3.get('never') }
    `)
    expect(code, stderr).to.equal(99)
    expect(stderr + stdout).to.include('no samples')
  })

  it('exit with 99 when no iteration succeeded', async () => {
    const { code, stderr } = await runScript('export default function () { throw new Error("boom") }')
    expect(code, stderr).to.equal(99)
  })

  it('are not judged with --no-thresholds', async () => {
    const { code, stderr } = await runScript(`
      import { check } from 'chopsticks'
      export const options = { thresholds: { checks: ['rate==1'] } }
      export default function () { check(1, { never: false }) }
    `, ['--no-thresholds'])
    expect(code, stderr).to.equal(0)
  })

  it('end the run early when they say abortOnFail', async () => {
    const { code, stderr } = await runScript(`
      import { check, sleep } from 'chopsticks'
      export const options = { vus: 1, duration: '5m', thresholds: { checks: [{ threshold: 'rate==1', abortOnFail: true }] } }
      export default async function () { check(1, { never: false }); await sleep(0.05) }
    `)
    expect(code, stderr).to.equal(99)
  })
})

describe('what a run leaves behind', () => {
  it('is the data of handleSummary, with --summary-export', async () => {
    using space = workspace({ 's.js': `${GOOD_SCRIPT}\nexport const options = { thresholds: { checks: ['rate==1'] } }` })
    const { code, stderr } = await runCli(['s.js', '-i', '3', '--summary-export', 'result.json'], { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    const data = JSON.parse(readFileSync(join(space.folder, 'result.json'), 'utf8')) as {
      metrics: Record<string, { values: Record<string, number>; thresholds?: unknown }>
    }
    expect(data.metrics['iterations']?.values['count']).to.equal(3)
    expect(data.metrics['checks']?.thresholds).to.deep.equal({ 'rate==1': { ok: true } })
    expect(data.metrics['s3_reqs']?.values['count']).to.equal(6)
  })

  it('is what handleSummary returns: files below the working folder, text on stdout instead of the summary', async () => {
    using space = workspace({
      's.js': `export default function () {}
        export function handleSummary(data) { return { stdout: 'mine\\n', 'a.json': JSON.stringify(Object.keys(data).sort()) } }`,
    })
    const { code, stdout, stderr } = await runCli(['s.js'], { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    expect(stdout).to.equal('mine\n')
    expect(JSON.parse(readFileSync(join(space.folder, 'a.json'), 'utf8'))).to.include.members(['metrics', 'options', 'root_group', 'state'])
  })

  it('is nothing outside the working folder', async () => {
    using space = workspace({
      'sub/s.js': 'export default function () {}\nexport function handleSummary() { return { "../escaped.txt": "x" } }',
    })
    const { code, stderr } = await runCli(['s.js'], { cwd: join(space.folder, 'sub') })
    expect(code).to.equal(107)
    expect(stderr).to.match(/^error: .*escaped\.txt.*outside the working folder/m)
    expect(existsSync(join(space.folder, 'escaped.txt'))).to.equal(false)
  })

  it('is refused before the run when it can\'t be written', async () => {
    const { code, stderr } = await runScript(GOOD_SCRIPT, ['--summary-export', 'no/such/folder/result.json'])
    expect(code).to.equal(104)
    expect(stderr).to.match(/^error: --summary-export no\/such\/folder\/result\.json: .*no such folder/m)
  })

  it('is a log in a file, with --log-output', async () => {
    using space = workspace({ 's.js': 'export default function () { console.warn("careful") }' })
    const { stderr } = await runCli(['s.js', '--log-output', 'file=run.log', '--log-format', 'json'], { cwd: space.folder })
    const lines = readFileSync(join(space.folder, 'run.log'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { msg: string })
    expect(lines.map(({ msg }) => msg)).to.include('careful')
    expect(stderr).not.to.include('careful')
  })
})
