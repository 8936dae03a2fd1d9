// The guest module of s3: what crosses the border for each call, what the script gets back, and how small it all is.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { expect } from 'chai'
import fc from 'fast-check'
import type { CommonStore, ListedObject, S3, S3Target } from '../../bindings/s3/guest.ts'
import { s3 as binding } from '../../bindings/s3/index.ts'

interface Crossed { readonly operation: string; readonly args: readonly unknown[]; readonly options: unknown }
interface Kernel { calls: Crossed[]; answer: (call: Crossed) => unknown }
interface Guest { readonly default: CommonStore; readonly S3: new (where?: string | S3Target) => S3 }

/** Stands where the sandbox's kernel does: notes what is called, answers what the test says. */
const KERNEL = `
export class StorageError extends Error {}
export const track = (promise) => promise
export const callNamed = (operation, name, value) => call(operation, value === undefined ? [null, name] : [null, name, value])
export const ask = () => undefined
export const call = async (operation, args, options) => {
  const crossed = { operation, args: JSON.parse(JSON.stringify(args)), options: options && JSON.parse(JSON.stringify(options)) }
  globalThis.s3GuestTest.calls.push(crossed)
  return globalThis.s3GuestTest.answer(crossed)
}
`
/** At most so much minified JavaScript for the guest API of s3 with a small script (design: memory of a VU). */
const SIZE_MAX = 7 * 1024

describe('the s3 guest module', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chopsticks-guest-'))
  const kernel: Kernel = { calls: [], answer: () => ({ status: 200, bytes: 0 }) }
  let guest: Guest
  before(async () => {
    Object.assign(globalThis, { s3GuestTest: kernel })
    const file = join(folder, 'guest.mjs')
    await build({
      entryPoints: [fileURLToPath(binding.guest)], bundle: true, format: 'esm', outfile: file, logLevel: 'silent',
      plugins: [{
        name: 'kernel',
        setup(bundle) {
          bundle.onResolve({ filter: /sdk\/guest\.[jt]s$/ }, () => ({ path: 'kernel', namespace: 'kernel' }))
          bundle.onLoad({ filter: /.*/, namespace: 'kernel' }, () => ({ contents: KERNEL, loader: 'js' }))
        },
      }],
    })
    guest = await import(pathToFileURL(file).href) as Guest
  })
  after(() => {
    rmSync(folder, { recursive: true })
    Reflect.deleteProperty(globalThis, 's3GuestTest')
  })
  beforeEach(() => {
    kernel.calls = []
    kernel.answer = () => ({ status: 200, bytes: 0 })
  })
  const only = (): Crossed => {
    expect(kernel.calls).to.have.length(1)
    const [first] = kernel.calls
    if (first === undefined) throw new Error('no call')
    return first
  }

  it('names the target first: none, by name, with a driver', async () => {
    const { default: s3, S3 } = guest
    await s3.delete('k')
    await new S3('west').delete('k')
    await new S3({ target: 'west', driver: 'memory' }).delete('k')
    expect(kernel.calls.map(({ operation, args }) => [operation, ...args])).to.deep.equal([
      ['s3.delete', null, 'k'], ['s3.delete', { target: 'west' }, 'k'], ['s3.delete', { target: 'west', driver: 'memory' }, 'k'],
    ])
  })
  it('sends payloads and texts as they are, and bytes as text of a character each', async () => {
    const { default: s3 } = guest
    await s3.put('k', { payload: true, sizeBytes: 4096 })
    await s3.put('k', 'text', { contentType: 'a/b' })
    await s3.put('k', new Uint8Array([0, 255]))
    expect(kernel.calls.map(({ args }) => args.slice(1))).to.deep.equal([
      ['k', { payload: true, sizeBytes: 4096 }], ['k', 'text', { contentType: 'a/b' }], ['k', { latin1: '\0\xff' }],
    ])
  })
  it('parts the operation\'s own options from those of every operation', async () => {
    await guest.default.get('k', { range: [0, 9], expect: ['not_found'], tags: { a: 'b' }, timeout: 500, throw: false })
    expect(only()).to.deep.equal({
      operation: 's3.get', args: [null, 'k', { range: [0, 9] }],
        options: { expect: ['not_found'], tags: { a: 'b' }, timeoutMs: 500, throw: false },
    })
  })
  it('gives the body in the form asked for', async () => {
    kernel.answer = ({ args }) => ({ status: 200, bytes: 2, body: (args[2] as { body: string }).body === 'bytes' ? '\0\xff' : '[1]' })
    expect(await guest.default.get('k', { body: 'text' })).to.deep.equal({ status: 200, bytes: 2, body: '[1]' })
    expect(await guest.default.get('k', { body: 'json' })).to.deep.equal({ status: 200, bytes: 2, body: [1] })
    expect((await guest.default.get('k', { body: 'bytes' })).body).to.deep.equal(new Uint8Array([0, 255]))
  })
  it('carries any bytes there and back', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 50 }), async (bytes) => {
      kernel.calls = []
      await guest.default.put('k', bytes)
      const { latin1 } = only().args[2] as { latin1: string }
      expect(latin1).to.equal(Buffer.from(bytes).toString('latin1'))
      kernel.answer = () => ({ status: 200, bytes: bytes.length, body: latin1 })
      expect((await guest.default.get('k', { body: 'bytes' })).body).to.deep.equal(bytes)
    }))
  })
  it('turns pages until there are no more', async () => {
    kernel.answer = ({ args }) => {
      const { continuationToken } = args[1] as { continuationToken?: string }
      return continuationToken === undefined ? { objects: [{ key: 'a' }, { key: 'b' }], continuationToken: 't' }
        : { objects: [{ key: `after ${continuationToken}` }] }
    }
    const found: ListedObject[] = []
    for await (const object of new guest.S3().listAll({ prefix: 'p' })) found.push(object)
    expect(found.map(({ key }) => key)).to.deep.equal(['a', 'b', 'after t'])
    expect(kernel.calls.map(({ args }) => args[1])).to.deep.equal([{ prefix: 'p' }, { prefix: 'p', continuationToken: 't' }])
  })
  it('reads what was there before the run by its whole key, and has nothing to change it with', async () => {
    const existing = guest.default.existing('other/key')
    expect(Object.keys(existing)).to.deep.equal(['get', 'head'])
    await existing.get({ range: 'bytes=0-0' })
    await existing.head()
    expect(kernel.calls.map(({ operation, args }) => [operation, ...args.slice(1)])).to.deep.equal([
      ['s3.get', 'other/key', { range: 'bytes=0-0', existing: true }], ['s3.head', 'other/key', { existing: true }],
    ])
  })
  it('is small: with a script that uses it, it fits what a VU may cost', async () => {
    const script = join(folder, 'script.ts')
    writeFileSync(script, `import s3 from ${JSON.stringify(fileURLToPath(binding.guest))}
export const options = { vus: 10, duration: '1m' }
export default async function () { await s3.put('a', { payload: true, sizeBytes: 4096 }); await s3.get('a') }`)
    const { outputFiles } = await build({ entryPoints: [script], bundle: true, minify: true, format: 'esm', target: 'es2023',
      write: false, external: ['*/sdk/guest.js', '*/sdk/guest.ts'], logLevel: 'silent' })
    expect(outputFiles[0]?.contents.length).to.be.below(SIZE_MAX / 2)
  })
})
