// Runs against a real RADOS gateway stopped at every moment of their lives: in the end the bucket is as it was before.
import { expect } from 'chai'
import { runCli, startCli, workspace, type CliResult, type Workspace } from '../kit/cli.ts'
import { inLanes } from '../kit/lanes.ts'
import { MOMENTS, MOMENTS_SCRIPT, momentArgs, runNameIn, type Moment } from '../kit/moments.ts'
import { awsEnv, east, type Gateway } from './gateway.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const

interface Stopped { readonly result: CliResult; readonly cleaned: CliResult | undefined; readonly left: readonly string[] }

async function stopAt(
  moment: Moment, signal: NodeJS.Signals, { folder }: Workspace, gateway: Gateway, meanwhile?: (prefix: string) => Promise<void>,
): Promise<Stopped> {
  const env = awsEnv(gateway)
  using running = startCli(momentArgs(moment, 's.js'), { cwd: folder, env })
  let said = ''
  running.child.stderr?.on('data', (text: string) => { said += text })
  await moment.reached(running)
  await meanwhile?.(`chopsticks-${runNameIn(said) ?? ''}/`)
  running.child.kill(signal)
  const result = await running.result
  const run = runNameIn(result.stderr)
  if (run === undefined) return { result, cleaned: undefined, left: [] }
  const cleaned = signal === 'SIGKILL' ? await runCli(['cleanup', run], { cwd: folder, env }) : undefined
  return { result, cleaned, left: await gateway.everything(`chopsticks-${run}/`) }
}

function expectGone({ result, cleaned, left }: Stopped, signal: NodeJS.Signals): void {
  const { code, stderr, orphans } = result
  if (signal !== 'SIGKILL') {
    expect(code, stderr).to.equal(105)
    expect(stderr).to.match(new RegExp(`^error: .*${signal}`, 'm')).and.not.match(/\n\s+at /)
  }
  expect(orphans).to.deep.equal([])
  if (cleaned !== undefined) expect(cleaned.code, cleaned.stderr).to.equal(0)
  expect(left).to.deep.equal([])
}

describe('a run against a RADOS gateway that is stopped', function () {
  this.timeout(300_000)
  const cases = MOMENTS.flatMap((moment) => SIGNALS.map((signal) => ({ moment, signal })))
  let space: Workspace
  let stopped: readonly Promise<Stopped>[]

  before(async () => {
    space = workspace({ 's.js': MOMENTS_SCRIPT })
    await east().put('not-the-runs', 'stays')
    stopped = inLanes(cases.map(({ moment, signal }) => () => stopAt(moment, signal, space, east())))
  })
  after(async () => {
    await Promise.allSettled(stopped)
    space[Symbol.dispose]()
  })

  for (const [index, { moment, signal }] of cases.entries()) {
    const then = signal === 'SIGKILL' ? 'leaves nothing that cleanup does not find' : 'ends with 105 and leaves nothing'
    it(`by ${signal} while it is at '${moment.name}' ${then}`, async () => {
      const ended = await stopped[index]
      if (ended === undefined) throw new Error('it was not begun')
      expectGone(ended, signal)
    })
  }

  it('leaves everything else as it was', async () => {
    await Promise.allSettled(stopped)
    expect(await east().everything('chopsticks-')).to.deep.equal([])
    expect((await east().objects('not-the-runs')).get('not-the-runs')).to.equal('stays'.length)
  })
})

describe('a run in a bucket that keeps versions, with multipart uploads nobody completes, that is stopped', function () {
  this.timeout(120_000)
  const middle = MOMENTS.find(({ name }) => name === 'middle')

  for (const signal of SIGNALS) {
    it(`by ${signal} leaves no version, no delete marker and no upload`, async () => {
      if (middle === undefined) throw new Error('the moment is gone')
      using space = workspace({ 's.js': MOMENTS_SCRIPT })
      const gateway = await east().versioned(`versions-${signal.toLowerCase()}-${String(Date.now())}`)
      await gateway.put('not-the-runs', 'stays')
      let before: readonly string[] = []
      const ended = await stopAt(middle, signal, space, gateway, async (prefix) => {
        for (const key of ['upload', 'upload', 'another/upload']) await gateway.beginUpload(prefix + key)
        await gateway.beginUpload('not-the-runs')
        before = await gateway.everything(prefix)
      })
      expect(before.filter((line) => line.startsWith('upload '))).to.have.length(3)
      expect(before.filter((line) => line.includes('/vu-1')).length, 'versions of one key').to.be.greaterThan(5)
      expectGone(ended, signal)
      expect((await gateway.everything('')).map((line) => line.split(' ').at(-1))).to.deep.equal(['not-the-runs', 'not-the-runs'])
    })
  }
})
