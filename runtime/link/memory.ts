// A link inside one process: two ends that hand each other copies of messages, in order, never at once.
import type { Link } from './link.ts'

/** Runs a task later, before any timer; `queueMicrotask` or a simulation's own. */
export type Defer = (task: () => void) => void

class End<Out, In> implements Link<Out, In> {
  readonly #defer: Defer
  readonly #waiting: In[] = []
  #hear: ((message: In) => void) | undefined
  #lost: ((reason: string) => void) | undefined
  #closed = false
  peer: End<In, Out> | undefined

  constructor(defer: Defer) { this.#defer = defer }

  send(message: Out): void {
    if (this.#closed) return
    const copy = structuredClone(message)
    this.#defer(() => { this.peer?.arrive(copy) })
  }

  arrive(message: In): void {
    if (this.#closed) return
    if (this.#hear === undefined) this.#waiting.push(message)
    else this.#hear(message)
  }

  listen(onMessage: (message: In) => void, onLost: (reason: string) => void): void {
    this.#hear = onMessage
    this.#lost = onLost
    for (const message of this.#waiting.splice(0)) onMessage(message)
  }

  lose(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#lost?.(reason)
  }

  close(): Promise<void> {
    this.#closed = true
    const { peer } = this
    if (peer !== undefined) this.#defer(() => { peer.lose('the other end closed the link') })
    return Promise.resolve()
  }
}

/** Two ends of one link. */
export function memoryLink<A, B>(defer: Defer): { readonly left: Link<A, B>; readonly right: Link<B, A> } {
  const left = new End<A, B>(defer)
  const right = new End<B, A>(defer)
  left.peer = right
  right.peer = left
  return { left, right }
}
