// Which operations a script is seen to name: those it reaches, on stores whose opening is plain; nothing else.
import { expect } from 'chai'
import { bundleScript } from '../../runtime/bundle/bundle.ts'
import { storeCalls } from '../../runtime/bundle/store-calls.ts'
import { scriptModules } from '../../bindings/index.ts'

/** The calls seen in a script, as `operation line:column opened`. */
async function seen(text: string): Promise<readonly string[]> {
  const { bundle, map } = await bundleScript({ entry: { kind: 'text', text, folder: process.cwd() }, ...scriptModules() })
  return storeCalls(bundle, map, 'chopsticks/s3', ['putTags', 'getTags', 'copy'])
    .map(({ operation, line, column, opened }) => `${operation} ${line}:${column} ${JSON.stringify(opened)}`)
}

const CASES: readonly (readonly [what: string, text: string, calls: readonly string[]])[] = [
  ['a call on the run\'s own store', [
    'import { S3 } from "chopsticks/s3"', 'const store = new S3()', 'export default async () => { await store.putTags("k", {}) }',
  ].join('\n'), ['putTags 3:42 {}']],
  ['a store of another target, and one of another driver', [
    'import s3, { S3 as Store } from "chopsticks/s3"', 'const west: Store = new Store("west"), other = new Store({ driver: "s5cmd" })',
    'export default async () => { await west.copy("a", "b"); await other?.getTags("a"); await s3.get("a") }',
  ].join('\n'), ['copy 3:41 {"target":"west"}', 'getTags 3:70 {"driver":"s5cmd"}']],
  ['what is never reached', [
    'import { S3 } from "chopsticks/s3"', 'const store = new S3()', 'function unused() { return store.putTags("k", {}) }',
    'export default async () => { if (false) await store.copy("a", "b"); await store.get("a") // store.copy(',
    '}',
  ].join('\n'), []],
  ['what another object has', [
    'import { S3 } from "chopsticks/s3"', 'const store = new S3()', 'const list = { copy() { return globalThis.x } }',
    'export default async () => { list.copy(); await store.get("store.copy(") }',
  ].join('\n'), []],
  ['a store that is only known when the script runs', [
    'import { S3 } from "chopsticks/s3"', 'const one = new S3(__ENV.TARGET), two = new S3({ driver: __ENV.DRIVER })',
    'export default async () => { await one.copy("a", "b"); await two.copy("a", "b") }',
  ].join('\n'), []],
  ['a name that is two stores\'', [
    'import { S3 } from "chopsticks/s3"', 'export async function a() { const store = new S3(); await store.copy("a", "b") }',
    'export default async () => { const store = new S3("west"); await store.copy("a", "b") }',
  ].join('\n'), []],
  ['another module\'s class', [
    'class S3 { copy(a) { return globalThis.x + a } }', 'const store = new S3()', 'export default async () => { await store.copy("a") }',
  ].join('\n'), []],
]

describe('the operations a script names', () => {
  for (const [what, text, calls] of CASES) it(what, async () => { expect(await seen(text)).to.deep.equal(calls) })
})
