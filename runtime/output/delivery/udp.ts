// Lines on their way by UDP: several to a packet, none ever waited for.
import { createSocket, type Socket } from 'node:dgram'

/** What a packet holds so that no network takes it apart, bytes. */
const PACKET_MAX_BYTES = 1400
const CLOSE_MS = 1000

export class UdpLines {
  readonly #socket: Socket
  readonly #warn: (text: string) => void
  readonly #connected: Promise<boolean>
  #sending = 0
  #allSent: () => void = () => { return }
  delivered = 0
  lost = 0
  reason: string | undefined

  /** Packets nobody listens for are told of by the receiver's machine, where it is near: they are counted as lost. */
  constructor(host: string, port: number, warn: (text: string) => void) {
    this.#warn = warn
    this.#socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' })
    this.#connected = new Promise((resolve) => {
      this.#socket.once('connect', () => { resolve(true) })
      this.#socket.on('error', (error: NodeJS.ErrnoException) => {
        this.#failed(error)
        resolve(false)
      })
    })
    this.#socket.connect(port, host)
    this.#socket.unref()
  }

  send(lines: readonly string[]): void {
    let packet = ''
    for (const line of lines) {
      if (packet !== '' && Buffer.byteLength(packet) + Buffer.byteLength(line) > PACKET_MAX_BYTES) {
        this.#send(packet)
        packet = ''
      }
      packet += packet === '' ? line : `\n${line}`
    }
    if (packet !== '') this.#send(packet)
  }

  async close(): Promise<void> {
    if (this.#sending > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, CLOSE_MS)
        this.#allSent = () => { clearTimeout(timer); resolve() }
      })
    }
    this.#socket.close()
  }

  #send(packet: string): void {
    this.#sending++
    const sent = (error: Error | null): void => {
      this.#sending--
      if (error === null) this.delivered++
      else this.#failed(error)
      if (this.#sending === 0) this.#allSent()
    }
    void this.#connected.then((connected) => {
      if (connected) this.#socket.send(packet, sent)
      else sent(new Error('the host\'s name can\'t be resolved'))
    })
  }

  #failed(error: NodeJS.ErrnoException): void {
    const reason = error.code === 'ECONNREFUSED' ? 'nothing listens there' : error.message
    this.lost++
    if (this.reason === undefined) this.#warn(`${reason}; the run goes on`)
    this.reason ??= reason
  }
}
