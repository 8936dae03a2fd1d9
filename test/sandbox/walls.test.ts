// What a script that takes too much does to its VU, and that it does it to nobody else.
import { expect } from 'chai'
import { NoRoomError, openError, Sandbox, type GuestError, type GuestVu } from '../../runtime/sandbox/sandbox.ts'
import { bundle, errorOf, openSandbox, openScript, options, request, TestHost, valueOf, vuOptions } from './kit.ts'

/** Runs the body as the default function of one VU, then makes sure a neighbour is well and the VU can be opened anew. */
async function endOf(
  body: string, more: Parameters<typeof openScript>[1] = {},
): Promise<{ text: string; broken: GuestError | undefined; stack: string }> {
  using script = await openScript(`import { call, ask, note } from 'kernel'; export default async function hostile() { ${body} };
    export const well = () => 'well'`, more)
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
    'jobs that end only in themselves': 
      'const p: any = Promise.resolve(); const f = () => { p.then(f) }; f(); await call("test.never", [])',
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
    using script = await openScript('export default () => { const all = []; for (;;) all.push(new Uint8Array(10000)) }',
      { sliceLimitMs: 5000 })
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
    for (; refused === undefined && opened < 100; opened++) await sandbox.openVu(vuOptions,
      host).catch((thrown: unknown) => { refused = thrown })
    expect(refused).to.be.instanceOf(NoRoomError)
    expect((refused as Error).message).to.match(/^no room for another VU: \d+ VUs fill the 2 WebAssembly modules/)
    expect(opened).to.be.within(8, 30)
    expect(sandbox.moduleCount).to.equal(2)
  })

  it('is given back: a thousand VUs opened and closed leave nothing', async () => {
    using sandbox = await openSandbox(`import { call } from 'kernel'; const keep = [1, 2, 3]; export default async () => {
      await call('test.never', keep) }`)
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
      export default async () => { await Promise.all([call('test.echo', [{ a: 'x'.repeat(100) }]), call('test.fail',
        [1]).catch(() => 0)]); call('test.fail', [2]); setTimeout(() => {}, 0) }`)
    for (let n = 0; n < 300; n++) await script.vu.run(request())
    const before = script.vu.heapBytes
    for (let n = 0; n < 1000; n++) await script.vu.run(request())
    expect(script.vu.heapBytes - before).to.be.below(64 * 1024)
  }).timeout(20_000)
})
