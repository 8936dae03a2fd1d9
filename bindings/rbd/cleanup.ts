// Removes what a run made: snapshots before their images, clones before what they were made of.
import { StorageError, until, type Call, type CleanupReport, type Clock } from '../sdk/index.ts'
import type { RbdDriver } from './driver.ts'

/** Clients that were killed are missed by the storage for about so long: until then their images are in use. */
const WATCHERS_MS = 35_000
const PAUSE_MS = 500

interface RemovalParts {
  readonly driver: RbdDriver
  readonly clock: Clock
  /** What the images' whole names begin with. */
  readonly prefix: string
  readonly signal: AbortSignal
  readonly onDeleted?: ((deleted: number) => void) | undefined
}

/** Removes images in rounds, until one removes nothing for longer than dead clients are missed; what is left, and why. */
export async function removeImages({ driver, clock, prefix, signal, onDeleted }: RemovalParts): Promise<CleanupReport> {
  const call: Call = { signal, timeoutMs: 0, mark: () => undefined }
  const since = clock.now()
  let deleted = 0
  let reason: string | undefined
  for (;;) {
    const left = (await driver.list(call)).filter((name) => name.startsWith(prefix))
    if (left.length === 0) return { deleted, remaining: 0 }
    const before = deleted
    let waits = false
    for (const name of left) {
      if (signal.aborted) return { deleted, remaining: left.length - (deleted - before), reason: reason ?? 'there was no time for it' }
      try {
        await removeSnapshots(driver, name, call)
        await driver.remove(name, call)
        deleted++
        onDeleted?.(deleted)
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        if (error.code === 'not_found') continue
        waits ||= error.code === 'busy' || error.code === 'timeout'
        reason = error.message
      }
    }
    if (deleted > before) continue
    if (!waits || clock.now() - since > WATCHERS_MS) {
      const remaining = (await driver.list(call)).filter((name) => name.startsWith(prefix)).length
      return { deleted, remaining, ...(remaining === 0 || reason === undefined ? {} : { reason }) }
    }
    await until(clock, clock.now() + PAUSE_MS, signal)
  }
}

/** Those that clones need stay, and the image with them, for this round. */
async function removeSnapshots(driver: RbdDriver, name: string, call: Call): Promise<void> {
  const image = await driver.open({ name, readOnly: false, exclusive: false }, call)
  try {
    const { snapshots } = image
    for (const snapshot of await snapshots.list(call)) {
      if (snapshot.protected) await snapshots.unprotect(snapshot.name, call)
      await snapshots.remove(snapshot.name, call)
    }
  } finally {
    await image.close(call)
  }
}
