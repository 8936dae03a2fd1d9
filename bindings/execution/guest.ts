// `chopsticks/execution`: where the run is, and how to end it. Runs inside the sandbox.
import { ask, infoNow, iterationNow, note, phaseNow, setTags, state, type IterationInfo } from '../sdk/guest.ts'

const info = (what: string): IterationInfo => {
  const info = infoNow()
  if (info === undefined) throw new Error(`${what} is known inside iterations only, not in ${phaseNow()} code`)
  return info
}

/** Everything the VU emits from now on carries these; assign, read and delete like a plain object. */
const tags = new Proxy<Record<string, string | number | boolean>>({}, {
  get: (_, key) => state.tags[key as string],
  has: (_, key) => key in state.tags,
  ownKeys: () => Object.keys(state.tags),
  getOwnPropertyDescriptor: (_, key) => Object.getOwnPropertyDescriptor({ ...state.tags }, key),
  set: (_, key, value: unknown) => {
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw new TypeError(`tag '${String(key)}': use a string, number or boolean`)
    }
    setTags({ ...state.tags, [key]: String(value) })
    return true
  },
  deleteProperty: (_, key) => {
    const { [key as string]: _gone, ...rest } = state.tags
    setTags(rest)
    return true
  },
})

/** The scenario that runs this iteration. */
const scenario = {
  /** Its name in `options.scenarios`. */
  get name(): string { return info('exec.scenario').scenario },
  get executor(): string { return info('exec.scenario').executor },
  /** When it started, in ms since the Unix epoch. */
  get startTime(): number { return info('exec.scenario').scenarioStartEpochMs },
  /** How far it is, 0 to 1. */
  get progress(): number { return info('exec.scenario').progress },
  /** This iteration's number in the scenario, from 0: in this shard. */
  get iterationInInstance(): number { return info('exec.scenario').iterationInInstance },
  /** This iteration's number in the scenario, from 0: in the whole run, each number once. */
  get iterationInTest(): number { return info('exec.scenario').iterationInTest },
}

/** The shard this VU lives in. */
const instance = {
  get vusActive(): number { return info('exec.instance').vusActive },
  get vusInitialized(): number { return info('exec.instance').vusInitialized },
  get iterationsCompleted(): number { return info('exec.instance').iterationsCompleted },
  get iterationsInterrupted(): number { return info('exec.instance').iterationsInterrupted },
  /** Milliseconds since the run's first start. */
  get currentTestRunDuration(): number { return info('exec.instance').elapsedMs },
}

/** This VU. */
const vu = {
  /** Its number in this shard, from 1; 0 outside iterations. */
  get idInInstance(): number { return infoNow()?.vuInInstance ?? 0 },
  /** Its number in the whole run, from 1: `__VU`. */
  get idInTest(): number { return state.vu },
  get iterationInInstance(): number { return iterationNow() },
  get iterationInScenario(): number { return iterationNow() },
  tags,
  metrics: { tags },
}

/** The whole run. */
const test = {
  /** The run's options, all layers merged. */
  get options(): unknown { return info('exec.test').options },
  /** Ends the run at once; teardown and cleanup still happen, the exit code is 108. */
  abort(reason = 'test.abort() was called'): never {
    const error = new Error(reason)
    error.name = 'AbortTest'
    ask('execution.end', ['abort', reason, error.stack ?? ''])
    throw error
  },
  /** Marks the run as failed and goes on; the exit code is 110. */
  fail(reason = 'test.fail() was called'): void {
    note('execution.end', ['fail', reason, new Error(reason).stack ?? ''])
  },
}

const exec = { scenario, instance, vu, test }
export { exec as default, instance, scenario, test, vu }
