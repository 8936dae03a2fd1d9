// A world for guest modules without a sandbox: the compiled modules, a kernel made for the test, a host that writes down.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { core } from '../../bindings/core/index.ts'
import { data } from '../../bindings/data/index.ts'
import { execution } from '../../bindings/execution/index.ts'
import { metrics } from '../../bindings/metrics/index.ts'
import type { GuestPhase, HostOperation, Json, Tags, VuHost } from '../../bindings/sdk/index.ts'

const BINDINGS = [core, data, execution, metrics]

/** A host that does what a VU's does, as far as it can be seen from inside, and keeps a list. */
export class RecordingHost implements VuHost {
  phase: GuestPhase = 'init'
  nowMs = 1000
  tags: Tags = {}
  readonly added: { metric: string; value: number; tags: Tags | undefined }[] = []
  readonly declared = new Map<string, string>()
  readonly logged: string[] = []
  readonly waited: number[] = []
  readonly ended: string[] = []
  readonly files = new Map<string, string>()
  readonly arrays = new Map<string, readonly string[]>()

  add(metric: string, value: number, tags: Tags | undefined): void { this.added.push({ metric, value, tags }) }
  declare(metric: string, type: string, contains: string): void {
    const known = this.declared.get(metric)
    if (known !== undefined && known !== `${type} ${contains}`) throw new Error(`metric '${metric}' is already declared as ${known}`)
    this.declared.set(metric, `${type} ${contains}`)
  }
  setTags(tags: Tags): void { this.tags = tags }
  log(level: string, text: string): void { this.logged.push(`${level} ${text}`) }
  now(): number { return this.nowMs }
  wait(durationMs: number): Promise<void> {
    this.waited.push(durationMs)
    this.nowMs += durationMs
    return Promise.resolve()
  }
  checkStore(): void { return }
  end(kind: string, message: string): void { this.ended.push(`${kind} ${message}`) }
  readFile(path: string, _from: string, binary: boolean): string {
    const text = this.files.get(path)
    if (text === undefined) throw new Error(`no file '${path}'`)
    return binary ? Buffer.from(text).toString('base64') : text
  }
  sharedItem(name: string, index: number): string | undefined { return this.arrays.get(name)?.[index] }
  sharedLength(name: string): number | undefined { return this.arrays.get(name)?.length }
  shareArray(name: string, items: readonly string[]): void { this.arrays.set(name, items) }
}

/** What the kernel made for the test shows and takes. */
interface WorldState {
  phase: GuestPhase
  vu: number
  iteration: number
  info: Record<string, unknown> | undefined
  tags: Record<string, string>
  readonly group: string
}

export interface World {
  readonly host: RecordingHost
  readonly state: WorldState
  /** Loads a compiled guest module of `bindings/`, afresh for this world. */
  load<T>(module: string): Promise<T>
  /** Runs a host operation as a guest would. */
  post(operation: string, ...args: Json[]): ReturnType<HostOperation>
  enter(phase: GuestPhase): void
  close(): Promise<void>
}

const KERNEL = `
export { mix32 } from './mix.js'
const world = globalThis.chopsticksTestWorlds.get(new URL('../world', import.meta.url).href)
export const state = world.state
export const phaseNow = () => state.phase, iterationNow = () => state.iteration, infoNow = () => state.info
const json = (value) => value === undefined ? undefined : JSON.parse(JSON.stringify(value))
export const ask = (operation, args) => json(world.post(operation, ...json(args)))
export const note = (operation, args) => { world.post(operation, ...json(args)) }
export const call = async (operation, args) => json(await world.post(operation, ...json(args)))
export const track = (promise) => promise
export const setTags = (tags) => { state.tags = tags; world.post('core.tags', tags) }
export class StorageError extends Error { constructor({ code, message }) { super(message); this.code = code } }
`

const worlds = new Map<string, unknown>()
Object.assign(globalThis, { chopsticksTestWorlds: worlds })

export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'chopsticks-guest-'))
  for (const { name, guest } of BINDINGS) await cp(new URL('.', guest), join(folder, name), { recursive: true })
  await mkdir(join(folder, 'sdk'))
  await writeFile(join(folder, 'sdk', 'guest.js'), KERNEL)
  await cp(new URL('../../bindings/sdk/mix.js', import.meta.url), join(folder, 'sdk', 'mix.js'))
  await mkdir(join(folder, 'sdk', 'guest'))
  await cp(new URL('../../bindings/sdk/guest/zipf.js', import.meta.url), join(folder, 'sdk', 'guest', 'zipf.js'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  const host = new RecordingHost()
  const state: WorldState = { phase: 'init', vu: 0, iteration: 0, info: undefined, tags: {}, get group() { return this.tags.group ?? '' } }
  const operations = new Map(BINDINGS.flatMap(({ hostOperations = {} }) => Object.entries(hostOperations)))
  const signal = new AbortController().signal
  const world: World = {
    host,
    state,
    load: async <T>(module: string) => await import(pathToFileURL(join(folder, `${module}.js`)).href) as T,
    post: (operation, ...args) => {
      const run = operations.get(operation)
      if (run === undefined) throw new Error(`no host operation ${operation}`)
      return run(host, args, signal)
    },
    enter: (phase) => { host.phase = state.phase = phase },
    close: () => rm(folder, { recursive: true }),
  }
  worlds.set(pathToFileURL(join(folder, 'world')).href, world)
  return world
}
