// A shard's process killed at awkward moments: the run fails with one line, its summary is told, and nothing is left.
import { expect } from 'chai'
import { startCli, workspace, type CliResult, type Workspace } from '../kit/cli.ts'
import { inLanes } from '../kit/lanes.ts'
import { MOMENTS, MOMENTS_SCRIPT, momentArgs, runNameIn } from '../kit/moments.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'
import { slowStore, type SlowStore } from '../kit/slow-store.ts'

interface Ended { readonly result: CliResult; readonly left: readonly string[] }

describe('a shard that is killed', function () {
  this.timeout(120_000)
  const cases = ['setup', 'middle', 'teardown', 'cleanup'].flatMap((name) => [0, 1].map((shard) => ({ name, shard })))
  let store: ServedStore
  let slow: SlowStore
  let space: Workspace
  let endings: readonly Promise<Ended>[]

  async function killAt(name: string, shard: number): Promise<Ended> {
    const moment = MOMENTS.find((one) => one.name === name)
    if (moment === undefined) throw new Error(`there is no moment ${name}`)
    const env = { ...store.env, ...(name === 'cleanup' ? { AWS_ENDPOINT_URL: slow.endpoint } : {}) }
    using running = startCli([...momentArgs(moment, 's.js'), '--shards', '2'], { cwd: space.folder, env })
    await moment.reached(running)
    // They are started in their order.
    const pid = [...running.processes('agent/main')].sort((a, b) => a - b)[shard]
    if (pid === undefined) throw new Error('its process was not found')
    process.kill(pid, 'SIGKILL')
    const result = await running.result
    return { result, left: await store.keys(`chopsticks-${runNameIn(result.stderr) ?? ''}/`) }
  }

  before(async () => {
    space = workspace({ 's.js': MOMENTS_SCRIPT })
    store = await serveStore()
    slow = await slowStore(store.endpoint, { answersMs: 100 })
    endings = inLanes(cases.map(({ name, shard }) => () => killAt(name, shard)))
  })
  after(async () => {
    await Promise.allSettled(endings)
    await slow[Symbol.asyncDispose]()
    await store.stop()
    space[Symbol.dispose]()
  })

  for (const [index, { name, shard }] of cases.entries()) {
    it(`at '${name}', shard ${String(shard)}, ends the run with 112, one line, its summary and an empty store`, async () => {
      const ended = await endings[index]
      if (ended === undefined) throw new Error('it was not begun')
      const { code, stdout, stderr, orphans } = ended.result
      expect(code, stderr).to.equal(112)
      expect(stderr.match(/^error: .*$/gm)).to.deep.equal([`error: shard ${String(shard)} was lost: its process was killed by SIGKILL`])
      expect(stderr).not.to.match(/\n\s+at /)
      expect(stdout).to.equal('the script\'s own summary\n')
      expect(stderr).to.include('nothing is left')
      expect(ended.left).to.deep.equal([])
      expect(orphans).to.deep.equal([])
    })
  }
})
