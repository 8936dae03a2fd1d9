// A whole run of a real script in virtual time: real sandboxes and the in-memory driver on the simulation's clock.
import { registry } from '../../bindings/index.ts'
import type { Binding, Session } from '../../bindings/sdk/index.ts'
import { runAgent } from '../../runtime/agent/agent.ts'
import type { AgentLink } from '../../runtime/coordinator/agent-line.ts'
import { memoryLink } from '../../runtime/link/memory.ts'
import type { FromAgent, ToAgent } from '../../runtime/link/protocol.ts'
import { VirtualClock } from '../kit/virtual-clock.ts'
import { ran, type WholeRun } from '../kit/whole-run.ts'

/** How long a message is on its way. */
const LATENCY_MS = 1
/** Turns of the event loop a step of a script takes at most: answers are delivered at the end of one, and a result of the next. */
const TURNS = 4
/** The limit is on real time, which a busy machine may take of a VU for long. */
const LIMITS = { vuMemoryBytes: 64 * 1024 ** 2, vuSliceNs: 10e9 }

/** One operation, as the store was asked for it; the moment is ms from the start of the load, to the nanosecond. */
export interface Asked { readonly atMs: number; readonly op: string; readonly key: string; readonly sizeBytes: number | undefined }

export interface SandboxRun {
  readonly run: WholeRun
  readonly asked: readonly Asked[]
  /** The virtual date at which the load began, ms since the Unix epoch. */
  readonly beganEpochMs: number
  /** Virtual time from the start of the load to the end of the run. */
  readonly lengthMs: number
}

export interface SandboxRunOptions {
  readonly seed: number
  readonly shards?: number
  /** Called when the load begins, to arrange for what goes wrong in it; `cut` breaks the link of a shard. */
  readonly arrange?: (clock: VirtualClock, startMs: number, cut: (shard: number) => void) => void
}

/** Tells of each operation before it is begun. */
const watched = (session: Session, tell: (asked: Omit<Asked, 'atMs'>) => void): Session => ({
  driver: session.driver,
  run(op, args, call) {
    const { key = '', sizeBytes } = session.subject?.(op, args) ?? {}
    tell({ op, key, sizeBytes })
    return session.run(op, args, call)
  },
  prepare: (signal) => session.prepare(signal),
  cleanup: (signal, options) => session.cleanup(signal, options),
  close: () => session.close(),
})

const watching = (tell: (asked: Omit<Asked, 'atMs'>) => void): readonly Binding[] => registry().map((binding) => {
  const { workload } = binding
  if (workload === undefined) return binding
  return { ...binding, workload: { ...workload, open: async (context) => watched(await workload.open(context), tell) } }
})

/** Runs the script's text to its end. */
export async function runInSandboxes(script: string, { seed, shards = 1, arrange }: SandboxRunOptions): Promise<SandboxRun> {
  const clock = new VirtualClock()
  const asked: Asked[] = []
  const cut: (() => void)[] = []
  let began: { readonly ms: number; readonly epochMs: number } | undefined
  const bindings = watching((one) => { asked.push({ ...one, atMs: Math.round((clock.now() - (began?.ms ?? 0)) * 1e6) / 1e6 }) })
  const agent = (): AgentLink => {
    const { left, right } = memoryLink<ToAgent, FromAgent>((task) => { clock.at(clock.now() + LATENCY_MS, task) })
    cut.push(() => { void right.close() })
    void runAgent({
      clock, bindings, cpuUsage: () => ({ user: 0, system: 0 }),
      link: {
        send: (message) => { right.send(message) },
        listen: (onMessage, onLost) => {
          right.listen((message) => {
            if (message.kind === 'start' && began === undefined) {
              const startMs = clock.now() + message.inMs
              began = { ms: startMs, epochMs: clock.epochMs() + message.inMs }
              arrange?.(clock, startMs, (shard) => { cut[shard]?.() })
            }
            onMessage(message)
          }, onLost)
        },
        close: () => right.close(),
      },
    })
    return left
  }
  const run = await ran(script, {
    shards, agent, clock, limits: LIMITS, flags: { seed: String(seed) }, drive: (promise) => clock.until(promise, TURNS),
  })
  return { run, asked, beganEpochMs: began?.epochMs ?? NaN, lengthMs: clock.now() - (began?.ms ?? 0) }
}
