// The built-in store as a child process: its CPU is not the generator's, and it ends with whoever started it.
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../bindings/sdk/index.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import { Failure } from './failure.ts'

/** What the parent sends once. */
export interface ServeRequest { readonly workload: string; readonly options: JsonObject }

/** What the child answers once. */
export type ServeAnswer =
  | { readonly kind: 'serving'; readonly config: JsonObject; readonly about: string }
  | { readonly kind: 'failed'; readonly message: string }

/** A built-in store that runs. */
export interface BuiltinStore {
  /** What a session of the workload needs to reach it. */
  readonly config: JsonObject
  /** One line for the screen. */
  readonly about: string
  close(): Promise<void>
}

const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const ENTRY = fileURLToPath(new URL(`./builtin-child${EXTENSION}`, import.meta.url))
const LEAVE_MS = 2000
const STDERR_KEPT = 4096

/**
 * Starts the workload's built-in store in a process of its own, which ends when this one does, however that ends.
 *
 * @throws Failure (target, 111) with the child's reason when it does not come up.
 */
async function startBuiltin(workload: string, options: JsonObject = {}): Promise<BuiltinStore> {
  const child = fork(ENTRY, [], { serialization: 'advanced', detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-STDERR_KEPT) })
  const gone = new Promise<void>((resolve) => { child.once('exit', () => { resolve() }) })
  const answer = new Promise<ServeAnswer>((resolve) => {
    child.once('message', (message) => { resolve(message as ServeAnswer) })
    child.once('error', (error) => { resolve({ kind: 'failed', message: error.message }) })
    child.once('exit', (code, signal) => {
      const reason = said.split('\n').find((line) => /error/i.test(line))?.trim()
      resolve({ kind: 'failed', message: reason ?? `its process ended with ${signal ?? `code ${String(code)}`}` })
    })
  })
  child.send({ workload, options } satisfies ServeRequest)
  const first = await answer
  if (first.kind === 'failed') {
    await leave(child, gone)
    throw new Failure(EXIT_CODES.target, `the built-in ${workload} store did not start: ${first.message}`)
  }
  return { config: first.config, about: first.about, close: () => leave(child, gone) }
}

/** Built-in stores, each started once. */
export class Builtins {
  readonly #started = new Map<string, Promise<BuiltinStore>>()

  /** The workload's store, started where it is not yet. Rejects as `startBuiltin` does; nobody need listen. */
  start(workload: string, options: JsonObject | undefined): Promise<BuiltinStore> {
    const known = this.#started.get(workload)
    if (known !== undefined) return known
    const starting = startBuiltin(workload, options)
    // Until somebody awaits it its failure must not count as unhandled.
    starting.catch(() => { return })
    this.#started.set(workload, starting)
    return starting
  }

  /** Ends their processes. */
  async close(): Promise<void> {
    await Promise.all([...this.#started.values()].map(async (starting) => {
      // One that did not start has nothing to end; why it did not is told to who wants to use it.
      const store = await starting.catch(() => undefined)
      await store?.close()
    }))
  }
}

async function leave(child: ChildProcess, gone: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  if (child.connected) child.disconnect()
  const kill = setTimeout(() => { child.kill('SIGKILL') }, LEAVE_MS)
  await gone
  clearTimeout(kill)
}
