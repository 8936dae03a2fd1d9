// When an iteration is over: timers, work nobody awaits, interruption, disposal.
import { expect } from 'chai'
import { setTimeout as delay } from 'node:timers/promises'
import { openError } from '../../runtime/sandbox/sandbox.ts'
import { errorOf, openSandbox, openScript, request, TestHost, valueOf, vuOptions } from './kit.ts'

describe('Timers', () => {
  it('are waited for when the function has returned', async () => {
    using script = await openScript(`export let fired = 0; export default () => { setTimeout((a) => { fired += a;
      setTimeout(() => { fired += 10 }, 1) }, 2, 1) }; export const result = () => fired`)
    await valueOf(script.vu)
    expect(await valueOf(script.vu, { fn: 'result' })).to.equal(11)
  })

  it('end the iteration when they are cleared', async () => {
    using script = await openScript(`export default () => new Promise((done) => {
      let n = 0
      const id = setInterval(() => { if (++n === 3) { clearInterval(id); done(n) } }, 1)
      clearTimeout(setTimeout(() => {}, 1e9))
      clearTimeout(12345)
      clearTimeout(undefined)
    })`)
    expect(await valueOf(script.vu)).to.equal(3)
  })

  it('that throw count as late errors', async () => {
    using script = await openScript(`export default () => { setTimeout(() => { throw new RangeError('in a timer') }, 0) }`)
    const result = await script.vu.run(request())
    expect(result.ok).to.equal(true)
    expect(result.lateErrors.map(({ name, message }) => `${name}: ${message}`)).to.deep.equal(['RangeError: in a timer'])
  })

  it('need a function', async () => {
    using script = await openScript(`export default () => { setTimeout('code' as any, 0) }`)
    expect(errorOf(await script.vu.run(request()))).to.equal('throw TypeError: a timer needs a function')
  })
})

describe('What nobody awaits', () => {
  const lost = `import { call } from 'kernel'; export default async () => { call('test.fail', ['x'])
    await call('test.echo', [1]) }`

  it('is told once per place, however many VUs do it', async () => {
    using sandbox = await openSandbox(lost)
    const host = new TestHost()
    for (const id of [1, 2]) {
      const vu = await sandbox.openVu({ ...vuOptions, id }, host)
      for (let n = 0; n < 3; n++) await vu.run(request())
    }
    expect(host.unawaitedThings.map(({ operation }) => operation)).to.deep.equal(['test.fail'])
    expect(host.unawaitedThings[0]?.stack).to.match(/script\.js:\d+:\d+/)
  })

  it('counts when it fails, before the function has ended or after', async () => {
    using script = await openScript(lost)
    expect((await script.vu.run(request())).lateErrors.map(({ kind,
      message }) => `${kind} ${message}`)).to.deep.equal(['storage no such key'])
    using after = await openScript(`import { call } from 'kernel'; export default () => { call('test.fail', ['x']) }`)
    expect((await after.vu.run(request())).lateErrors.map(({ kind }) => kind)).to.deep.equal(['storage'])
  })

  it('counts when it is a promise of the script\'s own, once, however it failed', async () => {
    for (const [body, ...messages] of [
      [`Promise.reject(new Error('plain'))`, 'plain'],
      [`const helper = async () => { await call('test.fail', ['x']) }; helper(); await call('test.echo', [1])`, 'no such key'],
      [`call('test.fail', ['x']).then(() => 1)`, 'no such key'],
      [`call('test.fail', ['x']).finally(() => 1)`, 'no such key'],
      [`(async () => { throw 'text' })(); await null`, 'text'],
      [`const e = new Error('one'); Promise.reject(e); Promise.reject(e)`, 'one'],
      [`Promise.reject(new Error('a')); Promise.reject(new Error('b'))`, 'a', 'b'],
      [`new Promise(() => { throw new Error('in it') })`, 'in it'],
      [`setTimeout(() => { Promise.reject(new Error('in a timer')) }, 1)`, 'in a timer'],
      [`await Promise.allSettled([Promise.reject(1)])`],
      [`const p = Promise.reject(new Error('seen')); await call('test.echo', [1]); await p.catch(() => 0)`],
      [`try { await Promise.all([call('test.fail', ['x']), call('test.fail', ['y'])]) } catch {}`],
      [`Promise.reject(new Proxy({}, { get() { throw new Error('trap') } }))`, 'a value that is no Error was thrown'],
    ] as const) {
      using script = await openScript(`import { call } from 'kernel'; export default async () => { ${body} }; export const next = () => 1`)
      const result = await script.vu.run(request())
      expect(result.ok, body).to.equal(true)
      expect(result.lateErrors.map(({ message }) => message), body).to.deep.equal(messages)
      expect((await script.vu.run(request({ fn: 'next' }))).lateErrors, body).to.deep.equal([])
    }
  })

  it('is told apart from the error the function itself ends with', async () => {
    using script = await openScript(`export default async () => { const e = new Error('same'); Promise.reject(e)
      Promise.reject(new Error('other')); throw e }`)
    const result = await script.vu.run(request())
    expect(errorOf(result)).to.equal('throw Error: same')
    expect(result.lateErrors.map(({ message }) => message)).to.deep.equal(['other'])
  })

  it('ends init code when it is rejected there', async () => {
    const opened = await openScript(`Promise.reject(new Error('lost')); export default () => 1`).then(() => undefined, openError)
    expect(opened).to.include({ name: 'Error', message: 'lost' })
  })

  it('is bounded, and leaves nothing in the heap', async () => {
    using script = await openScript(`export default async () => { for (let n = 0; n < 5000; n++) Promise.reject(new Error('n' + n))
      await null }`)
    expect((await script.vu.run(request())).lateErrors).to.have.length(100)
    const before = script.vu.heapBytes
    for (let n = 0; n < 20; n++) await script.vu.run(request())
    expect(script.vu.heapBytes).to.be.below(before + 20_000)
  })

  it('is found in a later iteration too, when its line is asked for', async () => {
    using script = await openScript(`import { call } from 'kernel'; export default async () => { const p = call('test.echo', [1]);
      if (__ITER < 3) await p }`)
    for (let iteration = 0; iteration < 6; iteration++) await valueOf(script.vu, { iteration })
    expect(script.host.unawaitedThings.map(({ operation }) => operation)).to.deep.equal(['test.echo'])
  })

  it('is not what is awaited later, in a group or by a handler', async () => {
    using script = await openScript(`import { call, track } from 'kernel'
      export default async () => {
        const early = call('test.fail', ['x']); await call('test.echo', [1])
        try { await early } catch {}
        await Promise.all([call('test.echo', [1]), call('test.echo', [2])])
        await track((async () => { await call('test.echo', [3]) })())
        await call('test.fail', ['y']).catch(() => {})
      }`)
    const result = await script.vu.run(request())
    expect([result.ok, result.lateErrors, script.host.unawaitedThings]).to.deep.equal([true, [], []])
  })

  it('keeps the iteration going: tracked work as well', async () => {
    using script = await openScript(`import { call, track } from 'kernel'; let done = 0
      export default () => { track((async () => { await call('test.echo', [1]); await call('test.echo', [2]); done++ })()) }
      export const result = () => done`)
    await script.vu.run(request())
    expect(await valueOf(script.vu, { fn: 'result' })).to.equal(1)
    expect(script.host.unawaitedThings.map(({ operation }) => operation)).to.include('tracked work')
  })
})

describe('interrupt()', () => {
  const waiting = `import { call, note } from 'kernel'; let runs = 0
    export default async () => { runs++; note('core.log', ['info', 'run ' + runs]); await call('test.never', []); note('core.log',
      ['info', 'must not be']) }
    export const result = () => runs
    export const long = async () => { await new Promise((r) => setTimeout(r, 1e8)) }`

  it('ends a run at once and leaves the VU usable', async () => {
    using script = await openScript(waiting)
    const running = script.vu.run(request())
    script.vu.interrupt()
    expect(errorOf(await running)).to.match(/^interrupted /)
    script.vu.settle(script.host.told.find(({ operation }) => operation === 'test.never')?.id ?? 0, true, 1)
    expect(await valueOf(script.vu, { fn: 'result' })).to.equal(1)
    expect(script.host.logs()).to.deep.equal(['run 1'])
    expect(script.vu.broken).to.equal(undefined)
  })

  it('does nothing when nothing runs, and once when called twice', async () => {
    using script = await openScript(waiting)
    script.vu.interrupt()
    const running = script.vu.run(request({ fn: 'long' }))
    script.vu.interrupt()
    script.vu.interrupt()
    expect((await running).ok).to.equal(false)
    expect(await valueOf(script.vu, { fn: 'result' })).to.equal(0)
  })

  it('from within a call of the run ends it too', async () => {
    const host = new TestHost()
    host.answers['test.never'] = (vu) => { vu.interrupt(); return undefined }
    using script = await openScript(waiting, {}, host)
    expect(errorOf(await script.vu.run(request()))).to.match(/^interrupted /)
    expect(await valueOf(script.vu, { fn: 'result' })).to.equal(1)
  })

  it('gives up opening a VU whose init code still waits', async () => {
    const host = new TestHost()
    host.answers['test.never'] = (vu) => { setImmediate(() => { vu.interrupt() }); return undefined }
    using sandbox = await openSandbox(`import { call } from 'kernel'; await call('test.never', []); export default () => 1`)
    expect(openError(await sandbox.openVu(vuOptions, host).catch((thrown: unknown) => thrown))?.kind).to.equal('interrupted')
  })

  it('leaves nothing that could end a later run', async () => {
    using script = await openScript(`let go: any; export default async () => { await new Promise((r) => { go = r;
      setTimeout(() => {}, 1e8) }); return 'first' }
      export const second = async () => { go(); await 0; await new Promise((r) => setTimeout(r, 5)); return 'second' }`)
    const running = script.vu.run(request())
    script.vu.interrupt()
    await running
    expect(await valueOf(script.vu, { fn: 'second' })).to.equal('second')
  })
})

describe('An answer', () => {
  it('for a VU that is gone does nothing in the one opened after it', async () => {
    using sandbox = await openSandbox(`import { call } from 'kernel'; export default () => call('test.later', [])`)
    const host = new TestHost()
    host.answers['test.later'] = () => undefined
    const gone = await sandbox.openVu(vuOptions, host)
    void gone.run(request())
    gone[Symbol.dispose]()
    const next = await sandbox.openVu(vuOptions, host)
    const running = valueOf(next)
    const [old, own] = host.told.map(({ id }) => id)
    next.settle(old ?? 0, true, 'of the dead')
    await delay(2)
    next.settle(own ?? 0, true, 'of the living')
    expect(await running).to.equal('of the living')
  })
})

describe('dispose()', () => {
  it('ends a run under way as interrupted, and later calls do nothing', async () => {
    using script = await openScript(`import { call } from 'kernel'; export default async () => call('test.never', [])`)
    const running = script.vu.run(request())
    script.vu[Symbol.dispose]()
    script.vu[Symbol.dispose]()
    expect(errorOf(await running)).to.match(/^interrupted /)
    script.vu.settle(script.host.told[0]?.id ?? 0, true, 1)
    script.vu.interrupt()
    await delay(1)
    expect(errorOf(await script.vu.run(request()))).to.match(/^interrupted /)
  })

  it('from within a call waits until the guest is left', async () => {
    const host = new TestHost()
    host.answers['test.echo'] = (vu) => { vu[Symbol.dispose](); return 1 }
    using script = await openScript(`import { ask } from 'kernel'; export default () => ask('test.echo', [])`, {}, host)
    await script.vu.run(request())
    await delay(1)
    expect(script.vu.broken?.kind).to.equal('interrupted')
  })
})
