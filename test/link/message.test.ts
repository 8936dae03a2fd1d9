// What an agent's process may say: everything it does say is known, and nothing else gets through or breaks whoever reads it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { readFromAgent } from '../../runtime/link/message.ts'
import { forkAgent } from '../../runtime/link/process.ts'
import type { FromAgent } from '../../runtime/link/protocol.ts'
import { DirectAgent } from '../agent/direct-agent.ts'
import { workspace } from '../kit/cli.ts'

const KINDS: readonly FromAgent['kind'][] = [
  'hello', 'inspected', 'loaded', 'ready', 'heartbeat', 'busy', 'prepared', 'setUp', 'snapshot', 'uses', 'done', 'left', 'tornDown',
  'cleaned',   'summarised', 'ended', 'log', 'failed', 'broke',
]

describe('messages of an agent', () => {
  it('are known, all that a run of it sends', async () => {
    const agent = new DirectAgent([])
    await agent.load(`
      import { Trend } from 'chopsticks/metrics'
      const own = new Trend('own')
      export const options = { vus: 1, iterations: 3 }
      export function setup() { console.log('set up'); return { a: 1 } }
      export default function () { own.add(-1); own.add(2); if (__ITER === 1) throw new Error('x') }
      export function teardown() { throw new Error('down') }
      export function handleSummary() { return { stdout: '' } }
    `)
    await agent.ask({ kind: 'prepare' }, 'prepared')
    await agent.ask({ kind: 'setup' }, 'setUp')
    await agent.ask({ kind: 'open', data: undefined }, 'ready')
    await agent.ask({ kind: 'start', inMs: 0 }, 'done')
    await agent.ask({ kind: 'leave' }, 'left')
    await agent.ask({ kind: 'teardown', data: undefined }, 'tornDown')
    await agent.ask({ kind: 'cleanup', timeoutMs: 100, stores: [], unsettled: false }, 'cleaned')
    await agent.ask({ kind: 'summarise', data: '{}', timeoutMs: 1000 }, 'summarised')
    for (const message of agent.heard) expect(readFromAgent(structuredClone(message)), JSON.stringify(message)).not.to.equal(undefined)
    expect(new Set(agent.heard.map(({ kind }) => kind)).size).to.be.at.least(11)
    agent.tell({ kind: 'close' })
  })

  it('are not what is malformed in any way: it is refused, and reading it never throws', () => {
    const named = ['nope', '__proto__', 'constructor', 'hello'].map((kind) => ({ kind }))
    for (const value of [undefined, null, 1, 'x', [], {}, ...named, { kind: ['hello'], pid: {} }]) {
      expect(readFromAgent(value), JSON.stringify(value)).to.equal(undefined)
    }
    const fields = fc.constantFrom('pid', 'snapshot', 'sequence', 'series', 'errors', 'progress', 'store', 'stores',
      'failure', 'kind', 'text', 'level')
    fc.assert(fc.property(fc.constantFrom(...KINDS), fc.dictionary(fields, fc.anything()), (kind, more) => {
      const read = readFromAgent({ ...more, kind })
      if (read?.kind === 'snapshot') expect(Array.isArray(read.snapshot.series)).to.equal(true)
    }), { numRuns: 2000 })
  })

  it('end the link when they are none', async () => {
    using space = workspace()
    const entry = join(space.folder, 'agent.mjs')
    writeFileSync(entry, 'process.send({ kind: "snapshot", snapshot: null }); setInterval(() => {}, 1000)')
    const link = forkAgent(entry, 100)
    const reason = await new Promise((resolve) => { link.listen(() => { return }, resolve) })
    expect(reason).to.equal('it sent what is no message of an agent')
    await link.close()
  })
})
