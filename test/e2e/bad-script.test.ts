// Wrong and hostile scripts: one clear line with the place in the script, the right exit code, nothing of ours shown, nothing left.
import { testAll, type BadInput } from '../kit/bad-input.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'

/** A script that has put an object by the time its own lines, from the fourth on, are run. */
const putting = (text: string): string => `import s3 from 'chopsticks/s3'
import { check } from 'chopsticks'
export async function setup() { await s3.put('made', 'x') }
${text}`
/** The same, with the lines in its iterations. */
const each = (text: string): string => putting(`export default async function () {
  await s3.put('each-' + __VU + '-' + __ITER, 'x')
  ${text}
}`)

/** A script that can't be read, or does not get as far as its first iteration or beyond its last. */
const BROKEN: readonly BadInput[] = [
  { what: 'a syntax error', script: 'export default function () {\n  const x = ;\n}', code: 107, line: /^error: script\.js:2:13: / },
  {
    what: 'an unknown module of ours', code: 107, line: /^error: script\.js:1:\d+: .*chopsticks\/nope.*chopsticks\/s3/s,
    script: 'import x from "chopsticks/nope"\nexport default function () {}',
  },
  {
    what: 'a missing local module', code: 107, line: /^error: script\.js:1:\d+: .*nope\.js/,
    script: 'import x from "./nope.js"\nexport default function () { x() }',
  },
  {
    what: 'a missing package', code: 107, line: /^error: script\.js:1:\d+: .*no-such-package/,
    script: 'import x from "no-such-package"\nexport default function () { x() }',
  },
  {
    what: 'init code that throws', code: 107, line: /^error: script\.js:2:\d+: .*in init/,
    script: 'const a = 1\nthrow new Error("in init")\nexport default function () {}',
  },
  {
    what: 'setup that throws', code: 107, line: /^error: script\.js:2:\d+: .*in setup/,
    script: 'export function setup() {\n  throw new Error("in setup")\n}\nexport default function () {}',
  },
  {
    what: 'setupVU that throws', code: 107, line: /^error: script\.js:2:\d+: .*in hook/,
    script: 'export function setupVU() {\n  throw new Error("in hook")\n}\nexport default function () {}',
  },
  {
    what: 'teardown that throws', code: 107, line: /^error: script\.js:3:\d+: .*in teardown/,
    script: 'export default function () {}\nexport async function teardown() {\n  throw new Error("in teardown")\n}',
  },
  {
    what: 'handleSummary that throws', code: 107, line: /^error: script\.js:3:\d+: .*in summary/,
    script: 'export default function () {}\nexport function handleSummary() {\n  throw new Error("in summary")\n}',
  },
  {
    what: 'setup that never ends', code: 100, line: /^error: .*setup/,
    script: 'export function setup() { return new Promise(() => { setTimeout(() => {}, 60000) }) }\nexport default function () {}',
    args: ['--setup-timeout', '200ms'],
  },
  {
    what: 'teardown that never ends', code: 101, line: /^error: .*teardown/,
    script: 'export default function () {}\nexport function teardown() { return new Promise(() => { setTimeout(() => {}, 60000) }) }',
    args: ['--teardown-timeout', '200ms'],
  },
  {
    what: 'init code that never ends', code: 107, line: /^error: script\.js:1:\d+: /,
    script: 'for (;;) {}\nexport default function () {}',
  },
  {
    what: 'a package of Node\'s', code: 107, line: /^error: script\.js:1:\d+: .*fs/,
    script: 'import { readFileSync } from "node:fs"\nexport default function () { readFileSync("/etc/passwd") }',
  },
  {
    what: 'an import at run time', code: 107, line: /^error: script\.js:6:\d+: 'node:fs' is part of Node/,
    script: each('await import("node:fs")'),
  },
  {
    what: 'process, which is not there', code: 107, line: /^error: script\.js:1:\d+: .*process/,
    script: 'const path = process.env.PATH\nexport default function () {}',
  },
  {
    what: 'a file outside the script\'s folder', code: 107, line: /^error: script\.js:4:\d+: .*\/etc\/passwd.*outside the script's folder/,
    script: putting('const users = open("/etc/passwd")\nexport default function () {}'),
  },
  {
    what: 'a target that is not named anywhere', code: 107, line: /^error: script\.js:2:\d+: .*"nowhere".*default/,
    script: 'import { S3 } from "chopsticks/s3"\nconst there = new S3("nowhere")\nexport default function () { return there.get("k") }',
  },
  {
    what: 'a driver there is not', code: 107, line: /^error: script\.js:2:\d+: .*"warp".*native/,
    script: 'import { S3 } from "chopsticks/s3"\nconst there = new S3({ driver: "warp" })\nexport default () => there.get("k")',
  },
  {
    what: 'a metric\'s bad name', code: 107, line: /^error: script\.js:2:\d+: .*two words/,
    script: 'import { Trend } from "chopsticks/metrics"\nnew Trend("two words")\nexport default function () {}',
  },
  {
    what: 'two metrics of one name', code: 107, line: /^error: script\.js:3:\d+: .*taken/,
    script: 'import { Trend, Rate } from "chopsticks/metrics"\nnew Trend("taken")\nnew Rate("taken")\nexport default function () {}',
  },
  {
    what: 'options that are no plain data', code: 107, line: /^error: .*options must be plain data/,
    script: 'const options = {}\noptions.self = options\nexport { options }\nexport default function () {}',
  },
  {
    what: 'setup that throws after it has made something', code: 107, line: /^error: script\.js:3:\d+: setup: Error: too late/,
    script: `import s3 from "chopsticks/s3"
export async function setup() { await s3.put("made", "x")
  throw new Error("too late")
}
export default function () {}`,
  },
  {
    what: 'setup that throws a Proxy', code: 107, line: /^error: .*setup: /,
    script: 'export function setup() {\n  throw new Proxy({}, { get() { throw new Error("trap") } })\n}\nexport default function () {}',
  },
  {
    what: 'setup that waits for nothing', code: 107, line: /^error: .*setup: .*nothing/,
    script: 'export async function setup() { await new Promise(() => {}) }\nexport default function () {}',
  },
  {
    what: 'setup that loops', code: 107, line: /^error: script\.js:[34]:\d+: setup: SliceError/,
    script: 'export default function () {}\n\nexport function setup() {\n  for (;;) {}\n}',
  },
  {
    what: 'setup that returns what can\'t be said in JSON', code: 107, line: /^error: .*setup: .*JSON/,
    script: 'export function setup() { return 10n }\nexport default function () {}',
  },
  {
    what: 'handleSummary that returns no object', code: 107, line: /^error: handleSummary: return an object/,
    script: putting('export default function () {}\nexport const handleSummary = () => "text"'),
  },
  {
    what: 'handleSummary that names a file outside the working folder', code: 107,
    line: /^error: handleSummary: "\.\.\/x" was not written: .*outside/,
    script: putting('export default function () {}\nexport const handleSummary = () => ({ "../x": "text" })'),
  },
  {
    what: 'handleSummary that names a folder there is not', code: 107,
    line: /^error: handleSummary: "no\/x" was not written: there is no such folder/,
    script: putting('export default function () {}\nexport const handleSummary = () => ({ "no/x": "text" })'),
  },
]

/** What goes wrong in iterations: all of them fail, so the default threshold ends the run with 99; the summary names the place. */
const FAILED = { code: 99, line: /^error: thresholds on metrics 'iterations_failed' have been crossed/ } as const
const FAILING: readonly BadInput[] = [
  { what: 'an error', script: each('throw new TypeError("in default")'), said: /TypeError: in default[^]*script\.js:6:/, ...FAILED },
  { what: 'nothing but text thrown', script: each('throw "in default"'), said: /in default/, ...FAILED },
  { what: 'a thrown Proxy', script: each('throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })'), ...FAILED },
  { what: 'getters that throw', script: each('throw { get message() { throw 1 }, get name() { throw 2 } }'), ...FAILED },
  { what: 'an infinite loop', script: each('for (;;) {}'), said: /script\.js:\d+:/, ...FAILED },
  { what: 'an infinite loop of promises', script: each('for (;;) await 0'), ...FAILED },
  { what: 'a memory bomb', script: each('const all = []; for (;;) all.push(new ArrayBuffer(4e6))'), said: /memory/, ...FAILED },
  { what: 'a text that doubles', script: each('let text = "x"; for (;;) text += text'), ...FAILED },
  { what: 'deep recursion', script: each('const deep = () => deep() + 1; deep()'), said: /script\.js:6:/, ...FAILED },
  { what: 'deep nesting', script: each('eval("[".repeat(1e5))'), ...FAILED },
  { what: 'a promise that never settles', script: each('await new Promise(() => {})'), said: /nothing/, ...FAILED },
  { what: 'a promise that resolves with itself', script: each('const p = Promise.resolve().then(() => p); await p'), ...FAILED },
  { what: 'a file opened at run time', script: each('open("script.js")'), said: /init code only/, ...FAILED },
  { what: 'a key that is no text', script: each('await s3.get(7)'), said: /script\.js:6:/, ...FAILED },
  { what: 'an unknown code to expect', script: each('await s3.get("k", { expect: ["nope"] })'), said: /no code 'nope'/, ...FAILED },
]

/** What harms nobody: the script sees that it gets nowhere, and the run passes. */
const HARMLESS: readonly BadInput[] = [
  {
    what: 'Object.prototype polluted in one VU, which its neighbours do not see', code: 0, args: ['-u', '3', '-i', '12'],
    script: each(`if (__VU === 1) {
      Object.prototype.polluted = 'yes'; Object.prototype.toJSON = () => 'gone'; Object.prototype.bytes = 7
      Array.prototype.map = () => []; Promise.prototype.then = undefined; JSON.stringify = () => '{}'
    } else if ({}.polluted !== undefined || [1].map(String).length !== 1) throw new Error('seen by ' + __VU)`),
  },
  {
    what: 'a look for the system, its environment and its credentials', code: 0, env: { SECRET_OF_THE_SYSTEM: 'sesame' },
    script: each(`const names = ['process', 'require', 'module', 'fetch', 'Deno', 'XMLHttpRequest', 'WebAssembly', 'Worker', 'std', 'os']
      for (const name of names) if (typeof globalThis[name] !== 'undefined') throw new Error(name)
      const all = JSON.stringify([__ENV, Object.getOwnPropertyNames(globalThis)]) + (function () { return this })
      if (all.includes('sesame') || 'PATH' in __ENV || 'AWS_SECRET_ACCESS_KEY' in __ENV) throw new Error(all)
      console.log('looked everywhere')`), said: /looked everywhere/,
  },
  {
    what: 'console.log of an error, which shows the place in the script', code: 0, said: /in passing[^]*at script\.js:6:\d+/,
    script: each('try { throw new RangeError("in passing") } catch (error) { console.log(error) }'),
  },
]

describe('a script with', () => {
  let store: ServedStore
  before(async () => { store = await serveStore() })
  after(async () => { await store.stop() })
  describe('something wrong before or after the load,', () => { testAll(BROKEN, () => store) })
  describe('something wrong in its iterations,', () => { testAll(FAILING, () => store) })
  describe('bad intentions,', () => { testAll(HARMLESS, () => store) })
})
