// The images a shard has open for its scripts: by number, each closed when its script says so, when its VU is gone, or at the end.
import { StorageError, type Call, type Json } from '../sdk/index.ts'
import { invalid } from '../sdk/arguments.ts'
import type { Handle } from './handle.ts'
import { ImageLedger } from './ledger.ts'

/** More open at once are most likely forgotten ones. */
const OPEN_MAX = 10_000

export class Images {
  readonly #open = new Map<number, { readonly handle: Handle; readonly forget: () => void }>()
  readonly #ledgers = new Map<string, ImageLedger>()
  /** What an image was cloned or copied from, as scripts name them. */
  readonly #origins = new Map<string, readonly string[]>()
  #next = 1

  /** Keeps an image that was opened; it is closed when the call's VU is gone. */
  add(handle: Handle, { signal }: Call): number {
    if (this.#open.size >= OPEN_MAX) throw invalid(`open: ${OPEN_MAX} images are open: close those that are done with (image.close())`)
    const id = this.#next++
    const unlessRefused = (error: unknown): void => { if (!(error instanceof StorageError)) throw error }
    const gone = (): void => { void this.close(id, NOBODY).catch(unlessRefused) }
    signal.addEventListener('abort', gone, { once: true })
    this.#open.set(id, { handle, forget: () => { signal.removeEventListener('abort', gone) } })
    return id
  }

  get(op: string, id: Json | undefined): Handle {
    const found = typeof id === 'number' ? this.#open.get(id) : undefined
    if (found === undefined) throw invalid(`${op}: this image is closed`)
    return found.handle
  }

  /** The whole name of an image that is open. */
  nameOf(id: number): string | undefined { return this.#open.get(id)?.handle.image.name }

  async close(id: Json | undefined, call: Call): Promise<void> {
    const found = typeof id === 'number' ? this.#open.get(id) : undefined
    if (found === undefined) return
    this.#open.delete(id as number)
    found.forget()
    await found.handle.image.close(call)
  }

  async closeAll(): Promise<void> { await Promise.all([...this.#open.keys()].map((id) => this.close(id, NOBODY))) }

  /** What this process knows of the image of this whole name. */
  ledgerOf(name: string): ImageLedger {
    let ledger = this.#ledgers.get(name)
    if (ledger === undefined) this.#ledgers.set(name, ledger = new ImageLedger())
    return ledger
  }
  /** An image of this name is made anew, or is gone. */
  forget(name: string): void {
    this.#ledgers.delete(name)
    this.#origins.delete(name)
  }

  /** `name` holds from now on what `from` held; whole names, and as the script names the latter. */
  descends(name: string, from: string, shown: string): void { this.#origins.set(name, [shown, ...this.originsOf(from)]) }
  originsOf(name: string): readonly string[] { return this.#origins.get(name) ?? [] }
}

const NOBODY: Call = { signal: new AbortController().signal, timeoutMs: 0, mark: () => undefined }
