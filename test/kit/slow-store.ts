// A way to a store on which every answer takes its time, or never comes.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface SlowStore extends AsyncDisposable {
  readonly endpoint: string
  /** True = it takes what comes and answers nothing, until it is false again. */
  silent: boolean
  /** How many connections it was asked for. */
  readonly connections: number
}

/** Passes connections on to the endpoint; whatever it answers arrives `delayMs` later. */
export async function slowStore(endpoint: string, delayMs: number): Promise<SlowStore> {
  const { hostname, port } = new URL(endpoint)
  const sockets = new Set<Socket>()
  const state = { silent: false, connections: 0 }
  const server = createServer({ noDelay: true }, (client) => {
    state.connections++
    const store = connect({ host: hostname, port: Number(port), noDelay: true })
    for (const socket of [client, store]) {
      sockets.add(socket)
      socket.on('error', () => { client.destroy(); store.destroy() })
      socket.on('close', () => { sockets.delete(socket); client.destroy(); store.destroy() })
    }
    client.pipe(store)
    store.on('data', (data: Buffer) => { setTimeout(() => { if (client.writable && !state.silent) client.write(data) }, delayMs) })
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
