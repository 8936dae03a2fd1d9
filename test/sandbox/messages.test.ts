// What crosses the border: messages in their order, answers, and whatever JSON can say.
import { expect } from 'chai'
import { setTimeout as delay } from 'node:timers/promises'
import { openScript, request, TestHost, valueOf } from './kit.ts'

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
    using script = await openScript(`import { call, note } from 'kernel'; export default async () => {
      const p = call('test.never', []); note('core.log', ['info', 'soon']); await p }`)
    void script.vu.run(request())
    expect(script.host.logs()).to.deep.equal(['soon'])
    script.vu.interrupt()
  })

  it('carry any JSON there and back', async () => {
    const odd = [null, true, -0.5, 1e300, '', 'ä€😀\u0000\ud800"\\', { '': [[]], __proto__x: 1 }, 'x'.repeat(100_000)]
    using script = await openScript(`import { call, ask } from 'kernel';
      export default async (data) => [await call('test.echo', [data]), ask('test.echo', [data])]`)
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

  it('on a name arrive as JSON would, whatever the name and the value', async () => {
    using script = await openScript(`import { callNamed } from 'kernel'
      const kept = Object.freeze({ n: 1 })
      const changed = { n: 1 }
      export default async (names) => {
        for (const name of names) await callNamed('test.echo', name)
        for (const name of names) await callNamed('test.echo', name, kept)
        await callNamed('test.echo', 'a', changed)
        changed.n++
        await callNamed('test.echo', 'a', changed)
        await callNamed('test.echo', 'a', kept)
        await callNamed('test.echo', 'a')
        return 'done'
      }`)
    const names = ['plain', 'ä€😀', '', 'zero\u0000inside', '\u0000', 'half\ud800', '"\\\n', 'x'.repeat(100_000), 'plain']
    expect(await valueOf(script.vu, { argText: JSON.stringify(names) })).to.equal('done')
    expect(script.host.told.map(({ args }) => args)).to.deep.equal([
      ...names.map((name) => [null, name]), ...names.map((name) => [null, name, { n: 1 }]),
      [null, 'a', { n: 1 }], [null, 'a', { n: 2 }], [null, 'a', { n: 1 }], [null, 'a'],
    ])
  })

  it('on a name whose value is no JSON throw, and nothing is begun', async () => {
    using script = await openScript(`import { callNamed } from 'kernel'
      export default async () => { try { callNamed('test.echo', 'a', { n: 1n }) } catch (error) { return error.name } }`)
    expect(await valueOf(script.vu)).to.equal('TypeError')
    expect(script.host.told).to.deep.equal([])
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
    using script = await openScript(`export default () => { console.log('a', 1, { b: [2] }, undefined, null, () => 1);
      console.error(new TypeError('bad')); console.debug(Object.create(null), { get x() { throw 1 } }) }`)
    await valueOf(script.vu)
    const [first, second, third] = script.host.logs()
    expect(first).to.match(/^a 1 {"b":\[2\]} undefined null function/)
    expect(second).to.match(/^TypeError: bad\n\s+at /)
    expect(third).to.equal('{} (object that can\'t be shown)')
  })
})

describe('Answers', () => {
  it('that say what every reply does are what JSON would make of them', async () => {
    using script = await openScript(`import { call } from 'kernel'; export default (reply) => call('test.echo', [reply])`)
    const facts = { status: 200, bytes: 4096, etag: '"9b74c9897bac770ffc029102a200c5de"', requestId: 'tx0001' }
    const replies = [facts, { status: 200, bytes: 0, etag: '' }, { ...facts, etag: '', bytes: 2 ** 52 }, { ...facts, more: 1 },
      { ...facts, etag: 'ä' }, { ...facts, requestId: 'a\u0000b' }, { ...facts, requestId: '' },
      { status: 204, bytes: 0 }, { ...facts, bytes: '1' }]
    for (const reply of replies) expect(await valueOf(script.vu, { argText: JSON.stringify(reply) })).to.deep.equal(reply)
  })

  it('of one turn are delivered in one entry', async () => {
    using script = await openScript(`import { call } from 'kernel'
      export default async () => { let jobs = 0; const all = [1, 2, 3].map((n) => call('test.later',
        [n]).then((value) => { const before = jobs; jobs++; return [value, before] })); return Promise.all(all) }`,
    {}, Object.assign(new TestHost(), {}))
    script.host.answers['test.later'] = () => undefined
    const running = valueOf(script.vu)
    for (const { id, args } of [...script.host.told].reverse()) script.vu.settle(id, true, args[0])
    expect(await running).to.deep.equal([[1, 2], [2, 1], [3, 0]])
  })

  it('that fail are StorageErrors with all they carry', async () => {
    using script = await openScript(`import { call, StorageError } from 'kernel'
      export default async () => { try { await call('test.fail', ['NoSuchKey']) } catch (error) { return [error instanceof StorageError,
        error instanceof Error, error.name, error.message, error.code, error.detail, error.operation, String(error)] } }`)
    expect(await valueOf(script.vu)).to.deep.equal([true, true, 'StorageError', 'no such key', 'not_found', 'NoSuchKey', 'test.fail',
      'StorageError: no such key'])
  })

  it('that fail are returned when expected or not to be thrown', async () => {
    using script = await openScript(`import { call } from 'kernel'
      export default async () => [(await call('test.fail', ['x'], { throw: false })).code, (await call('test.fail', ['x'],
        { expect: ['denied', 'not_found'] })).code,
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
