// A function of ours that QuickJS calls for each promise that is rejected unseen.
import { tableOf } from './allocator.ts'
import { wasm, type Exports } from './webassembly.ts'

/** `JSHostPromiseRejectionTracker` of quickjs.h; a JSValue is 64 bits in builds for 32-bit machines. */
type OnRejection = (context: number, promise: bigint, reason: bigint, isHandled: number, opaque: number) => void

// A module that imports `r.track` and exports it: WebAssembly's tables take nothing but functions that came out of a module.
const I32 = 0x7f, I64 = 0x7e, FUNCTION = 0x60
const passing = new wasm.Module(Uint8Array.from([
  0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 9, 1, FUNCTION, 5, I32, I64, I64, I32, I32, 0,
  2, 11, 1, 1, 0x72, 5, 0x74, 0x72, 0x61, 0x63, 0x6b, 0, 0,
  7, 9, 1, 5, 0x74, 0x72, 0x61, 0x63, 0x6b, 0, 0,
]))

/** Makes the function callable by the engine; its place in the engine's function table. */
export function installTracker(exports: Exports, track: OnRejection): number {
  const table = tableOf(exports)
  const place = table.grow(1)
  table.set(place, new wasm.Instance(passing, { r: { track } }).exports['track'])
  return place
}
