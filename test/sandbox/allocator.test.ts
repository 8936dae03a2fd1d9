// The allocator QuickJS runs on: its blocks never overlap, keep what is in them, and are counted to the byte.
import { expect } from 'chai'
import fc from 'fast-check'
import { newAllocator, type Allocator, type Libc } from '../../runtime/sandbox/allocator.ts'
import { wasm } from '../../runtime/sandbox/webassembly.ts'

const PAGE_BYTES = 65536
const COUNT = 0, BYTES = 4, LIMIT = 8, DENIED = 12

/** A C library that only ever takes fresh memory, with dlmalloc's headers, and remembers what it was given back. */
function libcOf(pages: number): Libc & { readonly freed: number[] } {
  const memory = new wasm.Memory({ initial: pages, maximum: pages })
  const freed: number[] = []
  let end = 1024
  return {
    memory, freed,
    malloc(bytes) {
      const size = Math.max(16, bytes + 11 & ~7)
      if (end + size > pages * PAGE_BYTES) return 0
      new DataView(memory.buffer).setInt32(end + 4, size | 3, true)
      end += size
      return end - size + 8
    },
    free: (block) => { freed.push(block) },
  }
}

interface Bench { readonly allocator: Allocator; readonly libc: ReturnType<typeof libcOf>; readonly state: number }
function open(pages = 64, limitBytes = 2 ** 22): Bench {
  const libc = libcOf(pages)
  const state = 64
  new DataView(libc.memory.buffer).setInt32(state + LIMIT, limitBytes, true)
  return { allocator: newAllocator(libc), libc, state }
}
const word = ({ libc, state }: Bench, offset: number): number => new DataView(libc.memory.buffer).getInt32(state + offset, true)
const bytesAt = ({ libc }: Bench, at: number, length: number): Uint8Array => new Uint8Array(libc.memory.buffer, at, length)

const sizes = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 5000 }))
const steps = fc.array(fc.record({
  kind: fc.constantFrom('malloc', 'malloc', 'free', 'realloc'), bytes: sizes, which: fc.nat(1000),
}), { maxLength: 200 })

describe('The allocator of the sandbox', () => {
  it('gives blocks that keep their bytes, overlap nothing and are counted, whatever is taken and freed', () => {
    fc.assert(fc.property(steps, (todo) => {
      const bench = open()
      const { allocator, state } = bench
      const live: { at: number; bytes: number; mark: number }[] = []
      let marks = 0
      const mark = (at: number, bytes: number): void => {
        const value = ++marks & 0xff
        bytesAt(bench, at, bytes).fill(value)
        live.push({ at, bytes, mark: value })
      }
      for (const { kind, bytes, which } of todo) {
        const [old] = kind === 'malloc' || live.length === 0 ? [] : live.splice(which % live.length, 1)
        if (old === undefined) mark(allocator.malloc(state, bytes), bytes)
        else if (kind === 'free') allocator.free(state, old.at)
        else {
          const at = allocator.realloc(state, old.at, bytes)
          expect(bytesAt(bench, at, Math.min(bytes, old.bytes)).every((byte) => byte === old.mark)).to.equal(true)
          mark(at, bytes)
        }
        for (const one of live) {
          expect(allocator.size(one.at)).to.be.at.least(one.bytes)
          expect(bytesAt(bench, one.at, one.bytes).every((byte) => byte === one.mark)).to.equal(true)
        }
      }
      expect(word(bench, COUNT)).to.equal(live.length)
      expect(word(bench, BYTES)).to.equal(live.reduce((sum, { at }) => sum + allocator.size(at) + 4, 0))
      for (const { at } of live) allocator.free(state, at)
      expect([word(bench, COUNT), word(bench, BYTES), word(bench, DENIED)]).to.deep.equal([0, 0, 0])
    }), { numRuns: 50 })
  })

  it('gives a small block that was freed out again, and a large one back', () => {
    const { allocator, libc, state } = open()
    libc.freed.length = 0
    const small = allocator.malloc(state, 40)
    allocator.free(state, small)
    expect(allocator.malloc(state, 38)).to.equal(small)
    const large = allocator.malloc(state, 4000)
    allocator.free(state, large)
    expect(libc.freed).to.deep.equal([large])
  })

  it('keeps no more than 256 KiB of one size', () => {
    const { allocator, libc, state } = open(128)
    libc.freed.length = 0
    const blocks = Array.from({ length: 4000 }, () => allocator.malloc(state, 100))
    for (const block of blocks) allocator.free(state, block)
    expect((blocks.length - libc.freed.length) * 104).to.be.within(256 * 1024, 256 * 1024 + 104)
  })

  it('denies what is beyond the limit, and says so', () => {
    const bench = open(64, 10_000)
    const { allocator, state } = bench
    const block = allocator.malloc(state, 6000)
    expect(allocator.malloc(state, 6000)).to.equal(0)
    expect(word(bench, DENIED)).to.equal(1)
    expect(allocator.realloc(state, block, 20_000)).to.equal(0)
    expect(word(bench, BYTES)).to.equal(allocator.size(block) + 4)
  })

  it('denies what the memory has no room for', () => {
    const bench = open(8, 2 ** 30)
    expect(bench.allocator.malloc(bench.state, 2 ** 20)).to.equal(0)
    expect(word(bench, DENIED)).to.equal(1)
  })

  it('refuses a C library whose blocks have no headers', () => {
    const libc = libcOf(16)
    const headless: Libc = { ...libc, malloc: (bytes) => { const at = libc.malloc(bytes + 64); return at === 0 ? 0 : at + 32 } }
    expect(() => newAllocator(headless)).to.throw('whose blocks have no sizes')
  })
})
