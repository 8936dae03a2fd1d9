// The librbd driver: block devices through Ceph's own library, one connection for each shard's process, or for each VU.
import { openedConfig, until, type Call, type Clock } from '../../../sdk/index.ts'
import type {
  CachePolicy, CloneRequest, CreateRequest, DriverContext, ImageInfo, ImageSource, OpenImage, OpenRequest, RbdDriver,
} from '../../driver.ts'
import type { RbdSettings } from '../../settings.ts'
import { shrinks } from '../refusals.ts'
import { AioQueue } from './aio.ts'
import { librbdConfig, type LibrbdConfig } from './config.ts'
import { Connections } from './connections.ts'
import { succeeded } from '../errno.ts'
import { creating } from './creating.ts'
import type { Handle } from './functions.ts'
import { LibrbdImage } from './image.ts'
import { awaited, loadCeph, type Ceph } from './library.ts'
import { MemoryPool } from './memory.ts'
import { imageNames, infoOf, sizeOf, type Asking } from './queries.ts'

/** How long closing waits for a cluster that no longer answers. */
const CLOSE_MS = 20_000
const LOCK_EXCLUSIVE = 0

class Librbd implements RbdDriver {
  readonly lacks: readonly string[] = []
  readonly version: string
  readonly #ceph: Ceph
  readonly #settings: RbdSettings
  readonly #config: LibrbdConfig
  readonly #clock: Clock
  readonly #draining: () => void
  readonly #memory = new MemoryPool()
  readonly #connections: Connections
  readonly #open = new Set<LibrbdImage>()

  constructor({ settings, clock, draining }: DriverContext) {
    this.#ceph = loadCeph()
    this.#settings = settings
    this.#config = openedConfig(settings.driverConfig, librbdConfig)
    this.#clock = clock
    this.#draining = draining
    const parts: [[number], [number], [number]] = [[0], [0], [0]]
    this.#ceph.rbd.version(...parts)
    this.version = `version ${parts.flat().join('.')}`
    this.#connections = new Connections(this.#ceph, settings, this.#config)
  }

  /** That images can be listed is what shows that the user may use the pool. */
  async ready(call: Call): Promise<void> { await this.list(call) }

  async create(request: CreateRequest, call: Call): Promise<void> {
    const { name, sizeBytes } = request
    const { pool } = (await this.#asking(call)).connection
    await creating(this.#ceph, { dataPool: this.#settings.dataPool, ...request }, async (options) => {
      succeeded(await awaited(this.#ceph.rbd.create, pool, name, sizeBytes, options), `making ${name}`)
    })
  }

  async clone(request: CloneRequest, call: Call): Promise<void> {
    const { parent: { image, snapshot }, name } = request
    const { pool } = (await this.#asking(call)).connection
    await creating(this.#ceph, { dataPool: this.#settings.dataPool, ...request }, async (options) => {
      const returned = await awaited(this.#ceph.rbd.clone, pool, image, snapshot, pool, name, options)
      succeeded(returned, `cloning ${image}@${snapshot} to ${name}`)
    })
  }

  async remove(name: string, call: Call): Promise<void> {
    const { pool } = (await this.#asking(call)).connection
    succeeded(await awaited(this.#ceph.rbd.remove, pool, name), `removing ${name}`)
  }

  async resize(name: string, sizeBytes: number, allowShrink: boolean, call: Call): Promise<void> {
    await this.#with({ image: name }, false, call, async (image) => {
      const before = await sizeOf(this.#ceph, image, name)
      if (sizeBytes < before && !allowShrink) throw shrinks(name, before, sizeBytes)
      succeeded(await awaited(this.#ceph.rbd.resize, image, sizeBytes), `resizing ${name} to ${sizeBytes} bytes`)
    })
    await Promise.all([...this.#open].filter((image) => image.name === name).map((image) => image.refresh()))
  }

  async list(call: Call): Promise<readonly string[]> { return imageNames(await this.#asking(call)) }

  info(name: string, call: Call): Promise<ImageInfo> {
    return this.#with({ image: name }, true, call, (image, asking) => infoOf(asking, image, name))
  }

  async flatten(name: string, call: Call): Promise<void> {
    await this.#with({ image: name }, false, call, async (image) => {
      succeeded(await awaited(this.#ceph.rbd.flatten, image), `flattening ${name}`)
    })
  }

  async copy(from: ImageSource, to: string, call: Call): Promise<void> {
    await this.#with(from, true, call, async (image, { connection }) => {
      succeeded(await awaited(this.#ceph.rbd.copy, image, connection.pool, to), `copying ${from.image} to ${to}`)
    })
  }

  async open({ name, snapshot, readOnly, exclusive, cache }: OpenRequest, call: Call): Promise<OpenImage> {
    const asking = await this.#asking(call, cache)
    const whole = snapshot === undefined ? name : `${name}@${snapshot}`
    const handle = await this.#opened(asking, { image: name, snapshot }, readOnly || snapshot !== undefined)
    let queue: AioQueue | undefined
    try {
      queue = new AioQueue(this.#ceph, handle, whole, this.#draining)
      if (exclusive) succeeded(await awaited(this.#ceph.rbd.lockAcquire, handle, LOCK_EXCLUSIVE), `lock of ${name}`)
      const image: LibrbdImage = await LibrbdImage.of(
        { asking, handle, name: whole, queue, onClosed: () => { this.#open.delete(image) } }, Object.keys(this.#config.options))
      this.#open.add(image)
      return image
    } catch (error) {
      await awaited(this.#ceph.rbd.close, handle)
      queue?.close()
      throw error
    }
  }

  /** A cluster that doesn't answer any more is left after a while: waiting for it would hold up the end of the run for ever. */
  async close(): Promise<void> {
    const closed = this.#closeAll()
    const patience = new AbortController()
    await Promise.race([closed, until(this.#clock, this.#clock.now() + CLOSE_MS, patience.signal)])
    patience.abort()
  }

  async #closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((image) => image.close()))
    await this.#connections.close()
    this.#memory.close()
  }

  async #asking(call: Call, cache?: CachePolicy): Promise<Asking> {
    return { ceph: this.#ceph, memory: this.#memory, connection: await this.#connections.for(call.signal, cache) }
  }

  async #opened({ connection: { pool } }: Asking, { image, snapshot }: ImageSource, readOnly: boolean): Promise<Handle> {
    const { rbd } = this.#ceph
    const made: number[] = [0]
    const returned = await awaited(readOnly ? rbd.openReadOnly : rbd.open, pool, image, made, snapshot ?? null)
    succeeded(returned, `opening ${snapshot === undefined ? image : `${image}@${snapshot}`}`)
    return made[0] ?? 0
  }

  /** Opens an image for one thing to be done with it. */
  async #with<T>(source: ImageSource, readOnly: boolean, call: Call, use: (image: Handle, asking: Asking) => Promise<T>): Promise<T> {
    const asking = await this.#asking(call)
    const handle = await this.#opened(asking, source, readOnly)
    try {
      return await use(handle, asking)
    } finally {
      await awaited(this.#ceph.rbd.close, handle)
    }
  }
}

/** Opens the driver; `ready` connects. Throws StorageError: 'unsupported' without Ceph's libraries, 'invalid' for driver_config. */
export const openDriver = (context: DriverContext): RbdDriver => new Librbd(context)
