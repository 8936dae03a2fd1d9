// What a hostile or broken script does to its VU, and that it does it to nobody else.
import { expect } from 'chai'
import fc from 'fast-check'
import type { Json } from '../../bindings/sdk/index.ts'
import { NoRoomError, openError, Sandbox, type GuestError, type GuestVu } from '../../runtime/sandbox/sandbox.ts'
import { bundle, errorOf, openSandbox, openScript, options, request, TestHost, valueOf, vuOptions } from './kit.ts'

/** Runs the body as the default function of one VU, then makes sure a neighbour is well and the VU can be opened anew. */
async function endOf(body: string, more: Parameters<typeof openScript>[1] = {}): Promise<{ text: string; broken: GuestError | undefined; stack: string }> {
  using script = await openScript(`import { call, ask, note } from 'kernel'; export default async function hostile() { ${body} }; export const well = () => 'well'`, more)
  const neighbour = await script.sandbox.openVu({ ...vuOptions, id: 2 }, script.host)
  const result = await script.vu.run(request({ wantValue: false }))
  if (neighbour.broken?.kind !== 'module') expect(await valueOf(neighbour, { fn: 'well' })).to.equal('well')
  const again = await script.sandbox.openVu(vuOptions, script.host)
  expect(await valueOf(again, { fn: 'well' })).to.equal('well')
  return { text: errorOf(result), broken: script.vu.broken, stack: result.ok ? '' : result.error.stack }
}

describe('A VU that takes too long', () => {
  for (const [name, body] of Object.entries({
    'an endless loop': 'for (;;);',
    'an endless loop that awaits': 'for (;;) await 0',
    'an endless loop that awaits results': 'for (;;) await Promise.all([0, Promise.resolve()])',
    'a loop that catches the interrupt': 'for (;;) { try { for (;;); } catch {} }',
    'a loop in a finally': 'try { for (;;); } finally { for (;;); }',
    'jobs that make jobs, all native': 'const spin = () => { void Promise.resolve().then(spin) }; spin(); await call("test.never", [])',
    'jobs that end only in themselves': 'const then = Promise.prototype.then; const p: any = Promise.resolve(); const f = () => { p.then(f) }; f(); await p',
    'a regular expression that backtracks': '/^(a+)+$/.test("a".repeat(40) + "b")',
    'a getter asked by the kernel': 'throw { get message() { for (;;); } }',
    'a proxy asked by the kernel': 'throw new Proxy({}, { get() { for (;;); } })',
    'a thenable': 'await { then() { for (;;); } }',
    'a generator': 'for (const _ of (function* () { for (;;) yield 1 })());',
    'an iteration of sort': '[3, 2, 1].sort(() => { for (;;); })',
    'a JSON reviver': 'JSON.parse("[1]", () => { for (;;); })',
    'JSON in arguments': 'await call("test.echo", [{ toJSON() { for (;;); } } as any])',
  })) {
    it(`is stopped: ${name}`, async () => {
      const { text, broken } = await endOf(body)
      expect(text).to.match(/^slice SliceError: default\(\) ran for more than 100 ms/)
      expect(broken?.kind).to.equal('slice')
    }).timeout(10_000)
  }

  it('is named with the place it was at', async () => {
    const { stack } = await endOf('for (;;);')
    expect(stack).to.match(/hostile \(script\.js:\d+:\d+\)/)
  })

  it('in init code can not be opened', async () => {
    using sandbox = await openSandbox('for (;;);', { initLimitMs: 100 })
    expect(openError(await sandbox.openVu(vuOptions, new TestHost()).catch((thrown: unknown) => thrown))?.kind).to.equal('slice')
  })

  it('in a timer ends the run', async () => {
    expect((await endOf('setTimeout(() => { for (;;); }, 1)')).text).to.match(/^slice /)
  })
})

describe('A VU that takes too much memory', () => {
  for (const [name, body] of Object.entries({
    objects: 'const all = []; for (;;) all.push({ x: 1 })',
    buffers: 'const all = []; for (;;) all.push(new Uint8Array(10000))',
    'one buffer': 'new ArrayBuffer(1e9)',
    strings: 'const all = []; for (let n = 0; ; n++) all.push("x".repeat(1000) + n)',
    'a string that doubles': 'let text = "x"; for (;;) text = (text + text).split("").join("")',
    'a map': 'const all = new Map(); for (let n = 0; ; n++) all.set(n, {})',
    'closures': 'let f = () => 1; for (;;) { const g = f; f = () => g() + 1 }',
    'one native call': '"x".repeat(5e6).split("")',
    'what it catches': 'for (;;) { try { const all = []; for (;;) all.push(new Uint8Array(1e5)) } catch { break } }',
    'promises': 'const all = []; for (;;) all.push(new Promise(() => {}))',
    'a pattern': 'new RegExp("(?:a|b|c|d){1,9}".repeat(2e5))',
  })) {
    it(`is stopped: ${name}`, async () => {
      const { text, broken } = await endOf(body, { sliceLimitMs: 5000 })
      expect(text).to.match(/^memory MemoryError: default\(\) needed more than the 16 MiB/)
      expect(broken?.kind).to.equal('memory')
    }).timeout(20_000)
  }

  it('keeps the memory of its module', async () => {
    using script = await openScript('export default () => { const all = []; for (;;) all.push(new Uint8Array(10000)) }', { sliceLimitMs: 5000 })
    const before = script.sandbox.heapBytes()
    for (let n = 0; n < 5; n++) {
      const vu = await script.sandbox.openVu(vuOptions, script.host)
      expect(errorOf(await vu.run(request()))).to.match(/^memory /)
    }
    expect(script.sandbox.heapBytes() - before).to.be.below(24 * 2 ** 20)
  }).timeout(20_000)

  it('little by little, over many runs, is stopped as well', async () => {
    using script = await openScript('const all: unknown[] = []; export default () => { all.push(new Uint8Array(1e6)) }')
    const ends: string[] = []
    for (let n = 0; n < 20 && script.vu.broken === undefined; n++) ends.push(errorOf(await script.vu.run(request({ wantValue: false }))))
    expect(ends.length).to.be.within(15, 17)
    expect(ends.at(-1)).to.match(/^memory /)
  })

  it('in init code can not be opened', async () => {
    using sandbox = await openSandbox('const all = []; for (;;) all.push(new Uint8Array(10000))', { initLimitMs: 5000 })
    expect(openError(await sandbox.openVu(vuOptions, new TestHost()).catch((thrown: unknown) => thrown))?.kind).to.equal('memory')
  })
})

describe('A VU that goes deep', () => {
  for (const [name, body] of Object.entries({
    'calls itself': 'const deep = (): number => deep() + 1; deep()',
    'nests a parser': 'eval("[".repeat(1e5))',
    'nests JSON': 'JSON.parse("[".repeat(1e5))',
    'writes nested JSON': 'let a: any = []; for (let n = 0; n < 1e5; n++) a = [a]; JSON.stringify(a)',
    'nests proxies': 'let p: any = {}; for (let n = 0; n < 1e5; n++) p = new Proxy(p, {}); p.x',
    'nests bound functions': 'let f: any = () => 1; for (let n = 0; n < 1e5; n++) f = f.bind(null); f()',
    'sorts in its sort': 'const f: any = () => [1, 2].sort(f); f()',
    'replaces in its replace': 'const f: any = () => "a".replace(/a/, f); f()',
    'nests groups': 'new RegExp("(?:".repeat(1e5) + ")".repeat(1e5))',
    'reads its own getter': 'const o: any = { get a() { return this.a } }; o.a',
  })) {
    it(`gets an error or loses its module, and nothing hangs: ${name}`, async () => {
      expect((await endOf(body, { sliceLimitMs: 5000 })).text).to.match(/^(throw|module|memory) /)
    }).timeout(20_000)
  }
})

describe('A WASM module that is lost', () => {
  it('takes its VUs with it, names the culprit, and is replaced', async () => {
    const lost: unknown[] = []
    using sandbox = await Sandbox.open(options(await bundle(`export const well = () => 'well'`), {
      onModuleAbort: (...facts) => { lost.push(facts) },
    }))
    const host = new TestHost()
    const vus = await Promise.all([1, 2, 3].map((id) => sandbox.openVu({ ...vuOptions, id }, host)))
    const waiting = (vus[1] as GuestVu).run(request({ fn: 'well' }))
    const engine = (vus[0] as unknown as { engine: { condemn(culprit: unknown, error: unknown): void } }).engine
    engine.condemn(vus[0], new RangeError('Maximum call stack size exceeded'))
    expect(vus.map(({ broken }) => broken?.kind)).to.deep.equal(['module', 'module', 'module'])
    expect(vus[2]?.broken?.message).to.match(/in VU 1 \(Maximum call stack size exceeded\)/)
    expect(lost).to.deep.equal([[1, 'Maximum call stack size exceeded', 3]])
    expect((await waiting).ok).to.equal(true)
    for (const vu of vus) vu[Symbol.dispose]()
    expect(await valueOf(await sandbox.openVu(vuOptions, host), { fn: 'well' })).to.equal('well')
    expect(sandbox.moduleCount).to.equal(1)
  })
})

describe('Room', () => {
  it('is had in another module when one has its share, and is refused in one line when all have', async () => {
    using sandbox = await openSandbox('export default () => 1', { moduleHeapBytes: 1e6, modulesMax: 2 })
    const host = new TestHost()
    let refused: unknown
    let opened = 0
    for (; refused === undefined && opened < 100; opened++) await sandbox.openVu(vuOptions, host).catch((thrown: unknown) => { refused = thrown })
    expect(refused).to.be.instanceOf(NoRoomError)
    expect((refused as Error).message).to.match(/^no room for another VU: \d+ VUs fill the 2 WebAssembly modules/)
    expect(opened).to.be.within(8, 30)
    expect(sandbox.moduleCount).to.equal(2)
  })

  it('is given back: a thousand VUs opened and closed leave nothing', async () => {
    using sandbox = await openSandbox(`import { call } from 'kernel'; const keep = [1, 2, 3]; export default async () => { await call('test.never', keep) }`)
    const host = new TestHost()
    const cycle = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        using vu = await sandbox.openVu(vuOptions, host)
        void vu.run(request())
      }
    }
    await cycle(20)
    const before = sandbox.heapBytes()
    await cycle(1000)
    expect(sandbox.liveBytes()).to.equal(0)
    expect(sandbox.heapBytes()).to.equal(before)
  }).timeout(20_000)

  it('is given back by iterations: their memory does not grow', async () => {
    using script = await openScript(`import { call, track } from 'kernel'
      export default async () => { await Promise.all([call('test.echo', [{ a: 'x'.repeat(100) }]), call('test.fail', [1]).catch(() => 0)]); call('test.fail', [2]); setTimeout(() => {}, 0) }`)
    for (let n = 0; n < 300; n++) await script.vu.run(request())
    const before = script.vu.heapBytes
    for (let n = 0; n < 1000; n++) await script.vu.run(request())
    expect(script.vu.heapBytes - before).to.be.below(64 * 1024)
  }).timeout(20_000)
})

describe('What is thrown', () => {
  const thrown = async (body: string): Promise<GuestError> => {
    using script = await openScript(`export default async function () {
      ${body} }`)
    const result = await script.vu.run(request())
    if (result.ok) throw new Error('nothing was thrown')
    expect(script.vu.broken).to.equal(undefined)
    return result.error
  }

  it('has its name, message and place', async () => {
    const error = await thrown('const nothing: any = null; nothing.x()')
    expect(error.name).to.equal('TypeError')
    expect(error.message).to.match(/property 'x' of null/)
    expect(error.stack).to.match(/script\.js:\d+:\d+/)
  })

  it('has the place of the await when a store failed', async () => {
    using script = await openScript(`import { call } from 'kernel'; async function upload() { await call('test.fail', ['x']) }
      export default async () => { await upload() }`)
    const result = await script.vu.run(request())
    expect(result.ok ? '' : result.error.stack).to.match(/at upload \(script\.js:\d+:\d+\)/)
    expect(result.ok ? '' : result.error.kind).to.equal('storage')
  })

  for (const [name, [body, message]] of Object.entries({
    undefined: ['throw undefined', /^undefined$/],
    null: ['throw null', /no Error/],
    text: ['throw "plain"', /^plain$/],
    'a number': ['throw 42', /^42$/],
    'a symbol': ['throw Symbol("s")', /symbol/],
    'an object': ['throw { a: 1 }', /no Error/],
    'an object with a message': ['throw { message: "m" }', /^m$/],
    'a function': ['throw () => 1', /^$|no Error/],
    'a getter that throws': ['throw { get message() { throw 1 }, get name() { throw 2 }, get stack() { throw 3 } }', /no Error/],
    'a proxy that throws': ['throw new Proxy({}, { get() { throw new Error("trap") } })', /no Error/],
    'a proxy that is gone': ['const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy', /no Error/],
    'a message that is no text': ['throw Object.assign(new Error(), { message: { toString() { throw 1 } } })', /^$/],
    'a huge message': ['throw new Error("ä".repeat(1e6))', /^ä{2048}$/],
    'an error without a prototype': ['throw Object.setPrototypeOf(new Error("bare"), null)', /bare/],
  } satisfies Record<string, [string, RegExp]>)) {
    it(`may be anything: ${name}`, async () => { expect((await thrown(body)).message).to.match(message) })
  }
  
  it('in init code stops the VU from being opened, with the place', async () => {
    using sandbox = await openSandbox('const nothing: any = null\nnothing.x()')
    const error = openError(await sandbox.openVu(vuOptions, new TestHost()).catch((reason: unknown) => reason))
    expect(error?.kind).to.equal('throw')
    expect(error?.stack).to.match(/script\.js:\d+:\d+/)
  })

  it('after an await in init code does too', async () => {
    using sandbox = await openSandbox('await 0\nthrow new RangeError("late")')
    expect(openError(await sandbox.openVu(vuOptions, new TestHost()).catch((reason: unknown) => reason))?.name).to.equal('RangeError')
  })
})

describe('A promise nothing settles', () => {
  it('ends the run with a clear error, not never', async () => {
    using script = await openScript('export default async () => { await new Promise(() => {}) }; export const well = () => 1')
    expect(errorOf(await script.vu.run(request()))).to.match(/^throw StuckError: default\(\) awaits a promise nothing can settle/)
    expect(await valueOf(script.vu, { fn: 'well' })).to.equal(1)
  })

  it('in init code stops the VU from being opened', async () => {
    using sandbox = await openSandbox('await new Promise(() => {})')
    expect(openError(await sandbox.openVu(vuOptions, new TestHost()).catch((reason: unknown) => reason))?.name).to.equal('StuckError')
  })
})

describe('The host', () => {
  it('can not be reached from a script', async () => {
    using script = await openScript(`export default () => {
      const names = Object.getOwnPropertyNames(globalThis)
      const known = ['process', 'require', 'module', 'fetch', 'Deno', 'Bun', 'std', 'os', 'WebAssembly', 'Worker', 'XMLHttpRequest', '__chopsticks', 'print', 'scriptArgs', 'load', 'Buffer', 'global']
      return known.filter((name) => names.includes(name) || name in globalThis)
    }`)
    expect(await valueOf(script.vu)).to.deep.equal([])
  })

  it('loads no module while a script runs', async () => {
    using script = await openScript(`export default async () => { const said = []; for (const name of ['node:fs', './x.js', 'script.js', 'https://example.org/x.js']) { const at = name; try { await import(at) } catch (error) { said.push(String(error)) } } return said }`)
    const said = await valueOf(script.vu) as string[]
    expect(said[0]).to.equal(`TypeError: import('node:fs'): modules can't be loaded while a script runs; import them at the top of the script`)
    expect(said[1]).to.match(/^TypeError: import\('\.\/x\.js'\)/)
    expect(said.at(-1)).to.match(/^TypeError: import\('https:/)
  })

  it('is not reached by what import gives for the bundle itself', async () => {
    using script = await openScript(`export default async () => { const name = 'script.js'; try { return Object.keys(await import(name)) } catch { return [] } }`)
    expect(await valueOf(script.vu)).to.deep.equal([])
  })
})

describe('A script that patches the language', () => {
  const patches = {
    'Object.prototype': 'Object.defineProperty(Object.prototype, "polluted", { get() { throw 1 }, set() { throw 2 } }); (Object.prototype as any).code = "x"; (Object.prototype as any).id = 1; (Object.prototype as any).seen = true',
    'Promise.prototype.then': 'Promise.prototype.then = (() => { throw new Error("patched") }) as any',
    'Promise': '(globalThis as any).Promise = class { constructor() { throw 1 } }',
    'JSON': 'JSON.parse = JSON.stringify = () => { throw new Error("patched") }; (globalThis as any).JSON = null',
    'Array.prototype': 'for (const name of Object.getOwnPropertyNames(Array.prototype)) { if (name !== "length" && name !== "constructor") (Array.prototype as any)[name] = () => { throw 1 } }',
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
        export default async () => { note('core.log', ['info', 'noted']); const a = ask('test.echo', [1]); const b = await call('test.echo', [2]); return (a as number) + (b as number) }
        export const failing = async () => { await call('test.fail', ['x']) }
        export const timed = async () => { setTimeout(() => {}, 1) }`)
      expect(await valueOf(script.vu)).to.equal(3)
      expect(errorOf(await script.vu.run(request({ fn: 'failing' })))).to.match(/^storage StorageError: no such key/)
      expect((await script.vu.run(request({ fn: 'timed' }))).ok).to.equal(true)
      expect(script.host.logs()).to.deep.equal(['noted'])
    })
  }

  it('does it in its own VU only', async () => {
    using sandbox = await openSandbox('export default () => { (Object.prototype as any).mine = __VU; return ({} as any).mine }; export const look = () => ({} as any).mine ?? null')
    const host = new TestHost()
    const [one, two] = await Promise.all([1, 2].map((id) => sandbox.openVu({ ...vuOptions, id }, host)))
    expect(await valueOf(one as GuestVu)).to.equal(1)
    expect(await valueOf(two as GuestVu, { fn: 'look' })).to.equal(null)
    expect(({} as { mine?: unknown }).mine).to.equal(undefined)
  })

  it('so that the engine itself breaks gets an error and hangs nothing', async () => {
    using script = await openScript(`export default () => { for (let n = 0; n < 5; n++) Object.defineProperty(Array.prototype, n, { set() { throw new Error('set') }, get() { return 1 } })
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
    using script = await openScript(`import { call } from 'kernel'; export default async () => { const all = [call('test.never', []), call('test.never', [])]; await Promise.allSettled(all); return 'over' }`)
    const json = fc.jsonValue() as fc.Arbitrary<Json>
    await fc.assert(fc.asyncProperty(
      fc.array(fc.tuple(fc.oneof(fc.constantFrom(0, 1), fc.double(), fc.integer()), fc.boolean(), fc.option(json, { nil: undefined })), { maxLength: 8 }),
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
    using script = await openScript(`import { call } from 'kernel'; export default async () => { try { await call('test.any', []) } catch { } return 1 }`)
    let answer: Json = null
    script.host.answers['test.any'] = (vu, { id }) => { vu.settle(id, false, answer); return undefined }
    await fc.assert(fc.asyncProperty(fc.jsonValue() as fc.Arbitrary<Json>, async (value) => {
      answer = value
      expect(errorOf(await script.vu.run(request()))).to.equal('ok')
    }), { numRuns: 300 })
  }).timeout(20_000)

  it('takes many operations at once, and says when they are too many', async () => {
    using script = await openScript(`import { call } from 'kernel'; export default async (n: number) => { const all = []; for (let i = 0; i < n; i++) all.push(call('test.echo', [i])); const got: any = await Promise.all(all); return got[n - 1] }`,
      { memoryLimitBytes: 256 * 2 ** 20, sliceLimitMs: 20_000 })
    expect(await valueOf(script.vu, { argText: '20000' })).to.equal(19999)
    expect(errorOf(await script.vu.run(request({ argText: '70000' })))).to.match(/65536 operations of this VU are under way/)
  }).timeout(30_000)
})
