// The link to an agent's process: every message in order, a lost process noticed, none left behind.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { agentStackKib, forkAgent } from '../../runtime/link/process.ts'
import type { FromAgent } from '../../runtime/link/protocol.ts'
import { workspace } from '../kit/cli.ts'

type Heard = (messages: readonly FromAgent[], lost: string | undefined) => boolean

const heard = (entry: string, until: Heard, leaveMs?: number) => {
  const link = forkAgent(entry, leaveMs)
  const messages: FromAgent[] = []
  let lost: string | undefined
  const done = new Promise<void>((resolve) => {
    const check = (): void => { if (until(messages, lost)) resolve() }
    link.listen((message) => { messages.push(message); check() }, (reason) => { lost = reason; check() })
  })
  return { link, done, messages, lost: () => lost }
}

describe('a process link', () => {
  it('hands over what was said before anybody listened, in order', async () => {
    using space = workspace()
    const entry = join(space.folder, 'agent.mjs')
    writeFileSync(entry, `
      for (let i = 0; i < 50; i++) process.send({ kind: 'hello', pid: i })
      process.on('message', () => process.exit(0))
    `)
    const agent = heard(entry, (messages) => messages.length === 50)
    await agent.done
    const pids = agent.messages.map((message) => message.kind === 'hello' ? message.pid : -1)
    expect(pids).to.deep.equal(Array.from({ length: 50 }, (_, i) => i))
    await agent.link.close()
    expect(agent.lost()).to.equal(undefined)
  })

  it('says how a process ended, with the line of its stderr that tells why', async () => {
    using space = workspace()
    const entry = join(space.folder, 'agent.mjs')
    writeFileSync(entry, 'console.error("FATAL: out of memory, said the agent"); process.exitCode = 7')
    const agent = heard(entry, (_, lost) => lost !== undefined)
    await agent.done
    expect(agent.lost()).to.equal('its process ended with code 7 (FATAL: out of memory, said the agent)')
    await agent.link.close()
  })

  it('ends a process that does not leave when it is asked to', async () => {
    using space = workspace()
    const entry = join(space.folder, 'agent.mjs')
    writeFileSync(entry, `
      process.send({ kind: 'hello', pid: process.pid })
      process.on('message', () => {})
      setInterval(() => {}, 1000)
    `)
    const agent = heard(entry, (messages) => messages.length === 1, 100)
    await agent.done
    await agent.link.close()
    const [hello] = agent.messages
    expect(() => process.kill(hello?.kind === 'hello' ? hello.pid : 0, 0)).to.throw('ESRCH')
  })

  it('sizes the stack from the process limit: 7600 KiB of 8 MiB, as much where there is no limit', () => {
    const limits = (soft: string): string =>
      'Limit                     Soft Limit           Hard Limit           Units\n'
      + `Max stack size            ${soft}              unlimited            bytes\n`
    expect(agentStackKib(limits('8388608'))).to.equal(7600)
    expect(agentStackKib(limits('unlimited'))).to.equal(7600)
    expect(agentStackKib(limits('1048576'))).to.equal(984)
  })
})
