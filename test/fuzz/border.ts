// The border between sandbox and host under malformed messages of every sort, from a guest that is an enemy and by a host that answers
// at the wrong time: nothing may break, nothing may be left. Run: npm run fuzz [-- MESSAGES [SEED]]
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { registry } from '../../bindings/index.ts'
import { systemClock, type Json } from '../../bindings/sdk/index.ts'
import type { AgentContext } from '../../runtime/agent/context.ts'
import { hostOperations } from '../../runtime/agent/context.ts'
import { Dispatcher } from '../../runtime/agent/dispatch.ts'
import { keptFiles } from '../../runtime/agent/files.ts'
import { GuestCalls } from '../../runtime/agent/guest-calls.ts'
import { Sessions } from '../../runtime/agent/sessions.ts'
import { SharedArrays } from '../../runtime/agent/shared-arrays.ts'
import { Recorder } from '../../runtime/metrics/recorder.ts'
import { Sandbox, openError, type GuestVu } from '../../runtime/sandbox/sandbox.ts'
import { Vu } from '../../runtime/sandbox/vu.ts'
import { hostileKernel } from './hostile-kernel.ts'

const RUNS_A_VU = 4
const MIB = 1024 ** 2
/** The first messages fill caches that are bounded. */
const WARM_SHARE = 0.2

export interface FuzzReport {
  readonly messages: number
  readonly vus: number
  /** Runs by how they ended. */
  readonly ends: Readonly<Record<string, number>>
  /** Bugs of ours that were met: none may be. */
  readonly bugs: readonly string[]
  /** The host's heap at the end beyond what it was after the warm-up, and the same of the WASM modules. */
  readonly hostGrowthBytes: number
  readonly moduleGrowthBytes: number
  /** What guests still hold when all are gone. */
  readonly liveBytes: number
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** A generator of 32-bit choices that are the seed's: mulberry32. */
function choices(seed: number): (count: number) => number {
  let state = seed | 0
  return (count) => {
    state = state + 0x6D2B79F5 | 0
    let mixed = Math.imul(state ^ state >>> 15, 1 | state)
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed
    return ((mixed ^ mixed >>> 14) >>> 0) % count
  }
}

const ODD_IDS = [0, 1, -1, 0.5, 65_535, 65_536, 2 ** 31, 2 ** 53, NaN, Infinity]
const ODD_VALUES: readonly (Json | undefined)[] = [
  undefined, null, 0, '', 'text', [], {}, { code: 'not_found', message: 'x' },
  { message: 1 }, [[[[]]]],
]

/** A host as an agent's is, but that it now and then answers what nobody asked, interrupts or closes the VU that calls. */
class RecklessCalls extends GuestCalls {
  readonly #below: (count: number) => number
  #closed = false

  constructor(context: AgentContext, below: (count: number) => number) {
    super(context, 1)
    this.#below = below
  }

  override call(...[vu, id, operation, args, options]: Parameters<GuestCalls['call']>): Json | undefined {
    const choice = this.#below(200)
    if (choice < 10) vu.settle(ODD_IDS[this.#below(ODD_IDS.length)] ?? 0, choice % 2 === 0, ODD_VALUES[this.#below(ODD_VALUES.length)])
    else if (choice === 10) vu.interrupt()
    else if (choice === 11 && !this.#closed && this.#below(10) === 0) { this.#closed = true; vu[Symbol.dispose]() }
    return super.call(vu, id, operation, args, options)
  }
}

const OPERATIONS = [
  ...hostOperations(registry()).keys(),
  's3.put', 's3.get', 's3.head', 's3.delete', 's3.list', 's3.nope', 'nope.get', 'toString', '__proto__', '',
]

/** Sends so many messages. */
export async function fuzz(messages: number, seed: number, say: (line: string) => void): Promise<FuzzReport> {
  const below = choices(seed)
  const bugs: string[] = []
  const ends: Record<string, number> = {}
  let sent = 0
  let vus = 0
  const config = { driver: 'memory', endpoint: 'http://127.0.0.1:1', bucket: 'b', access_key: 'a', secret_key: 's' }
  const sessions = new Sessions({
    bindings: registry(), targets: { default: 'default', targets: { default: { s3: config } } }, prefix: 'fuzz/', seed: 1,
    clock: systemClock, concurrency: 1, opened: () => { return },
  })
  const recorder = new Recorder({})
  const context: AgentContext = {
    clock: systemClock, operations: hostOperations(registry()),
    sink: {
      declare: (declaration) => { recorder.declare(declaration) }, add: (metric, value, tags) => { recorder.add(metric, value, tags) },
      error: () => { return },
    },
    checkStore: () => { return }, files: keptFiles({}, '/'), arrays: new SharedArrays({}, false),
    dispatcher: new Dispatcher(sessions, systemClock, (sample, tags) => { recorder.operation(sample, tags) }),
    log: () => { return }, end: () => { return },
    bug: (error) => { bugs.push(error instanceof Error ? error.stack ?? error.message : String(error)) },
  }
  using sandbox = await Sandbox.open({
    bundle: { code: hostileKernel(OPERATIONS), name: 'hostile.js' }, memoryLimitBytes: 16 * MIB, sliceLimitMs: 2000,
  })
  const posted: (this: Vu, ...args: Parameters<Vu['posted']>) => number = Reflect.get(Vu.prototype, 'posted')
  Vu.prototype.posted = function (this: Vu, argc, argv) { sent++; return posted.call(this, argc, argv) }
  using _counted = { [Symbol.dispose]: () => { Vu.prototype.posted = posted } }
  const runVu = async (): Promise<void> => {
    const calls = new RecklessCalls(context, below)
    vus++
    let vu: GuestVu
    const opening = sandbox.openVu({ id: vus, seed: 1, env: { SEED: String(below(2 ** 31)) }, phase: 'init' }, calls)
    try {
      vu = await opening
    } catch (error) {
      const known = openError(error)
      if (known === undefined) throw error
      ends[`init ${known.kind}`] = (ends[`init ${known.kind}`] ?? 0) + 1
      calls.cancel()
      return
    }
    calls.attach(vu)
    for (let n = 0; n < RUNS_A_VU && vu.broken === undefined; n++) {
      calls.enter('iteration', { scenario: 's' }, undefined)
      const running = vu.run({
        fn: 'default', argText: below(2) === 0 ? undefined : '{"a":1}', phase: 'iteration', iteration: n, scenario: 's', info: undefined,
        wantValue: below(2) === 0,
      })
      // What waits for nothing that comes is ended from outside, as at the end of a load.
      const timer = setTimeout(() => { vu.interrupt(); setTimeout(() => { vu[Symbol.dispose]() }, 5) }, 5)
      const result = await running
      clearTimeout(timer)
      const end = result.ok ? 'ok' : result.error.kind
      ends[end] = (ends[end] ?? 0) + 1
      vu.settle(ODD_IDS[below(ODD_IDS.length)] ?? 0, true, ODD_VALUES[below(ODD_VALUES.length)])
    }
    calls.cancel()
    vu[Symbol.dispose]()
  }
  let warm: { readonly host: number; readonly modules: number } | undefined
  const measure = (): { readonly host: number; readonly modules: number } => {
    recorder.take()
    collect()
    return { host: process.memoryUsage().heapUsed, modules: sandbox.heapBytes() }
  }
  for (let told = 0; sent < messages && bugs.length === 0;) {
    await runVu()
    if (warm === undefined && sent >= messages * WARM_SHARE) warm = measure()
    if (sent - told >= 100_000) { told = sent; say(`${String(sent)} messages, ${String(vus)} VUs`) }
  }
  await new Promise((resolve) => { setTimeout(resolve, 50) })
  const last = measure()
  const liveBytes = sandbox.liveBytes()
  await sessions.close()
  return {
    messages: sent, vus, ends, bugs, liveBytes,
    hostGrowthBytes: last.host - (warm?.host ?? last.host), moduleGrowthBytes: last.modules - (warm?.modules ?? last.modules),
  }
}
