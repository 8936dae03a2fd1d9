// What a script can reach and break: nothing of the host, nothing of other VUs, and little of its own kernel.
import { expect } from 'chai'
import fc from 'fast-check'
import type { Json } from '../../bindings/sdk/index.ts'
import type { GuestVu } from '../../runtime/sandbox/sandbox.ts'
import { errorOf, openSandbox, openScript, request, TestHost, valueOf, vuOptions } from './kit.ts'

describe('The host', () => {
  it('can not be reached from a script', async () => {
    using script = await openScript(`export default () => {
      const names = Object.getOwnPropertyNames(globalThis)
      const known = ['process', 'require', 'module', 'fetch', 'Deno', 'Bun', 'std', 'os', 'WebAssembly', 'Worker', 'XMLHttpRequest',
        '__chopsticks', 'print', 'scriptArgs', 'load', 'Buffer', 'global']
      return known.filter((name) => names.includes(name) || name in globalThis)
    }`)
    expect(await valueOf(script.vu)).to.deep.equal([])
  })

  it('loads no module while a script runs', async () => {
    using script = await openScript(`export default async () => {
      const said = []
      for (const name of ['node:fs', './x.js', 'script.js', 'https://example.org/x.js']) {
        const at = name
        try { await import(at) } catch (error) { said.push(String(error)) }
      }
      return said
    }`)
    const said = await valueOf(script.vu) as string[]
    expect(said[0]).to.match(/^TypeError: import\('node:fs'\): modules can't be loaded while a script runs; import them at the top/)
    expect(said[1]).to.match(/^TypeError: import\('\.\/x\.js'\)/)
    expect(said.at(-1)).to.match(/^TypeError: import\('https:/)
  })

  it('is not reached by what import gives for the bundle itself', async () => {
    using script = await openScript(`export default async () => { const name = 'script.js';
      try { return Object.keys(await import(name)) } catch { return [] } }`)
    expect(await valueOf(script.vu)).to.deep.equal([])
  })
})

describe('A script that patches the language', () => {
  const patches = {
    'Object.prototype': `Object.defineProperty(Object.prototype, 'polluted', { get() { throw 1 }, set() { throw 2 } })
      Object.assign(Object.prototype, { code: 'x', id: 1, seen: true })`,
    'Promise.prototype.then': 'Promise.prototype.then = (() => { throw new Error("patched") }) as any',
    'Promise': '(globalThis as any).Promise = class { constructor() { throw 1 } }',
    'JSON': 'JSON.parse = JSON.stringify = () => { throw new Error("patched") }; (globalThis as any).JSON = null',
    'Array.prototype': `for (const name of Object.getOwnPropertyNames(Array.prototype)) {
      if (name !== 'length' && name !== 'constructor') (Array.prototype as any)[name] = () => { throw 1 }
    }`,
    'Reflect and Object': '(globalThis as any).Reflect = (globalThis as any).Object = undefined',
    'Error': 'Error.prototype.toString = () => { throw 1 }; (globalThis as any).Error = null',
    'Function.prototype': 'Function.prototype.call = Function.prototype.apply = Function.prototype.bind = (() => { throw 1 }) as any',
    'typed arrays': 'Object.defineProperty(Float64Array.prototype, "0", { get() { throw 1 } }); (globalThis as any).Float64Array = null',
    'Symbol': 'Object.defineProperty(Object.prototype, Symbol.toPrimitive, { get() { throw 1 } }); (globalThis as any).Symbol = null',
  }
  for (const [name, patch] of Object.entries(patches)) {
    it(`does not break its kernel: ${name}`, async () => {
      using script = await openScript(`import { call, ask, note } from 'kernel'
        ${patch}
        export default async () => { note('core.log', ['info', 'noted']); const a = ask('test.echo',
          [1]); const b = await call('test.echo', [2]); return (a as number) + (b as number) }
        export const failing = async () => { await call('test.fail', ['x']) }
        export const timed = async () => { setTimeout(() => {}, 1) }`)
      expect(await valueOf(script.vu)).to.equal(3)
      expect(errorOf(await script.vu.run(request({ fn: 'failing' })))).to.match(/^storage StorageError: no such key/)
      expect((await script.vu.run(request({ fn: 'timed' }))).ok).to.equal(true)
      expect(script.host.logs()).to.deep.equal(['noted'])
    })
  }

  it('does it in its own VU only', async () => {
    using sandbox = await openSandbox(`export default () => { (Object.prototype as any).mine = __VU; return ({} as any).mine }
      export const look = () => ({} as any).mine ?? null`)
    const host = new TestHost()
    const [one, two] = await Promise.all([1, 2].map((id) => sandbox.openVu({ ...vuOptions, id }, host)))
    expect(await valueOf(one as GuestVu)).to.equal(1)
    expect(await valueOf(two as GuestVu, { fn: 'look' })).to.equal(null)
    expect(({} as { mine?: unknown }).mine).to.equal(undefined)
  })

  it('so that the engine itself breaks gets an error and hangs nothing', async () => {
    using script = await openScript(`export default () => { for (let n = 0; n < 5;
      n++) Object.defineProperty(Array.prototype, n, { set() { throw new Error('set') }, get() { return 1 } })
      return [1, 2] }`)
    await script.vu.run(request())
    expect((await script.vu.run(request({ wantValue: false }))).ok).to.equal(false)
  })

  it('can spoil its own messages, and is told so', async () => {
    using script = await openScript(`import { call } from 'kernel'; (Array.prototype as any).toJSON = () => 'spoiled'
      export default async () => { try { await call('test.echo', [1]) } catch (error) { return error.message } }`)
    expect(await valueOf(script.vu)).to.equal('test.echo: its arguments must be an array')
  })
})

describe('The border', () => {
  it('takes any answers to any ids in any order', async () => {
    using script = await openScript(`import { call } from 'kernel'; export default async () => {
      const all = [call('test.never', []), call('test.never', [])]; await Promise.allSettled(all); return 'over' }`)
    const json = fc.jsonValue() as fc.Arbitrary<Json>
    await fc.assert(fc.asyncProperty(
      fc.array(fc.tuple(fc.oneof(fc.constantFrom(0, 1), fc.double(), fc.integer()), fc.boolean(), fc.option(json, { nil: undefined })),
        { maxLength: 8 }),
      fc.tuple(json, json), async (noise, answers) => {
        script.host.told.length = 0
        const running = script.vu.run(request())
        const ids = script.host.told.map(({ id }) => id)
        for (const [id, ok, value] of noise) if (!ids.includes(id)) script.vu.settle(id, ok, value)
        for (const [index, id] of ids.entries()) { script.vu.settle(id, true, answers[index]); script.vu.settle(id, true, 'again') }
        expect(errorOf(await running)).to.equal('ok')
      }), { numRuns: 300 })
    expect(script.vu.broken).to.equal(undefined)
  }).timeout(20_000)

  it('takes failures of any shape', async () => {
    using script = await openScript(`import { call } from 'kernel'; export default async () => { try {
      await call('test.any', []) } catch { } return 1 }`)
    let answer: Json = null
    script.host.answers['test.any'] = (vu, { id }) => { vu.settle(id, false, answer); return undefined }
    await fc.assert(fc.asyncProperty(fc.jsonValue() as fc.Arbitrary<Json>, async (value) => {
      answer = value
      expect(errorOf(await script.vu.run(request()))).to.equal('ok')
    }), { numRuns: 300 })
  }).timeout(20_000)

  it('takes many operations at once, and says when they are too many', async () => {
    using script = await openScript(`import { call } from 'kernel'; export default async (n: number) => { const all = [];
      for (let i = 0; i < n; i++) all.push(call('test.echo', [i])); const got: any = await Promise.all(all); return got[n - 1] }`,
      { memoryLimitBytes: 256 * 2 ** 20, sliceLimitMs: 20_000 })
    expect(await valueOf(script.vu, { argText: '20000' })).to.equal(19999)
    expect(errorOf(await script.vu.run(request({ argText: '70000' })))).to.match(/65536 operations are under way/)
  }).timeout(30_000)
})
