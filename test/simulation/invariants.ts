// What must be so in every run, whatever was planned and whatever went wrong. Each check names what it found.
import { isArrivals } from '../../runtime/plan/load-shape.ts'
import type { ScenarioProgress, SeriesData } from '../../runtime/metrics/snapshot.ts'
import type { ArrivalScenario, LoopingScenario, Scenario } from '../../runtime/plan/plan.ts'
import {
  areaAt, beginsAt, dueMs, duesByChance, endMs, hardEndMs, idleSince, lengthMs, loopsAt, offered, settlesAt, startMs, vusMost,
} from './expected.ts'
import { OPEN_MS, type Played, type Seen } from './world.ts'

/** Moments are compared in ms; a message more or less is no matter. */
const NEAR_MS = 0.01

interface Case {
  readonly scenario: Scenario
  readonly seen: readonly Seen[]
  readonly progress: ScenarioProgress | undefined
  readonly played: Played
  /** How late anything may be because the machine stood still. */
  readonly stillMs: number
  /** Nothing went wrong in the world, and nobody stopped it. */
  readonly calm: boolean
  /** It went on to its end. */
  readonly whole: boolean
  readonly say: (what: string) => void
}

const unique = (values: readonly number[]): boolean => new Set(values).size === values.length
const finished = ({ end }: Seen): boolean => end === 'done' || end === 'failed'

/** Everything that is wrong with a run; empty when nothing is. */
export function violations(played: Played): readonly string[] {
  const { plan, faults, result, seen } = played
  const found: string[] = []
  const { ending, progress } = result.record
  const whole = faults.lost === undefined && faults.signalAtMs === undefined
  const calm = whole && faults.stall === undefined && faults.still === undefined
  for (const scenario of plan.scenarios) {
    const one: Case = {
      scenario, played, calm, whole, stillMs: faults.still?.durationMs ?? 0, seen: seen.filter((other) => other.scenario === scenario.name),
      progress: progress.find((other) => other.scenario === scenario.name), say: (what) => { found.push(`${scenario.name}: ${what}`) },
    }
    numbered(one)
    inTime(one)
    counted(one)
    measured(one)
    if (isArrivals(scenario)) arrived({ ...one, scenario })
    else looped({ ...one, scenario })
    chosen(one)
  }
  oneAtATime(seen, found)
  const last = Math.max(...plan.scenarios.map(hardEndMs))
  const lastMs = last + (faults.still?.durationMs ?? 0) + 1000
  if (whole && played.overMs > lastMs) found.push(`the run went on until ${String(played.overMs)} ms`)
  const kinds = faults.lost !== undefined ? ['passed', 'shard-lost'] : faults.signalAtMs !== undefined ? ['passed', 'signal'] : ['passed']
  if (!kinds.includes(ending.kind)) found.push(`the run ended as ${JSON.stringify(ending)}`)
  return found
}

/** Nothing twice, and every number is one that exists. */
function numbered({ scenario, seen, say }: Case): void {
  if (!unique(seen.map(({ number }) => number))) say('an iteration was run twice')
  if (seen.some(({ number }) => number < 0)) say('an iteration has no number')
  const most = scenario.executor === 'shared-iterations' ? scenario.iterations
    : scenario.executor === 'per-vu-iterations' ? scenario.iterations * scenario.vus
      : isArrivals(scenario) && !scenario.poisson ? offered(scenario)[1] : Infinity
  if (seen.some(({ number }) => number >= most)) say(`there are but ${String(most)} iterations, and one has a higher number`)
}

/** Nothing before the start, nothing begun after the end, nothing goes on after the hard stop. */
function inTime({ scenario, seen, stillMs, say, calm }: Case): void {
  for (const { beganMs, endedMs, end, number } of seen) {
    if (beganMs < startMs(scenario) - NEAR_MS) say(`${String(number)} was begun before the start`)
    // A VU that is made for an iteration begins it when it is there.
    const late = isArrivals(scenario) ? OPEN_MS : 0
    if (beganMs > endMs(scenario) + stillMs + late + NEAR_MS) say(`${String(number)} was begun after the end`)
    if (beganMs > hardEndMs(scenario) + stillMs + NEAR_MS) say(`${String(number)} was begun after the hard stop`)
    if (end !== 'under way' && endedMs > hardEndMs(scenario) + stillMs + NEAR_MS) say(`${String(number)} went on after the hard stop`)
    if (end !== 'interrupted' || !calm || isRampDown(scenario)) continue
    if (endedMs < hardEndMs(scenario) - NEAR_MS) say(`${String(number)} was interrupted too soon`)
  }
}
const isRampDown = (scenario: Scenario): boolean => 'gracefulRampDownNs' in scenario

/** What was counted is what was seen. */
function counted({ scenario, seen, progress, played, whole, say }: Case): void {
  if (progress === undefined) {
    if (whole) say('nothing was told of it')
    return
  }
  const { series } = played.result.record
  const figure = (data: SeriesData): number =>
    data.type === 'counter' ? data.sum : data.type === 'rate' ? data.trues : data.type === 'trend' ? data.count : 0
  const sum = (metric: string): number => series.filter((one) => one.metric === metric && one.tags['scenario'] === scenario.name)
    .reduce((total, { data }) => total + figure(data), 0)
  const compare = (what: string, told: number, real: number): void => {
    // Of a shard that was lost, what it counted last is lost with it.
    if (whole || played.faults.lost === undefined ? told !== real : told > real) say(`${what}: told ${String(told)}, were ${String(real)}`)
  }
  const ended = seen.filter(finished)
  compare('iterations done', progress.iterationsDone, ended.length)
  compare('iterations failed', progress.iterationsFailed, ended.filter(({ end }) => end === 'failed').length)
  if (sum('dropped_iterations') !== progress.iterationsDropped) say('dropped iterations are not those of the metric')
  const unclear = seen.some(({ beganMs }) => settlesAt(scenario, beganMs - startMs(scenario)) === undefined)
  // Of an arrival rate the due moment decides, which a late iteration does not show.
  if (unclear || (isArrivals(scenario) && scenario.executor === 'staircase')) return
  const real = ended.filter(({ beganMs }) => settlesAt(scenario, beganMs - startMs(scenario)) === false)
  compare('iterations in the metric', sum('iterations'), real.length)
  compare('iterations timed', sum('iteration_response'), real.length)
  compare('failed iterations in the metric', sum('iterations_failed'), real.filter(({ end }) => end === 'failed').length)
}

/** The response time counts from due, the duration from the beginning. */
function measured({ scenario, seen, played, calm, say }: Case): void {
  if (!calm || !isArrivals(scenario) || scenario.poisson || scenario.executor === 'staircase') return
  const total = (metric: string): number => played.result.record.series
    .filter((one) => one.metric === metric && one.tags['scenario'] === scenario.name)
    .reduce((all, { data }) => all + (data.type === 'trend' ? data.sum : 0), 0)
  const ended = seen.filter(finished)
  const served = ended.reduce((all, { beganMs, endedMs }) => all + endedMs - beganMs, 0)
  const felt = ended.reduce((all, { number, endedMs }) => all + endedMs - startMs(scenario) - dueMs(scenario, number), 0)
  const compare = (metric: string, realMs: number): void => {
    const toldMs = total(metric)
    if (Math.abs(toldMs - realMs) > 1 + ended.length * NEAR_MS) say(`${metric}: told ${String(toldMs)} ms, were ${String(realMs)}`)
  }
  compare('iteration_duration', served)
  compare('iteration_response', felt)
}

/** The most that were under way at once. */
function peak(seen: readonly Seen[]): number {
  const edges = seen.flatMap(({ beganMs, endedMs }) => [[beganMs, 1] as const, [endedMs, -1] as const])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1])
  let now = 0
  return edges.reduce((most, [, change]) => Math.max(most, now += change), 0)
}

/** Iterations of an arrival rate: all there are, none before it is due, none late without a reason. */
function arrived(one: Case & { readonly scenario: ArrivalScenario }): void {
  const { scenario, seen, progress, calm, whole, stillMs, say } = one
  if (peak(seen) > vusMost(scenario)) say(`more than maxVUs (${String(vusMost(scenario))}) at once`)
  if (progress === undefined) return
  const { iterationsBegun, iterationsDropped, iterationsOffered, iterationsQueued } = progress
  if (whole && iterationsBegun + iterationsDropped !== iterationsOffered) say('begun and dropped are not what was offered')
  if (whole && stillMs === 0 && iterationsBegun < seen.length) say('more were run than begun')
  if (iterationsQueued > (scenario.late === 'queue' ? iterationsBegun : 0)) say('more waited for a VU than may have')
  if (progress.vusMost > vusMost(scenario)) say('told to have had more VUs than maxVUs')
  if (whole && stillMs === 0 && progress.vusMost < peak(seen)) say('told to have had fewer VUs at once than it had')
  if (whole && progress.ranMs !== lengthMs(scenario)) say(`told to have run for ${String(progress.ranMs)} ms`)
  if (calm && iterationsDropped > 0 && scenario.late === 'queue' && !busyAtEnd(one)) say('some were dropped that could have waited')
  if (whole && scenario.late === 'queue' && !inTurn(scenario, seen)) say('one that waited was passed over')
  const all = iterationsBegun + iterationsDropped
  if (scenario.poisson) {
    const { scenarios, seed } = one.played.plan
    const dues = duesByChance(scenario, { seed, stream: scenarios.findIndex(({ name }) => name === scenario.name) })
    if (whole && all !== dues.length) say(`${String(all)} iterations of ${String(dues.length)} by chance`)
    for (const { number, beganMs } of seen) {
      if (beganMs - startMs(scenario) < (dues[number] ?? Infinity) - NEAR_MS) say(`${String(number)} was begun before it was due by chance`)
    }
    return
  }
  const [least, most] = offered(scenario)
  if (whole && (all < least || all > most)) say(`${String(all)} iterations of ${String(least)}`)
  for (const { number, beganMs } of seen) {
    const atMs = beganMs - startMs(scenario)
    const dueNow = scenario.executor === 'constant-arrival-rate'
      ? atMs >= dueMs(scenario, number) - NEAR_MS : areaAt(scenario, atMs + NEAR_MS) >= number + 1 - 1e-3
    if (!dueNow) say(`${String(number)} was begun before it was due`)
    if (calm && scenario.late === 'drop' && atMs > dueMs(scenario, number) + OPEN_MS + NEAR_MS) say(`${String(number)} was late`)
  }
  // Where nothing was ever missed, and no VU ever waits, there was always one free.
  if (calm && iterationsDropped > 0 && scenario.waitTime === undefined && one.played.plan.minIterationDurationNs === 0
    && !ranAll(one)) say('some were dropped, and VUs were free')
}

/** True when none is missing before one that was begun: those with the same position are all one shard's, and take their turns. */
function inTurn(scenario: ArrivalScenario, seen: readonly Seen[]): boolean {
  const most = vusMost(scenario)
  const begun = new Set(seen.map(({ number }) => number))
  return seen.every(({ number }) => number < most || begun.has(number - most))
}

/** True when, in some shard, all of its VUs were busy as time was over, or resting. */
function busyAtEnd({ scenario, seen, played }: Case & { readonly scenario: ArrivalScenario }): boolean {
  if (scenario.waitTime !== undefined || played.plan.minIterationDurationNs > 0) return true
  const { shards } = played.plan
  const busy = seen.filter(({ beganMs, endedMs }) => beganMs <= endMs(scenario) + OPEN_MS && endedMs >= endMs(scenario) - NEAR_MS)
  return Array.from({ length: shards }, (_, shard) => busy.filter((other) => other.shard === shard).length)
    .some((count) => count >= Math.max(1, Math.floor(vusMost(scenario) / shards)))
}

/** True when, in some shard, all of its VUs were busy at once. */
function ranAll({ scenario, seen, played }: Case & { readonly scenario: ArrivalScenario }): boolean {
  const { shards } = played.plan
  return Array.from({ length: shards }, (_, shard) => seen.filter((other) => other.shard === shard))
    .some((own) => peak(own) >= Math.floor(vusMost(scenario) / shards))
}

/** VUs that loop: those that should, when they should, without a pause. */
function looped({ scenario, seen, calm, played, stillMs, progress, whole, say }: Case & { readonly scenario: LoopingScenario }): void {
  const most = vusMost(scenario)
  if (new Set(seen.map(({ vu }) => vu)).size > most || peak(seen) > most) say('more VUs than there are')
  const counts = scenario.executor === 'shared-iterations' || scenario.executor === 'per-vu-iterations'
  if (counts && whole && progress !== undefined) {
    const total = scenario.executor === 'shared-iterations' ? scenario.iterations : scenario.iterations * scenario.vus
    if (progress.iterationsBegun + progress.iterationsDropped !== total) say('begun and dropped are not all there are')
    const lastMs = Math.max(...seen.map(({ endedMs }) => endedMs))
    if (calm && progress.iterationsDropped > 0 && lastMs < endMs(scenario) - 2000) say('dropped with time left')
  }
  for (const one of scenario.executor === 'shared-iterations' ? [] : seen) {
    const atMs = one.beganMs - startMs(scenario)
    const position = one.number % most
    if (!loopsAt(scenario, position, atMs) && stillMs === 0) say(`${String(one.number)} was begun by a VU that should not loop`)
    if (one.end !== 'interrupted' || !calm || !('gracefulRampDownNs' in scenario) || one.endedMs >= hardEndMs(scenario) - NEAR_MS) continue
    const goneMs = idleSince(scenario, position, one.endedMs - startMs(scenario))
    if (goneMs < scenario.gracefulRampDownNs / 1e6 - 1) say(`${String(one.number)} was interrupted while it had time`)
  }
  if (calm) punctual(scenario, seen, played.plan.minIterationDurationNs / 1e6, say)
}

/** What each VU ran, in order. */
function byVu(seen: readonly Seen[]): readonly (readonly Seen[])[] {
  const all = new Map<number, Seen[]>()
  for (const one of seen) {
    const own = all.get(one.vu)
    if (own === undefined) all.set(one.vu, [one])
    else own.push(one)
  }
  return [...all.values()]
}

/** When a VU that ran this may begin its next, ms. */
function restedMs({ waitTime }: LoopingScenario, { beganMs, endedMs }: Seen, minIterationMs: number): number {
  const least = Math.max(endedMs, beganMs + minIterationMs)
  switch (waitTime?.kind) {
    case 'constant': return Math.max(least, endedMs + waitTime.durationNs / 1e6)
    case 'pacing': return Math.max(least, beganMs + waitTime.everyNs / 1e6)
    case 'between': case undefined: return least
    default: return waitTime satisfies never
  }
}

/** The first iteration of each VU begins when its VU is due; the next when the one before has ended, or its wait. */
function punctual(scenario: LoopingScenario, seen: readonly Seen[], minIterationMs: number, say: (what: string) => void): void {
  const firsts = byVu(seen).map(([first]) => (first?.beganMs ?? 0) - startMs(scenario)).sort((a, b) => a - b)
  const due = Array.from({ length: vusMost(scenario) }, (_, position) => beginsAt(scenario, position))
    .filter((moment) => moment !== undefined && moment < lengthMs(scenario) - NEAR_MS).map(Number).sort((a, b) => a - b)
  const few = scenario.executor === 'shared-iterations'
  if (!few && (due.length !== firsts.length || due.some((moment, index) => Math.abs(moment - (firsts[index] ?? Infinity)) > 1))) {
    say(`VUs began at ${firsts.join(' ')}, not at ${due.join(' ')}`)
  }
  for (const own of byVu(seen)) {
    for (const [index, one] of own.entries()) {
      const before = own[index - 1]
      if (before === undefined) continue
      const rested = restedMs(scenario, before, minIterationMs)
      if (one.beganMs < rested - NEAR_MS && !wasDown(scenario, before, one)) say(`${String(one.number)} did not wait`)
      if (scenario.executor === 'constant-vus' && one.beganMs > rested + NEAR_MS) say(`${String(one.number)} waited too long`)
    }
    const last = own.at(-1)
    if (scenario.executor !== 'constant-vus' || last === undefined) continue
    if (restedMs(scenario, last, minIterationMs) < endMs(scenario) - NEAR_MS) say('a VU stopped before the end')
  }
}

/** True when a VU of a ramp had gone between two of its iterations: it begins anew when it is due, and waits for nothing. */
function wasDown(scenario: LoopingScenario, before: Seen, one: Seen): boolean {
  const position = one.number % vusMost(scenario)
  for (let atMs = before.beganMs; atMs < one.beganMs; atMs += 0.1) if (!loopsAt(scenario, position, atMs - startMs(scenario))) return true
  return false
}

/** Iterations run what was chosen for them. */
function chosen({ scenario, seen, say }: Case): void {
  const { tasks } = scenario
  for (const { fn, ofVu, number } of seen) {
    const good = tasks === undefined ? fn === scenario.exec
      : tasks.kind === 'sequence' ? fn === tasks.names[ofVu % tasks.names.length] : Object.hasOwn(tasks.weights, fn)
    if (!good) say(`${String(number)} ran ${fn}`)
  }
}

/** No VU ever does two things at once. */
function oneAtATime(seen: readonly Seen[], found: string[]): void {
  for (const own of byVu(seen)) {
    if (peak(own) > 1) found.push('a VU ran two iterations at once')
    if (new Set(own.map(({ shard }) => shard)).size > 1) found.push('a VU is in two shards')
  }
}
