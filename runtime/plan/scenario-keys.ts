// The keys of scenarios: which executor has which, and what each means.
import type { Scenario } from './scenarios.ts'

export const BASE_KEYS = ['executor', 'exec', 'tasks', 'sequence', 'waitTime', 'startTime', 'gracefulStop', 'env', 'tags'] as const
export const ARRIVAL_KEYS = ['timeUnit', 'preAllocatedVUs', 'maxVUs', 'late', 'poisson'] as const
const COUNTED_KEYS = ['vus', 'iterations', 'maxDuration'] as const

/** The keys of each executor beside those all have. */
export const EXECUTOR_KEYS = {
  'shared-iterations': COUNTED_KEYS,
  'per-vu-iterations': COUNTED_KEYS,
  'constant-vus': ['vus', 'duration'],
  'ramping-vus': ['startVUs', 'stages', 'profile', 'gracefulRampDown'],
  'constant-arrival-rate': ['rate', 'duration', ...ARRIVAL_KEYS],
  'ramping-arrival-rate': ['startRate', 'stages', 'profile', ...ARRIVAL_KEYS],
  'staircase': ['vus', 'rate', 'hold', 'settle', 'gracefulRampDown', ...ARRIVAL_KEYS],
} as const satisfies Readonly<Record<Scenario['executor'], readonly string[]>>

export const EXECUTORS = Object.keys(EXECUTOR_KEYS) as readonly Scenario['executor'][]

export type ScenarioKey = (typeof BASE_KEYS)[number] | (typeof EXECUTOR_KEYS)[Scenario['executor']][number]

/** What each executor does, in a line. */
export const EXECUTOR_MEANINGS: Readonly<Record<Scenario['executor'], string>> = {
  'shared-iterations': 'VUs share the iterations out between them, each the next in turn.',
  'per-vu-iterations': 'Each VU runs iterations of its own.',
  'constant-vus': 'VUs loop until the time is over.',
  'ramping-vus': 'VUs loop; how many there are follows stages or a profile.',
  'constant-arrival-rate': 'Iterations begin at a rate, however long they take.',
  'ramping-arrival-rate': 'The same; the rate follows stages or a profile.',
  'staircase': 'Steps of looping VUs, or of a rate, each held as long; tag `step` tells them apart.',
}

/** How a key is documented: its default as a script would write it, empty where it is needed or stands for nothing. */
export interface KeyDoc { readonly default: string; readonly meaning: string }

export const KEY_DOCS: Readonly<Record<ScenarioKey, KeyDoc>> = {
  executor: { default: '', meaning: 'How iterations come: see above. Required.' },
  exec: { default: '"default"', meaning: 'The exported function that iterations run.' },
  tasks: {
    default: '',
    meaning: 'Instead of exec: functions with weights, `{ upload: 3, download: 5 }`; each iteration draws one from the seed. Tag `task`.',
  },
  sequence: {
    default: '', meaning: 'Instead of exec: functions each VU runs one after the other, over and over, `["put", "get"]`. Tag `task`.',
  },
  waitTime: {
    default: '',
    meaning: 'What a VU waits after an iteration: `{ constant: "1s" }`, `{ between: ["1s", "3s"] }`; or how far apart it begins them: '
      + '`{ constantPacing: "2s" }`, `{ constantThroughput: 0.5 }` (a second). It is busy meanwhile.',
  },
  startTime: { default: '"0s"', meaning: 'When it begins, from the start of the run.' },
  gracefulStop: { default: '"30s"', meaning: 'How long iterations may go on when its time is over.' },
  env: { default: '{}', meaning: 'Variables laid over `__ENV`.' },
  tags: { default: '{}', meaning: 'Tags on everything it emits.' },
  vus: { default: '1', meaning: 'How many VUs. Of a staircase: its levels, `[10, 20, 30]` or `{ from: 10, to: 30, by: 10 }`.' },
  iterations: { default: '1', meaning: 'How many iterations: of all VUs together, or of each.' },
  maxDuration: { default: '"10m"', meaning: 'When it ends, done or not; what was not begun by then counts as dropped. 1s at least.' },
  duration: { default: '', meaning: 'How long it goes on, 1s at least. Required.' },
  startVUs: { default: '1', meaning: 'VUs at the beginning.' },
  startRate: { default: '0', meaning: 'The rate at the beginning.' },
  stages: {
    default: '', meaning: '`[{ duration: "10s", target: 5 }]`: each goes on to its target in a straight line, or at once if it lasts `0s`.',
  },
  profile: {
    default: '',
    meaning: 'Instead of stages: a CSV file below the script\'s folder. Its first line names the columns: `time_s`, `time_ms` or '
      + '`time` (`1m30s`), and `rate` or `vus`; points are joined by straight lines, two at one time are a jump.',
  },
  gracefulRampDown: { default: '"30s"', meaning: 'How long the iteration of a VU that is ramped down may go on.' },
  rate: { default: '', meaning: 'Iterations begun per timeUnit. Of a staircase: its levels, as for vus.' },
  timeUnit: { default: '"1s"', meaning: 'The time rates are counted in.' },
  preAllocatedVUs: { default: '', meaning: 'VUs made before the run; may be 0. Required.' },
  maxVUs: { default: 'preAllocatedVUs', meaning: 'VUs there may be: one is made for each iteration that is due while all are busy.' },
  late: {
    default: '"drop"',
    meaning: 'What becomes of an iteration that is due while maxVUs are busy: `drop` counts it in `dropped_iterations`, `queue` '
      + 'begins it when a VU is free; what waits at the end is dropped.',
  },
  poisson: { default: 'false', meaning: 'Iterations come by chance, drawn from the seed, at this rate on average.' },
  hold: { default: '', meaning: 'How long each level lasts, 1s at least. Required.' },
  settle: { default: '"0s"', meaning: 'How long a level settles: what is begun meanwhile is in no statistics.' },
}
