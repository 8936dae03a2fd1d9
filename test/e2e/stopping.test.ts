// A run stopped at every moment of its life: by a signal it ends well, by SIGKILL it leaves what one command deletes.
import { expect } from 'chai'
import { runCli, startCli, workspace, type CliResult, type Workspace } from '../kit/cli.ts'
import { inLanes } from '../kit/lanes.ts'
import { MOMENTS, MOMENTS_SCRIPT, momentArgs, runNameIn, type Moment } from '../kit/moments.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'
import { slowStore, type SlowStore } from '../kit/slow-store.ts'

/** Where SIGKILL comes as well; every other moment is tried against a real gateway. */
const KILLED_AT: readonly string[] = ['starting', 'setup', 'opening', 'middle', 'teardown', 'cleanup']

interface Stopped {
  readonly result: CliResult
  /** The run's name, where it had one. */
  readonly run: string | undefined
  /** What `cleanup` said, where it was asked. */
  readonly cleaned: CliResult | undefined
  /** What is below the run's prefix in the end. */
  readonly left: readonly string[]
}

describe('a run that is stopped', function () {
  this.timeout(120_000)
  let store: ServedStore
  let slow: SlowStore
  let space: Workspace
  const killed = MOMENTS.filter(({ name }) => KILLED_AT.includes(name))
  const stopped = new Map<string, Promise<Stopped>>()

  /** What a store that answers at once would be through before the signal comes takes its time. */
  const envAt = ({ name }: Moment) =>
    ({ ...store.env, ...(name === 'preparing' || name === 'cleanup' ? { AWS_ENDPOINT_URL: slow.endpoint } : {}) })

  async function stopAt(moment: Moment, signal: NodeJS.Signals): Promise<Stopped> {
    using running = startCli(momentArgs(moment, 's.js'), { cwd: space.folder, env: envAt(moment) })
    await moment.reached(running)
    running.child.kill(signal)
    const result = await running.result
    const run = runNameIn(result.stderr)
    const cleaned = signal !== 'SIGKILL' || run === undefined ? undefined
      : await runCli(['cleanup', run], { cwd: space.folder, env: store.env })
    const left = await store.keys(run === undefined ? '' : `chopsticks-${run}/`)
    return { result, run, cleaned, left: run === undefined ? [] : left }
  }

  before(async () => {
    space = workspace({ 's.js': MOMENTS_SCRIPT })
    store = await serveStore()
    slow = await slowStore(store.endpoint, { answersMs: 100 })
    await store.put('somebody-elses', 'x')
    const all = [
      ...MOMENTS.map((moment) => ({ moment, signal: 'SIGINT' as const })),
      ...killed.map((moment) => ({ moment, signal: 'SIGKILL' as const })),
    ]
    for (const [index, stop] of inLanes(all.map(({ moment, signal }) => () => stopAt(moment, signal))).entries()) {
      stopped.set(`${all[index]?.moment.name ?? ''} ${all[index]?.signal ?? ''}`, stop)
    }
  })
  after(async () => {
    await Promise.allSettled(stopped.values())
    await slow[Symbol.asyncDispose]()
    await store.stop()
    space[Symbol.dispose]()
  })

  const ending = async ({ name }: Moment, signal: NodeJS.Signals): Promise<Stopped> => {
    const found = await stopped.get(`${name} ${signal}`)
    if (found === undefined) throw new Error('it was not begun')
    return found
  }

  for (const moment of MOMENTS) {
    it(`by SIGINT while it is at '${moment.name}' ends with 105, tells its summary, and leaves nothing`, async () => {
      const { result: { code, stdout, stderr, orphans }, left } = await ending(moment, 'SIGINT')
      expect(code, stderr).to.equal(105)
      expect(stderr).to.match(/^error: .*SIGINT/m).and.not.match(/\n\s+at /)
      if (moment.named) expect(stdout).to.include(moment.name === 'summary' ? 'iterations' : 'own summary')
      expect(orphans).to.deep.equal([])
      expect(left).to.deep.equal([])
    })
  }

  for (const moment of killed) {
    it(`by SIGKILL while it is at '${moment.name}' leaves no process, and nothing that cleanup does not find`, async () => {
      const { result: { stderr, orphans }, run, cleaned, left } = await ending(moment, 'SIGKILL')
      expect(orphans).to.deep.equal([])
      expect(run !== undefined, stderr).to.equal(moment.named)
      if (cleaned !== undefined) expect(cleaned.code, cleaned.stderr).to.equal(0)
      expect(left).to.deep.equal([])
    })
  }

  it('never touches what somebody else has put there', async () => {
    await Promise.allSettled(stopped.values())
    expect(await store.keys()).to.deep.equal(['somebody-elses'])
  })
})
