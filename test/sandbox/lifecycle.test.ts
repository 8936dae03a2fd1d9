// What a VU runs and what comes back: functions, data, globals, messages in order, timers.
import { expect } from 'chai'
import { setTimeout as delay } from 'node:timers/promises'
import type { IterationInfo } from '../../bindings/sdk/guest.ts'
import { openError } from '../../runtime/sandbox/sandbox.ts'
import { errorOf, openSandbox, openScript, request, TestHost, valueOf, vuOptions } from './kit.ts'

const info = (scenario: string): IterationInfo => ({
  scenario, executor: 'constant-vus', exec: 'default', scenarioStartEpochMs: 0, iterationInTest: 7, iterationInInstance: 7, vuInInstance: 1,
  vusActive: 1, vusInitialized: 1, iterationsCompleted: 0, iterationsInterrupted: 0, elapsedMs: 0, progress: 0.5,
})

describe('A VU', () => {
  it('shows its functions and options', async () => {
    using script = await openScript('export const options = { vus: 3 }; export const notOne = 4; export function setup() {} export default async () => {}')
    expect([...script.vu.functions].sort()).to.deep.equal(['default', 'setup'])
    expect(script.vu.options).to.deep.equal({ vus: 3 })
  })

  it('has null options when the script has none', async () => {
    using script = await openScript('export default function () {}')
    expect(script.vu.options).to.equal(null)
  })

  it('refuses options that are no plain data', async () => {
    using sandbox = await openSandbox('const a: any = {}; a.a = a; export const options = a; export default function () {}')
    const error = openError(await sandbox.openVu(vuOptions, new TestHost()).catch((thrown: unknown) => thrown))
    expect(error?.message).to.match(/^options must be plain data: .*circular/)
  })

  it('passes data in and a value out', async () => {
    using script = await openScript('export default (data: any) => ({ got: data.list.length, when: new Date(0) })')
    expect(await valueOf(script.vu, { argText: '{"list":[1,2,3]}' })).to.deep.equal({ got: 3, when: '1970-01-01T00:00:00.000Z' })
  })

  it('passes other data when it is other, and none when there is none', async () => {
    using script = await openScript('export default (data: any) => data === undefined ? "none" : data')
    expect(await valueOf(script.vu, { argText: '1' })).to.equal(1)
    expect(await valueOf(script.vu, { argText: '2' })).to.equal(2)
    expect(await valueOf(script.vu)).to.equal('none')
    expect(await valueOf(script.vu, { argText: '2' })).to.equal(2)
  })

  it('gives no value unless asked', async () => {
    using script = await openScript('export default () => 5')
    expect(await script.vu.run(request({ wantValue: false }))).to.deep.equal({ ok: true, valueText: undefined, lateErrors: [] })
  })

  it('says when the value is not what JSON can say', async () => {
    using script = await openScript('export default () => 5n')
    expect(errorOf(await script.vu.run(request()))).to.match(/^throw TypeError: default\(\) returned what can't be written as JSON/)
    expect(await valueOf(script.vu, { wantValue: false })).to.equal(undefined)
  })

  it('knows a function that is missing', async () => {
    using script = await openScript('export default () => 5')
    expect(errorOf(await script.vu.run(request({ fn: 'other' })))).to.equal('throw TypeError: the script exports no function "other"')
  })

  it('has __VU, __ITER and __ENV, and a scenario\'s own variables over them', async () => {
    using sandbox = await openSandbox('const first = typeof __ITER; export default () => [__VU, __ITER, first, __ENV]')
    const vu = await sandbox.openVu({ ...vuOptions, id: 12, env: { A: '1', B: '1' } }, new TestHost())
    expect(await valueOf(vu, { iteration: 4 })).to.deep.equal([12, 4, 'undefined', { A: '1', B: '1' }])
    expect(await valueOf(vu, { env: { B: '2' } })).to.deep.equal([12, 0, 'undefined', { A: '1', B: '2' }])
    expect(await valueOf(vu, { iteration: -1 })).to.deep.equal([12, null, 'undefined', { A: '1', B: '1' }])
  })

  it('fetches what the host says about the iteration only in iterations', async () => {
    using script = await openScript(`import { state } from 'kernel'; export default () => [state.phase, state.info?.iterationInTest ?? null]`)
    expect(await valueOf(script.vu, { info: info('a') })).to.deep.equal(['iteration', 7])
    expect(await valueOf(script.vu, { phase: 'setup', iteration: -1 })).to.deep.equal(['setup', null])
  })

  it('starts each run with no tags, and tells the host of those it sets', async () => {
    const host = new TestHost()
    host.answers['core.tags'] = () => undefined
    using script = await openScript(
      `import { state, setTags } from 'kernel'; export default () => { const before = [state.group, state.tags]; setTags({ group: '::a', x: '1' }); return [before, state.group] }`,
      {}, host)
    expect(await valueOf(script.vu)).to.deep.equal([['', {}], '::a'])
    expect(await valueOf(script.vu)).to.deep.equal([['', {}], '::a'])
    expect(host.told.map(({ args }) => args)).to.deep.equal([[{ group: '::a', x: '1' }], [{ group: '::a', x: '1' }]])
  })

  it('may await in init code', async () => {
    using script = await openScript(`import { call } from 'kernel'; const got = await call('test.echo', ['late']); await new Promise(r => setTimeout(r, 5)); export default () => got`)
    expect(await valueOf(script.vu)).to.equal('late')
  })

  it('runs two hundred at once', async () => {
    using sandbox = await openSandbox(`import { call } from 'kernel'; let n = 0; export default async () => { n += await call<number>('test.echo', [__VU]); return n }`)
    const host = new TestHost()
    const vus = await Promise.all(Array.from({ length: 200 }, (_, index) => sandbox.openVu({ ...vuOptions, id: index + 1 }, host)))
    for (let round = 1; round <= 3; round++) {
      expect(await Promise.all(vus.map((vu) => valueOf(vu)))).to.deep.equal(vus.map((_, index) => (index + 1) * round))
    }
    expect(sandbox.moduleCount).to.equal(1)
  })
})

describe('Messages of a VU', () => {
  it('come in the order they were made, notes with their neighbours', async () => {
    using script = await openScript(`
      import { call, ask, note } from 'kernel'
      export default async () => {
        note('core.log', ['info', '1']); note('core.log', ['info', '2'])
        const asked = ask('test.echo', ['3'])
        note('core.log', ['info', '4'])
        const called = await call('test.echo', ['5'])
        note('core.log', ['info', '6'])
        return [asked, called]
      }`)
    expect(await valueOf(script.vu)).to.deep.equal(['3', '5'])
    expect(script.host.told.map(({ args }) => args[args.length - 1])).to.deep.equal(['1', '2', '3', '4', '5', '6'])
  })

  it('reach the host by the end of the entry', async () => {
    using script = await openScript(`import { call, note } from 'kernel'; export default async () => { const p = call('test.never', []); note('core.log', ['info', 'soon']); await p }`)
    void script.vu.run(request())
    expect(script.host.logs()).to.deep.equal(['soon'])
    script.vu.interrupt()
  })

  it('carry any JSON there and back', async () => {
    const odd = [null, true, -0.5, 1e300, '', 'ä€😀\u0000\ud800"\\', { '': [[]], __proto__x: 1 }, 'x'.repeat(100_000)]
    using script = await openScript(`import { call, ask } from 'kernel'; export default async (data) => [await call('test.echo', [data]), ask('test.echo', [data])]`)
    expect(await valueOf(script.vu, { argText: JSON.stringify(odd) })).to.deep.equal([odd, odd])
  })

  it('carry options, and the host refuses wrong ones', async () => {
    using script = await openScript(`import { call } from 'kernel'
      export default async (options) => { try { return await call('test.echo', [1], options) } catch (error) { return error.message } }`)
    expect(await valueOf(script.vu, { argText: '{"expect":["not_found"],"timeoutMs":5,"tags":{"a":"b"}}' })).to.equal(1)
    expect(script.host.told[0]?.options).to.deep.equal({ expect: ['not_found'], timeoutMs: 5, tags: { a: 'b' } })
    expect(await valueOf(script.vu, { argText: '{"expect":5}' })).to.match(/^test\.echo: expect must be a list of codes/)
    expect(await valueOf(script.vu, { argText: '{"tags":{"a":1}}' })).to.match(/tags must be an object of strings/)
  })

  it('that are refused throw where they were asked', async () => {
    using script = await openScript(`import { ask, call } from 'kernel'
      export default async () => { const said = []; try { ask('test.throw', ['no']) } catch (error) { said.push(error.message) }
        try { await call('test.throw', ['never']) } catch (error) { said.push(error.message) } return said }`)
    expect(await valueOf(script.vu)).to.deep.equal(['no', 'never'])
  })

  it('that are refused notes count as late errors', async () => {
    using script = await openScript(`import { note } from 'kernel'; export default () => { note('test.throw', ['bad metric']) }`)
    const result = await script.vu.run(request())
    expect(result.ok).to.equal(true)
    expect(result.lateErrors.map(({ message }) => message)).to.deep.equal(['bad metric'])
  })

  it('from console are text', async () => {
    using script = await openScript(`export default () => { console.log('a', 1, { b: [2] }, undefined, null, () => 1); console.error(new TypeError('bad')); console.debug(Object.create(null), { get x() { throw 1 } }) }`)
    await valueOf(script.vu)
    const [first, second, third] = script.host.logs()
    expect(first).to.match(/^a 1 {"b":\[2\]} undefined null .*=> 1/)
    expect(second).to.match(/^TypeError: bad\n\s+at /)
    expect(third).to.equal('{} (object that can\'t be shown)')
  })
})

describe('Answers', () => {
  it('of one turn are delivered in one entry', async () => {
    using script = await openScript(`import { call } from 'kernel'
      export default async () => { let jobs = 0; const all = [1, 2, 3].map((n) => call('test.later', [n]).then((value) => { const before = jobs; jobs++; return [value, before] })); return Promise.all(all) }`,
    {}, Object.assign(new TestHost(), {}))
    script.host.answers['test.later'] = () => undefined
    const running = valueOf(script.vu)
    for (const { id, args } of [...script.host.told].reverse()) script.vu.settle(id, true, args[0])
    expect(await running).to.deep.equal([[1, 2], [2, 1], [3, 0]])
  })

  it('that fail are StorageErrors with all they carry', async () => {
    using script = await openScript(`import { call, StorageError } from 'kernel'
      export default async () => { try { await call('test.fail', ['NoSuchKey']) } catch (error) { return [error instanceof StorageError, error instanceof Error, error.name, error.message, error.code, error.detail, error.operation, String(error)] } }`)
    expect(await valueOf(script.vu)).to.deep.equal([true, true, 'StorageError', 'no such key', 'not_found', 'NoSuchKey', 'test.fail', 'StorageError: no such key'])
  })

  it('that fail are returned when expected or not to be thrown', async () => {
    using script = await openScript(`import { call } from 'kernel'
      export default async () => [(await call('test.fail', ['x'], { throw: false })).code, (await call('test.fail', ['x'], { expect: ['denied', 'not_found'] })).code,
        await call('test.fail', ['x'], { expect: ['denied'] }).catch((error) => 'thrown ' + error.code)]`)
    expect(await valueOf(script.vu)).to.deep.equal(['not_found', 'not_found', 'thrown not_found'])
  })

  it('with an unknown, old or foreign id do nothing', async () => {
    using script = await openScript(`import { call } from 'kernel'; export default async () => call('test.echo', [1])`)
    for (const id of [0, 1, -1, 0.5, 65536, 2 ** 60, NaN, Infinity]) script.vu.settle(id, true, 'forged')
    await delay(1)
    expect(await valueOf(script.vu)).to.equal(1)
    const old = script.host.told[0]?.id ?? 0
    const next = valueOf(script.vu)
    script.vu.settle(old, true, 'forged')
    expect(await next).to.equal(1)
  })
})

describe('Timers', () => {
  it('are waited for when the function has returned', async () => {
    using script = await openScript(`export let fired = 0; export default () => { setTimeout((a) => { fired += a; setTimeout(() => { fired += 10 }, 1) }, 2, 1) }; export const result = () => fired`)
    await valueOf(script.vu)
    expect(await valueOf(script.vu, { fn: 'result' })).to.equal(11)
  })

  it('end the iteration when they are cleared', async () => {
    using script = await openScript(`export default () => new Promise((done) => { let n = 0; const id = setInterval(() => { if (++n === 3) { clearInterval(id); done(n) } }, 1); const never = setTimeout(() => {}, 1e9); clearTimeout(never); clearTimeout(12345); clearTimeout(undefined) })`)
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
    expect((await script.vu.run(request())).lateErrors.map(({ kind, message }) => `${kind} ${message}`)).to.deep.equal(['storage no such key'])
    using after = await openScript(`import { call } from 'kernel'; export default () => { call('test.fail', ['x']) }`)
    expect((await after.vu.run(request())).lateErrors.map(({ kind }) => kind)).to.deep.equal(['storage'])
  })

  it('is found in a later iteration too, when its line is asked for', async () => {
    using script = await openScript(`import { call } from 'kernel'; export default async () => { const p = call('test.echo', [1]); if (__ITER < 3) await p }`)
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
    export default async () => { runs++; note('core.log', ['info', 'run ' + runs]); await call('test.never', []); note('core.log', ['info', 'must not be']) }
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

  it('leaves nothing that could end a later run', async () => {
    using script = await openScript(`let go: any; export default async () => { await new Promise((r) => { go = r; setTimeout(() => {}, 1e8) }); return 'first' }
      export const second = async () => { go(); await 0; await new Promise((r) => setTimeout(r, 5)); return 'second' }`)
    const running = script.vu.run(request())
    script.vu.interrupt()
    await running
    expect(await valueOf(script.vu, { fn: 'second' })).to.equal('second')
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
