// --op-log as a user has it: a file a shard with every operation, or one clear line why not.
import { expect } from 'chai'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, startCli, workspace } from '../kit/cli.ts'
import { readOpLogs } from '../kit/op-logs.ts'

const SCRIPT = `
import s3 from 'chopsticks/s3'
import { group, payload } from 'chopsticks'
export const options = { scenarios: { mixed: { executor: 'constant-vus', vus: 4, duration: '1s', gracefulStop: '0s' } } }
export async function setup() { await s3.put('first', 'hello') }
export async function setupVU() { await s3.put('mine-' + __VU, payload('1KiB')) }
export default async function () {
  await s3.put('new-' + __VU + '-' + __ITER, payload('4KiB'))
  await group('reading', () => s3.get('mine-' + __VU))
  try { await s3.get('nothing') } catch {}
  try { await s3.put('', 'x') } catch {}
}
export async function teardownVU() { await s3.delete('mine-' + __VU) }
export async function teardown() { await s3.deleteMany(['first', 'second']) }
`

/** One object after the other, and no end of it within a test. */
const MANY = `
import s3 from 'chopsticks/s3'
export const options = { vus: 4, iterations: 3000 }
export default async function () { await s3.head('k', { throw: false }) }
`

describe('--op-log', () => {
  it('writes every operation of every phase, and as many as the summary counts', async () => {
    using space = workspace({ 's.js': SCRIPT })
    const args = ['s.js', '--shards', '2', '--op-log', 'logs/ops', '--summary-export', 'all.json', '--seed', '7']
    const { code, stderr } = await runCli(args, { cwd: space.folder })
    expect(code, stderr).to.equal(0)
    const files = readOpLogs(join(space.folder, 'logs/ops'))
    expect(files.map(({ name }) => name)).to.have.length(2)
    const { run = '', prefix = '' } = files[0]?.header ?? {}
    expect(files.map(({ name }) => name)).to.deep.equal([0, 1].map((shard) => `ops-${run}-${shard}.ndjson`))
    const all = files.flatMap(({ operations }) => operations)
    expect(stderr).to.match(new RegExp(`op log: ${all.length} operations in \\S+/logs/ops/ops-${run}-`))
    const of = (phase: string, op: string): typeof all => all.filter((one) => one.phase === phase && one.op === op)
    expect(of('setup', 'put').map(({ key, vu, scenario }) => [key, vu, scenario])).to.have.deep.members(
      [['first', 0], ['mine-1', 1], ['mine-2', 2], ['mine-3', 3], ['mine-4', 4]].map(([key, vu]) => [`${prefix}${String(key)}`, vu, null]))
    expect(of('teardown', 'delete')).to.have.length(4)
    expect(of('teardown', 'deleteMany').map(({ key, keys }) => [key, keys])).to.deep.equal([[`${prefix}first`, 2]])
    const load = all.filter(({ phase }) => phase === 'iteration')
    const { metrics } = JSON.parse(readFileSync(join(space.folder, 'all.json'), 'utf8')) as
      { readonly metrics: Readonly<Record<string, { readonly values: { readonly count: number } }>> }
    expect(load.filter(({ code }) => code !== 'cancelled')).to.have.length(metrics['s3_reqs']?.values.count ?? 0)
    expect(new Set(load.map(({ code }) => code))).to.include.keys('ok', 'not_found', 'invalid', 'cancelled')
    expect(new Set(load.map(({ scenario }) => scenario))).to.deep.equal(new Set(['mixed']))
    for (const one of load) {
      const { op, code, group, dueUs, startedUs, firstByteUs, endedUs, requestId, bytesIn, bytesOut, sizeBytes } = one
      expect(dueUs).to.be.at.most(startedUs ?? 0)
      expect(startedUs).to.be.at.most(endedUs ?? 0)
      if (code !== 'ok') continue
      expect(firstByteUs).to.be.within(startedUs ?? 0, endedUs ?? 0)
      expect(requestId).to.match(/./)
      const put = ['put', 0, 4096, 4096, null]
      expect([op, bytesIn, bytesOut, sizeBytes, group]).to.be.deep.oneOf([put, ['get', 1024, 0, null, '::reading']])
    }
  })

  it('is off unless it is asked for, by flag, environment or config file', async () => {
    using space = workspace({ 's.js': MANY, 'c.yaml': 'options: { opLog: from-file }' })
    const run = (args: readonly string[], env = {}) => runCli(['s.js', '-i', '4', '-q', ...args], { cwd: space.folder, env })
    expect((await run([])).code).to.equal(0)
    expect(readdirSync(space.folder).sort()).to.deep.equal(['c.yaml', 's.js'])
    expect((await run(['-c', 'c.yaml'])).code).to.equal(0)
    expect((await run([], { CHOPSTICKS_OP_LOG: 'from-env' })).code).to.equal(0)
    for (const folder of ['from-file', 'from-env']) expect(readOpLogs(join(space.folder, folder))).to.have.length(1)
  })

  for (const [what, folder, line] of [
    ['a file', 's.js', /^error: --op-log s\.js: it is a file, name a folder$/m],
    ['below a file', 's.js/ops', /^error: --op-log s\.js\/ops: it can't be written, a part of its path is not a folder$/m],
    ['where nothing can be made', '/proc/ops', /^error: --op-log \/proc\/ops: it can't be written, /m],
  ] as const) {
    it(`ends with 104 before the start when its folder is ${what}`, async () => {
      using space = workspace({ 's.js': MANY })
      const { code, stderr, stdout } = await runCli(['s.js', '--op-log', folder], { cwd: space.folder })
      expect(code, stderr).to.equal(104)
      expect(stderr).to.match(line)
      expect(stdout + stderr).not.to.match(/running|s3_reqs/)
    })
  }

  it('on a full disk lets the run go on, keeps whole lines, says what is missing, and ends with 104', async () => {
    using space = workspace({ 's.js': MANY })
    const args = ['s.js', '--shards', '2', '--op-log', 'ops']
    const { code, stdout, stderr } = await runCli(args, { cwd: space.folder, first: 'ulimit -f 128' })
    expect(code, stderr).to.equal(104)
    expect(stdout).to.match(/iterations\.*: 3000 /)
    const lost = [...stderr.matchAll(/ops-\w+-\d\.ndjson: it has grown as large as files may be; (\d+) of (\d+) operations are missing/g)]
    expect(stderr.match(/^error: the op log is incomplete: /gm), stderr).to.have.length(1)
    const files = readOpLogs(join(space.folder, 'ops'))
    expect(lost.map(([, missing]) => Number(missing))).to.deep.equal(
      lost.map(([, , all], shard) => Number(all) - (files[shard]?.operations.length ?? 0)))
    expect(lost).to.have.length(2)
  })

  it('of a killed shard has whole lines but for the last, and teardown by another agent is in a file of its own', async () => {
    using space = workspace({
      's.js': `${MANY.replace('{ vus: 4, iterations: 3000 }', '{ vus: 4, duration: "5m" }')}
        export function setup() {}
        export async function teardown() { await s3.delete('torn') }`,
    })
    using running = startCli(['s.js', '--shards', '1', '--op-log', 'ops'], { cwd: space.folder })
    const folder = join(space.folder, 'ops')
    const names = (): readonly string[] => existsSync(folder) ? readdirSync(folder) : []
    const written = (): string => names().map((name) => readFileSync(join(folder, name), 'utf8')).join('')
    while (written().split('\n').length < 20) await new Promise((resolve) => setTimeout(resolve, 50))
    for (const pid of running.processes('agent/main')) process.kill(pid, 'SIGKILL')
    const { code, stderr, orphans } = await running.result
    expect(code, stderr).to.equal(112)
    expect(orphans).to.deep.equal([])
    const [lost = '', taken = ''] = readdirSync(folder).sort((a, b) => a.length - b.length)
    const lines = readFileSync(join(folder, lost), 'utf8').split('\n').slice(0, -1)
    expect(lines.length).to.be.at.least(19)
    for (const line of lines) JSON.parse(line)
    expect(taken).to.match(/^ops-\w+-0-2\.ndjson$/)
    expect(readFileSync(join(folder, taken), 'utf8')).to.match(/"op":"delete","key":"chopsticks-\w+\/torn"/)
  })
})
