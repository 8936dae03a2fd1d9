// What checked data costs: CPU time of a session's gets with nothing, the front and all of the body checked, and of puts of described and
// of plain bytes; all in one process, turn by turn, on one server that does next to nothing.
// Run: node dist/test/bench/verify.js [seconds per turn, default 1] [operations in flight, default 64]
import { openDriver } from '../../bindings/s3/drivers/native/index.ts'
import { S3Session } from '../../bindings/s3/session.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { bytesContent, payloadContent, systemClock, type Call, type Json } from '../../bindings/sdk/index.ts'
import { cpuPerOperation } from './cpu.ts'
import { startNullServer } from './null-server.ts'

const seconds = Number(process.argv[2] ?? 1)
const inFlight = Number(process.argv[3] ?? 64)
const ROUNDS = 4

const print = (line: string): void => { process.stdout.write(`${line}\n`) }

async function measure(sizeBytes: number): Promise<void> {
  const { server, port } = await startNullServer(sizeBytes, 'tcp', 'described')
  const settings = settingsOf({ endpoint: `http://127.0.0.1:${port}`, access_key: 'AKIAIOSFODNN7EXAMPLE',
    secret_key: 'secret-of-the-bench', bucket: 'bench' })
  const driver = openDriver({ settings, clock: systemClock, concurrency: inFlight })
  const session = new S3Session({ driver, driverName: 'native', settings, prefix: 'p/', seed: 1, clock: systemClock })
  const { signal } = new AbortController()
  const call: Call = { signal, timeoutMs: 60_000, mark: () => { /* the caller's stamp is the caller's cost */ } }
  const run = async (op: string, ...args: Json[]): Promise<boolean> => (await session.run(op, args, call)).verified ?? false
  const plain = bytesContent(Buffer.alloc(sizeBytes, 7))
  const ways: Readonly<Record<string, (key: string) => Promise<unknown>>> = {
    'get, unchecked': (key) => run('get', key, { verify: false }),
    'get, by default': (key) => run('get', key),
    'get, verify: true': (key) => run('get', key, { verify: true }),
    'put, plain': (key) => driver.put({ key, content: plain }, call),
    'put, described': (key) => driver.put({ key, content: payloadContent({ sizeBytes, seed: 1, pattern: 'random' }, key) }, call),
  }
  if (!await run('get', 'obj', { verify: true })) throw new Error('the server sends nothing that can be checked')
  const best = new Map<string, number>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, one] of Object.entries(ways)) {
      best.set(name, Math.min(best.get(name) ?? Infinity, await cpuPerOperation(inFlight, seconds, one)))
    }
  }
  for (const [name, us] of best) {
    const base = best.get(name.startsWith('get') ? 'get, unchecked' : 'put, plain') ?? NaN
    const figures = [us.toFixed(1), `+${(us - base).toFixed(1)}`, `${(100 * (us / base - 1)).toFixed(1)} %`]
    print(`${`${sizeBytes / 1024} KiB ${name}`.padEnd(28)}${figures.map((cell) => cell.padStart(12)).join('')}`)
  }
  await session.close()
  server.disconnect()
}

print(`CPU µs per operation, ${inFlight} in flight, best of ${ROUNDS} turns of ${seconds} s; without sandbox, dispatch and metrics`)
print(`${''.padEnd(28)}${['µs', 'more', 'of it'].map((cell) => cell.padStart(12)).join('')}`)
for (const sizeBytes of [4096, 64 * 1024, 1024 ** 2]) await measure(sizeBytes)
