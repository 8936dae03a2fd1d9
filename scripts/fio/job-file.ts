// fio's job files: their sections, and what each job of them is as a loop of I/Os. What can't be done is refused by its name.
//
// The format, and what its keys mean: fio's HOWTO (version 3). `[global]` holds for all jobs after it; later values win.
import type { IoKind, IoOptions } from 'chopsticks/rbd'
import { FioValueError, fioBytes, fioCount, fioMs, fioPart, fioSided, fioYes, type Side } from './values.ts'

/** One job, as it will be run. */
export interface FioJob {
  readonly name: string
  /** The image it shares with other jobs; undefined: each of its VUs has one of its own. */
  readonly image: string | undefined
  readonly imageBytes: number
  /** `numjobs`, one VU each: the loop of each. */
  readonly loops: readonly IoOptions[]
  readonly startMs: number
  readonly rampMs: number
  readonly reads: boolean
}

export interface FioFile {
  readonly jobs: readonly FioJob[]
  /** Where it is done in another way than fio does it. */
  readonly notes: readonly string[]
}

interface Said { readonly value: string; readonly line: number }
type Section = ReadonlyMap<string, Said>

/** No effect on the I/O: where it goes (the targets file says that), what is logged, how data is made (it is always random here). */
const WITHOUT_EFFECT = new Set((
  'clientname clustername pool busy_poll direct buffered invalidate thread group_reporting new_group description directory unlink ' +
  'fallocate overwrite exitall per_job_logs log_avg_msec log_hist_msec write_bw_log write_lat_log write_iops_log write_hist_log ' +
  'lat_percentiles clat_percentiles slat_percentiles percentile_list disable_lat disable_clat disable_slat disable_bw ' +
  'disable_bw_measurement gtod_reduce clocksource refill_buffers scramble_buffers randrepeat allrandrepeat softrandommap ' +
  'create_serialize create_on_open file_service_type').split(' '))
/** Only so. */
const ONLY: Readonly<Record<string, string>> = {
  kb_base: '1024', loops: '1', nrfiles: '1', sync: '0', rate_process: 'linear', thinktime: '0',
}
const ALIASES: Readonly<Record<string, string>> = {
  blocksize: 'bs', blocksize_range: 'bsrange', readwrite: 'rw', ba: 'blockalign', start_delay: 'startdelay',
  wait_for_previous: 'stonewall', io_limit: 'io_size', filesize: 'size',
}
const USED = new Set((
  'rw bs bsrange bssplit blockalign iodepth rwmixread rwmixwrite size io_size offset offset_increment runtime timeout ' +
  'time_based ramp_time startdelay stonewall rate_iops rate random_distribution norandommap numjobs number_ios fsync fdatasync end_fsync ' +
  'randseed rbdname filename ioengine').split(' '))
const ASYNC_ENGINES = ['rbd', 'libaio', 'io_uring', 'posixaio']
const SYNC_ENGINES = ['sync', 'psync', 'vsync', 'pvsync', 'pvsync2']

/** Which kinds of I/O, and where. */
const PATTERNS: Readonly<Record<string, readonly [sides: readonly Side[], random: boolean]>> = {
  read: [['read'], false], write: [['write'], false], trim: [['trim'], false], randread: [['read'], true], randwrite: [['write'], true],
  randtrim: [['trim'], true], rw: [['read', 'write'], false], readwrite: [['read', 'write'], false], randrw: [['read', 'write'], true],
}

/**
 * Reads a job file. `variables`: what `${NAME}` in it stands for; `sizeBytes`: how large an image is whose size it doesn't say.
 *
 * @throws Error of one line with file, line and key of all it can't do.
 */
export function fioJobs(file: string, text: string, variables: Readonly<Record<string, string | undefined>>, sizeBytes: number): FioFile {
  const problems: string[] = []
  const notes = new Set<string>()
  const jobs: FioJob[] = []
  for (const { name, section } of sectionsOf(text, variables, problems)) {
    const reader = new JobReader(section, (line, what) => problems.push(`${line}: ${what}`))
    jobs.push(reader.job(name, sizeBytes, jobs, (note) => notes.add(`${name}: ${note}`)))
  }
  if (jobs.length === 0 && problems.length === 0) problems.push('1: there is no job in it: [name], and keys below')
  if (problems.length > 0) throw new Error(problems.map((problem) => `${file}:${problem}`).join('; '))
  return { jobs, notes: [...notes] }
}

function sectionsOf(text: string, variables: Readonly<Record<string, string | undefined>>, problems: string[]) {
  let global = new Map<string, Said>()
  let current: Map<string, Said> | undefined
  const sections: { readonly name: string; readonly section: Section }[] = []
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1
    const trimmed = raw.trim()
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue
    const [, name] = /^\[(.+)\]$/.exec(trimmed) ?? []
    if (name === 'global') current = global = new Map(global)
    else if (name !== undefined) sections.push({ name: name.replace(/[^\w.-]+/g, '-'), section: current = new Map(global) })
    else if (current === undefined) problems.push(`${line}: a key before the first [section]`)
    else {
      const [, key = '', value = '1'] = /^([^=]*?)\s*(?:=\s*(.*))?$/.exec(trimmed) ?? []
      const told = value.replace(/\$\{(\w+)\}/g, (_whole, variable: string) => {
        const known = variables[variable]
        if (known === undefined) problems.push(`${line}: ${key}: \${${variable}} is not known: give it by -e ${variable}=…`)
        return known ?? '0'
      })
      current.set(ALIASES[key] ?? key, { value: told, line })
    }
  }
  return sections
}

class JobReader {
  readonly #section: Section
  readonly #problem: (line: number, what: string) => void

  constructor(section: Section, problem: (line: number, what: string) => void) {
    this.#section = section
    this.#problem = problem
    for (const [key, { value, line }] of section) {
      const only = ONLY[key]
      if (only !== undefined && value !== only) problem(line, `${key}=${value} can't be done, only ${key}=${only}`)
      else if (only === undefined && !USED.has(key) && !WITHOUT_EFFECT.has(key)) problem(line, `${key} can't be done`)
    }
  }

  /** The value of a key, read; the fallback where it isn't said, or is wrong, which is noted. */
  #read<T>(key: string, fallback: T, read: (value: string) => T): T {
    const said = this.#section.get(key)
    if (said === undefined) return fallback
    try {
      return read(said.value)
    } catch (error) {
      if (!(error instanceof FioValueError)) throw error
      this.#problem(said.line, `${key}: ${error.message}`)
      return fallback
    }
  }

  job(name: string, standardBytes: number, before: readonly FioJob[], note: (text: string) => void): FioJob {
    const [sides, random] = this.#read('rw', PATTERNS['read'], (value) => {
      const known = PATTERNS[value]
      if (known === undefined) throw new FioValueError(`${value} can't be done, only ${Object.keys(PATTERNS).join(', ')}`)
      return known
    }) ?? [['read'], false]
    const sizes = this.#sizes(sides)
    const length = this.#read('size', standardBytes, (value) => fioPart(value, standardBytes))
    const offset = this.#read('offset', 0, (value) => fioPart(value, standardBytes))
    const increment = this.#read('offset_increment', 0, (value) => fioPart(value, standardBytes))
    const clones = this.#read('numjobs', 1, (value) => fioCount(value, 1))
    const pattern = random ? this.#read('random_distribution', 'random', (value) => distributionOf(fioSided(value, sides))) : 'sequential'
    const align = this.#read('blockalign', undefined, (value) => fioBytes(fioSided(value, sides)))
    const mapped = pattern === 'random' && !this.#read('norandommap', false, fioYes)
    const isOne = !/[-,]/.test(sizes) && (align === undefined || align === Number(sizes))
    if (mapped && !isOne) note('blocks of several sizes may be hit twice, as with norandommap')
    if (!random && sides.length > 1) note('reads and writes move on through the image together, where fio has each move by itself')
    const loop: IoOptions = {
      pattern, mix: this.#mix(sides), blockSize: sizes, queueDepth: this.#depth(), ...this.#ends(length), ...this.#pace(sides),
      ...(align === undefined ? {} : { align }), randomMap: mapped && isOne,
      syncEvery: this.#read('fsync', this.#read('fdatasync', 0, (value) => fioCount(value, 0)), (value) => fioCount(value, 0)),
      syncAtEnd: this.#read('end_fsync', false, fioYes), tags: { job: name },
    }
    const seed = this.#read('randseed', undefined, (value) => fioCount(value, 0))
    return {
      name, image: this.#image(), imageBytes: Math.ceil((offset + increment * (clones - 1) + length) / 4096) * 4096,
      loops: Array.from({ length: clones }, (_, n) => ({
        ...loop, region: { offset: offset + n * increment, length }, ...(seed === undefined ? {} : { seed: seed + n }),
      })),
      ...this.#times(before), reads: sides.includes('read'),
    }
  }

  #image(): string | undefined {
    const named = this.#section.get('rbdname') ?? this.#section.get('filename')
    return named?.value.replace(/^.*\//, '').replace(/[^\w.-]+/g, '-')
  }

  #sizes(sides: readonly Side[]): string {
    const range = (value: string): string => fioSided(value, sides).split('-').map((one) => String(fioBytes(one))).join('-')
    const fixed = this.#read('bs', '4096', (value) => String(fioBytes(fioSided(value, sides))))
    return this.#read('bssplit', this.#read('bsrange', fixed, range), (value) => splitOf(fioSided(value, sides)))
  }

  #mix(sides: readonly Side[]): IoKind | { read: number; write: number } {
    if (sides.length === 1) return sides[0] === 'trim' ? 'discard' : sides[0] ?? 'read'
    const percent = (value: string): number => {
      const share = fioCount(value, 0)
      if (share > 100) throw new FioValueError(`${share} % is more than all`)
      return share
    }
    const read = this.#read('rwmixread', 100 - this.#read('rwmixwrite', 50, percent), percent)
    return { read, write: 100 - read }
  }

  #depth(): number {
    const engine = this.#section.get('ioengine')
    if (engine !== undefined && ![...ASYNC_ENGINES, ...SYNC_ENGINES].includes(engine.value)) {
      this.#problem(engine.line, `ioengine=${engine.value} can't be done, only those of block devices: ${ASYNC_ENGINES.join(', ')}`)
    }
    const depth = this.#read('iodepth', 1, (value) => fioCount(value, 1))
    return SYNC_ENGINES.includes(engine?.value ?? '') ? 1 : depth
  }

  #runtimeMs(): number { return this.#read('runtime', this.#read('timeout', 0, fioMs), fioMs) }

  /** By time alone where it is time_based, else by bytes too. */
  #ends(length: number): IoOptions {
    const ms = this.#runtimeMs()
    const bytes = this.#read('io_size', length, (value) => fioPart(value, length))
    const count = this.#read('number_ios', undefined, (value) => fioCount(value, 1))
    return {
      ...(ms > 0 ? { duration: ms } : {}), ...(ms > 0 && this.#read('time_based', false, fioYes) ? {} : { bytes }),
      ...(count === undefined ? {} : { count }),
    }
  }

  #pace(sides: readonly Side[]): IoOptions {
    const one = <T>(read: (value: string) => T) => (value: string): T => {
      if (sides.length > 1) throw new FioValueError('fio limits reads and writes of a mixed job apart: split the job')
      return read(fioSided(value, sides))
    }
    const iops = this.#read('rate_iops', undefined, one((value) => fioCount(value, 1)))
    const bytesPerSecond = this.#read('rate', undefined, one(fioBytes))
    return { ...(iops === undefined ? {} : { iops }), ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }) }
  }

  /** A stonewall waits until those before it are over: by their times, which it must therefore have. */
  #times(before: readonly FioJob[]): Pick<FioJob, 'startMs' | 'rampMs'> {
    const rampMs = this.#read('ramp_time', 0, fioMs)
    const delayMs = this.#read('startdelay', 0, fioMs)
    const wall = this.#section.get('stonewall')
    const isWalled = this.#read('stonewall', false, fioYes)
    const last = before.at(-1)
    // Jobs after a stonewall begin with it, not with the run.
    if (!isWalled || wall === undefined || last === undefined) return { rampMs, startMs: delayMs + (last?.startMs ?? 0) }
    const ends = before.map(({ startMs, loops: [loop] }) => startMs + Number(loop?.duration ?? Number.NaN))
    const startMs = Math.max(...ends)
    if (Number.isNaN(startMs)) this.#problem(wall.line, 'stonewall can\'t be done after jobs without runtime: run the jobs one by one')
    else if (rampMs > 0) this.#problem(wall.line, 'stonewall can\'t be done with ramp_time: run the jobs one by one')
    return { rampMs, startMs: startMs + delayMs }
  }
}

/** `4k/60:16k/30:64k` in our own form; those without a share have what is left. */
function splitOf(text: string): string {
  const entries = text.split(':').map((entry) => entry.split('/')).map(([size = '', share = '']) => ({ bytes: fioBytes(size), share }))
  const given = entries.reduce((sum, { share }) => sum + (share === '' ? 0 : fioCount(share, 0)), 0)
  const open = entries.filter(({ share }) => share === '').length
  if (given > 100 || (open === 0 && given !== 100)) throw new FioValueError(`the shares of "${text}" are ${given} %, not 100 %`)
  return entries.map(({ bytes, share }) => `${bytes}:${share === '' ? (100 - given) / open : share}`).join(',')
}

function distributionOf(text: string): string {
  const [, kind = '', rest] = /^(random|zipf|pareto|normal|zoned)(?::(.*))?$/.exec(text) ?? []
  if (kind === '' || (kind !== 'zoned' && rest?.includes(':') === true) || (kind === 'random' && rest !== undefined)) {
    throw new FioValueError(`${text} can't be done, only random, zipf:1.1, pareto:0.2, normal:10 and zoned:60/10:40/90`)
  }
  return rest === undefined ? kind : `${kind}(${rest})`
}
