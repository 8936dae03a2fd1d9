// One VU used by several scenarios, one after the other.
import type { IterationEnd, IterationRequest, Vu } from './vu.ts'

/**
 * Hands a VU to one scenario at a time. A scenario may begin in the moment in which the one before lets go of the VU, while that
 * one's last iteration is still being interrupted: whoever comes then waits for its end.
 */
export class SharedVu {
  readonly #vu: Vu
  #busy: Promise<unknown> | undefined

  constructor(vu: Vu) { this.#vu = vu }

  /** The VU as one of its scenarios has it: what another one runs can't be interrupted through it. */
  use(): Vu {
    let running = false
    let giveUp: (() => void) | undefined
    const free = async (): Promise<'free' | 'interrupted'> => {
      const stopped = new Promise<'interrupted'>((resolve) => { giveUp = () => { resolve('interrupted') } })
      let end: 'interrupted' | undefined
      while (this.#busy !== undefined && end === undefined) end = await Promise.race([this.#busy.then(() => undefined), stopped])
      giveUp = undefined
      return end ?? 'free'
    }
    return {
      run: async (request: IterationRequest): Promise<IterationEnd> => {
        if (this.#busy !== undefined && await free() === 'interrupted') return 'interrupted'
        const run = this.#vu.run(request)
        this.#busy = run
        running = true
        const end = await run
        running = false
        this.#busy = undefined
        return end
      },
      interrupt: () => {
        giveUp?.()
        if (running) this.#vu.interrupt()
      },
    }
  }
}
