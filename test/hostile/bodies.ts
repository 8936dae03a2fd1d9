// Hostile iterations: what a script does to get out, to take everything, or to hang; and what must come of it.

export interface Hostile {
  readonly name: string
  /** The body of an async function of the script, in one VU. */
  readonly body: string
  /** The error its iteration ends with; undefined: it ends well, having found nothing to break. */
  readonly error?: RegExp
  /** It may as well end well. */
  readonly orWell?: true
  /** An error that is told without ending the iteration. */
  readonly late?: RegExp
}

const SLICE = /^SliceError: .* ran for more than \d+ ms without awaiting anything/
const MEMORY = /^MemoryError: .* needed more than the 16 MiB a VU may use/
const DEEP = /^(InternalError: stack overflow|RangeError: .*call stack|SyntaxError: |SandboxError: |MemoryError: )/
/** Ended by itself, or by one limit or the other. */
const ENDED = /./

/** A body that works with the store after it has spoilt what the language gave it. */
const spoilt = (spoil: string): string => `${spoil}
  await s3.put('spoilt-' + __VU, 'x'); const got = await s3.get('spoilt-' + __VU, { body: 'text' }); if (got.body !== 'x') fail('spoilt')`
/** A body that fails when an expression gives anything. */
const nothing = (expression: string): string =>
  `let found; try { found = ${expression} } catch {} if (found) fail('REACHED ' + String(found))`

const LOOPS: readonly Hostile[] = [
  { name: 'spins', body: 'for (;;);', error: SLICE },
  { name: 'spins in awaits', body: 'for (;;) await 0', error: SLICE },
  { name: 'catches the interrupt', body: 'for (;;) { try { for (;;); } catch {} }', error: SLICE },
  { name: 'spins in finally, labelled', body: 'out: for (;;) { try { for (;;) continue out } finally { for (;;); } }', error: SLICE },
  { name: 'spins in a generator', body: 'for (const _ of (function* () { for (;;) yield 1 })());', error: SLICE },
  { name: 'spins in an async generator', body: 'for await (const _ of (async function* () { for (;;) yield 1 })());', error: SLICE },
  {
    name: 'searches for long in one built-in',
    body: 'const begun = Date.now(); while (Date.now() - begun < 700) Array.prototype.indexOf.call({ length: 3e5 }, 1)', error: SLICE,
  },
  { name: 'fills for long in one built-in', body: 'Array.prototype.fill.call({ length: 1e6 }, 1)', error: /^(SliceError|MemoryError): / },
  { name: 'backtracks', body: '/^(a+)+$/.test("a".repeat(40) + "b")', error: SLICE },
  { name: 'sorts without end', body: '[3, 2, 1].sort(() => { for (;;); })', error: SLICE },
  {
    name: 'floods microtasks', body: 'const spin = () => { void Promise.resolve().then(spin) }; spin(); await new Promise(() => {})',
    error: SLICE,
  },
  { name: 'has a thenable that gives a thenable', body: 'const lie = { then(go) { go(lie) } }; await lie', error: SLICE },
  { name: 'has a species that spins', body: `class Own extends Promise { static get [Symbol.species]() { for (;;); } }
    await new Own((go) => go(1)).then(() => 1)`, error: SLICE },
  { name: 'spins where its error is read', body: 'throw { get message() { for (;;); } }', error: SLICE },
  {
    name: 'spins in the stack of its error', body: 'throw Object.defineProperty(new Error("x"), "stack", { get() { for (;;); } })',
    error: SLICE,
  },
  { name: 'spins in what it sends', body: 'await s3.put("key", { toJSON() { for (;;); } })', error: SLICE },
  { name: 'spins in a timer', body: 'setTimeout(() => { for (;;); }, 1)', error: SLICE },
]

const BOMBS: readonly Hostile[] = [
  { name: 'grows an array', body: 'const all = []; for (;;) all.push({ n: 1 })', error: MEMORY },
  { name: 'makes one huge buffer', body: 'new ArrayBuffer(2 ** 31 - 1)', error: MEMORY },
  { name: 'grows buffers', body: 'const all = []; for (;;) all.push(new ArrayBuffer(1e6))', error: MEMORY },
  { name: 'grows typed arrays', body: 'const all = []; for (;;) all.push(new Float64Array(1e4))', error: MEMORY },
  {
    name: 'grows a Map and a Set',
    body: 'const map = new Map(), set = new Set(); for (let n = 0; ; n++) { map.set(n, {}); set.add(`${n}`) }', error: MEMORY,
  },
  { name: 'grows closures', body: 'let f = () => 1; for (;;) { const g = f; f = () => g() + 1 }', error: MEMORY },
  { name: 'doubles a text', body: 'let text = "x"; for (;;) text = (text + text).split("").join("")', error: MEMORY },
  { name: 'repeats a text', body: '"x".repeat(2 ** 30 - 2)', error: MEMORY },
  { name: 'pads a text', body: '"x".padEnd(2 ** 29, "ab")', error: MEMORY },
  { name: 'joins nothing', body: 'new Array(1e6).join("x".repeat(1000))', error: MEMORY },
  { name: 'makes a huge pattern', body: 'new RegExp("(?:a|b|c|d){1,9}".repeat(2e5))', error: MEMORY },
  { name: 'hoards promises', body: 'const all = []; for (;;) all.push(new Promise(() => {}))', error: MEMORY },
  { name: 'catches what it is denied', 
    body: 'const all = []; for (;;) { try { for (;;) all.push(new Uint8Array(1e5)) } catch { await 0 } }',
    error: /^(MemoryError|SliceError): / },
  { name: 'squares an integer', body: 'let a = 3n; for (;;) a *= a', error: /^(MemoryError|SliceError|RangeError): / },
  {
    name: 'hoards timers', body: 'for (let n = 0; n < 70000; n++) setTimeout(() => {}, 1e6)',
    error: /^(Error: .*65536 operations of this VU|MemoryError|SliceError)/,
  },
  { name: 'hoards calls', body: 'const all = []; for (let n = 0; n < 70000; n++) all.push(s3.head("none")); await Promise.all(all)',
    error: /^(Error: .*65536 operations of this VU|MemoryError|SliceError)/ },
  { name: 'sends a huge text', body: 'await s3.put("key", "x".repeat(6e6))', error: /^(StorageError|MemoryError|Error): / },
  { name: 'sends a huge key', body: 'await s3.put("k".repeat(1e6), "x")', error: /^(StorageError|Error): / },
  { name: 'throws a huge message', body: 'throw new Error("x".repeat(3e6))', error: /^Error: x{1000}/ },
]

const DEPTHS: readonly Hostile[] = [
  { name: 'calls itself', body: 'const deep = () => deep() + 1; deep()', error: DEEP },
  { name: 'reads its own getter', body: 'const o = { get a() { return this.a } }; o.a', error: DEEP },
  { name: 'writes itself as JSON', body: 'const o = { toJSON() { return JSON.stringify(o) } }; JSON.stringify(o)', error: DEEP },
  { name: 'reads nested JSON', body: 'JSON.parse("[".repeat(1e5))', error: DEEP },
  { name: 'writes nested JSON', body: 'let a = []; for (let n = 0; n < 2e3; n++) a = [a]; JSON.stringify(a)', error: SLICE, orWell: true },
  { name: 'evaluates nested brackets', body: '(0, eval)("[".repeat(1e5))', error: DEEP },
  { name: 'makes a function of nested parentheses', body: 'new Function("(".repeat(1e5))', error: DEEP },
  { name: 'nests groups of a pattern', body: 'new RegExp("(?:".repeat(1e5) + ")".repeat(1e5))', error: DEEP },
  { name: 'nests proxies', body: 'let p = {}; for (let n = 0; n < 1e5; n++) p = new Proxy(p, {}); p.x', error: DEEP },
  { name: 'nests bound functions', body: 'let f = () => 1; for (let n = 0; n < 1e5; n++) f = f.bind(null); f()', error: DEEP },
  { name: 'replaces in its replacement', body: 'const f = () => "a".replace(/a/, f); f()', error: DEEP },
  { name: 'chains promises', body: 'let p = Promise.resolve(); for (let n = 0; n < 1e4; n++) p = p.then(() => n); await p' },
  {
    name: 'sends what is nested', body: 'let a = []; for (let n = 0; n < 2e3; n++) a = [a]; await s3.put("key", a)',
    error: /^(SliceError|StorageError|TypeError): /,
  },
]

const THROWN: readonly Hostile[] = [
  { name: 'throws undefined', body: 'throw undefined', error: /^Error: undefined$/ },
  { name: 'throws a symbol', body: 'throw Symbol("s")', error: /^Error: a symbol was thrown$/ },
  {
    name: 'throws a proxy whose traps throw', body: 'throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })',
    error: /^Error: a value that is no Error/,
  },
  { name: 'throws a revoked proxy', body: 'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy', error: /^Error: / },
  { name: 'throws what has no prototype', body: 'throw Object.create(null)', error: /^Error: a value that is no Error/ },
  {
    name: 'throws what shows itself as a storage error',
    body: 'throw { name: "StorageError", message: "forged", code: { toString() { for (;;); } } }', error: /^StorageError: forged/,
  },
  { name: 'leaves a promise rejected', body: 'Promise.reject(new Error("unseen")); (async () => { throw 1 })()' },
  { name: 'never settles', body: 'await new Promise(() => {})', error: /^StuckError: / },
  { name: 'settles twice and throws', body: 'if (await { then(go) { go(1); go(2); throw 3 } } !== 1) fail("wrong")' },
]

const POLLUTION: readonly Hostile[] = [
  { name: 'pollutes Object.prototype', body: spoilt(`
    Object.defineProperty(Object.prototype, 'polluted', { get() { throw 1 }, set() { throw 2 } })
    Object.assign(Object.prototype, { code: 'x', id: 1, seen: true, ok: false, kind: 9, body: 'no' })`) },
  { name: 'spoils Array.prototype', body: spoilt(`for (const name of ['push', 'map', 'join', 'slice', 'splice', 'indexOf', Symbol.iterator])
    Array.prototype[name] = () => { throw 1 }`), error: /^(Error: 1|TypeError)/, orWell: true },
  {
    name: 'spoils promises',
    body: spoilt('Promise.prototype.then = Promise.prototype.finally = () => { throw 1 }; globalThis.Promise = null'),
    error: /^(Error: 1|TypeError)/, orWell: true,
  },
  { name: 'spoils JSON', body: spoilt('JSON.parse = JSON.stringify = () => { throw 1 }; globalThis.JSON = null') },
  {
    name: 'spoils functions and Reflect',
    body: spoilt('Function.prototype.call = Function.prototype.apply = () => { throw 1 }; globalThis.Reflect = null'),
  },
  { name: 'spoils what init code shares', body: spoilt('globalThis.__VU_LEAK = 1; try { Object.freeze(globalThis) } catch {}') },
]

const REACHING: readonly Hostile[] = [
  { name: 'looks for the host in its globals', body: `const names = ['process', 'require', 'module', 'Deno', 'Bun', 'std', 'os', 'fetch',
      'WebAssembly', 'Worker', 'XMLHttpRequest', 'Buffer', 'global', 'window', 'print', 'scriptArgs', 'load', 'loadScript', '__chopsticks']
    const found = names.filter((name) => name in globalThis); if (found.length > 0) fail('REACHED ' + found.join())` },
  { name: 'asks constructors for the host', body: nothing(`[() => {}, async () => {}, function* () {}, s3.get, sleep, console.log]
    .map((f) => f.constructor('return typeof process + typeof require')()).find((text) =>
       typeof text === 'string' && text !== 'undefinedundefined')`) },
  { name: 'looks for the mail in all it can reach', body: `
    const seen = new Set(), todo = [globalThis, s3, payload, s3.get, Object.getPrototypeOf(s3)]
    while (todo.length > 0 && seen.size < 3000) { const one = todo.pop(); if (seen.has(one)) continue; seen.add(one)
      if (one instanceof ArrayBuffer || one instanceof Float64Array && one.length === 12) fail('REACHED the mail')
      for (const key of Reflect.ownKeys(one)) {
        let value; try { value = one[key] } catch {} ; if (Object(value) === value) todo.push(value) } }` },
  { name: 'takes answers from the kernel by a patched Map and WeakMap', body: nothing(`(() => { let got; const set = Map.prototype.set
    Map.prototype.set = function (k, v) { got = v; return set.call(this, k, v) }; return got })()`) },
  {
    name: 'imports a module of the host', body: "const name = 'node:fs'; await import(name)",
    error: /^TypeError: import\('node:fs'\): modules can't be loaded/,
  },
  { name: 'imports a file', body: "const name = '/etc/passwd'; await import(name)", error: /^TypeError: import\('\/etc\/passwd'\)/ },
  { name: 'opens a file in an iteration', body: "open('/etc/passwd')", error: /^Error: open\(\) works in init code only/ },
  { name: 'looks for credentials', body: `const text = JSON.stringify([__ENV, s3, Object.getOwnPropertyNames(globalThis)])
    if (/secret-of-the-store|PATH|HOME/.test(text)) fail('REACHED ' + text)
    try { await s3.get('none', { timeout: -1 }) } catch (error) {
      if (/secret-of-the-store/.test(JSON.stringify(error) + error.stack)) fail('REACHED') }` },
  {
    name: 'names another target', body: "const { S3 } = await 0 || {}; await new (s3.constructor)('../../etc').get('x')",
    error: /^(StorageError|TypeError|Error): /,
  },
  { name: 'leaves its prefix', body: "await s3.get('../../' + 'x'.repeat(10), { expect: ['not_found', 'invalid'] })" },
  {
    name: 'waits on shared memory', body: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e6)',
    error: /^(TypeError|ReferenceError|SliceError): /,
  },
  { name: 'runs code when things are collected', body: `
    const all = new FinalizationRegistry(() => { for (;;); }); for (let n = 0; n < 1e3; n++) all.register({}, n)
    const weak = new WeakRef({}); await sleep(0.01); if (weak.deref() === globalThis) fail('wrong')`,
    error: ENDED, orWell: true },
]

const FLOODS: readonly Hostile[] = [
  { name: 'prints without end', body: 'for (let n = 0; n < 3000; n++) { console.log("flood", n); if (n % 100 === 0) await sleep(0.001) }' },
  {
    name: 'prints what can\'t be shown',
    body: 'console.log(new Proxy({}, { get() { throw 1 } }), { toJSON() { throw 1 } }, Symbol("s"), 10n, Object.create(null))',
  },
  {
    name: 'makes series without end',
    body: 'for (let n = 0; n < 4000; n++) { own.add(1, { tag: `t${n}` }); if (n % 500 === 0) await sleep(0.001) }',
  },
  { name: 'tags with huge names', body: 'own.add(1, { ["t".repeat(1e5)]: "x" })', late: /^Error: .*longer than/ },
  { name: 'adds what is no number', body: 'for (const value of [NaN, Infinity, {}, 1n, Symbol("s")]) { try { own.add(value) } catch {} }' },
  {
    name: 'sleeps for ever, backwards and in words',
    body: `for (const time of [-1, NaN, Infinity, "x", {}]) { try { await sleep(time); fail("slept") } catch (error) {
      if (/slept/.test(error.message)) throw error } }`,
  },
]

export interface Batch {
  readonly all: readonly Hostile[]
  /** How long a visit may take: what is to end by another limit gets time for it. */
  readonly sliceMs: number
}

/** Together they run in one process, beside a neighbour that must not suffer. */
export const BATCHES: Readonly<Record<string, Batch>> = {
  'takes time': { all: LOOPS, sliceMs: 200 },
  'takes memory': { all: BOMBS, sliceMs: 4000 },
  'goes deep': { all: DEPTHS, sliceMs: 4000 },
  'throws or floods': { all: [...THROWN, ...FLOODS], sliceMs: 4000 },
  'spoils and reaches out': { all: [...POLLUTION, ...REACHING], sliceMs: 4000 },
}
