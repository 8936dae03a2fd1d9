// Retries, and time by operation, around a session.
import { expect } from 'chai'
import { Retrying, TimedByName } from '../../bindings/s3/retrying.ts'
import type { RetrySettings } from '../../bindings/s3/settings.ts'
import { StorageError, randomFrom, type Call, type Outcome, type Session, type StorageCode } from '../../bindings/sdk/index.ts'
import { HandClock, eventually } from './kit.ts'

const OUTCOME: Outcome = { reply: {}, bytesIn: 0, bytesOut: 0 }

/** A session that ends its operations with these codes, one after the other, then well. */
function ending(...codes: readonly StorageCode[]): Session & { readonly calls: Call[] } {
  const calls: Call[] = []
  return {
    driver: 'fake', calls,
    run: (_op, _args, call) => {
      const code = codes[calls.push(call) - 1]
      return code === undefined ? Promise.resolve(OUTCOME) : Promise.reject(new StorageError(code, code))
    },
    prepare: () => Promise.resolve({ made: false }), cleanup: () => Promise.resolve({ deleted: 0, remaining: 0 }),
    close: () => Promise.resolve(),
  }
}
const settings = (more: Partial<RetrySettings> = {}): RetrySettings =>
  ({ max: 3, on: new Set(['throttled', 'cut']), backoffMs: 100, ...more })

function called(within: Session, more: Partial<RetrySettings> = {}) {
  const clock = new HandClock()
  const abort = new AbortController()
  const marks: string[] = []
  const call: Call = { signal: abort.signal, timeoutMs: 0, mark: (phase) => { marks.push(phase) } }
  const ended = new Retrying(within, settings(more), clock, randomFrom(1)).run('get', ['k'], call)
    .then(() => 'ok', (error: unknown) => error instanceof StorageError ? error.code : String(error))
  return { clock, abort, marks, ended }
}

describe('an operation that may be tried again', () => {
  it('is, after waits that double, until it ends well', async () => {
    const session = ending('throttled', 'cut', 'throttled')
    const { clock, marks, ended } = called(session)
    for (const [n, [least, most]] of ([[50, 100], [100, 200], [200, 400]] as const).entries()) {
      await eventually(() => clock.waiting === 1)
      clock.move(least - 1)
      expect(session.calls, `attempt ${n + 2} waits`).to.have.length(n + 1)
      clock.move(most - least + 1)
      await eventually(() => session.calls.length === n + 2)
    }
    expect(await ended).to.equal('ok')
    expect(marks).to.deep.equal(['retry', 'retry', 'retry'])
  })
  it('ends with its last error once it was tried often enough', async () => {
    const session = ending('cut', 'throttled', 'cut', 'cut')
    const { clock, marks, ended } = called(session, { max: 2 })
    for (let n = 0; n < 2; n++) {
      await eventually(() => clock.waiting === 1)
      clock.move(1000)
    }
    expect(await ended).to.equal('cut')
    expect(session.calls).to.have.length(3)
    expect(marks).to.have.length(2)
  })
  it('ends with what no retry is for', async () => {
    const session = ending('not_found')
    expect(await called(session).ended).to.equal('not_found')
    expect(session.calls).to.have.length(1)
  })
  it('does not wait when it is stopped, and leaves nothing behind', async () => {
    const session = ending('cut')
    const { clock, abort, marks, ended } = called(session)
    await eventually(() => clock.waiting === 1)
    abort.abort()
    expect(await ended).to.equal('cut')
    expect(clock.waiting).to.equal(0)
    expect(marks).to.deep.equal([])
  })
  it('is one that our own bugs end', async () => {
    const broken: Session = { ...ending(), run: () => Promise.reject(new TypeError('ours')) }
    expect(await called(broken).ended).to.equal('TypeError: ours')
  })
})

describe('the time of an operation', () => {
  it('goes by its name, unless the script gave it one', async () => {
    const session = ending()
    const timed = new TimedByName(session, { get: 5000 })
    const { signal } = new AbortController()
    const marks: string[] = []
    const call = (timeoutMs: number): Call => ({ signal, timeoutMs, mark: (phase) => { marks.push(phase) } })
    await timed.run('get', [], call(0))
    await timed.run('get', [], call(7))
    await timed.run('put', [], call(0))
    await timed.run('toString', [], call(0))
    expect(session.calls.map(({ timeoutMs }) => timeoutMs)).to.deep.equal([5000, 7, 0, 0])
    session.calls[0]?.mark('connect')
    expect(marks).to.deep.equal(['connect'])
  })
})

describe('an operation made of steps', () => {
  const call: Call = { signal: new AbortController().signal, timeoutMs: 0, mark: () => { return } }
  /** A session whose upload is two steps, of which the first fails so often. */
  function stepping(failures: number) {
    const done: string[] = []
    const timesMs: number[] = []
    let left = failures
    const session: Session = {
      ...ending(),
      async run(_op, _args, whole) {
        for (const name of ['createUpload', 'completeUpload']) {
          await whole.step?.(name, (own) => {
            done.push(name)
            timesMs.push(own.timeoutMs)
            return left-- > 0 ? Promise.reject(new StorageError('throttled', 'no')) : Promise.resolve(OUTCOME)
          })
        }
        return OUTCOME
      },
    }
    return { session, done, timesMs }
  }
  it('has its steps tried again, not the whole', async () => {
    const { session, done } = stepping(1)
    const clock = new HandClock()
    const ended = new Retrying(session, settings(), clock, randomFrom(1)).run('upload', ['k'], call)
    await eventually(() => clock.waiting === 1)
    clock.move(100)
    expect(await ended).to.deep.equal(OUTCOME)
    expect(done).to.deep.equal(['createUpload', 'createUpload', 'completeUpload'])
  })
  it('has the time of each step by its own name', async () => {
    const { session, timesMs } = stepping(0)
    await new TimedByName(session, { createUpload: 7, upload: 99 }).run('upload', ['k'], call)
    expect(timesMs).to.deep.equal([7, 0])
  })
})
