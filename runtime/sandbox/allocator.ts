// Counts what QuickJS allocates. Its own build can't: it asks the C library how large a block is, is told 0, and so takes every
// live block for 8 bytes; a VU with a limit of 16 MiB could fill 700. Here are its four allocation functions again, in WebAssembly,
// reading each block's size from the header that dlmalloc keeps before it.
//
// They replace the engine's in its function table, at the places a new runtime shows (its struct begins with them). Whatever is
// found other than expected stops the sandbox from opening: a limit that does not hold would be worse.
//
// Small blocks that are freed are kept, in a list for each size, and given out again: an iteration takes and frees dozens, and
// dlmalloc is several times slower. Kept blocks count as freed, and what all lists keep is bounded.
import { wasm, type Exports, type Memory, type Table } from './webassembly.ts'

const I32 = 0x7f, FUNCTION = 0x60, NONE = 0x40

/** Numbers in WebAssembly's signed LEB128. */
const signed = (value: number): number[] => {
  const low = value & 0x7f
  return value >= -64 && value < 64 ? [low] : [low | 0x80, ...signed(value >> 7)]
}

// Instructions, as the WebAssembly core specification (1.1) numbers them.
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const number = (value: number): number[] => [0x41, ...signed(value)]
const load = (offset: number): number[] => [0x28, 2, offset]
const store = (offset: number): number[] => [0x36, 2, offset]
const call = (index: number): number[] => [0x10, index]
const when = (...then: number[][]): number[] => [0x04, NONE, ...then.flat(), 0x0b]
const ADD = [0x6a], SUB = [0x6b], AND = [0x71], DOUBLE = [0x41, 1, 0x74]
const IS_ZERO = [0x45], IS_LESS = [0x49], IS_MORE = [0x4b], IS_AT_MOST = [0x4d], IS_AT_LEAST = [0x4f]
const SELECT = [0x1b], RETURN = [0x0f], COPY = [0xfc, 0x0a, 0, 0]
/** Where the lists are: a constant of the instance. */
const LISTS = [0x23, 0]

// Functions by index: two imports, then ours. The state's fields: count, bytes, limit, and one the engine leaves to its user,
// which says that room was denied.
const LIBC_MALLOC = 0, LIBC_FREE = 1, MALLOC = 2, FREE = 3, REALLOC = 4, SIZE = 5, TAKE = 6, GIVE = 7
const COUNT = 0, BYTES = 4, LIMIT = 8, DENIED = 12
const STATE = 0

/** Blocks up to this size, a multiple of 8 with the block's header in it, have lists; dlmalloc's sizes are all such multiples. */
const KEPT_BLOCK_BYTES = 512
/** What one list keeps at most. */
const KEPT_BYTES = 256 * 1024
// A list, for each size: its first block, and how many bytes are in it. A kept block begins with the next one. So the list of a size
// begins that many bytes behind the first one's.
const FIRST = 0, KEPT = 4
const LISTS_BYTES = KEPT_BLOCK_BYTES + 8

/** A block's whole size: the word before it, without the three flag bits. */
const block = (local: number): number[] => [...get(local), ...number(4), ...SUB, ...load(0), ...number(-8), ...AND]
const field = (offset: number): number[] => [...get(STATE), ...load(offset)]
const deny = (): number[] => [...get(STATE), ...number(1), ...store(DENIED), ...number(0), ...RETURN]
const update = (offset: number, ...by: number[][]): number[] => [...get(STATE), ...field(offset), ...by.flat(), ...store(offset)]

/** (state, bytes) -> block, or 0 when the limit or the memory has no room. */
const malloc = (bytes = 1, made = 2): number[][] => [
  field(BYTES), get(bytes), ADD, field(LIMIT), IS_MORE, when(deny()),
  get(bytes), call(TAKE), set(made),
  get(made), IS_ZERO, when(deny()),
  update(COUNT, number(1), ADD),
  update(BYTES, block(made), ADD),
  get(made),
]

/** (state, block) */
const free = (old = 1): number[][] => [
  get(old), IS_ZERO, when(RETURN),
  update(COUNT, number(1), SUB),
  update(BYTES, block(old), SUB),
  get(old), call(GIVE),
]

/** (state, block, bytes) -> block, or 0 with the old one untouched. A block that fits and is at least half used stays. */
const realloc = (old = 1, bytes = 2, oldBytes = 3, made = 4): number[][] => [
  get(bytes), IS_ZERO, when(get(STATE), get(old), call(FREE), number(0), RETURN),
  get(old), IS_ZERO, when(get(STATE), get(bytes), call(MALLOC), RETURN),
  block(old), number(4), SUB, set(oldBytes),
  get(oldBytes), get(bytes), IS_AT_LEAST, when(get(bytes), DOUBLE, get(oldBytes), IS_AT_LEAST, when(get(old), RETURN)),
  field(BYTES), get(bytes), ADD, get(oldBytes), SUB, field(LIMIT), IS_MORE, when(deny()),
  get(bytes), call(TAKE), set(made),
  get(made), IS_ZERO, when(get(old), number(0), get(oldBytes), get(bytes), IS_AT_LEAST, SELECT, RETURN),
  get(made), get(old), get(oldBytes), get(bytes), get(oldBytes), get(bytes), IS_LESS, SELECT, COPY,
  update(BYTES, block(made), ADD, block(old), SUB),
  get(old), call(GIVE),
  get(made),
]

/** (block) -> usable bytes */
const size = (): number[][] => [block(0), number(4), SUB]

/** (bytes) -> block, kept or new, or 0. */
const take = (bytes = 0, list = 1, made = 2): number[][] => [
  // The header's 4 bytes and rounding up; what is too small for any block has a list as well, an empty one.
  get(bytes), number(KEPT_BLOCK_BYTES - 4), IS_AT_MOST, when(
    get(bytes), number(11), ADD, number(-8), AND, LISTS, ADD, set(list),
    get(list), load(FIRST), set(made),
    get(made), when(
      get(list), get(made), load(0), store(FIRST),
      get(list), get(list), load(KEPT), block(made), SUB, store(KEPT),
      get(made), RETURN,
    ),
  ),
  get(bytes), call(LIBC_MALLOC),
]

/** (block): keeps it, or gives it back to the C library. */
const give = (old = 0, list = 1, bytes = 2): number[][] => [
  block(old), set(bytes),
  get(bytes), number(KEPT_BLOCK_BYTES), IS_AT_MOST, when(
    LISTS, get(bytes), ADD, set(list),
    get(list), load(KEPT), number(KEPT_BYTES), IS_LESS, when(
      get(old), get(list), load(FIRST), store(0),
      get(list), get(old), store(FIRST),
      get(list), get(list), load(KEPT), get(bytes), ADD, store(KEPT),
      RETURN,
    ),
  ),
  get(old), call(LIBC_FREE),
]

const text = (value: string): number[] => [value.length, ...Buffer.from(value)]
const length = (bytes: number): number[] => bytes < 128 ? [bytes] : [bytes & 0x7f | 0x80, bytes >> 7]
const section = (id: number, items: number[][]): number[] => {
  const body = [items.length, ...items.flat()]
  return [id, ...length(body.length), ...body]
}
const i32s = (count: number): number[] => [count, ...Array<number>(count).fill(I32)]
const type = (params: number, results: number): number[] => [FUNCTION, ...i32s(params), ...i32s(results)]
const body = (locals: number, instructions: number[][]): number[] => {
  const code = [...locals === 0 ? [0] : [1, locals, I32], ...instructions.flat(), 0x0b]
  return [...length(code.length), ...code]
}

/** The module's binary form. */
const allocatorBytes = (): Uint8Array => Uint8Array.from([
  0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  ...section(1, [type(1, 1), type(1, 0), type(2, 1), type(2, 0), type(3, 1)]),
  ...section(2, [
    [...text('c'), ...text('memory'), 2, 0, 0], [...text('c'), ...text('malloc'), 0, 0], [...text('c'), ...text('free'), 0, 1],
    [...text('c'), ...text('lists'), 3, I32, 0],
  ]),
  ...section(3, [[2], [3], [4], [0], [0], [1]]),
  ...section(7, [
    [...text('malloc'), 0, MALLOC], [...text('free'), 0, FREE], [...text('realloc'), 0, REALLOC], [...text('size'), 0, SIZE],
  ]),
  ...section(10, [
    body(1, malloc()), body(0, free()), body(2, realloc()), body(0, size()), body(2, take()), body(2, give()),
  ]),
])

/** The name the engine's function table is exported by. */
const TABLE = 'chopsticks.table'

/** A WebAssembly binary with its function table exported: one entry more in its export section (core specification 1.1, §5.5.10). */
export function withTableExported(binary: Uint8Array): Uint8Array {
  const EXPORTS = 7
  const KIND_TABLE = 1
  for (let at = 8; at < binary.length;) {
    const id = binary[at] ?? 0
    const [bytes, start] = readLength(binary, at + 1)
    if (id === EXPORTS) {
      const [count, entries] = readLength(binary, start)
      const grown = [...wideLength(count + 1), ...binary.subarray(entries, start + bytes), ...text(TABLE), KIND_TABLE, 0]
      const before = binary.subarray(0, at)
      return Buffer.concat([before, Uint8Array.from([EXPORTS, ...wideLength(grown.length), ...grown]), binary.subarray(start + bytes)])
    }
    at = start + bytes
  }
  throw new Error('the WebAssembly binary of QuickJS has no exports')
}

function readLength(binary: Uint8Array, at: number): [value: number, next: number] {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = binary[at++] ?? 0
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return [value, at]
  }
}

/** LEB128 in three bytes: enough for any section written here. */
const wideLength = (value: number): number[] => [value & 0x7f | 0x80, value >> 7 & 0x7f | 0x80, value >> 14 & 0x7f]

/** The table of an instance made from such a binary. @throws Error when there is none. */
export function tableOf(exports: Exports): Table {
  const table = exports[TABLE]
  if (!(table instanceof wasm.Table)) throw new Error('the function table of QuickJS was not found')
  return table
}

const allocator = new wasm.Module(allocatorBytes())

export interface Libc {
  readonly memory: Memory
  readonly malloc: (bytes: number) => number
  readonly free: (block: number) => void
}

/** QuickJS's four allocation functions; all but `size` take the state they count in first. */
export interface Allocator {
  readonly malloc: (state: number, bytes: number) => number
  readonly free: (state: number, block: number) => void
  readonly realloc: (state: number, block: number, bytes: number) => number
  readonly size: (block: number) => number
}

/** The counting functions over a C library's. Throws when its blocks have no headers as dlmalloc's, or there is no memory. */
export function newAllocator(libc: Libc): Allocator {
  const lists = libc.malloc(LISTS_BYTES)
  if (lists === 0) throw new Error('there is no memory for the lists of the allocator')
  new Uint8Array(libc.memory.buffer, lists, LISTS_BYTES).fill(0)
  const ours = new wasm.Instance(allocator, { c: { ...libc, lists } }).exports as unknown as Allocator
  for (const bytes of [1, 100, 5000, 300000]) {
    const made = libc.malloc(bytes)
    const counted = ours.size(made)
    libc.free(made)
    if (counted < bytes || counted > bytes + 4096) throw new Error('this build of QuickJS uses an allocator whose blocks have no sizes')
  }
  return ours
}

/** Puts the counting functions into the engine's table, at `places` (malloc, free, realloc, size). Throws as `newAllocator`. */
export function installAllocator(exports: Exports, libc: Libc, places: readonly [number, number, number, number]): void {
  const ours = newAllocator(libc)
  const table = tableOf(exports)
  for (const [index, name] of (['malloc', 'free', 'realloc', 'size'] as const).entries()) table.set(places[index] ?? -1, ours[name])
}
