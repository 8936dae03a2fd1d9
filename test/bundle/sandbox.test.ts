// The script API end to end: bundled, run in a real sandbox, its calls answered by the bindings' own host operations.
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { registry, scriptModules } from '../../bindings/index.ts'
import type { GuestPhase, Json } from '../../bindings/sdk/index.ts'
import { bundleScript } from '../../runtime/bundle/bundle.ts'
import { makeStackMapper, type DescribedError } from '../../runtime/bundle/stack.ts'
import { Sandbox, type GuestHost, type IterationInfo } from '../../runtime/sandbox/sandbox.ts'
import { RecordingHost } from '../core/world.ts'

const operations = new Map(registry().flatMap(({ hostOperations = {} }) => Object.entries(hostOperations)))
const INFO: IterationInfo = {
  scenario: 'sc', executor: 'constant-vus', exec: 'default', scenarioStartEpochMs: 1e12, iterationInTest: 8, iterationInInstance: 4,
  vuInInstance: 1, vusActive: 1, vusInitialized: 1, iterationsCompleted: 4, iterationsInterrupted: 0, elapsedMs: 5, progress: 0.5,
}

interface Ran { readonly host: RecordingHost; readonly value: Json | undefined; readonly error: DescribedError | undefined }

/** Answers a VU out of the bindings' host operations. */
const hostFor = (host: RecordingHost): GuestHost => ({
  call(vu, id, operation, args) {
    const run = operations.get(operation)
    if (run === undefined) throw new Error(`no operation ${operation}`)
    if (id === 0) return run(host, args, new AbortController().signal) as Json | undefined
    void Promise.resolve(run(host, args, new AbortController().signal)).then(
      (value) => { vu.settle(id, true, value) }, (error: unknown) => { vu.settle(id, false, { message: (error as Error).message }) })
    return undefined
  },
})

/** Bundles `files[0]`, runs its default function once. */
async function run(files: Readonly<Record<string, string>>, host = new RecordingHost(), phase: GuestPhase = 'iteration'): Promise<Ran> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'chopsticks-run-')))
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    const entry = { kind: 'file', path: Object.keys(files)[0] ?? '' } as const
    const { bundle, map } = await bundleScript({ entry, cwd: folder, ...scriptModules() })
    using sandbox = await Sandbox.open({ bundle, memoryLimitBytes: 64 * 2 ** 20, sliceLimitMs: 2000 })
    host.phase = 'init'
    const vu = await sandbox.openVu({ id: 3, seed: 1, env: { WHO: 'me' }, phase: 'init' }, hostFor(host))
    host.phase = phase
    const result = await vu.run({
      fn: 'default', argText: undefined, phase, iteration: 2, scenario: INFO.scenario, info: () => INFO, wantValue: true })
    return result.ok
      ? { host, value: result.valueText === undefined ? undefined : JSON.parse(result.valueText) as Json, error: undefined }
      : { host, value: undefined, error: makeStackMapper(bundle, map).describeError(result.error) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('a script in a sandbox', () => {
  it('has its errors shown with its own files, lines, columns and names', async () => {
    const { error } = await run({
      'script.ts': [
        'import { deep } from "./lib.ts"', 'import { group } from "chopsticks"', '', 'async function upload(): Promise<void> {',
        '  await null', '  group("g", () => {', '    deep({ size: 1 })', '  })', '}', 'export default async () => { await upload() }',
      ].join('\n'),
      'lib.ts': [
        'interface Body { size: number }', 'export const deep = (body: Body): void => {',
        '  if (body.size > 0)   throw new RangeError(`too large: ${body.size}`)', '}',
      ].join('\n'),
    })
    expect(error).to.include({ message: 'RangeError: too large: 1', location: 'lib.ts:3:34' })
    expect(error?.lineText).to.equal('  if (body.size > 0)   throw new RangeError(`too large: ${body.size}`)')
    const frames = error?.frames.map((frame) => `${frame.function ?? ''} ${frame.file}:${frame.line}`)
    expect(frames).to.deep.equal(['deep lib.ts:3', ' script.ts:7', 'upload script.ts:6'])
  })

  it('sees the place of an error the engine throws', async () => {
    const script = 'const nothing = null\nexport default () => {\n  const a = 1\n  return [a, nothing.key]\n}'
    const { error } = await run({ 'script.js': script })
    expect(error?.message).to.match(/^TypeError: /)
    expect(error?.location).to.match(/^script\.js:4:/)
  })

  it('sees the place of a check, a sleep and a tag it got wrong', async () => {
    const late = 'import { check } from "chopsticks"\nexport default () => {\n  check(1, { late: async () => true })\n}'
    const check = await run({ 'script.js': late })
    expect(check.error).to.include({ location: 'script.js:3:3', lineText: '  check(1, { late: async () => true })' })
    const sleep = await run({ 'script.js': 'import { sleep } from "chopsticks"\nexport default async () => {\n  await sleep(-1)\n}' })
    expect(sleep.error?.message).to.match(/^sleep\(\): /)
    expect(sleep.error?.location).to.match(/^script\.js:3:/)
  })

  it('uses chopsticks, its metrics, execution and data', async () => {
    const host = new RecordingHost()
    host.files.set('./rows.csv', 'key,size\na,1\nb,2\n')
    const { value } = await run({
      'script.ts': `import { check, group, op, payload, random, sleep } from 'chopsticks'
        import exec from 'chopsticks/execution'
        import { parseCsv, SharedArray } from 'chopsticks/data'
        import { Trend } from 'k6/metrics'
        const trend = new Trend('rename_time', true)
        const rows = new SharedArray('rows', () => parseCsv(open('./rows.csv'), { header: true }))
        export default async () => {
          exec.vu.tags['mine'] = 1
          const inside = await group('outer', async () => {
            await sleep('20ms')
            trend.add('5', { n: 1 })
            return check(rows, { two: (all) => all.length === 2, array: Array.isArray })
          })
          const moved = await op('rename', () => sleep(0.01), { bytes: 3 })
          const where = [exec.scenario.name, exec.vu.idInTest, __VU, __ITER, __ENV.WHO]
          return { inside, moved, where, sizes: rows.map(({ size }) => size), payload: payload('1KiB'), dice: random.int(6, 6) }
        }`,
    }, host)
    expect(value).to.deep.equal({
      inside: true, sizes: ['1', '2'], where: ['sc', 3, 3, 2, 'me'], dice: 6,
      payload: { payload: true, sizeBytes: 1024, pattern: 'random' },
    })
    expect(host.waited).to.deep.equal([20, 10])
    expect(host.tags).to.deep.equal({ mine: '1' })
    expect(host.declared.get('rename_time')).to.equal('trend time')
    expect(host.added.map(({ metric, value: amount }) => [metric, amount])).to.deep.equal([
      ['rename_time', 5], ['checks', 1], ['checks', 1], ['group_duration', 20],
      ['op_reqs', 1], ['op_duration', 10], ['op_failed', 0], ['op_bytes', 3],
    ])
  })

  it('has globals beyond the language that do as Node\'s do', async () => {
    const script = `export default () => {
      const url = new URL('../b?x=1#f', 'https://u:p@H:8443/a/c/d')
      url.searchParams.append('y', 'ü &')
      const map = structuredClone({ m: new Map([[1, new Set(['a'])]]), d: new Date(5), b: new Uint8Array([1, 2]) })
      return [
        url.href, new URLSearchParams({ a: 'b c' }).toString(), [...new TextEncoder().encode('€😀')],
        new TextDecoder().decode(Uint8Array.of(0xe2, 0x82, 0xac, 0xff)),
        [...map.m.get(1)], map.d.getTime(), [...map.b], atob(btoa('hi ÿ')),
        new URL('http://münchen.de/').host, new URL('http://[::1]:80/').href,
        typeof crypto.randomUUID(), crypto.getRandomValues(new Uint8Array(4)).length, performance.now() >= 0,
      ]
    }`
    const node = (await import(`data:text/javascript,${encodeURIComponent(script)}`) as { default: () => Json }).default()
    expect((await run({ 'script.js': script })).value).to.deep.equal(JSON.parse(JSON.stringify(node)))
  })

  it('draws the same random bytes on a rerun', async () => {
    const script = { 'script.js': 'export default () => [crypto.randomUUID(), Math.random()]' }
    expect((await run(script)).value).to.deep.equal((await run(script)).value)
  })

  it('may end its run', async () => {
    const script = 'import { test } from "chopsticks/execution"\nexport default () => { test.fail("odd"); test.abort("enough") }'
    const { host, error } = await run({ 'script.js': script })
    expect(host.ended).to.deep.equal(['fail odd', 'abort enough'])
    expect(error?.message).to.match(/enough/)
  })
})
