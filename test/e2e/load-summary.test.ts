// What the summary and its export say of the load: tasks, steps, waiting, what fell short, and a generator that was the limit.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { runCli, workspace, type CliResult } from '../kit/cli.ts'

interface Median { readonly med: number }
interface Exported {
  readonly scenarios: readonly {
    readonly name: string
    readonly iterations: Readonly<Record<string, number | null>>
    readonly vus: { readonly planned: number; readonly most: number }
    readonly shortfalls: readonly { readonly kind: string }[]
    readonly tasks: readonly { readonly task: string; readonly iterations: number; readonly failed: number }[]
    readonly steps: readonly { readonly level: number; readonly measured_ms: number; readonly operations_per_s: number }[]
    readonly response: readonly { readonly of: string; readonly service_ms: Median; readonly response_ms: Median }[]
  }[]
  readonly generator: { readonly limited: boolean; readonly reasons: readonly { readonly kind: string }[] }
  readonly metrics: Readonly<Record<string, unknown>>
}

async function exported(script: string, flags: readonly string[]): Promise<CliResult & { readonly data: Exported }> {
  using space = workspace({ 's.js': script })
  const result = await runCli(['s.js', '-q', '--summary-export', 'out.json', ...flags], { cwd: space.folder })
  expect(result.code, result.stdout + result.stderr).to.equal(0)
  return { ...result, data: JSON.parse(readFileSync(join(space.folder, 'out.json'), 'utf8')) as Exported }
}

const LOAD = `
import s3 from 'chopsticks/s3'
import { sleep } from 'chopsticks'
export const options = { scenarios: {
  drawn: { executor: 'shared-iterations', vus: 2, iterations: 40, tasks: { put: 3, get: 1 } },
  inTurn: { executor: 'per-vu-iterations', vus: 2, iterations: 4, sequence: ['put', 'broken'] },
  stairs: { executor: 'staircase', vus: [1, 2], hold: '1s', settle: '300ms', exec: 'paced' },
  flood: { executor: 'constant-arrival-rate', rate: 40, duration: '2s', preAllocatedVUs: 1, maxVUs: 2, late: 'queue', exec: 'slow' },
} }
export async function setupVU() { await s3.put('mine-' + __VU, 'x') }
export async function put() { await s3.put('new-' + __VU + '-' + __ITER, 'x') }
export async function get() { await s3.get('mine-' + __VU) }
export async function broken() { throw new Error('as planned') }
export async function paced() { await s3.get('mine-' + __VU); await sleep(0.02) }
export async function slow() { await s3.get('mine-' + __VU); await sleep(0.2) }
`

describe('the summary of a load', function () {
  this.timeout(60_000)

  it('has tasks, steps, what waiting added, and what each scenario was offered, as text and as data', async () => {
    const { stdout, data } = await exported(LOAD, ['--shards', '2'])
    const by = (name: string) => data.scenarios.find((one) => one.name === name)
    expect(stdout).to.match(/^ {4}TASKS\n {4}scenario +task +count +failed/m)
    expect(by('drawn')?.tasks.map(({ task }) => task)).to.deep.equal(['put', 'get'])
    expect(by('drawn')?.tasks.reduce((sum, { iterations }) => sum + iterations, 0)).to.equal(40)
    expect(by('inTurn')?.tasks.map(({ task, iterations, failed }) => [task, iterations, failed]))
      .to.deep.equal([['put', 4, 0], ['broken', 4, 4]])
    expect(stdout).to.match(/^ {4}inTurn +broken +4 +100\.00%/m)

    expect(by('stairs')?.steps.map(({ level, measured_ms }) => [level, measured_ms])).to.deep.equal([[1, 700], [2, 700]])
    for (const { operations_per_s } of by('stairs')?.steps ?? []) expect(operations_per_s).to.be.within(1, 100)
    expect(stdout).to.match(/^ {4}stairs +2 VUs /m)

    const [iteration, get] = by('flood')?.response ?? []
    expect([iteration?.of, get?.of]).to.deep.equal(['iteration', 's3.get'])
    expect(iteration?.response_ms.med).to.be.above((iteration?.service_ms.med ?? 0) * 1.05)
    expect(data.metrics).to.have.property('s3_req_response')
    expect(stdout).to.match(/^ {4}flood +iteration +service .*\n +response .*$/m).and.to.include('Response time counts from when')

    const { iterations, vus, shortfalls } = by('flood') ?? {}
    expect(iterations).to.include({ offered: 80, offered_per_s: 40, begun: 80 - (iterations?.['dropped'] ?? 0) })
    expect(iterations?.['queued']).to.be.above(0)
    expect(vus).to.deep.equal({ planned: 2, most: 2 })
    expect(shortfalls?.map(({ kind }) => kind)).to.deep.equal(['max-vus'])
    expect(stdout).to.match(/^ {4}flood: \d+ of 80 iterations .* waited for a VU, .*all 2 VUs were busy\. Raise maxVUs/m)
    expect(by('stairs')?.vus).to.deep.equal({ planned: 2, most: 2 })
    expect(by('drawn')?.iterations).to.include({ offered: 40, begun: 40, dropped: 0 })
  })

  it('begins with the generator where that was the limit', async () => {
    const { stdout, data } = await exported(`
      import { sleep } from 'chopsticks'
      export default async function () {
        const began = Date.now()
        while (Date.now() - began < 120) { }
        await sleep(0.01)
      }`, ['--vus', '4', '--duration', '2s', '--shards', '1'])
    expect(data.generator.limited).to.equal(true)
    expect(stdout).to.match(/^ {2}the run was limited by its own generator: its one shard (used|ran) .*--shards N/m)
  })
})
