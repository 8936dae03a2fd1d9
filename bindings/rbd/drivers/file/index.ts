// The file driver: images are sparse files, or what is there already: any file or block device, such as /dev/rbd0.
import { constants } from 'node:fs'
import { open, readFile, readdir, rm, stat, truncate, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { openedConfig } from '../../../sdk/index.ts'
import type {
  CloneRequest, CreateRequest, DriverContext, ImageInfo, ImageSource, OpenImage, OpenRequest, RbdDriver,
} from '../../driver.ts'
import { BufferPool } from '../buffers.ts'
import { existing, inUse, noImage, noSnapshot, shrinks, unable } from '../refusals.ts'
import { fileConfig, type FileConfig } from './config.ts'
import { fileError } from './errors.ts'
import { ImageFolder } from './folder.ts'
import { FileImage } from './image.ts'
import { cloneFile, fileSnapshots, isThere, lockPath, snapshotPath } from './snapshots.ts'

const { O_RDONLY, O_RDWR, O_DIRECT, O_EXCL } = constants
/** Opening a device to see whether it is in use fails while another process does the same. */
const PROBES = 5
const PROBE_PAUSE_MS = 50

class FileDriver implements RbdDriver {
  readonly lacks = [
    'discards', 'compare-and-write', 'breaking locks', 'object sizes, stripes, features and data pools',
    'clones that share with their parent: they are copies',
  ]
  readonly #config: FileConfig
  readonly #folder: ImageFolder
  readonly #draining: () => void
  readonly #buffers = new BufferPool()
  readonly #open = new Set<FileImage>()

  constructor({ settings, runId, draining }: DriverContext) {
    this.#config = openedConfig(settings.driverConfig, fileConfig)
    this.#folder = new ImageFolder(this.#config.folder, runId)
    this.#draining = draining
  }

  ready(): Promise<void> { return Promise.resolve() }

  async create({ name, sizeBytes, objectBytes, stripeUnitBytes, stripeCount, features, dataPool }: CreateRequest): Promise<void> {
    refuseLayout({ objectBytes, stripeUnitBytes, stripeCount, features, dataPool })
    this.#folder.make()
    try {
      const file = await open(this.#path(name), 'wx', 0o600)
      try {
        await file.truncate(sizeBytes)
      } finally {
        await file.close()
      }
    } catch (error) {
      const said = fileError(`create ${name}`, error)
      throw said.code === 'conflict' ? existing(`there is an image ${name} already`) : said
    }
  }

  async remove(name: string): Promise<void> {
    const path = await this.#known(name)
    if ((await fileSnapshots(path, name).list(NOBODY)).length > 0) throw inUse(`image ${name} has snapshots`)
    if ([...this.#open].some((image) => image.name === name)) throw inUse(`image ${name} is open`)
    await rm(path)
    await rm(lockPath(path), { force: true })
    this.#folder.tidy()
  }

  async resize(name: string, sizeBytes: number, allowShrink: boolean): Promise<void> {
    const path = await this.#known(name)
    const { size } = await stat(path)
    if (sizeBytes < size && !allowShrink) throw shrinks(name, size, sizeBytes)
    await truncate(path, sizeBytes).catch((error: unknown) => { throw fileError(`resize ${name}`, error) })
    for (const image of this.#open) if (image.name === name) await image.resized()
  }

  async list(): Promise<readonly string[]> {
    try {
      const entries = await readdir(this.#folder.path, { withFileTypes: true })
      return entries.filter((entry) => entry.isFile() && !entry.name.includes('@')).map(({ name }) => name).sort()
    } catch (error) {
      const said = fileError('list images', error)
      if (said.code === 'not_found') return []
      throw said
    }
  }

  async info(name: string): Promise<ImageInfo> {
    return { sizeBytes: await this.#sizeOf(await this.#known(name)), objectBytes: 0, features: [] }
  }

  async clone({ parent, name, ...layout }: CloneRequest): Promise<void> {
    refuseLayout(layout)
    await this.#copy(await this.#source(parent), name)
  }

  async flatten(name: string): Promise<void> { await this.#known(name) }
  async copy(from: ImageSource, to: string): Promise<void> { await this.#copy(await this.#source(from), to) }

  async open(request: OpenRequest): Promise<OpenImage> {
    const { name, snapshot, exclusive } = request
    const own = await this.#known(name)
    const path = snapshot === undefined ? own : snapshotPath(own, snapshot)
    if (snapshot !== undefined && !await isThere(path)) throw noSnapshot(name, snapshot)
    const readOnly = request.readOnly || snapshot !== undefined
    try {
      if (!readOnly && (await stat(path)).isBlockDevice()) await refuseMounted(path)
      const { file, direct } = await this.#openFile(path, readOnly ? O_RDONLY : O_RDWR)
      const image = new FileImage({
        request: { ...request, readOnly }, fd: file.fd, sizeBytes: await this.#sizeOf(path), direct, buffers: this.#buffers,
        draining: this.#draining, lockPath: lockPath(own), snapshots: fileSnapshots(own, name),
        owner: () => readFile(lockPath(own), 'utf8').then((owner) => owner, () => undefined), info: () => this.info(name),
        closed: async (one) => {
          this.#open.delete(one)
          await file.close()
        },
      })
      this.#open.add(image)
      if (exclusive) {
        try {
          await image.lock.acquire(NOBODY)
        } catch (error) {
          await image.close()
          throw error
        }
      }
      return image
    } catch (error) {
      throw fileError(`open ${name}`, error)
    }
  }

  async close(): Promise<void> { await Promise.all([...this.#open].map((image) => image.close())) }

  /** A name with a slash is a path: of what is there already. */
  #path(name: string): string { return name.includes('/') ? name : join(this.#folder.path, name) }

  async #known(name: string): Promise<string> {
    const path = this.#path(name)
    if (!await isThere(path)) throw noImage(name)
    return path
  }

  async #source({ image, snapshot }: ImageSource): Promise<string> {
    const path = await this.#known(image)
    if (snapshot === undefined) return path
    if (!await isThere(snapshotPath(path, snapshot))) throw noSnapshot(image, snapshot)
    return snapshotPath(path, snapshot)
  }

  async #copy(from: string, name: string): Promise<void> {
    this.#folder.make()
    await cloneFile(from, this.#path(name)).catch((error: unknown) => {
      const said = fileError(`copy to ${name}`, error)
      throw said.code === 'conflict' ? existing(`there is an image ${name} already`) : said
    })
  }

  async #openFile(path: string, flags: number): Promise<{ readonly file: FileHandle; readonly direct: boolean }> {
    // Where the platform has none, it is 0 or undefined.
    const direct = (O_DIRECT as number | undefined) ?? 0
    if (this.#config.direct !== 'false' && direct !== 0) {
      try {
        return { file: await open(path, flags | direct), direct: true }
      } catch (error) {
        if (this.#config.direct === 'true' || fileError('open', error).code !== 'invalid') throw error
      }
    }
    if (this.#config.direct === 'true' && direct === 0) throw unable('direct: true: there is no O_DIRECT on this platform')
    return { file: await open(path, flags), direct: false }
  }

  /** Of a block device, which has no size as a file: where its end is. */
  async #sizeOf(path: string): Promise<number> {
    const found = await stat(path)
    if (!found.isBlockDevice()) return found.size
    const [major, minor] = [Math.floor(found.rdev / 256) % 4096, found.rdev % 256 + Math.floor(found.rdev / 2 ** 20) % 4096 * 256]
    return Number(await readFile(`/sys/dev/block/${major}:${minor}/size`, 'utf8')) * 512
  }
}

const NOBODY = { signal: new AbortController().signal, timeoutMs: 0, mark: () => undefined }

function refuseLayout(layout: Readonly<Record<string, unknown>>): void {
  const [name] = Object.entries(layout).find(([, value]) => value !== undefined) ?? []
  if (name !== undefined) throw unable(`files have no layout: leave ${name} out, or use another driver`)
}

/** The kernel opens a device for one alone (O_EXCL) only where it is not mounted, nor part of what is. */
async function refuseMounted(path: string): Promise<void> {
  for (let probe = 1; ; probe++) {
    try {
      await (await open(path, O_RDONLY | O_EXCL)).close()
      return
    } catch (error) {
      if (fileError('open', error).code !== 'busy') throw error
      if (probe === PROBES) throw inUse(`${path} is mounted or otherwise in use: nothing is written to it`)
      await new Promise((resolve) => { setTimeout(resolve, PROBE_PAUSE_MS) })
    }
  }
}

export const openDriver = (context: DriverContext): RbdDriver => new FileDriver(context)
