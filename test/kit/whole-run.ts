// A whole run inside this process: real bundle, real sandboxes, the in-memory S3 driver, over the memory link.
import { registry, scriptModules } from '../../bindings/index.ts'
import { systemClock, type Clock, type JsonObject } from '../../bindings/sdk/index.ts'
import { runAgent } from '../../runtime/agent/agent.ts'
import { bundleScript } from '../../runtime/bundle/bundle.ts'
import { makeStackMapper } from '../../runtime/bundle/stack.ts'
import type { AgentLink } from '../../runtime/coordinator/agent-line.ts'
import { inspectScript } from '../../runtime/coordinator/inspect.ts'
import { TestRun } from '../../runtime/coordinator/run-test.ts'
import type { RunPhase, RunResult } from '../../runtime/coordinator/run.ts'
import { memoryLink } from '../../runtime/link/memory.ts'
import type { Failure, FromAgent, ToAgent } from '../../runtime/link/protocol.ts'
import type { Series } from '../../runtime/metrics/snapshot.ts'
import { makePlan } from '../../runtime/plan/make-plan.ts'
import type { Plan } from '../../runtime/plan/plan.ts'

/** In this process, on Node's own stack, deep recursion would cost the module: QuickJS gets less. */
const LIMITS: Plan['limits'] = { vuMemoryBytes: 64 * 1024 ** 2, vuSliceNs: 250e6 }

const STORE: JsonObject = { driver: 'memory', endpoint: 'http://127.0.0.1:1', bucket: 'b', access_key: 'a', secret_key: 's' }

export interface WholeRun {
  readonly result: RunResult
  readonly logs: readonly string[]
  readonly phases: readonly RunPhase[]
  /** Where the script's own code was, `script.js:LINE`, by a raw stack. */
  placeOf(stack: string): string | undefined
  /** The sum of a counter, the share of a rate, the count of a trend. */
  figure(metric: string, tags?: Readonly<Record<string, string>>): number
}
interface WholeRunOptions {
  readonly shards?: number
  readonly flags?: Readonly<Record<string, string>>
  /** What the target's configuration says beside its defaults. */
  readonly config?: JsonObject
  readonly env?: Readonly<Record<string, string>>
  readonly during?: (run: TestRun, phase: RunPhase) => void
  /** Where agents come from; default: this process. */
  readonly agent?: () => AgentLink
  readonly limits?: Plan['limits']
  /** The coordinator's; default: the machine's. */
  readonly clock?: Clock
  /** Waits for what needs the clock to go on; default: it goes on by itself. */
  readonly drive?: <T>(promise: Promise<T>) => Promise<T>
}
export type Inspected = { readonly failure: Failure | { readonly kind: 'lost'; readonly reason: string } }

const openHere = (): AgentLink => {
  const { left, right } = memoryLink<ToAgent, FromAgent>((task) => { setImmediate(task) })
  void runAgent({ link: right, clock: systemClock, bindings: registry() })
  return left
}

function figureOf(data: Series['data']): number {
  switch (data.type) {
    case 'counter': return data.sum
    case 'rate': return data.trues
    case 'trend': return data.count
    case 'gauge': return data.value
    default: return data satisfies never
  }
}

/** Runs the script's text; options as `options` in the script, or flags. */
export async function wholeRun(text: string, more: WholeRunOptions = {}): Promise<WholeRun | Inspected> {
  const { bundle, imports, map } = await bundleScript({ entry: { kind: 'text', text, folder: process.cwd() }, ...scriptModules() })
  const logs: string[] = []
  const phases: RunPhase[] = []
  const { agent = openHere, limits = LIMITS, clock = systemClock, drive = <T>(promise: Promise<T>) => promise } = more
  const first = agent()
  const inspected = await drive(inspectScript({
    link: first, clock, log: (message) => { logs.push(`${message.level} ${message.text}`) },
    request: { kind: 'inspect', bundle, env: more.env ?? {}, access: { roots: [], scriptFolder: process.cwd() }, limits, seed: 1 },
  }))
  if (!inspected.ok) {
    await first.close()
    return { failure: inspected.failure }
  }
  const { inspection } = inspected
  const made = makePlan({ script: inspection.options, flags: { shards: String(more.shards ?? 1), ...more.flags } }, {
    runId: 'whole', seedDefault: 1, shardsDefault: 1, script: { name: 'script.js', digest: bundle.digest },
    functions: inspection.functions, metrics: inspection.metrics, workloads: imports.includes('chopsticks/s3') ? ['s3'] : [],
  })
  if ('problems' in made) {
    await first.close()
    throw new Error(made.problems.map((problem) => JSON.stringify(problem)).join('\n'))
  }
  let handedOut = false
  const run = new TestRun({
    plan: { ...made.plan, env: more.env ?? {}, limits }, bundle, inspection, targetLines: [], builtin: true,
    scriptFolder: process.cwd(), clock, summaryData: () => '{"seen":1}',
    targets: { default: 'default', targets: { default: { s3: { ...STORE, ...more.config } } } },
    open: (index) => {
      if (index > 0 || handedOut) return agent()
      handedOut = true
      return first
    },
    report: {
      phase: (phase) => { phases.push(phase); more.during?.(run, phase) },
      frame: () => { return },
      log: (message) => { logs.push(`${message.level} ${message.text}`) },
    },
  })
  const result = await drive(run.run())
  return {
    result, logs, phases,
    placeOf(stack) {
      const place = makeStackMapper(bundle, map).place(stack)
      return place === undefined ? undefined : `${place.file}:${String(place.line)}`
    },
    figure(metric, tags = {}) {
      return result.record.series
        .filter((series) => series.metric === metric && Object.entries(tags).every(([key, value]) => series.tags[key] === value))
        .reduce((sum, { data }) => sum + figureOf(data), 0)
    },
  }
}

/** The run, or a failure of the test when the script could not even be evaluated. */
export async function ran(...args: Parameters<typeof wholeRun>): Promise<WholeRun> {
  const run = await wholeRun(...args)
  if ('failure' in run) throw new Error(JSON.stringify(run.failure))
  return run
}
