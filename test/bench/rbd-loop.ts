// How many I/Os a second the loop of `image.io()` does on the memory driver, where nothing else takes time: per second of CPU.
import { fileURLToPath } from 'node:url'
import { rbd } from '../../bindings/rbd/index.ts'
import { systemClock, type Call, type Json, type JsonObject, type MeteredStep, type Session } from '../../bindings/sdk/index.ts'
import { Recorder } from '../../runtime/metrics/recorder.ts'

const TAGS = Object.freeze({ scenario: 'bench' })

/** A call whose steps are counted as the dispatcher counts them. */
function counted(recorder: Recorder): Call {
  return {
    signal: new AbortController().signal, timeoutMs: 0, mark: () => undefined,
    meter: () => ({
      count: ({ op, due, paced, started, submitted, ended, bytesIn, bytesOut, verified, error }: MeteredStep) => {
        recorder.operation({
          workload: 'rbd', op, driver: 'memory', target: 'bench', due, paced, started, firstByte: undefined, ended, bytesIn, bytesOut,
          wireIn: bytesIn, wireOut: bytesOut, submissionMs: submitted - started, code: error?.code ?? 'ok', verified, expected: false,
        }, TAGS)
      },
    }),
  }
}

async function opened(): Promise<{ session: Session; handle: Json }> {
  const workload = rbd.workload
  if (workload === undefined) throw new Error('rbd is a workload')
  const session = await workload.open({
    target: 'bench', driver: 'memory', config: { pool: 'bench' }, prefix: 'bench/', clock: systemClock, seed: 1, concurrency: 1,
  })
  const call = counted(new Recorder({}))
  await session.run('create', ['image', { size: '64MiB' }], call)
  const handle = (await session.run('open', ['image'], call)).reply['handle'] ?? null
  await session.run('prefill', [handle], call)
  return { session, handle }
}

const CASES: Readonly<Record<string, JsonObject>> = {
  'random reads, queue depth 16': { mix: 'read', queueDepth: 16 },
  'random writes, queue depth 16': { mix: 'write', queueDepth: 16 },
  '70 % reads, zipf, queue depth 64': { mix: { read: 70, write: 30 }, pattern: 'zipf(1.1)', queueDepth: 64 },
  'random reads, queue depth 1': { mix: 'read', queueDepth: 1 },
  'random reads, all verified, queue depth 16': { mix: 'read', queueDepth: 16, verify: true },
}

/** Lines to print. */
export async function benchRbdLoop(): Promise<readonly string[]> {
  const { session, handle } = await opened()
  const lines: string[] = []
  for (const [name, options] of Object.entries(CASES)) {
    let best = 0
    for (let round = 0; round < 4; round++) {
      const call = counted(new Recorder({}))
      const before = process.cpuUsage()
      const { reply } = await session.run('io', [handle, { blockSize: 4096, count: 200_000, seed: round, ...options }], call)
      const { user, system } = process.cpuUsage(before)
      best = Math.max(best, Number(reply['ios']) / ((user + system) / 1e6))
    }
    lines.push(`${`rbd loop: ${name}, 4 KiB`.padEnd(60)}${Math.round(best).toLocaleString('en').padStart(10)} I/Os a second of CPU`)
  }
  await session.close()
  return lines
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${(await benchRbdLoop()).join('\n')}\n`)
