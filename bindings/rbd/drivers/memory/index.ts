// The memory driver: images inside the process, for tests, with scripted delays, failures and damage, in whatever time the clock keeps.
import { StorageError, openedConfig, until, type Call } from '../../../sdk/index.ts'
import type {
  CloneRequest, CreateRequest, DriverContext, ImageInfo, ImageSource, OpenImage, OpenRequest, RbdDriver,
} from '../../driver.ts'
import { BufferPool } from '../buffers.ts'
import { Completions } from '../completions.ts'
import { existing, inUse, noImage, noSnapshot, shrinks } from '../refusals.ts'
import { memoryConfig, type FaultPlan } from './config.ts'
import { MemoryOpenImage, infoOf, type MemoryParts } from './image.ts'
import { MemoryData, MemoryImage, poolOf, type MemoryPool } from './store.ts'

class MemoryDriver implements RbdDriver {
  readonly lacks = []
  readonly #pool: MemoryPool
  readonly #parts: MemoryParts
  readonly #open = new Set<MemoryOpenImage>()

  constructor({ settings, clock, draining }: DriverContext, faults: FaultPlan | undefined) {
    this.#pool = poolOf(`${settings.pool}/${settings.namespace ?? ''}`)
    this.#parts = { clock, faults, buffers: new BufferPool(), completions: new Completions(draining), count: 0 }
  }

  ready(call: Call): Promise<void> { return this.#enter('ready', '', call) }

  async create({ name, sizeBytes, ...request }: CreateRequest, call: Call): Promise<void> {
    await this.#enter('create', name, call)
    this.#vacant(name)
    this.#pool.set(name, new MemoryImage(new MemoryData(sizeBytes), request))
  }

  async remove(name: string, call: Call): Promise<void> {
    await this.#enter('remove', name, call)
    const image = this.#known(name)
    if (image.snapshots.size > 0) throw inUse(`image ${name} has snapshots`)
    if (image.open > 0) throw inUse(`image ${name} is open`)
    image.orphan()
    this.#pool.delete(name)
  }

  async resize(name: string, sizeBytes: number, allowShrink: boolean, call: Call): Promise<void> {
    await this.#enter('resize', name, call)
    const { data } = this.#known(name)
    if (sizeBytes < data.sizeBytes && !allowShrink) throw shrinks(name, data.sizeBytes, sizeBytes)
    data.resize(sizeBytes)
  }

  async list(call: Call): Promise<readonly string[]> {
    await this.#enter('list', '', call)
    return [...this.#pool.keys()].sort()
  }

  async info(name: string, call: Call): Promise<ImageInfo> {
    await this.#enter('info', name, call)
    const image = this.#known(name)
    return infoOf(image, image.data.sizeBytes)
  }

  async clone({ parent, name, ...request }: CloneRequest, call: Call): Promise<void> {
    await this.#enter('clone', name, call)
    const snapshot = this.#known(parent.image).snapshots.get(parent.snapshot)
    if (snapshot === undefined) throw noSnapshot(parent.image, parent.snapshot)
    this.#vacant(name)
    const image = new MemoryImage(snapshot.data.fork(), request)
    snapshot.children++
    image.parent = { ...parent, of: snapshot }
    this.#pool.set(name, image)
  }

  async flatten(name: string, call: Call): Promise<void> {
    await this.#enter('flatten', name, call)
    this.#known(name).orphan()
  }

  async copy({ image, snapshot }: ImageSource, to: string, call: Call): Promise<void> {
    await this.#enter('copy', image, call)
    const from = this.#known(image)
    const data = snapshot === undefined ? from.data : from.snapshots.get(snapshot)?.data
    if (data === undefined) throw noSnapshot(image, snapshot ?? '')
    this.#vacant(to)
    this.#pool.set(to, new MemoryImage(data.fork(), from.request))
  }

  async open(request: OpenRequest, call: Call): Promise<OpenImage> {
    const { name, snapshot, exclusive } = request
    await this.#enter('open', name, call)
    const image = this.#known(name)
    if (snapshot !== undefined && !image.snapshots.has(snapshot)) throw noSnapshot(name, snapshot)
    if (exclusive && image.owner !== undefined) throw inUse(`another client has the lock of image ${name}`)
    const opened = new MemoryOpenImage({
      image, request, parts: this.#parts,
      enter: (op, about, within) => this.#enter(op, about, within), closed: (one) => { this.#open.delete(one) },
    })
    this.#open.add(opened)
    return opened
  }

  async close(): Promise<void> { await Promise.all([...this.#open].map((image) => image.close())) }

  async #enter(op: string, name: string, call: Call): Promise<void> {
    const { faults, clock } = this.#parts
    const fault = faults?.(op, name, this.#parts.count++)
    if (fault?.delayMs !== undefined) await until(clock, clock.now() + fault.delayMs, call.signal)
    if (fault?.code !== undefined) throw new StorageError(fault.code, `${op} ${name}: a fault of the test's plan`, { detail: 'planned' })
  }

  #known(name: string): MemoryImage {
    const image = this.#pool.get(name)
    if (image === undefined) throw noImage(name)
    return image
  }

  #vacant(name: string): void { if (this.#pool.has(name)) throw existing(`there is an image ${name} already`) }
}

/** Opens the driver on the pool of the settings' name in this process. */
export const openDriver = (context: DriverContext): RbdDriver =>
  new MemoryDriver(context, openedConfig(context.settings.driverConfig, memoryConfig).faults)
