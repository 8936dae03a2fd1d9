// The kit's own promise: a store served for tests is gone when the tests are, also when they were killed.
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'

const kit = new URL('../kit/served-store.js', import.meta.url).href
const program = `const { serveStore } = await import(${JSON.stringify(kit)})
const store = await serveStore()
const { readdirSync, readFileSync } = await import('node:fs')
const parentOf = (pid) => { try { return readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1].split(' ')[1] } catch { return '' } }
const pid = readdirSync('/proc').find((name) => /^\\d+$/.test(name) && parentOf(name) === String(process.pid))
console.log('served by ' + pid + '.')`

describe('a store served for tests', () => {
  it('ends with the process that asked for it, though that was killed', async () => {
    const holder = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    for await (const chunk of holder.stdout) {
      said += String(chunk)
      if (said.includes('.\n')) break
    }
    const pid = /served by (\d+)\./.exec(said)?.[1]
    expect(pid, said).to.be.a('string')
    expect(existsSync(`/proc/${pid ?? ''}`)).to.equal(true)
    const ended = once(holder, 'exit')
    holder.kill('SIGKILL')
    await ended
    for (let turn = 0; existsSync(`/proc/${pid ?? ''}`) && turn < 400; turn++) await new Promise((resolve) => { setTimeout(resolve, 25) })
    expect(existsSync(`/proc/${pid ?? ''}`)).to.equal(false)
  }).timeout(30_000)
})
