// Ramps and rates against k6's own figures, to the nanosecond: whole runs and equal parts.
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parseGoDuration } from '../../bindings/sdk/index.ts'
import { arrivalCount, arrivals, periodOf } from '../../runtime/plan/arrivals.ts'
import { portion, rampSpans, vuSteps } from '../../runtime/plan/ramping.ts'
import type { ArrivalScenario, ConstantArrivalRate, PlannedStage } from '../../runtime/plan/plan.ts'

/** k6 deals unequal segments by stripes of their own; ours are equal parts dealt by index, so those are what is compared. */
const SEQUENCE = /^(?:0,1\/2,1|0,1\/3,2\/3,1)$/

interface Part { readonly Segment: string; readonly Sequence: string }
interface RawStage { readonly D: string; readonly T: number }
type Step = readonly [number, number]
interface RampingVector extends Part {
  readonly Name: string; readonly StartVUs: number; readonly Stages: readonly RawStage[]
  readonly GracefulStop: string; readonly GracefulRampDown: string
  readonly Raw: readonly Step[] | null; readonly Requirements: readonly Step[] | null
}
interface ConstantVector extends Part {
  readonly Rate: number; readonly TimeUnit: string; readonly Duration: string; readonly TickerPeriodNs: number
  readonly FirstOffsetsNs: readonly number[]; readonly CountStrictlyBeforeEnd: number
}
interface RateVector extends Part {
  readonly Name: string; readonly StartRate: number; readonly TimeUnit: string; readonly Stages: readonly RawStage[]
  readonly Count: number; readonly TimesNs: readonly number[]
}
const read = (file: string): unknown => JSON.parse(readFileSync(`test/vectors/${file}.json`, 'utf8'))
const { rampingVUs } = read('ramping_vus') as { readonly rampingVUs: readonly RampingVector[] }
const { constantArrivalRate, rampingArrivalRate } = read('arrival_rate') as {
  readonly constantArrivalRate: readonly ConstantVector[]
  readonly rampingArrivalRate: readonly RateVector[]
}

const ns = (text: string): number => Number(parseGoDuration(text))
const stagesOf = (stages: readonly RawStage[]): readonly PlannedStage[] => stages.map(({ D, T }) => ({ durationNs: ns(D), target: T }))
const isCompared = ({ Segment, Sequence }: Part): boolean => Segment === '' || SEQUENCE.test(Sequence)
const title = ({ Segment }: Part): string => Segment === '' ? 'whole' : Segment

/** `1/3:2/3` is part 1 of 3. */
function shareOf({ Segment }: Part): { readonly index: number; readonly count: number } {
  if (Segment === '') return { index: 0, count: 1 }
  const [from = '', to = ''] = Segment.split(':')
  const [, count = ''] = (to === '1' ? from : to).split('/')
  return { index: from === '0' ? 0 : Number(from.split('/')[0]), count: Number(count) }
}
function* dealt({ index, count }: { readonly index: number; readonly count: number }): Generator<number> {
  for (let number = index; ; number += count) yield number
}

/** How many of the changes of all there are in which this part has fewer or more than before. */
function changes(edges: readonly Step[]): readonly Step[] {
  const sorted = [...edges].sort((a, b) => a[0] - b[0])
  const steps: Step[] = []
  let now = 0
  for (const [at, by] of sorted) {
    now += by
    const last = steps.at(-1)
    if (last?.[0] === at) steps.pop()
    steps.push([at, now])
  }
  return steps.filter(([, count], index) => index === 0 || count !== steps[index - 1]?.[1])
}
/** Steps that only say the same again are left out, and of several at one moment the last stands. */
const plain = (steps: readonly Step[] | null): readonly Step[] => {
  const last = (steps ?? []).filter(([at], index, all) => all[index + 1]?.[0] !== at)
  return last.filter(([, count], index) => index === 0 ? count !== 0 : count !== last[index - 1]?.[1])
}

describe('a ramp of VUs', () => {
  for (const vector of rampingVUs.filter(isCompared)) {
    const { index, count } = shareOf(vector)
    const ramp = { start: vector.StartVUs, stages: stagesOf(vector.Stages) }
    const spans = rampSpans(ramp, { gracefulStopNs: ns(vector.GracefulStop), gracefulRampDownNs: ns(vector.GracefulRampDown) })
    const own = spans.filter((_, position) => position % count === index)

    it(`starts and stops VUs when k6 does: ${vector.Name}, ${title(vector)}`, () => {
      const steps = Array.from(vuSteps(ramp), ([at, vus]): Step => [at, Math.floor((vus + count - 1 - index) / count)])
      expect(plain(steps)).to.deep.equal(plain(vector.Raw))
    })

    it(`reserves as many VUs as k6 does: ${vector.Name}, ${title(vector)}`, () => {
      const edges = own.flatMap((list) => list.flatMap(({ onNs, releaseNs }, at): Step[] => {
        const before = list[at - 1]
        const after = list[at + 1]
        return [
          ...(before !== undefined && before.releaseNs >= onNs ? [] : [[onNs, 1] as const]),
          ...(after !== undefined && after.onNs <= releaseNs ? [] : [[releaseNs, -1] as const]),
        ]
      }))
      expect(changes(edges)).to.deep.equal(plain(vector.Requirements))
    })
  }

  it('is exact where a product is beyond 2^53', () => {
    const hour = 3600e9
    expect(portion(hour, 9999, 10_000)).to.equal(Number(BigInt(hour) * 9999n / 10_000n))
    expect(portion(9_000_000_000_000_001, 6_666_667, 10_000_000)).to.equal(Number(9_000_000_000_000_001n * 6_666_667n / 10_000_000n))
    let last = -1
    let count = 0
    for (const [at] of vuSteps({ start: 0, stages: [{ durationNs: hour, target: 10_000 }] })) {
      expect(Number.isSafeInteger(at)).to.equal(true)
      expect(at).to.be.greaterThan(last)
      last = at
      count++
    }
    expect([last, count]).to.deep.equal([hour, 10_001])
  })
})

const base = {
  name: 's', exec: 'default', startTimeNs: 0, gracefulStopNs: 0, env: {}, tags: {},
  preAllocatedVUs: 1, maxVUs: 1, late: 'drop', poisson: false,
} as const
const CHANCE = { seed: 1, stream: 0 }
const duesOf = (scenario: ArrivalScenario, vector: Part): readonly number[] =>
  Array.from(arrivals(scenario, dealt(shareOf(vector)), CHANCE), ({ dueNs }) => dueNs)

describe('a constant arrival rate', () => {
  for (const vector of constantArrivalRate.filter(isCompared)) {
    it(`begins iterations when k6 does: ${vector.Rate} a ${vector.TimeUnit} for ${vector.Duration}, ${title(vector)}`, () => {
      const scenario: ConstantArrivalRate = {
        ...base, executor: 'constant-arrival-rate', rate: vector.Rate, timeUnitNs: ns(vector.TimeUnit), durationNs: ns(vector.Duration),
      }
      expect(periodOf(scenario)).to.equal(vector.TickerPeriodNs)
      const dues = duesOf(scenario, vector)
      expect(dues.slice(0, vector.FirstOffsetsNs.length)).to.deep.equal(vector.FirstOffsetsNs.slice(0, dues.length))
      expect(dues).to.have.length(vector.CountStrictlyBeforeEnd)
      if (vector.Segment === '') expect(arrivalCount(scenario)).to.equal(vector.CountStrictlyBeforeEnd)
    })
  }
})

describe('a ramping arrival rate', () => {
  for (const vector of rampingArrivalRate.filter(isCompared)) {
    it(`begins iterations when k6 does: ${vector.Name}, ${title(vector)}`, () => {
      const scenario: ArrivalScenario = {
        ...base, executor: 'ramping-arrival-rate', startRate: vector.StartRate, timeUnitNs: ns(vector.TimeUnit),
        stages: stagesOf(vector.Stages),
      }
      const dues = duesOf(scenario, vector)
      expect(dues.slice(0, vector.TimesNs.length)).to.deep.equal(vector.TimesNs)
      expect(dues).to.have.length(vector.Count)
      if (vector.Segment === '') expect(arrivalCount(scenario)).to.equal(vector.Count)
    })
  }
})
