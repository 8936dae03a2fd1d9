// Signals: the first ends the run well, the second at once.
import { expect } from 'chai'
import { runCli, startCli, workspace } from '../kit/cli.ts'
import { LONG_SCRIPT } from '../kit/scripts.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'

describe('signals', () => {
  let store: ServedStore
  before(async () => { store = await serveStore() })
  after(async () => { await store.stop() })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`${signal} tears down, cleans up, prints the summary and exits with 105`, async () => {
      using space = workspace({ 's.js': LONG_SCRIPT })
      using running = startCli(['s.js'], { cwd: space.folder, env: store.env })
      await running.said('iterating')
      running.child.kill(signal)
      const { code, stdout, stderr, orphans } = await running.result
      expect(code, stderr).to.equal(105)
      expect(stderr).to.include('torn down').and.match(new RegExp(`^error: .*${signal}`, 'm'))
      expect(stdout).to.include('iterations')
      expect(await store.keys()).to.deep.equal([])
      expect(orphans).to.deep.equal([])
    })
  }

  it('a second one exits with 105 at once, and what is left can be cleaned up by the run\'s name', async () => {
    const script = LONG_SCRIPT.replace(
      'export function teardown() {', 'export async function teardown() { await new Promise((resolve) => setTimeout(resolve, 60000));',
    )
    using space = workspace({ 's.js': script })
    using running = startCli(['s.js'], { cwd: space.folder, env: store.env })
    await running.said('iterating')
    running.child.kill('SIGINT')
    await running.said(/stopping/i)
    // Within half a second the same signal is an echo of the first.
    await new Promise((resolve) => setTimeout(resolve, 700))
    running.child.kill('SIGINT')
    const { code, stdout, stderr, orphans } = await running.result
    expect(code, stderr).to.equal(105)
    expect(orphans).to.deep.equal([])
    const left = await store.keys()
    expect(left).not.to.deep.equal([])
    const run = /chopsticks-([\w-]+)\//.exec(stderr + stdout)?.[1] ?? ''
    await store.put('somebody-elses', 'x')
    const cleaned = await runCli(['cleanup', run], { cwd: space.folder, env: store.env })
    expect(cleaned.code, cleaned.stderr).to.equal(0)
    expect(cleaned.stdout).to.include(String(left.length))
    expect(stderr).to.include(`hint: to delete it: chopsticks cleanup ${run}\n`)
    expect(await store.keys()).to.deep.equal(['somebody-elses'])
  })

  it('a signal before the load has begun ends well too', async () => {
    using space = workspace({ 's.js': `
      export function setup() { console.log('setting up'); return new Promise((resolve) => setTimeout(resolve, 60000)) }
      export default function () {}` })
    using running = startCli(['s.js'], { cwd: space.folder, env: store.env })
    await running.said('setting up')
    running.child.kill('SIGTERM')
    const { code, orphans } = await running.result
    expect(code).to.equal(105)
    expect(orphans).to.deep.equal([])
  })

  for (const [what, args] of [['', []], [' without shards', ['--shards', '0']]] as const) {
    it(`a command${what} that is killed takes its processes with it`, async () => {
      using space = workspace({ 's.js': LONG_SCRIPT })
      using running = startCli(['s.js', ...args], { cwd: space.folder })
      await running.said('iterating')
      running.child.kill('SIGKILL')
      const { orphans } = await running.result
      expect(orphans).to.deep.equal([])
    })
  }
})
