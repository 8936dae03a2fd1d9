// The rbd-cli driver: the life of images by the rbd program, and its own `rbd bench` as a black box. It does no I/O of ours.
import { openedConfig, type Call } from '../../../sdk/index.ts'
import type {
  BenchFacts, BenchRequest, CloneRequest, CreateRequest, DriverContext, ImageInfo, ImageLock, ImageSource, Io, OpenImage, OpenRequest,
  RbdDriver, Snapshots,
} from '../../driver.ts'
import type { RbdSettings } from '../../settings.ts'
import { CACHE_OPTIONS, TOLD_OPTIONS } from '../cache-options.ts'
import { Completions } from '../completions.ts'
import { readOnly, shrinks, unable } from '../refusals.ts'
import { infoIn, namesIn, optionsIn, snapshotsIn } from './answers.ts'
import { benchArguments, benchFacts } from './bench-output.ts'
import { rbdCliConfig, type RbdCliConfig } from './config.ts'
import { RbdProgram } from './program.ts'

const NO_IO = 'the rbd program does no I/O one by one: use driver: librbd, or image.bench'
const NO_LOCKS = 'the rbd program can\'t hold an image\'s exclusive lock: use driver: librbd'

const specOf = ({ image, snapshot }: ImageSource): string => snapshot === undefined ? image : `${image}@${snapshot}`

class RbdCli implements RbdDriver {
  readonly lacks = ['I/O on open images', 'the exclusive lock']
  readonly #program: RbdProgram
  readonly #settings: RbdSettings
  readonly #config: RbdCliConfig
  readonly #draining: () => void

  constructor({ settings, draining }: DriverContext) {
    this.#settings = settings
    this.#draining = draining
    this.#config = openedConfig(settings.driverConfig, rbdCliConfig)
    this.#program = new RbdProgram(settings, this.#config)
  }

  async ready(call: Call): Promise<void> { await this.list(call) }

  async create(request: CreateRequest, call: Call): Promise<void> {
    const { name, sizeBytes } = request
    await this.#program.run(`making ${name}`, ['create', '--size', `${sizeBytes}B`, ...this.#making(request), name], call)
  }

  async clone(request: CloneRequest, call: Call): Promise<void> {
    const { parent, name } = request
    const from = specOf(parent)
    await this.#program.run(`cloning ${from} to ${name}`, ['clone', ...this.#making(request), from, this.#placed(name)], call)
  }

  async remove(name: string, call: Call): Promise<void> {
    await this.#program.run(`removing ${name}`, ['remove', '--no-progress', name], call)
  }

  async resize(name: string, sizeBytes: number, allowShrink: boolean, call: Call): Promise<void> {
    const before = (await this.info(name, call)).sizeBytes
    if (sizeBytes < before && !allowShrink) throw shrinks(name, before, sizeBytes)
    const args = ['resize', '--no-progress', '--size', `${sizeBytes}B`, ...(allowShrink ? ['--allow-shrink'] : []), name]
    await this.#program.run(`resizing ${name} to ${sizeBytes} bytes`, args, call)
  }

  async list(call: Call): Promise<readonly string[]> { return namesIn(await this.#program.json('list', ['list'], call)) }

  async info(name: string, call: Call): Promise<ImageInfo> {
    return infoIn(await this.#program.json(`info of ${name}`, ['info', name], call))
  }

  async flatten(name: string, call: Call): Promise<void> {
    await this.#program.run(`flattening ${name}`, ['flatten', '--no-progress', name], call)
  }

  async copy(from: ImageSource, to: string, call: Call): Promise<void> {
    await this.#program.run(`copying ${specOf(from)} to ${to}`, ['copy', '--no-progress', specOf(from), this.#placed(to)], call)
  }

  async open({ name, snapshot, readOnly: forReading, exclusive, cache }: OpenRequest, call: Call): Promise<OpenImage> {
    if (exclusive) throw unable(NO_LOCKS)
    const spec = specOf({ image: name, snapshot })
    const cacheOptions = cache === undefined ? {} : CACHE_OPTIONS[cache]
    const { sizeBytes } = infoIn(await this.#program.json(`opening ${spec}`, ['info', spec], call))
    const options = optionsIn(
      await this.#program.json(`options of ${name}`, ['config', 'image', 'list', name], call, cacheOptions),
      new Set([...TOLD_OPTIONS, ...Object.keys(this.#config.options)]))
    return new RbdCliImage(this.#program, {
      name, spec, sizeBytes, options, cacheOptions, readOnly: forReading || snapshot !== undefined, draining: this.#draining,
    })
  }

  close(): Promise<void> { return Promise.resolve() }

  /** Where the program takes two names it reads the second apart from --pool and --namespace. */
  #placed(name: string): string {
    const { pool, namespace } = this.#settings
    return namespace === undefined ? `${pool}/${name}` : `${pool}/${namespace}/${name}`
  }

  #making({ objectBytes, stripeUnitBytes, stripeCount, features, dataPool = this.#settings.dataPool }: Partial<CreateRequest>): string[] {
    return [
      ...(objectBytes === undefined ? [] : ['--object-size', `${objectBytes}B`]),
      ...(stripeUnitBytes === undefined ? [] : ['--stripe-unit', `${stripeUnitBytes}B`]),
      ...(stripeCount === undefined ? [] : ['--stripe-count', `${stripeCount}`]),
      ...(features === undefined ? [] : features.flatMap((feature) => ['--image-feature', feature])),
      ...(dataPool === undefined ? [] : ['--data-pool', dataPool]),
    ]
  }
}

interface ImageParts {
  readonly name: string
  /** With the snapshot it is open at. */
  readonly spec: string
  readonly sizeBytes: number
  readonly options: Readonly<Record<string, string>>
  readonly cacheOptions: Readonly<Record<string, string>>
  readonly readOnly: boolean
  readonly draining: () => void
}

class RbdCliImage implements OpenImage {
  readonly name: string
  readonly kinds: OpenImage['kinds'] = new Set()
  readonly alignmentBytes = 1
  readonly options: Readonly<Record<string, string>>
  readonly snapshots: Snapshots
  readonly lock: ImageLock
  readonly #program: RbdProgram
  readonly #parts: ImageParts
  readonly #completions: Completions
  #sizeBytes: number

  constructor(program: RbdProgram, parts: ImageParts) {
    this.name = parts.spec
    this.options = parts.options
    this.snapshots = snapshotsOf(program, parts.name)
    const refused = (): Promise<never> => Promise.reject(unable(NO_LOCKS))
    this.lock = { acquire: refused, release: refused, owners: refused, breakLock: refused }
    this.#program = program
    this.#parts = parts
    this.#sizeBytes = parts.sizeBytes
    this.#completions = new Completions(parts.draining)
  }

  get sizeBytes(): number { return this.#sizeBytes }

  buffer(): never { throw unable(NO_IO) }

  submit(io: Io): void {
    io.error = unable(NO_IO)
    io.bytes = 0
    this.#completions.add(io)
  }

  async info(call: Call): Promise<ImageInfo> {
    const info = infoIn(await this.#program.json(`info of ${this.name}`, ['info', this.name], call))
    this.#sizeBytes = info.sizeBytes
    return info
  }

  async bench(request: BenchRequest, call: Call): Promise<BenchFacts> {
    const { spec, cacheOptions } = this.#parts
    if (this.#parts.readOnly && request.kind !== 'read') throw readOnly(`${spec} is open for reading`)
    return benchFacts(await this.#program.run(`bench of ${spec}`, [...benchArguments(request), spec], call, cacheOptions), request)
  }

  close(): Promise<void> { return Promise.resolve() }
}

function snapshotsOf(program: RbdProgram, image: string): Snapshots {
  const run = (what: string, ...command: readonly string[]) => async (name: string, call: Call): Promise<void> => {
    await program.run(`${what} ${image}@${name}`, ['snap', ...command, `${image}@${name}`], call)
  }
  return {
    create: run('making', 'create', '--no-progress'), remove: run('removing', 'remove', '--no-progress'),
    protect: run('protecting', 'protect'), unprotect: run('unprotecting', 'unprotect'),
    rollback: run('rolling back to', 'rollback', '--no-progress'),
    list: async (call) => snapshotsIn(await program.json(`snapshots of ${image}`, ['snap', 'list', image], call)),
  }
}

/** Opens the driver. Throws StorageError('invalid') for driver_config. */
export const openDriver = (context: DriverContext): RbdDriver => new RbdCli(context)
