// The op log: a line for every operation whatever becomes of it, in a file that is whole or says that it is not.
import { expect } from 'chai'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { StorageError, systemClock, type Json, type Outcome, type Session } from '../../bindings/sdk/index.ts'
import { Dispatcher } from '../../runtime/agent/dispatch.ts'
import type { Caller } from '../../runtime/agent/timed-call.ts'
import { LineFile, LineFileError } from '../../runtime/agent/line-file.ts'
import { OpLog, openOpLog } from '../../runtime/agent/op-log.ts'
import { recordLine, type OpRecord } from '../../runtime/agent/op-record.ts'
import { Sessions } from '../../runtime/agent/sessions.ts'
import { fakeStore } from './direct-agent.ts'
import { workspace } from '../kit/cli.ts'
import { readOpLogs } from '../kit/op-logs.ts'

const RECORD: OpRecord = {
  origin: { phase: 'iteration', scenario: 'mixed', vu: 3, iteration: 7, group: undefined },
  dueUs: 1, startedUs: 2, firstByteUs: undefined, endedUs: 4, workload: 's3', op: 'get', subject: { key: 'k' },
  bytesIn: 5, bytesOut: 0, code: 'ok', attempts: 1, detail: undefined, requestId: undefined, endpoint: 'http://h', driver: 'native',
  target: 'default',
}

describe('a line of an op log', () => {
  it('has every key, with null where there is nothing to say', () => {
    expect(JSON.parse(recordLine(RECORD))).to.deep.equal({
      dueUs: 1, startedUs: 2, firstByteUs: null, endedUs: 4, workload: 's3', op: 'get', key: 'k', keys: null, sizeBytes: null,
      bytesIn: 5, bytesOut: 0, code: 'ok', attempts: 1, detail: null, requestId: null, endpoint: 'http://h', driver: 'native',
      target: 'default',
      phase: 'iteration', scenario: 'mixed', group: null, vu: 3, iteration: 7,
    })
    const outside = recordLine({ ...RECORD, origin: { phase: 'setup', scenario: '', vu: 0, iteration: -1, group: '::setup' } })
    expect(JSON.parse(outside)).to.include({ scenario: null, iteration: null, vu: 0 })
  })

  it('is one line of JSON whatever texts a script or a store made up', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (key, other) => {
      const line = recordLine({ ...RECORD, op: other, subject: { key }, requestId: other, detail: key })
      expect(line.indexOf('\n')).to.equal(line.length - 1)
      expect(JSON.parse(line)).to.include({ op: other, key, requestId: other, detail: key })
    }))
  })
})

describe('a file of lines', () => {
  const open = (path: string, broken: string[] = [], waitingMaxLength?: number): LineFile => new LineFile({
    path, firstLine: 'first\n', clock: systemClock, onBroken: (reason) => { broken.push(reason) },
    ...(waitingMaxLength === undefined ? {} : { waitingMaxLength }),
  })

  it('holds every line in order, however many come at once', async () => {
    using space = workspace()
    const path = join(space.folder, 'lines')
    const file = open(path)
    const lines = Array.from({ length: 40_000 }, (_, n) => `line ${String(n)} ${'ä'.repeat(n % 20)}\n`)
    for (const [n, line] of lines.entries()) {
      file.write(line)
      if (n % 9000 === 0) await new Promise((resolve) => { setImmediate(resolve) })
    }
    await file.close(5000)
    expect(readFileSync(path, 'utf8')).to.equal(`first\n${lines.join('')}`)
    expect([file.broken, file.lost]).to.deep.equal([undefined, 0])
  })

  it('says how many lines are missing when the disk can\'t keep up, and keeps whole ones', async () => {
    using space = workspace()
    const path = join(space.folder, 'lines')
    const broken: string[] = []
    const file = open(path, broken, 300_000)
    const line = `${'x'.repeat(99)}\n`
    // All in one turn of the event loop: the first batch is under way until the last of them has come.
    for (let n = 0; n < 20_000; n++) file.write(line)
    await file.close(5000)
    expect(broken).to.deep.equal(['its disk can\'t keep up'])
    const kept = readFileSync(path, 'utf8').split('\n').filter((text) => text === line.trim()).length
    expect(kept).to.be.greaterThan(0)
    expect(kept + file.lost).to.equal(20_000)
    expect(readFileSync(path, 'utf8').endsWith('\n')).to.equal(true)
  })

  it('is never made over another one, nor where there is no folder', () => {
    using space = workspace({ taken: 'precious' })
    expect(() => open(join(space.folder, 'taken'))).to.throw(LineFileError).with.property('exists', true)
    expect(readFileSync(join(space.folder, 'taken'), 'utf8')).to.equal('precious')
    expect(() => open(join(space.folder, 'none', 'x'))).to.throw(LineFileError, 'no such folder')
  })
})

describe('an op log', () => {
  const load = (folder: string): Parameters<typeof openOpLog>[0] => ({
    kind: 'load', opLog: { folder, originEpochMs: systemClock.epochMs() }, share: { index: 2, count: 3 },
    plan: { runId: 'r1', workloads: ['fake'], shards: 3, seed: 5, prefix: 'p/', script: { name: 's.js', digest: '' } },
    targets: { default: 'east', targets: { east: { fake: { driver: 'own', endpoint: 'http://here', secret_key: 'hidden' } } } },
  } as unknown as Parameters<typeof openOpLog>[0])

  it('tells in its first line of which run and shard it is, and no secret', async () => {
    using space = workspace()
    const log = openOpLog(load(space.folder), systemClock, () => { return })
    if (!(log instanceof OpLog)) throw new Error(JSON.stringify(log))
    expect(await log.close()).to.deep.equal({ operations: 0 })
    const [file] = readOpLogs(space.folder)
    expect(file?.name).to.equal('ops-r1-2.ndjson')
    expect(file?.header).to.deep.include({
      version: 1, run: 'r1', shard: 2, shards: 3, unit: 'us', prefix: 'p/',
      stores: [{ workload: 'fake', target: 'east', driver: 'own', endpoint: 'http://here' }],
    })
    expect(JSON.stringify(file)).not.to.include('hidden')
  })

  it('takes the next free name when its own is taken, and refuses a folder that is not there', async () => {
    using space = workspace()
    mkdirSync(join(space.folder, 'ops'))
    writeFileSync(join(space.folder, 'ops', 'ops-r1-2.ndjson'), 'another agent\'s\n')
    const log = openOpLog(load(join(space.folder, 'ops')), systemClock, () => { return })
    if (!(log instanceof OpLog)) throw new Error(JSON.stringify(log))
    await log.close()
    expect(readFileSync(join(space.folder, 'ops', 'ops-r1-2.ndjson'), 'utf8')).to.equal('another agent\'s\n')
    expect(readFileSync(join(space.folder, 'ops', 'ops-r1-2-2.ndjson'), 'utf8')).to.include('"run":"r1"')
    const none = openOpLog(load(join(space.folder, 'none')), systemClock, () => { return })
    expect(none).to.deep.include({ kind: 'config' })
    expect((none as { message: string }).message).to.match(/--op-log: .*none.*no such folder/)
  })

  it('has a line for every operation: those that failed, were refused, were cancelled, and those that never ended', async () => {
    using space = workspace()
    const log = openOpLog(load(space.folder), systemClock, () => { return })
    if (!(log instanceof OpLog)) throw new Error(JSON.stringify(log))
    const run = (op: string): Promise<Outcome> => {
      switch (op) {
        case 'get': return Promise.resolve({ reply: {}, bytesIn: 9, bytesOut: 0, requestId: 'id1', endpoint: 'http://there' })
        case 'put': return Promise.reject(new StorageError('throttled', 'slow down', { detail: 'SlowDown', requestId: 'id2' }))
        case 'head': return Promise.reject(new StorageError('cancelled', 'the run is stopped'))
        default: return new Promise(() => { return })
      }
    }
    const session: Partial<Session> = {
      run, endpoint: 'http://here', subject: (op, args) => ({ key: `p/${op}/${JSON.stringify(args)}`, sizeBytes: 4 }),
    }
    const sessions = new Sessions({
      bindings: [fakeStore(session)], targets: { default: 'east', targets: { east: { fake: { driver: 'own' } } } },
      prefix: 'p/', seed: 1, clock: systemClock, concurrency: 1, opened: () => { return },
    })
    const samples: string[] = []
    const dispatcher = new Dispatcher(sessions, systemClock, ({ op, code }) => { samples.push(`${op} ${code}`) }, log)
    const abort = new AbortController()
    const caller: Caller = {
      signal: abort.signal, tags: {}, measured: true, paced: false, takeDue: () => undefined, answer: () => { return },
      bug: (error) => { throw error },
      origin: () => ({ phase: 'iteration', scenario: 's', vu: 1, iteration: 4, group: undefined }),
    }
    abort.abort()
    const args: readonly Json[] = [null, 'k']
    dispatcher.start('fake.get', args, undefined, 1, caller)
    dispatcher.start('fake.put', args, undefined, 2, caller)
    dispatcher.start('fake.head', args, undefined, 3, caller)
    dispatcher.start('fake.list', args, undefined, 4, caller)
    dispatcher.start('fake.get', [{ target: 'nowhere' }, 'k'], undefined, 5, caller)
    await new Promise((resolve) => { setImmediate(resolve) })
    expect(samples).to.deep.equal(['get ok', 'put throttled'])
    expect(await log.close()).to.deep.equal({ operations: 5 })
    const operations = readOpLogs(space.folder).flatMap((file) => file.operations)
    const told = operations
      .map(({ op, code, key, detail, requestId, endpoint, driver }) => [op, code, key, detail, requestId, endpoint, driver])
    expect(told).to.have.deep.members([
      ['get', 'ok', 'p/get/["k"]', null, 'id1', 'http://there', 'own'],
      ['put', 'throttled', 'p/put/["k"]', 'SlowDown', 'id2', 'http://here', 'own'],
      ['head', 'cancelled', 'p/head/["k"]', null, null, 'http://here', 'own'],
      ['list', null, 'p/list/["k"]', null, null, 'http://here', 'own'],
      ['get', 'invalid', null, null, null, null, null],
    ])
    for (const { op, dueUs, startedUs, endedUs } of operations) {
      if (startedUs !== null) expect(dueUs, op).to.be.at.most(startedUs)
      if (startedUs !== null && endedUs !== null) expect(startedUs, op).to.be.at.most(endedUs)
    }
  })
})
