// Loops inside one built-in function, which nothing can interrupt: the shard is given up, the VU named, everything cleaned up.
import { expect } from 'chai'
import { runCli, startCli, workspace, type CliResult, type Workspace } from '../kit/cli.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'

/** Longer than any watchdog waits, on any machine. */
const STUCK = 'Array.prototype.indexOf.call({ length: 3e9 }, 1)'

describe('a loop inside a built-in function', function () {
  this.timeout(120_000)
  let store: ServedStore
  const spaces: Workspace[] = []
  before(async () => { store = await serveStore() })
  after(async () => {
    for (const space of spaces) space[Symbol.dispose]()
    await store.stop()
  })

  const folderOf = (script: string): string => {
    const space = workspace({ 's.js': script })
    spaces.push(space)
    return space.folder
  }
  const lineOf = ({ stderr }: CliResult): string => stderr.slice(stderr.indexOf('error: ')).trim()
  const expectLost = (result: CliResult, line: RegExp): void => {
    expect(result.code, result.stderr).to.equal(112)
    expect(lineOf(result)).to.match(line)
    expect(result.stderr.match(/^error: /gm)).to.have.length(1)
    expect(result.stderr + result.stdout).not.to.match(/^\s+at /m)
    expect(result.orphans).to.deep.equal([])
  }

  // They wait most of the time: side by side they take as long as one.
  it('ends the run with 112 and the name of who is stuck: a VU, setup, init code, without shards; what was made is deleted', async () => {
    const inVu = `
      import s3 from 'chopsticks/s3'
      export const options = { vus: 3, duration: '60s' }
      export async function setupVU() { await s3.put('made-' + __VU, 'x') }
      export default async function () { await s3.head('made-' + __VU); if (__VU === 2) ${STUCK} }
    `
    const inSetup = `export function setup() { ${STUCK} }\nexport default function () {}`
    const [vu, setup, init, here] = await Promise.all([
      runCli(['s.js', '--shards', '1'], { cwd: folderOf(inVu), env: store.env }),
      runCli(['s.js', '-u', '2', '-i', '2', '--shards', '1'], { cwd: folderOf(inSetup) }),
      runCli(['s.js'], { cwd: folderOf(`${STUCK}\nexport default function () {}`) }),
      runCli(['s.js', '-u', '2', '-i', '2', '--shards', '0'], { cwd: folderOf(`export default function () { if (__VU === 2) ${STUCK} }`) }),
    ])
    expectLost(vu, /^error: shard 0 was lost: VU 2 in default\(\) of s\.js kept it busy for \d+ s inside one built-in function/)
    expect(vu.stdout).to.include('TOTAL RESULTS')
    expect(await store.keys()).to.deep.equal([])
    expectLost(setup, /^error: shard 0 was lost: setup\(\) of s\.js kept it busy/)
    expectLost(init, /^error: the process that evaluated s\.js was lost: it has said nothing for 5 s while it was at the init code$/)
    expectLost(here, /^error: VU 2 in default\(\) of s\.js has kept this process busy/)
  })

  it('that lasts less ends its iteration, and its VU is rebuilt', async () => {
    const script = `export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 2, iterations: 1 } } }
      export default function () {
        const begun = Date.now()
        while (__VU === 2 && Date.now() - begun < 2500) Array.prototype.indexOf.call({ length: 3e5 }, 1)
      }`
    const result = await runCli(['s.js', '--shards', '1'], { cwd: folderOf(script) })
    expect(result.stdout).to.include('SliceError: default() ran for more than 250 ms')
    expect(result.orphans).to.deep.equal([])
  })

  it('is not what a process that stands still is blamed for', async () => {
    const script = `import { sleep } from 'chopsticks'
      export const options = { vus: 3, duration: '60s' }
      export function setup() { console.log('begun') }
      export default async function () { await sleep(0.01) }`
    using running = startCli(['s.js', '--shards', '1'], { cwd: folderOf(script) })
    await running.said(/running/)
    const [agent] = running.processes('agent/main')
    process.kill(agent ?? 0, 'SIGSTOP')
    const result = await running.result
    expectLost(result, /^error: shard 0 was lost: it has said nothing for 5 s while it was at 'start'$/)
  })
})
