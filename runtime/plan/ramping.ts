// When VUs of a ramp come and go: whole nanoseconds, as k6 reckons them.
import { rampLength, type Ramp } from './load-shape.ts'
import type { Ns } from './ns.ts'

/** `length · part / whole` without its fraction; `part` is from 0 to `whole`. Products beyond 2^53 are made as BigInt. */
export function portion(length: Ns, part: number, whole: number): Ns {
  const product = length * part
  if (Number.isSafeInteger(product)) return (product - product % whole) / whole
  return Number(BigInt(length) * BigInt(part) / BigInt(whole))
}

/**
 * Every change of the number of VUs: when, from the start, and how many there are from then on. The first is the start itself.
 * Within a stage the n-th VU comes (or goes) when the straight line gets there, counted back from the stage's end.
 */
export function* vuSteps({ start, stages }: Ramp): Generator<readonly [atNs: Ns, vus: number], undefined> {
  yield [0, start]
  let from = start
  let endNs = 0
  for (const { durationNs, target } of stages) {
    endNs += durationNs
    if (durationNs === 0 && target !== from) yield [endNs, target]
    else if (target > from) {
      for (let vus = from + 1; vus <= target; vus++) yield [endNs - portion(durationNs, target - vus, target - from), vus]
    } else {
      for (let vus = from - 1; vus >= target; vus--) yield [endNs - portion(durationNs, vus - target, from - target), vus]
    }
    from = target
  }
  return undefined
}

/** A time in which a VU is to loop, from the scenario's start, and when its last iteration must have ended. */
export interface Span { readonly onNs: Ns; readonly offNs: Ns; readonly releaseNs: Ns }

/**
 * The spans of each VU of a ramp, by its position. VU n is there while there are more than n: the lowest start first and stop last.
 * One that goes has `gracefulRampDownNs` for its iteration, and all have `gracefulStopNs` after the ramp.
 */
export function rampSpans(
  ramp: Ramp, { gracefulRampDownNs, gracefulStopNs }: { readonly gracefulRampDownNs: Ns; readonly gracefulStopNs: Ns },
): readonly (readonly Span[])[] {
  const lengthNs = rampLength(ramp)
  const lastNs = lengthNs + gracefulStopNs
  const spans: Span[][] = []
  const since: Ns[] = []
  const close = (position: number, offNs: Ns, releaseNs: Ns): void => {
    const onNs = since.pop() ?? 0
    // Who comes as the ramp ends has nothing to do, and is reckoned with all the same, as in k6; who comes and goes at once is not.
    if (offNs > onNs || offNs === lengthNs) spans[position]?.push({ onNs, offNs, releaseNs: Math.min(releaseNs, lastNs) })
  }
  /** Who goes and comes in the same moment has never gone. */
  const open = (position: number, atNs: Ns): Ns => {
    const own = spans[position] ??= []
    return own.at(-1)?.offNs === atNs ? own.pop()?.onNs ?? atNs : atNs
  }
  for (const [atNs, vus] of vuSteps(ramp)) {
    while (since.length > vus) close(since.length - 1, atNs, atNs + gracefulRampDownNs)
    while (since.length < vus) since.push(open(since.length, atNs))
  }
  while (since.length > 0) close(since.length - 1, lengthNs, lastNs)
  return spans
}
