// How far a cleanup is, on a terminal: one line that appears when it takes a while, and is gone afterwards.
import type { Timer } from '../../bindings/sdk/index.ts'
import { LiveBlock } from '../output/terminal.ts'
import type { World } from './world.ts'

/** A cleanup that ends sooner needs no progress. */
const SHOW_AFTER_MS = 500
const REDRAW_MS = 100

export class CleanupProgress implements Disposable {
  deleted = 0
  readonly #world: Pick<World, 'terminal' | 'clock'>
  readonly #prefix: string
  readonly #startMs: number
  readonly #block: LiveBlock | undefined
  #timer: Timer | undefined

  constructor(world: Pick<World, 'terminal' | 'clock'>, prefix: string, quiet: boolean) {
    this.#world = world
    this.#prefix = prefix
    this.#startMs = world.clock.now()
    const { terminal } = world
    if (!terminal.err.tty || quiet) return
    const block = new LiveBlock(terminal.screen)
    this.#block = block
    terminal.guard((write) => { block.above(write) })
    this.#arm(SHOW_AFTER_MS)
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel()
    if (this.#block === undefined) return
    this.#block.clear()
    this.#world.terminal.guard(undefined)
  }

  #arm(inMs: number): void {
    const { clock, terminal } = this.#world
    this.#timer = clock.at(clock.now() + inMs, () => {
      const seconds = Math.floor((clock.now() - this.#startMs) / 1000)
      const line = `deleting below ${this.#prefix}: ${String(this.deleted)} deleted, ${String(seconds)} s`
      // The last column stays free: some terminals wrap when it is written.
      this.#block?.draw([line.slice(0, terminal.screen.columns - 1)])
      this.#arm(REDRAW_MS)
    })
  }
}
