// What a script throws, whatever it is, and what it awaits in vain.
import { expect } from 'chai'
import { openError, type GuestError } from '../../runtime/sandbox/sandbox.ts'
import { errorOf, openSandbox, openScript, request, TestHost, valueOf, vuOptions } from './kit.ts'

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
