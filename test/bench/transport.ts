// What TLS costs the native S3 driver beside bare TLS sockets, and what signing payloads costs it beside OpenSSL's SHA-256 of the
// same bytes: CPU time per operation, all in one process, turn by turn, on one null server.
// Run: node dist/test/bench/transport.js [seconds per turn, default 1.5] [operations in flight, default 64]
import { createHash } from 'node:crypto'
import { openDriver } from '../../bindings/s3/drivers/native/index.ts'
import { PAYLOAD_SIGNINGS, settingsOf } from '../../bindings/s3/settings.ts'
import { payloadContent, systemClock, type Call, type Content } from '../../bindings/sdk/index.ts'
import { cpuPerOperation } from './cpu.ts'
import { BareClient } from './driver-bare.ts'
import { startNullServer } from './null-server.ts'

const seconds = Number(process.argv[2] ?? 1.5)
const inFlight = Number(process.argv[3] ?? 64)
const ROUNDS = 3
const SIZES = [4096, 1024 ** 2] as const
/** Design goals. */
const TLS_GOAL = 1.3
const SIGNING_GOAL = 1.1

const print = (cells: readonly string[]): void => {
  process.stdout.write(`${cells.map((cell, at) => at === 0 ? cell.padEnd(24) : cell.padStart(12)).join('')}\n`)
}

const { signal } = new AbortController()
const call: Call = { signal, timeoutMs: 60_000, mark: () => { /* the caller's stamp is the caller's cost */ } }
const contentFor = (key: string, sizeBytes: number): Content => payloadContent({ sizeBytes, seed: 1, pattern: 'random' }, key)

const nativeOn = (endpoint: string, more = {}) => openDriver({
  settings: settingsOf({ endpoint, access_key: 'AKIAIOSFODNN7EXAMPLE', secret_key: 'secret-of-the-bench', bucket: 'bench', ...more }),
  clock: systemClock, concurrency: inFlight,
})

/** The best of some turns of each, in turns. */
async function bestOf(all: Readonly<Record<string, (key: string) => Promise<unknown>>>): Promise<Record<string, number>> {
  const best: Record<string, number> = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, one] of Object.entries(all)) {
      best[name] = Math.min(best[name] ?? Infinity, await cpuPerOperation(inFlight, seconds, one))
    }
  }
  return best
}

async function measureTls(sizeBytes: number): Promise<void> {
  const { server, port } = await startNullServer(sizeBytes, 'tls')
  const bare = new BareClient(port, sizeBytes, 'tls')
  const native = nativeOn(`https://127.0.0.1:${port}`, { tls: { insecure: true } })
  for (const op of ['get', 'put'] as const) {
    const { bare: least = 0, native: ours = 0 } = await bestOf({
      bare: (key) => bare.run(op, key),
      native: (key) => op === 'get' ? native.get({ key }, call) : native.put({ key, content: contentFor(key, sizeBytes) }, call),
    })
    print([`${op} ${sizeBytes / 1024} KiB over TLS`, least.toFixed(1), ours.toFixed(1), (ours / least).toFixed(2), `<= ${TLS_GOAL}`])
  }
  bare.close()
  await native.close()
  server.disconnect()
}

/** OpenSSL's SHA-256 of a body, in as large pieces as there are. */
function digest(content: Content): string {
  const sha256 = createHash('sha256')
  for (let at = 0; at < content.sizeBytes;) {
    const chunk = content.chunk(at, content.sizeBytes)
    sha256.update(chunk)
    at += chunk.length
  }
  return sha256.digest('hex')
}

async function measureSigning(sizeBytes: number): Promise<void> {
  const { server, port } = await startNullServer(sizeBytes)
  const drivers = PAYLOAD_SIGNINGS.map((signing) => [signing, nativeOn(`http://127.0.0.1:${port}`, { payload_signing: signing })] as const)
  const best = await bestOf({
    digest: (key) => Promise.resolve(digest(contentFor(key, sizeBytes))),
    ...Object.fromEntries(drivers.map(([signing, driver]) =>
      [signing, (key: string) => driver.put({ key, content: contentFor(key, sizeBytes) }, call)])),
  })
  const { digest: hashed = 0, unsigned = 0 } = best
  for (const signing of ['sha256', 'streaming'] as const) {
    const ours = best[signing] ?? 0
    const both = unsigned + hashed
    const goal = signing === 'sha256' ? `<= ${SIGNING_GOAL}` : ''
    print([`put ${sizeBytes / 1024} KiB ${signing}`, both.toFixed(1), ours.toFixed(1), (ours / both).toFixed(2), goal])
  }
  for (const [, driver] of drivers) await driver.close()
  server.disconnect()
}

print([`CPU µs per operation, ${inFlight} in flight, best of ${ROUNDS} turns of ${seconds} s; beside bare TLS sockets`])
print(['operation', 'bare TLS', 'native', 'ratio', 'goal'])
for (const sizeBytes of SIZES) await measureTls(sizeBytes)
print(['beside an unsigned put and SHA-256 of its body'])
print(['operation', 'both', 'native', 'ratio', 'goal'])
for (const sizeBytes of SIZES) await measureSigning(sizeBytes)
