// Which section of the summary a metric belongs to, and which ones the compact summary leaves out.
import { builtinMetrics } from '../plan/metrics-catalog.ts'
import type { Reported } from '../metrics/reported.ts'
import type { Plan } from '../plan/plan.ts'

export interface Section {
  readonly title: string
  /** The prefix of the metrics an operation table is made from, when the section has one: `s3`, `op`. */
  readonly operations: string | undefined
  readonly metrics: readonly Reported[]
}

const NETWORK = ['data_received', 'data_sent']
/** A script's own measured operations. */
const OWN_OPERATIONS = 'op'

const hiddenWhenCompact = (workloads: readonly string[]): ReadonlySet<string> => new Set([
  'group_duration', 'generator_lag', 'generator_cpu',
  ...workloads.flatMap((workload) =>
    ['req_waiting', 'req_response', 'req_connecting', 'req_tls_handshaking', 'req_staging', 'outage_max']
      .map((part) => `${workload}_${part}`)),
])

/** The sections that have something to show, in order. Checks have lines of their own. What a threshold names is shown always. */
export function sectionsOf(reported: readonly Reported[], { workloads, summary: { mode } }: Plan): readonly Section[] {
  const hidden = mode === 'compact' ? hiddenWhenCompact(workloads) : new Set<string>()
  const shown = reported.filter(({ name, selector, verdicts }) =>
    selector.name !== 'checks' && (!hidden.has(selector.name) || verdicts.length > 0 || name !== selector.name))
  const builtin = new Set(builtinMetrics(workloads).map(({ name }) => name))
  const taken = new Set<Reported>()
  const take = (belongs: (name: string) => boolean): readonly Reported[] => {
    const found = shown.filter((one) => !taken.has(one) && belongs(one.selector.name))
    for (const one of found) taken.add(one)
    return found
  }
  const ofWorkload = (workload: string) => (name: string): boolean =>
    builtin.has(name) &&
    (['reqs', 'bytes', 'retries', 'composite_duration', 'outage_max'].some((part) => name === `${workload}_${part}`) ||
      name.startsWith(`${workload}_req_`))
  const custom = take((name) => !builtin.has(name))
  const storage = workloads.map((workload) => ({ title: `STORAGE ${workload}`, operations: workload, metrics: take(ofWorkload(workload)) }))
  const own = take((name) => name.startsWith(`${OWN_OPERATIONS}_`))
  const network = take((name) => NETWORK.includes(name))
  const sections: readonly Section[] = [
    { title: 'CUSTOM', operations: undefined, metrics: custom },
    ...storage,
    { title: 'OPERATIONS OF THE SCRIPT', operations: OWN_OPERATIONS, metrics: own },
    { title: 'EXECUTION', operations: undefined, metrics: take(() => true) },
    { title: 'NETWORK', operations: undefined, metrics: network },
  ]
  return sections.filter(({ metrics }) => metrics.length > 0)
}
