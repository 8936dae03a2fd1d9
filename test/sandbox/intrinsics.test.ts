// What a VU is spared: parts of the language its bundle never names, and the text of its functions.
import { expect } from 'chai'
import { intrinsicsOf } from '../../runtime/sandbox/intrinsics.ts'
import { openScript, request, valueOf } from './kit.ts'

describe('The language of a VU', () => {
  it('is whole for what the bundle names', async () => {
    using script = await openScript(`export default () => [new Date(0).toISOString(), new Map([[1, 2]]).get(1), new Set('aa').size,
      new WeakMap() instanceof WeakMap, new WeakSet() instanceof WeakSet,
      new Proxy({}, { get: () => 5 }).any, 'A\u030a'.normalize(), /a+/.exec('baa')[0],
      2n ** 64n + '', new Uint8Array(2).length]`)
    expect(await valueOf(script.vu)).to.deep.equal(
      ['1970-01-01T00:00:00.000Z', 2, 1, true, true, 5, '\u00c5', 'aa', '18446744073709551616', 2])
  })

  it('is whole for code that is made while it runs', async () => {
    using script = await openScript(`export default () => [eval('new Ma' + 'p().size'), new WeakRef(kept).deref() === kept]
      const kept = {}`)
    expect(await valueOf(script.vu)).to.deep.equal([0, true])
  })

  it('is smaller for what the bundle does not name', async () => {
    using small = await openScript('export default () => 1')
    using large = await openScript('export default () => 1; export const never = () => eval("")')
    expect(large.vu.heapBytes - small.vu.heapBytes).to.be.greaterThan(8000)
    expect(intrinsicsOf('a.map(b)')).to.equal(intrinsicsOf(''))
    expect(intrinsicsOf('new Map()')).to.not.equal(intrinsicsOf(''))
  })

  it('keeps places in stack traces, and no text of functions', async () => {
    using script = await openScript(`function inner() {\n  throw new Error('here') }
      export default () => inner()
      export const text = () => String(inner)`)
    const result = await script.vu.run(request())
    expect(result.ok ? '' : result.error.stack).to.match(/at inner \(.+:\d+:\d+\)/)
    expect(await valueOf(script.vu, { fn: 'text' })).to.match(/native code/)
  })
})
