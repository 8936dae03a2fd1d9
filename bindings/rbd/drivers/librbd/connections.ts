// The connections of a driver: one for all, or one for each VU; and one more for each cache policy that an image was opened with.
//
// librbd takes an image's options from its connection when it opens it: a policy of an image's own needs a connection that has it.
import type { CachePolicy } from '../../driver.ts'
import type { RbdSettings } from '../../settings.ts'
import type { LibrbdConfig } from './config.ts'
import { Connection } from './connection.ts'
import type { Ceph } from './library.ts'

/** A VU is known by its signal, which it has alone. */
type Owner = AbortSignal | 'process'

export class Connections {
  readonly #ceph: Ceph
  readonly #settings: RbdSettings
  readonly #config: LibrbdConfig
  readonly #made = new Map<Owner, Map<CachePolicy | undefined, Promise<Connection>>>()

  constructor(ceph: Ceph, settings: RbdSettings, config: LibrbdConfig) {
    this.#ceph = ceph
    this.#settings = settings
    this.#config = config
  }

  /** The connection for a VU's images of this policy; undefined: of the target's own. One that could not be made is tried anew. */
  for(vu: AbortSignal, cache: CachePolicy | undefined): Promise<Connection> {
    const owner = this.#config.connection === 'vu' ? vu : 'process'
    const made = this.#made.get(owner) ?? new Map<CachePolicy | undefined, Promise<Connection>>()
    this.#made.set(owner, made)
    const known = made.get(cache)
    if (known !== undefined) return known
    const opening = Connection.open(this.#ceph, this.#settings, this.#config, cache)
    made.set(cache, opening)
    opening.catch(() => { made.delete(cache) })
    return opening
  }

  /** Once no image is open any more. */
  async close(): Promise<void> {
    const all = [...this.#made.values()].flatMap((made) => [...made.values()])
    this.#made.clear()
    for (const settled of await Promise.allSettled(all)) if (settled.status === 'fulfilled') await settled.value.close()
  }
}
