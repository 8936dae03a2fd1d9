// Hostile iterations as whole runs: a real agent's process, real sandboxes, a store; each in a VU of its own, beside neighbours.
import { expect } from 'chai'
import { fileURLToPath } from 'node:url'
import { forkAgent } from '../../runtime/link/process.ts'
import { ran, type WholeRun } from '../kit/whole-run.ts'
import { BATCHES, type Hostile } from './bodies.ts'

const AGENT = fileURLToPath(new URL('../../runtime/agent/main.js', import.meta.url))
const SECRET = 'secret-of-the-store'
/** Lines before the first body in the script. */
const HEAD = [
  "import s3 from 'chopsticks/s3'", "import { fail, payload, sleep } from 'chopsticks'", "import { Counter } from 'chopsticks/metrics'",
  "const own = new Counter('own')",
]

/** Iterations of each of the two neighbours. */
const NEIGHBOUR = 100

/** Every body is a scenario of its own, with one VU and one iteration; the last scenario is their neighbour. */
const scriptOf = (all: readonly Hostile[]): { readonly text: string; readonly lines: readonly number[] } => {
  const once = { executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDuration: '30s' }
  const scenarios: Record<string, object> = { neighbour: { ...once, vus: 2, iterations: NEIGHBOUR, exec: 'neighbour' } }
  const lines: number[] = []
  const text = [...HEAD]
  for (const [index, { body }] of all.entries()) {
    scenarios[`s${String(index)}`] = { ...once, exec: `f${String(index)}` }
    lines.push(text.join('\n').split('\n').length + 1)
    text.push(`export async function f${String(index)}() { ${body}\n}`)
  }
  text.push(
    `export const options = { scenarios: ${JSON.stringify(scenarios)} }`,
    "export async function neighbour() { await s3.put('neighbour-' + __VU, 'x'); await sleep(0.01) }",
  )
  return { text: text.join('\n'), lines }
}

describe('a hostile iteration that', function () {
  this.timeout(120_000)

  it('spins in thirty VUs at once takes its shard for no longer than it may: that lives, and ends its load', async () => {
    const run = await ran('export default function () { for (;;); }', {
      agent: () => forkAgent(AGENT), flags: { vus: '30', iterations: '30' },
    })
    expect(run.result.record.ending).to.have.property('kind', 'thresholds')
    expect(run.figure('iterations_failed')).to.equal(30)
  })

  for (const [batch, { all, sliceMs }] of Object.entries(BATCHES)) {
    describe(batch, () => {
      let run: WholeRun
      let lines: readonly number[]
      before(async () => {
        const script = scriptOf(all)
        lines = script.lines
        run = await ran(script.text, {
          agent: () => forkAgent(AGENT), limits: { vuMemoryBytes: 16 * 1024 ** 2, vuSliceNs: sliceMs * 1e6 },
          config: { secret_key: SECRET, access_key: `access-${SECRET}` },
        })
      })

      for (const [index, { name, body, error, orWell, late }] of all.entries()) {
        it(name, () => {
          const scenario = `s${String(index)}`
          const errors = run.result.record.errors.filter((one) => one.scenario === scenario && one.endedIteration)
          expect(run.figure('iterations', { scenario }), 'iterations').to.equal(1)
          if (late !== undefined) {
            expect(run.result.record.errors.find((one) => one.scenario === scenario && !one.endedIteration)?.message).to.match(late)
          }
          if (orWell === true && errors.length === 0) return
          if (error === undefined) {
            expect(errors.map(({ message }) => message)).to.deep.equal([])
            return
          }
          expect(errors.map(({ message }) => message.slice(0, 3000)).join('\n')).to.match(error)
          const [first, last] = [lines[index] ?? 0, (lines[index] ?? 0) + body.split('\n').length]
          const place = run.placeOf(errors[0]?.stack ?? '')
          if (place !== undefined) expect(Number(place.split(':')[1]), place).to.be.within(first, last)
        })
      }

      it('leaves its neighbours and the run whole', () => {
        expect(run.result.record.ending, run.logs.slice(-20).join('\n')).to.deep.equal({ kind: 'passed' })
        expect(run.figure('iterations', { scenario: 'neighbour' })).to.equal(2 * NEIGHBOUR)
        const failed = run.result.record.errors.filter(({ scenario, message }) =>
          scenario === 'neighbour' && !message.startsWith('SandboxError'))
        expect(failed).to.deep.equal([])
        expect(JSON.stringify([run.logs, run.result])).not.to.include(SECRET)
        expect(run.result.record.cleanup).to.include({ ran: true, remaining: 0 })
      })
    })
  }
})
