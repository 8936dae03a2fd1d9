// What a fio job file describes, done by chopsticks: each job's loop of I/Os in VUs of its own, what can't be done refused by its name.
//
//   chopsticks run rbd-fio-profile
//   chopsticks run rbd-fio-profile -e JOB=/etc/fio/mixed.fio --allow-read /etc/fio      the whole path, and its folder
//
//   -e JOB         a job file; without it two jobs of 70 % reads for five seconds
//   -e SIZE=64MiB  bytes of an image where the job file has no size
//
// Of fio's keys it takes rw, bs, bsrange, bssplit, blockalign, iodepth, rwmixread, size, io_size, offset, offset_increment, runtime,
// time_based, ramp_time, startdelay, stonewall, rate, rate_iops, random_distribution, norandommap, numjobs, number_ios, fsync, end_fsync
// and randseed; ${NAME} in it is what -e NAME says. Pool and user are the targets file's, images the run's own: jobs that name the same
// rbdname or filename share one, others have one for each of their VUs.
//
// Images that are read are written first; ramp_time comes before the load and is in no statistics. Operations are tagged with their job.
import rbd, { type Image } from 'chopsticks/rbd'
import { sleep, type Options } from 'chopsticks'
import { sizes } from 'chopsticks/data'
import { fioJobs } from './fio/job-file.ts'

const JOB = __ENV.JOB
const SIZE = __ENV.SIZE ?? '64MiB'
const STANDARD = `
[global]
ioengine=rbd
time_based
runtime=5
[mixed]
rw=randrw
rwmixread=70
bssplit=4k/60:16k/30:64k/10
iodepth=16
numjobs=2
`

const { jobs, notes } = fioJobs(JOB ?? 'job', JOB === undefined ? STANDARD : open(JOB), __ENV, sizes(SIZE)())
const units = jobs.flatMap((job) => job.loops.map((loop) => ({ job, loop })))
/** Images that jobs name, with the jobs that do. */
const shared = new Map(jobs.flatMap(({ image: name }) =>
  name === undefined ? [] : [[name, jobs.filter((job) => job.image === name)] as const]))
const discards = jobs.some(({ loops }) => loops.some(({ mix }) => mix === 'discard'))
const ends = units.map(({ job, loop }) => job.startMs + Number(loop.duration ?? Infinity))

export const options: Options = {
  scenarios: {
    fio: {
      executor: 'per-vu-iterations', vus: units.length, iterations: 1,
      maxDuration: Math.max(...ends) < Infinity ? Math.max(...ends) : '24h',
    },
  },
  setupTimeout: '24h',
  thresholds: {
    rbd_req_failed: ['rate<0.001'],
    ...Object.fromEntries(jobs.map(({ name }) => [`rbd_reqs{job:${name}}`, [{ threshold: 'count>0', allowEmpty: true }]])),
  },
}

async function made(name: string, sizeBytes: number, isRead: boolean): Promise<Image> {
  await rbd.create(name, { size: sizeBytes })
  const image = await rbd.open(name)
  if (isRead) await image.prefill()
  return image
}

/** What jobs share is written once. */
export async function setup() {
  for (const note of notes) console.warn(note)
  for (const [name, users] of shared) {
    const image = await made(name, Math.max(...users.map(({ imageBytes }) => imageBytes)), users.some(({ reads }) => reads))
    await image.close()
  }
}

let image: Image
const unit = units[Math.max(0, __VU - 1) % units.length]

export async function setupVU() {
  if (unit === undefined) return
  const { job, loop } = unit
  image = job.image === undefined ? await made(`${job.name}-${__VU}`, job.imageBytes, job.reads) : await rbd.open(job.image)
  if (job.rampMs > 0) {
    const { bytes: _bytes, count: _count, ...ramp } = loop
    await image.io({ ...ramp, duration: job.rampMs, ...(discards ? { holes: 'count' } : {}) })
  }
}

export default async function () {
  if (unit === undefined) return
  if (unit.job.startMs > 0) await sleep(unit.job.startMs / 1000)
  await image.io({ ...unit.loop, ...(discards ? { holes: 'count' } : {}) })
}
