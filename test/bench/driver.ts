// What the native S3 driver costs above bare sockets: CPU time per operation, both in one process, turn by turn, on one null server.
// Run: node dist/test/bench/driver.js [seconds per turn, default 1.5] [operations in flight, default 64]
import { openDriver } from '../../bindings/s3/drivers/native/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { payloadContent, systemClock, type Call } from '../../bindings/sdk/index.ts'
import { cpuPerOperation } from './cpu.ts'
import { BareClient } from './driver-bare.ts'
import { startNullServer } from './null-server.ts'

const seconds = Number(process.argv[2] ?? 1.5)
const inFlight = Number(process.argv[3] ?? 64)
const ROUNDS = 3
/** Design goals: ratio to bare sockets by size. */
const GOAL: Readonly<Record<number, number>> = { 4096: 1.3, 1048576: 1.1 }

const print = (line: string): void => { process.stdout.write(`${line}\n`) }

async function measure(sizeBytes: number): Promise<void> {
  const { server, port } = await startNullServer(sizeBytes)
  const bare = new BareClient(port, sizeBytes)
  const settings = settingsOf({ endpoint: `http://127.0.0.1:${port}`, access_key: 'AKIAIOSFODNN7EXAMPLE',
    secret_key: 'secret-of-the-bench', bucket: 'bench' })
  const native = openDriver({ settings, clock: systemClock, concurrency: inFlight })
  const { signal } = new AbortController()
  const call: Call = { signal, timeoutMs: 60_000, mark: () => { /* the caller's stamp is the caller's cost */ } }
  for (const op of ['get', 'put'] as const) {
    const clients: Readonly<Record<'bare' | 'native', (key: string) => Promise<unknown>>> = {
      bare: (key) => bare.run(op, key),
      native: op === 'get' ? (key) => native.get({ key }, call)
        : (key) => native.put({ key, content: payloadContent({ sizeBytes, seed: 1, pattern: 'random' }, key) }, call),
    }
    const best = { bare: Infinity, native: Infinity }
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of ['bare', 'native'] as const) {
        best[name] = Math.min(best[name], await cpuPerOperation(inFlight, seconds, clients[name]))
      }
    }
    const row = [`${op} ${sizeBytes / 1024} KiB`, best.bare.toFixed(1), best.native.toFixed(1), (best.native / best.bare).toFixed(2),
      `<= ${GOAL[sizeBytes] ?? '-'}`]
    print(row.map((cell, i) => i === 0 ? cell.padEnd(14) : cell.padStart(12)).join(''))
  }
  bare.close()
  await native.close()
  server.disconnect()
}

print(`CPU µs per operation, ${inFlight} in flight, best of ${ROUNDS} turns of ${seconds} s`)
print(['operation     ', 'bare', 'native', 'ratio', 'goal'].map((cell, i) => i === 0 ? cell : cell.padStart(12)).join(''))
for (const sizeBytes of [4096, 1024 ** 2]) await measure(sizeBytes)
