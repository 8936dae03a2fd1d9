// What an operation costs the built-in S3 endpoint: CPU of its process, under bare-socket clients. Every self-test pays it beside its own.
// Run: node dist/test/bench/endpoint.js [connections, default 64]
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { BareClient } from './driver-bare.ts'

const connections = Number(process.argv[2] ?? 64)
const KEYS = 1000
const WARM_UP_S = 1
const MEASURED_S = 4

const print = (line: string): void => { process.stdout.write(`${line}\n`) }
const told = (server: ChildProcess): Promise<number> => new Promise((resolve, reject) => {
  server.once('message', (value) => { resolve(Number(value)) })
  server.once('exit', () => { reject(new Error('the endpoint ended')) })
})

async function cpuUs(server: ChildProcess): Promise<number> {
  const answer = told(server)
  server.send('cpu')
  return await answer
}

/** µs of the endpoint's CPU for each operation, once it is warm. */
async function cost(server: ChildProcess, port: number, op: 'get' | 'put', sizeBytes: number): Promise<number> {
  const bare = new BareClient(port, sizeBytes)
  let count = 0
  const drive = async (seconds: number): Promise<void> => {
    const endMs = performance.now() + seconds * 1000
    await Promise.all(Array.from({ length: connections }, async () => {
      while (performance.now() < endMs) await bare.run(op, `obj${String(count++ % KEYS)}`)
    }))
  }
  for (let key = 0; key < KEYS; key++) await bare.run('put', `obj${String(key)}`)
  await drive(WARM_UP_S)
  const [beforeUs, before] = [await cpuUs(server), count]
  await drive(MEASURED_S)
  const costUs = (await cpuUs(server) - beforeUs) / (count - before)
  bare.close()
  return costUs
}

const SERVER = fileURLToPath(new URL(`./endpoint-server${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url))
print(`CPU µs per operation of the endpoint's process, ${String(connections)} connections`)
for (const [op, sizeBytes] of [['get', 4096], ['put', 4096], ['get', 262144], ['put', 262144]] as const) {
  const server = fork(SERVER)
  const port = await told(server)
  print(`${`${op} ${String(sizeBytes / 1024)} KiB`.padEnd(14)}${(await cost(server, port, op, sizeBytes)).toFixed(1).padStart(8)}`)
  server.disconnect()
}
