// The exec driver with a program that does what it is told: the protocol's answers, what is wrong with them, and what outlives whom.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { openDriver } from '../../bindings/s3/drivers/exec/index.ts'
import { removeRunFolder } from '../../bindings/s3/drivers/process/folder.ts'
import { s3 } from '../../bindings/s3/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { bytesContent, systemClock, type JsonObject } from '../../bindings/sdk/index.ts'
import { callOf, refusal } from '../contract/s3-driver.ts'
import { projectRoot } from '../kit/cli.ts'
import { eventually } from './kit.ts'

const PROGRAM = join(projectRoot, 'test', 's3', 'exec-program.mjs')
const SECTION = { endpoint: 'http://127.0.0.1:1', access_key: 'a', secret_key: 'hush', bucket: 'bench' }
const text = (value: string) => bytesContent(Buffer.from(value))
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('the exec driver', () => {
  let driver: S3Driver | undefined
  const open = (config: JsonObject = {}, command = [process.execPath, PROGRAM]): S3Driver => {
    const settings = settingsOf({ ...SECTION, driver_config: { command, config } })
    return driver = openDriver({ settings, clock: systemClock, concurrency: 4, runId: 'exectest' })
  }
  afterEach(async () => {
    await driver?.close()
    expect(existsSync(join(tmpdir(), 'chopsticks-exectest'))).to.equal(false)
  })

  it('exchanges bodies by files, outside the time of the operation, and leaves none', async () => {
    const own = open()
    const call = callOf()
    const stored = await own.put({ key: 'k', content: text('hello') }, call)
    expect(stored).to.deep.include({ status: 200, bytes: 5, etag: '"tag"', requestId: 'id1' })
    expect(call.marks).to.include.members(['staging', 'staged'])
    let got = ''
    const facts = await own.get({ key: 'k', sink: (chunk) => { got += Buffer.from(chunk).toString() } }, callOf())
    expect([got, facts.bytes, facts.status]).to.deep.equal(['hello', 5, 200])
    expect((await own.list({ prefix: '' }, callOf())).objects.map(({ key }) => key)).to.deep.equal(['k'])
    const [folder = ''] = readdirSync(join(tmpdir(), 'chopsticks-exectest'))
    expect(readdirSync(join(tmpdir(), 'chopsticks-exectest', folder))).to.deep.equal([])
  })
  it('takes the store\'s errors as every driver does, and the program\'s by their kind', async () => {
    const own = open()
    expect(await refusal(own.get({ key: 'none' }, callOf()))).to.include({ code: 'not_found', detail: 'NoSuchKey', requestId: 'id2' })
    const error = await refusal(own.head('k', callOf()))
    expect(error.code).to.equal('unreachable')
    expect(error.message).to.equal('HEAD k: nobody there')
    expect((await refusal(own.deleteMany(['k'], callOf()))).message).to.match(/has no deleteMany; it has put, get, head, delete, list/)
  })

  const answers: readonly (readonly [title: string, config: JsonObject, says: RegExp])[] = [
    ['no JSON', { answer: 'hello' }, /the program's answer can't be read: no JSON: "hello"/],
    ['no object', { answer: '[1]' }, /a line that is no object/],
    ['what it was not asked', { answer: { id: 99 } }, /answered what it was not asked: id 99/],
    ['a kind nobody knows', { answer: { id: 1, error: { kind: 'tired' } } }, /no kind of error is called "tired"/],
    ['a get without bytes', { answer: { id: 1 } }, /a get without bytes/],
    ['bytes that are no number', { answer: { id: 1, bytes: 'many' } }, /bytes is no whole number/],
    ['its death', { die: 'get' }, /ended \(exit code 3\): out of luck/],
  ]
  for (const [title, config, says] of answers) {
    it(`says what is wrong with ${title}, and asks a new program next`, async () => {
      const own = open(config)
      const error = await refusal(own.get({ key: 'k' }, callOf()))
      expect(error.message).to.match(says).and.not.contain('\n').and.not.contain('hush')
      expect(error.code).to.be.oneOf(['protocol', 'other'])
      if (config['die'] !== undefined) expect((await own.delete('k', callOf())).status).to.equal(204)
    })
  }
  it('is not ready with a program that is not there, refuses or says something else first', async () => {
    for (const [config, command, says] of [
      [{}, ['/nowhere/program'], /the exec driver needs the program \/nowhere\/program, which is not there/],
      [{ refuse: 'pip install it' }, undefined, /^the exec driver: pip install it$/],
      [{ first: { hello: true } }, undefined, /the first line is not/],
      [{ first: { ready: true, in_flight: 0 } }, undefined, /in_flight is no whole number above 0/],
    ] as const) {
      const own = open(config, command as string[] | undefined)
      expect((await refusal(own.ready?.() ?? Promise.resolve())).message).to.match(says)
      await own.close()
    }
  })
  it('gives up what hangs in its time, keeps what else the program is at, and asks another next', async () => {
    const own = open()
    await own.put({ key: 'k', content: text('x') }, callOf())
    expect((await refusal(own.delete('hang', callOf(50)))).code).to.equal('timeout')
    // The program that hung had the object; a new one has none.
    expect((await refusal(own.get({ key: 'k' }, callOf()))).code).to.equal('not_found')
  })
  it('is opened by the binding, and says before a run what it can\'t start', async () => {
    const context = { target: 't', prefix: 'p/', clock: systemClock, seed: 1, concurrency: 1 }
    const config = { ...SECTION, driver: 'native', drivers: { exec: { command: ['/nowhere/program'] } } }
    const error = await refusal((async () => { await s3.workload?.open({ ...context, driver: 'exec', config }) })())
    expect(error).to.include({ code: 'unsupported' })
  })
  it('leaves no program when its process is killed, not one that heeds nothing', async () => {
    const module = (path: string): string => JSON.stringify(new URL(`../../bindings/${path}`, import.meta.url).href)
    const code = `const { openDriver } = await import(${module('s3/drivers/exec/index.js')})
      const { settingsOf } = await import(${module('s3/settings.js')})
      const { systemClock } = await import(${module('sdk/index.js')})
      const driver_config = { command: [process.execPath, ${JSON.stringify(PROGRAM)}, 'stays'], config: { stays: true } }
      const settings = settingsOf({ ...${JSON.stringify(SECTION)}, driver_config })
      const driver = openDriver({ settings, clock: systemClock, concurrency: 1, runId: 'exectest' })
      await driver.ready()
      console.log('ready')
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => { parent.stdout.once('data', resolve) })
    const children = await childrenOf(parent.pid ?? 0)
    expect(children).to.have.length(2)
    parent.kill('SIGKILL')
    await eventually(() => children.every((pid) => !isAlive(pid)))
  })
})

/** Process ids of a process's children. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const listing = spawn('ps', ['-o', 'pid=', '--ppid', String(pid)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const chunk of listing.stdout) said += String(chunk)
  return said.split('\n').flatMap((line) => line.trim() === '' ? [] : [Number(line)])
}

describe('what a killed run left in files', () => {
  it('goes by its name, and nothing else does', () => {
    const folder = join(tmpdir(), 'chopsticks-killedrun')
    mkdirSync(join(folder, 'exec-1'), { recursive: true })
    writeFileSync(join(folder, 'exec-1', '0'), 'x')
    expect(removeRunFolder('../chopsticks-killedrun')).to.equal(false)
    expect(existsSync(folder)).to.equal(true)
    expect(removeRunFolder('killedrun')).to.equal(true)
    expect(existsSync(folder)).to.equal(false)
    expect(removeRunFolder('killedrun')).to.equal(false)
  })
})
