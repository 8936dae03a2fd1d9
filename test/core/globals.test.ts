// The guest's globals beyond the language, against Node's own.
import { expect } from 'chai'
import fc from 'fast-check'
import { atob as guestAtob, btoa as guestBtoa, bytesFromBase64 } from '../../bindings/core/globals/base64.ts'
import { crypto as guestCrypto } from '../../bindings/core/globals/crypto.ts'
import { queueMicrotask as guestQueueMicrotask } from '../../bindings/core/globals/queue-microtask.ts'
import { structuredClone as guestClone } from '../../bindings/core/globals/structured-clone.ts'
import { TextDecoder as GuestDecoder } from '../../bindings/core/globals/text-decoder.ts'
import { TextEncoder as GuestEncoder } from '../../bindings/core/globals/text-encoder.ts'

/** Any text, lone surrogates included. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
  ),
})

/** Bytes that come near UTF-8: whole characters, cut ones, and bytes from the edges of its rules. */
const nearUtf8 = fc.array(fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3 }).map((text) => [...Buffer.from(text)]),
  fc.array(fc.constantFrom(
    0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xbb, 0xf0, 0xf4, 0xf5, 0xff,
  ), { maxLength: 4 }),
), { maxLength: 8 }).map((parts) => Uint8Array.from(parts.flat()))

const outcome = <T>(run: () => T): { value: T } | { threw: string } => {
  try {
    return { value: run() }
  } catch (error) {
    return { threw: error instanceof TypeError ? 'TypeError' : error instanceof RangeError ? 'RangeError' : (error as Error).name }
  }
}

describe('TextEncoder in the sandbox', () => {
  it('encodes any text as Node does', () => {
    fc.assert(fc.property(anyText, (text) => {
      expect([...new GuestEncoder().encode(text)]).to.deep.equal([...new TextEncoder().encode(text)])
    }))
    expect(new GuestEncoder().encode()).to.have.length(0)
    expect(new GuestEncoder().encoding).to.equal('utf-8')
  })

  it('writes whole characters only into what it is given', () => {
    fc.assert(fc.property(anyText, fc.nat(12), (text, size) => {
      const [mine, nodes] = [new Uint8Array(size), new Uint8Array(size)]
      expect(new GuestEncoder().encodeInto(text, mine)).to.deep.equal(new TextEncoder().encodeInto(text, nodes))
      expect(mine).to.deep.equal(nodes)
    }))
  })
})

describe('TextDecoder in the sandbox', () => {
  it('decodes any bytes as Node does', () => {
    fc.assert(fc.property(nearUtf8, fc.boolean(), fc.boolean(), (bytes, fatal, ignoreBOM) => {
      const options = { fatal, ignoreBOM }
      const nodes = outcome(() => new TextDecoder('utf-8', options).decode(bytes))
      expect(outcome(() => new GuestDecoder('utf-8', options).decode(bytes))).to.deep.equal(nodes)
    }), { numRuns: 1000 })
  })

  it('decodes pieces as Node does the whole', () => {
    fc.assert(fc.property(nearUtf8, fc.nat(20), fc.constantFrom('utf-8', 'utf-16le'), (bytes, at, label) => {
      const decoder = new GuestDecoder(label)
      const more = { stream: true }
      const pieces = decoder.decode(bytes.subarray(0, at), more) + decoder.decode(bytes.subarray(at), more) + decoder.decode()
      expect(pieces).to.equal(new TextDecoder(label).decode(bytes))
      expect(decoder.decode(bytes)).to.equal(pieces)
    }), { numRuns: 500 })
  })

  it('decodes UTF-16 as Node does', () => {
    fc.assert(fc.property(anyText, fc.boolean(), (text, odd) => {
      const bytes = Uint8Array.from([...Buffer.from(text, 'utf16le'), ...odd ? [0x41] : []])
      expect(new GuestDecoder('utf-16').decode(bytes)).to.equal(new TextDecoder('utf-16le').decode(bytes))
    }))
    expect(new GuestDecoder('utf-16be').decode(Uint8Array.of(0, 65, 0xd8, 0x3d, 0xde, 0))).to.equal('A😀')
  })

  it('knows its labels, and refuses others', () => {
    for (const label of ['UTF-8', ' utf8 ', 'unicode-1-1-utf-8']) {
      expect(new GuestDecoder(label).encoding).to.equal(new TextDecoder(label).encoding)
    }
    expect(() => new GuestDecoder('latin1')).to.throw(RangeError, 'latin1')
    expect(() => new GuestDecoder('constructor')).to.throw(RangeError)
  })

  it('takes buffers and views of them', () => {
    const { buffer } = Uint8Array.of(65, 66, 67, 68)
    expect(new GuestDecoder().decode(buffer)).to.equal('ABCD')
    expect(new GuestDecoder().decode(new DataView(buffer, 1, 2))).to.equal('BC')
    expect(new GuestDecoder().decode(new Uint16Array(buffer, 2, 1))).to.equal('CD')
  })
})

describe('base64 in the sandbox', () => {
  it('reads back what it writes, as Node writes it', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = String.fromCharCode(...bytes)
      expect(guestBtoa(text)).to.equal(btoa(text))
      expect(guestAtob(guestBtoa(text))).to.equal(text)
      expect([...bytesFromBase64(Buffer.from(bytes).toString('base64'))]).to.deep.equal([...bytes])
    }))
  })

  it('takes and refuses what Node does', () => {
    const near = fc.string({ unit: fc.constantFrom('A', 'b', '9', '+', '/', '=', ' ', '\n', '-', 'é'), maxLength: 9 })
    fc.assert(fc.property(near, (text) => {
      expect(outcome(() => guestAtob(text))).to.deep.equal(outcome(() => atob(text)))
    }), { numRuns: 1000 })
    expect(() => guestBtoa('€')).to.throw('U+00FF').with.property('name', 'InvalidCharacterError')
  })

  it('handles more bytes than a call takes arguments', () => {
    const bytes = Buffer.alloc(200_001, 'xyz')
    expect(guestAtob(bytes.toString('base64'))).to.equal(bytes.toString('latin1'))
  })
})

describe('crypto in the sandbox', () => {
  it('fills integer arrays from Math.random, so that a seed repeats them', () => {
    const { random } = Math
    try {
      Math.random = () => 0.5
      expect([...guestCrypto.getRandomValues(new Uint16Array(2))]).to.deep.equal([0x8080, 0x8080])
      expect(guestCrypto.randomUUID()).to.equal('80808080-8080-4080-8080-808080808080')
    } finally {
      Math.random = random
    }
  })

  it('fills no more than a view shows', () => {
    const bytes = new Uint8Array(8)
    guestCrypto.getRandomValues(bytes.subarray(2, 4))
    expect([...bytes.subarray(0, 2), ...bytes.subarray(4)]).to.deep.equal([0, 0, 0, 0, 0, 0])
  })

  it('makes ids that look as they should and differ', () => {
    const ids = Array.from({ length: 200 }, () => guestCrypto.randomUUID())
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(ids).size).to.equal(200)
  })

  it('refuses other arrays and too many bytes', () => {
    for (const array of [new Float64Array(1), new DataView(new ArrayBuffer(1)), [1]]) {
      expect(() => guestCrypto.getRandomValues(array as never)).to.throw('integers').with.property('name', 'TypeMismatchError')
    }
    expect(() => guestCrypto.getRandomValues(new Uint8Array(65_537))).to.throw('65536').with.property('name', 'QuotaExceededError')
  })
})

describe('structuredClone in the sandbox', () => {
  const values = fc.anything({
    withDate: true, withMap: true, withSet: true, withTypedArray: true, withBigInt: true, withSparseArray: true, withBoxedValues: true,
  })

  it('copies data as Node does', () => {
    fc.assert(fc.property(values, (value) => {
      const mine = outcome(() => guestClone(value))
      expect(mine).to.deep.equal(outcome(() => structuredClone(value)))
    }), { numRuns: 500 })
  })

  it('keeps cycles and shared parts', () => {
    const shared = { n: 1 }
    const value: { a: object; b: object; self?: object; views: Uint8Array[] } = { a: shared, b: shared, views: [] }
    value.self = value
    const bytes = new Uint8Array([1, 2, 3, 4])
    value.views = [bytes, bytes.subarray(1, 3)]
    const copy = guestClone(value)
    expect(copy.self).to.equal(copy)
    expect(copy.a).to.equal(copy.b).and.not.equal(shared)
    expect(copy.views[0]?.buffer).to.equal(copy.views[1]?.buffer).and.not.equal(bytes.buffer)
    expect([...copy.views[1] ?? []]).to.deep.equal([2, 3])
  })

  it('copies errors with their type and cause, and drops prototypes', () => {
    class Mine { x = 1 }
    const error = guestClone(new RangeError('far', { cause: { n: 1 } }))
    expect(error).to.be.instanceOf(RangeError).with.property('message', 'far')
    expect(error.cause).to.deep.equal({ n: 1 })
    expect(guestClone(new Mine())).to.not.be.instanceOf(Mine)
    const sneaky = JSON.parse('{"__proto__":{"x":1}}') as object
    expect(Object.getPrototypeOf(guestClone(sneaky))).to.equal(Object.prototype)
  })

  it('refuses what can not be copied', () => {
    for (const value of [() => 1, Symbol('x'), Promise.resolve(), new WeakMap(), { deep: [() => 1] }]) {
      expect(() => guestClone<unknown>(value)).to.throw('structuredClone').with.property('name', 'DataCloneError')
    }
    expect(() => guestClone(1, { transfer: [{} as ArrayBuffer] })).to.throw('transfer')
  })
})

describe('queueMicrotask in the sandbox', () => {
  it('runs after the code that is running', async () => {
    const order: string[] = []
    guestQueueMicrotask(() => { order.push('micro') })
    order.push('code')
    await Promise.resolve()
    expect(order).to.deep.equal(['code', 'micro'])
    expect(() => { guestQueueMicrotask('x' as never) }).to.throw(TypeError)
  })
})
