// The dispatcher: every operation timed once, from when it was due, with the code it ended with.
import { expect } from 'chai'
import {
  StorageError, type Binding, type Call, type Json, type Outcome, type Sample, type Session, type SessionContext, type Tags,
} from '../../bindings/sdk/index.ts'
import { Dispatcher } from '../../runtime/agent/dispatch.ts'
import type { Caller } from '../../runtime/agent/timed-call.ts'
import { Sessions } from '../../runtime/agent/sessions.ts'
import { VirtualClock } from '../kit/virtual-clock.ts'

const SECTION = { driver: 'fast' }
const ok: Outcome = { reply: { bytes: 3 }, bytesIn: 3, bytesOut: 0, wireIn: 103 }

interface Stage {
  readonly clock: VirtualClock
  readonly samples: { readonly sample: Sample; readonly tags: Tags }[]
  readonly answers: { readonly id: number; readonly ok: boolean; readonly value: Json | undefined }[]
  readonly bugs: unknown[]
  readonly opened: SessionContext[]
  readonly caller: Caller
  start(operation: string, args: readonly Json[], options?: Parameters<Dispatcher['start']>[2]): Promise<void>
}

function stage(
  run: (op: string, call: Call, clock: VirtualClock) => Promise<Outcome>, more: { due?: number; measured?: boolean } = {},
): Stage {
  const clock = new VirtualClock()
  const opened: SessionContext[] = []
  const open = (context: SessionContext): Promise<Session> => {
    opened.push(context)
    return Promise.resolve({
      driver: context.driver, run: (op: string, _args: readonly Json[], call: Call) => run(op, call, clock),
      prepare: () => Promise.resolve({ made: false }),
      cleanup: () => Promise.resolve({ deleted: 0, remaining: 0 }), close: () => Promise.resolve(),
    })
  }
  const binding: Binding = {
    name: 's3', module: 'chopsticks/s3', guest: new URL('file:///guest.js'),
    workload: {
      operations: ['get'], drivers: ['fast', 'slow'], defaultDriver: 'slow', open,
      config: () => Promise.reject(new Error('not read here')),
    },
  }
  const sessions = new Sessions({
    bindings: [binding], targets: { default: 'east', targets: { east: { s3: SECTION }, west: { s3: {} } } },
    prefix: 'p/', seed: 1, clock, concurrency: 1, opened: () => { return },
  })
  const samples: Stage['samples'] = []
  const answers: Stage['answers'] = []
  const bugs: unknown[] = []
  let due = more.due
  const caller: Caller = {
    signal: new AbortController().signal, tags: { scenario: 's' }, measured: more.measured ?? true, paced: more.due !== undefined,
    origin: () => ({ phase: 'iteration', scenario: 's', vu: 1, iteration: 0, group: undefined }),
    takeDue: () => { const taken = due; due = undefined; return taken },
    answer: (id, good, value) => { answers.push({ id, ok: good, value }) },
    bug: (error) => { bugs.push(error) },
  }
  const dispatcher = new Dispatcher(sessions, clock, (sample, tags) => { samples.push({ sample, tags }) })
  let id = 0
  return {
    clock, samples, answers, bugs, opened, caller,
    async start(operation, args, options) {
      dispatcher.start(operation, args, options, ++id, caller)
      while (answers.length + bugs.length < id) {
        await new Promise((resolve) => { setImmediate(resolve) })
        clock.advance()
      }
    },
  }
}
const after = (clock: VirtualClock, ms: number): Promise<void> => new Promise((resolve) => { clock.at(clock.now() + ms, resolve) })

describe('the dispatcher', () => {
  it('times the making of a connection apart, and begins anew with a retry', async () => {
    const s = stage(async (_op, call, clock) => {
      const after = (ms: number): Promise<void> => new Promise((resolve) => { clock.at(clock.now() + ms, resolve) })
      call.mark('dial')
      await after(3)
      call.mark('connect')
      await after(4)
      call.mark('tls')
      await after(5)
      call.mark('first_byte')
      await after(6)
      call.mark('retry')
      await after(7)
      call.mark('first_byte')
      return ok
    })
    await s.start('s3.get', [null, 'k'])
    const [first] = s.samples
    if (first === undefined) throw new Error('one was counted')
    const { started, firstByte = 0, connectingMs = 0, tlsMs = 0, retries } = first.sample
    expect([connectingMs, tlsMs, firstByte - started, retries].map((value) => Math.round(value ?? 0))).to.deep.equal([3, 4, 25, 1])
    expect(first.sample.endpoint).to.equal(undefined)
  })
  it('counts steps that are timed by who does them, and of the whole its duration alone', async () => {
    const s = stage((_op, call) => {
      const meter = call.meter?.()
      const step = {
        op: 'read', due: 1, paced: true, started: 2, submitted: 3, ended: 7, bytesIn: 9, bytesOut: 0, verified: true, subject: () => ({}),
      }
      meter?.count({ ...step, error: undefined })
      meter?.count({ ...step, error: new StorageError('stale', 'an old one') })
      return Promise.resolve(ok)
    })
    await s.start('s3.io', [null])
    expect(s.samples.map(({ sample: { op, code, due, started, submissionMs, ended, bytesIn, verified, composite } }) =>
      [op, code, due, started, submissionMs, ended, bytesIn, verified, composite ?? false])).to.deep.equal([
      ['read', 'ok', 1, 2, 1, 7, 9, true, false], ['read', 'stale', 1, 2, 1, 7, 9, true, false],
      ['io', 'ok', 0, 0, undefined, 0, ok.bytesIn, false, true],
    ])
  })
  it('keeps what a driver does with files out of every figure, and tells how long it took', async () => {
    const s = stage(async (_op, call, clock) => {
      call.mark('staging')
      await after(clock, 100)
      call.mark('staged')
      await after(clock, 5)
      call.mark('first_byte')
      await after(clock, 7)
      call.mark('staging')
      call.mark('staging')
      await after(clock, 50)
      call.mark('staged')
      call.mark('staged')
      call.mark('staging')
      await after(clock, 20)
      return ok
    }, { due: 0 })
    await s.start('s3.get', [null, 'key'])
    expect(s.samples.map(({ sample: { due, started, firstByte, ended, stagingMs } }) => [due, started, firstByte, ended, stagingMs]))
      .to.deep.equal([[0, 0, 5, 12, 170]])
  })
  it('stamps start, first byte and end by its own clock, and passes facts and reply on', async () => {
    const s = stage(async (_op, call, clock) => {
      await after(clock, 5)
      call.mark('first_byte')
      await after(clock, 7)
      call.mark('first_byte')
      return ok
    })
    await s.start('s3.get', [null, 'key'])
    expect(s.samples).to.deep.equal([{
      tags: { scenario: 's' },
      sample: {
        workload: 's3', op: 'get', driver: 'fast', target: 'east', due: 0, paced: false, started: 0, firstByte: 5, ended: 12,
        bytesIn: 3, bytesOut: 0, wireIn: 103, wireOut: 0, code: 'ok', verified: false, expected: false, composite: false,
        connectingMs: undefined, tlsMs: undefined, stagingMs: undefined, submissionMs: undefined, retries: 0, endpoint: undefined,
      },
    }])
    expect(s.answers).to.deep.equal([{ id: 1, ok: true, value: { bytes: 3 } }])
  })

  it('gives the iteration\'s due moment to its first operation only', async () => {
    const s = stage(async (_op, _call, clock) => { await after(clock, 1); return ok }, { due: -40 })
    await s.start('s3.get', [null])
    await s.start('s3.get', [null])
    expect(s.samples.map(({ sample: { due, paced } }) => [due, paced])).to.deep.equal([[-40, true], [1, true]])
  })

  it('counts the steps of an operation made of several one by one, and the whole apart', async () => {
    const s = stage(async (_op, call, clock) => {
      const part = (op: string, ms: number) => call.step?.(op, async () => { await after(clock, ms); return ok })
      await part('begin', 2)
      await Promise.all([part('part', 3), part('part', 5)])
      await call.step?.('end', () => Promise.reject(new StorageError('throttled', 'slow down')))
      return ok
    }, { due: -10 })
    await s.start('s3.many', [null, 'k'], { tags: { size: 'large' } })
    expect(s.samples.map(({ sample: { op, due, started, ended, code, composite }, tags }) =>
      [op, due, started, ended, code, composite, tags['size']])).to.deep.equal([
      ['begin', 0, 0, 2, 'ok', false, 'large'], ['part', 2, 2, 5, 'ok', false, 'large'], ['part', 2, 2, 7, 'ok', false, 'large'],
      ['end', 7, 7, 7, 'throttled', false, 'large'], ['many', -10, 0, 7, 'throttled', true, 'large'],
    ])
    expect(s.answers).to.deep.equal([{ id: 1, ok: false, value: { code: 'throttled', message: 'slow down', operation: 's3.many' } }])
  })

  it('counts what the store refused under its code, and tells the script which operation it was', async () => {
    const s = stage(() => Promise.reject(new StorageError('not_found', 'no such key', { detail: 'NoSuchKey', requestId: 'r1' })))
    await s.start('s3.get', [null])
    await s.start('s3.get', [null], { expect: ['not_found'], tags: { kind: 'probe' } })
    expect(s.samples.map(({ sample: { code, expected }, tags }) => ({ code, expected, tags }))).to.deep.equal([
      { code: 'not_found', expected: false, tags: { scenario: 's' } },
      { code: 'not_found', expected: true, tags: { scenario: 's', kind: 'probe' } },
    ])
    expect(s.answers[0]).to.deep.equal({
      id: 1, ok: false,
      value: { code: 'not_found', message: 'no such key', operation: 's3.get', detail: 'NoSuchKey', requestId: 'r1' },
    })
  })

  it('opens a session once for each target and driver, by the config\'s own driver unless the script names one', async () => {
    const s = stage(() => Promise.resolve(ok))
    for (const spec of [null, null, { target: 'west' }, { driver: 'slow' }, { target: 'east', driver: 'fast' }]) {
      await s.start('s3.get', [spec])
    }
    expect(s.opened.map(({ target, driver }) => `${target} ${driver}`)).to.deep.equal(['east fast', 'west slow', 'east slow'])
  })

  it('refuses targets and drivers that do not exist, uncounted and with the ones that do', async () => {
    const s = stage(() => Promise.resolve(ok))
    await s.start('s3.get', [{ target: 'nowhere' }])
    await s.start('s3.get', [{ driver: 'magic' }])
    await s.start('rbd.read', [null])
    expect(s.samples).to.have.length(0)
    expect(s.answers.map(({ value }) => (value as { message: string }).message)).to.satisfy(([a = '', b = '', c = '']: string[]) =>
      a.includes('east, west') && b.includes('fast, slow') && c.includes('rbd'))
  })

  it('refuses to expect a code there is not, and names those there are', async () => {
    const s = stage(() => Promise.resolve(ok))
    await s.start('s3.get', [null], { expect: ['not-found'] })
    expect(s.samples).to.have.length(0)
    expect((s.answers[0]?.value as { message: string }).message).to.match(/'not-found'.* not_found,/)
  })

  it('measures nothing outside iterations', async () => {
    const s = stage(() => Promise.resolve(ok), { measured: false })
    await s.start('s3.get', [null])
    expect(s.samples).to.have.length(0)
    expect(s.answers).to.have.length(1)
  })

  it('takes any other error for a bug of ours: not counted, not given to the script', async () => {
    const s = stage(() => Promise.reject(new TypeError('ours')))
    await s.start('s3.get', [null])
    expect(s.bugs).to.have.length(1)
    expect(s.answers).to.have.length(0)
    expect(s.samples).to.have.length(0)
  })
})
