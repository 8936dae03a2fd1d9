// A way to a store on which answers take their time or never come, and on which writes arrive long after they were sent.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

interface Delays {
  /** How much later answers arrive. */
  readonly answersMs?: number
  /** How much later the store gets a PUT, also one whose sender is gone by then. */
  readonly putsMs?: number
}

export interface SlowStore extends AsyncDisposable {
  readonly endpoint: string
  /** True = it takes what comes and answers nothing, until it is false again. */
  silent: boolean
  /** How many connections it was asked for. */
  readonly connections: number
}

/** Passes connections on to the endpoint, with delays. */
export async function slowStore(endpoint: string, { answersMs = 0, putsMs = 0 }: Delays = {}): Promise<SlowStore> {
  const { hostname, port } = new URL(endpoint)
  const sockets = new Set<Socket>()
  const state = { silent: false, connections: 0 }
  const server = createServer({ noDelay: true }, (client) => {
    state.connections++
    const store = connect({ host: hostname, port: Number(port), noDelay: true })
    for (const socket of [client, store]) {
      sockets.add(socket)
      socket.on('error', () => { socket.destroy() })
      socket.on('close', () => { sockets.delete(socket) })
    }
    let readyMs = 0
    /** In the order in which it came, each piece when it may. */
    const later = (delayMs: number, task: () => void): void => {
      readyMs = Math.max(readyMs, performance.now() + delayMs)
      setTimeout(task, readyMs - performance.now())
    }
    client.on('data', (data: Buffer) => {
      later(data.toString('latin1', 0, 4) === 'PUT ' ? putsMs : 0, () => { if (store.writable) store.write(data) })
    })
    client.on('close', () => { later(0, () => { store.end() }) })
    store.on('data', (data: Buffer) => { setTimeout(() => { if (client.writable && !state.silent) client.write(data) }, answersMs) })
    store.on('close', () => { client.destroy() })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    get connections() { return state.connections },
    get silent() { return state.silent },
    set silent(silent) { state.silent = silent },
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
