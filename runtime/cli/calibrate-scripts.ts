// What `chopsticks calibrate` runs: for each driver that works within the generator's process, a small and a large operation.

/** One run. */
export interface Measurement {
  readonly name: string
  /** Undefined: the iterations are what is counted. */
  readonly workload?: string
  readonly driver?: string
  readonly size?: string
  readonly bytes?: number
  readonly load: string
  readonly body: string
}

/** Long enough for a warm generator to outweigh its start. */
const SECONDS = 2
const CLOSED = `vus: 8, duration: '${String(SECONDS)}s'`
const SIZES = [{ size: '4KiB', bytes: 4096 }, { size: '1MiB', bytes: 1024 ** 2 }] as const

const s3Body = (size: string): string => `import s3 from 'chopsticks/s3'
import { payload } from 'chopsticks'
export async function setupVU() { await s3.put('own-' + __VU, payload('${size}')) }
export default async function () { await s3.get('own-' + __VU) }
`
const s3 = (driver: string): readonly Measurement[] => SIZES.map((one): Measurement =>
  ({ name: `s3 ${driver}`, workload: 's3', driver, ...one, load: CLOSED, body: s3Body(one.size) }))

/** Programs that drivers call (s5cmd, aws-cli, …) are processes of their own, whose cost is theirs. */
export const CALIBRATED: readonly Measurement[] = [
  { name: 'iteration', load: CLOSED, body: 'export default async function () {}\n' },
  ...['native', 'aws-sdk', 'minio'].flatMap(s3),
]

/** A load of little: how late the event loop is when it is not the limit. */
export const PACED: Measurement = {
  name: 'lateness', workload: 's3', size: '4KiB',
  load: `scenarios: { paced: { executor: 'constant-arrival-rate', rate: 100, duration: '${String(SECONDS)}s', preAllocatedVUs: 8 } }`,
  body: s3Body('4KiB'),
}

export const scriptOf = ({ load, body }: Measurement): string =>
  `${body}export const options = { ${load}, summaryTrendStats: ['p(99)'] }\n`
