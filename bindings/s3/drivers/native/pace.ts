// Holds one connection to a limit of bandwidth: what it sends, reads or ends next waits until the time of its bytes is over.
import type { Content, Timer } from '../../../sdk/index.ts'
import type { Bandwidth } from '../../bandwidth.ts'
import type { Exchange } from './exchange.ts'

/** What of a body is sent at once. */
const PIECE_BYTES = 64 * 1024
/** Timers are no finer: a shorter wait is none. */
const WAIT_MIN_MS = 1

/** The time it goes by. */
interface Time { now(): number; at(moment: number, wake: () => void): Timer }

export class Pace {
  readonly #bandwidth: Bandwidth
  readonly #time: Time
  #timer: Timer | undefined
  /** False while nothing more is to be read. */
  reading = true
  /** The exchange whose answer is whole and waits for its time: the connection may close meanwhile. */
  whole: Exchange | undefined

  constructor(bandwidth: Bandwidth, time: Time) {
    this.#bandwidth = bandwidth
    this.#time = time
  }

  /** The body's next piece, given to `write` when its time has come. Nothing while one waits already. */
  send(exchange: Exchange, body: Content, write: (piece: Uint8Array) => void): void {
    if (this.#timer !== undefined) return
    const piece = body.chunk(exchange.sentBytes, PIECE_BYTES)
    this.#after(this.#bandwidth.take(piece.length, exchange.call.signal), () => { write(piece) })
  }

  /** Body bytes came: `goOn` when their time is over, which may be now. The last of an answer are told by `whole`. */
  received(exchange: Exchange, bytes: number, whole: boolean, goOn: () => void): void {
    this.reading = false
    if (whole) this.whole = exchange
    this.#after(this.#bandwidth.take(bytes, exchange.call.signal), () => {
      this.reading = true
      this.whole = undefined
      goOn()
    })
  }

  /** The exchange has ended: nothing of it goes on. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.reading = true
    this.whole = undefined
  }

  #after(moment: number, doing: () => void): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (moment - this.#time.now() < WAIT_MIN_MS) doing()
    else {
      this.#timer = this.#time.at(moment, () => {
        this.#timer = undefined
        doing()
      })
    }
  }
}
