// What V8 is told, so that its own work falls outside of what is measured or is not done at all.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Has V8 compile functions when they are first called, plainly, and not only once they have been interpreted for a while: what is due at
 * moments waits for the first operations, and the first operations of a run are interpreted. A short run would be longer by it.
 */
export function compileEarly(): void { setFlagsFromString('--always-sparkplug') }

/**
 * Moves all that lives into the old generation: it would be done in the first moments of the load, in some 10 ms each time, while all
 * that came with the VUs is still among the young.
 */
export function collectEarly(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (what: { readonly type: 'minor' }) => void
  // What has survived two collections has left the young generation.
  for (let n = 0; n < 2; n++) collect({ type: 'minor' })
}
