// What tests of the rbd binding are written with: sessions on the memory driver, calls that count their steps.
import { rbd } from '../../bindings/rbd/index.ts'
import {
  StorageError, systemClock, type Call, type Json, type JsonObject, type MeteredStep, type Session,
} from '../../bindings/sdk/index.ts'

/** What is kept of a step: the object it came in is used again. */
export interface Step {
  readonly op: string
  readonly code: string
  readonly key: string | undefined
  readonly bytesIn: number
  readonly bytesOut: number
  readonly verified: boolean
  readonly submissionMs: number
  readonly durationMs: number
}

export class CountedCall implements Call {
  readonly controller = new AbortController()
  readonly signal: AbortSignal = this.controller.signal
  readonly timeoutMs: number
  readonly steps: Step[] = []
  readonly marks: string[] = []
  constructor(timeoutMs = 10_000) { this.timeoutMs = timeoutMs }
  mark(phase: string): void { this.marks.push(phase) }
  meter() {
    return {
      count: ({ op, error, subject, bytesIn, bytesOut, verified, started, submitted, ended }: MeteredStep) => {
        this.steps.push({
          op, code: error?.code ?? 'ok', key: subject().key, bytesIn, bytesOut, verified, submissionMs: submitted - started,
          durationMs: ended - started,
        })
      },
    }
  }
}

export interface SessionGiven {
  readonly config?: JsonObject
  readonly prefix?: string
  readonly verify?: boolean
  readonly driver?: string
  readonly share?: { readonly index: number; readonly count: number }
}

let pools = 0
/** A pool nobody else uses. */
export const freshPool = (): string => `pool-${pools++}`

/** Runs an operation and gives what the script would get. */
export interface TestSession { readonly session: Session; readonly run: (op: string, ...args: Json[]) => Promise<JsonObject> }

export async function openSession(given: SessionGiven = {}): Promise<TestSession> {
  const { workload } = rbd
  if (workload === undefined) throw new Error('rbd is a workload')
  const { config = { pool: freshPool() }, prefix = 'run/', driver = 'memory', verify, share } = given
  const session = await workload.open({
    target: 'default', driver, config, prefix, clock: systemClock, seed: 7, concurrency: 4, runId: 'test-run',
    ...(verify === undefined ? {} : { verify }), ...(share === undefined ? {} : { share }),
  })
  return { session, run: async (op, ...args) => (await session.run(op, args, new CountedCall())).reply }
}

/** The same with an image of so many bytes, open. */
export async function openImage(size: string, given: SessionGiven = {}): Promise<TestSession & { readonly image: number }> {
  const opened = await openSession(given)
  await opened.run('create', 'disk', { size })
  return { ...opened, image: Number((await opened.run('open', 'disk'))['handle']) }
}

/** What a promise is rejected with. */
export async function refusal(promise: Promise<unknown>): Promise<StorageError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof StorageError) return error
    throw error
  }
  throw new Error('it was not refused')
}
