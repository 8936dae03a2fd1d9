// The guest kernel's public face: what every guest module stands on, inside the sandbox. Importing it installs the kernel's globals.
export { StorageError } from './guest/errors.ts'
export { ask, note } from './guest/messages.ts'
export { call, callback, callNamed, end, track, type CallOptions, type Pending } from './guest/pending.ts'
export { boot } from './guest/run.ts'
export { infoNow, iterationNow, phaseNow, runNow, setTags, state, type IterationInfo } from './guest/state.ts'
export type { Json } from './json.ts'
export { mix32 } from './mix.ts'
