// The librbd driver beside fio's rbd engine and `rbd bench`: the same image, queue depth and cache policy, in turns in one run.
//
// Run: test/bench/rbd-run [seconds per turn, default 2] [rounds, default 5] [cache policy, default none]
//   [what alone, such as 'random read']
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CACHE_OPTIONS } from '../../bindings/rbd/drivers/cache-options.ts'
import { CACHE_POLICIES } from '../../bindings/rbd/driver.ts'
import { childrenCpuMs } from './children-cpu.ts'
import type { RbdFigures, RbdTurn, RbdWork } from './rbd-load.ts'

const [secondsGiven = '2', roundsGiven = '5', cacheGiven = 'none', alone = ''] = process.argv.slice(2)
const seconds = Number(secondsGiven)
const rounds = Number(roundsGiven)
const cache = CACHE_POLICIES.find((one) => one === cacheGiven)
const clusterConf = process.env['CEPH_CONF'] ?? ''
if (cache === undefined || clusterConf === '') throw new Error('CEPH_CONF must name a cluster, the cache policy be one of the driver\'s')

/** Of Ceph's packages. */
const RBD = 'rbd'
const IMAGE = `bench-${process.pid}`
const SIZE_MIB = 256
const WORK: readonly RbdWork[] = ([['read', 'random', 4096], ['write', 'random', 4096], ['read', 'sequential', 2 ** 20],
  ['write', 'sequential', 2 ** 20]] as const).flatMap(([kind, pattern, blockBytes]) =>
  [1, 16, 64].map((queueDepth) => ({ kind, pattern, blockBytes, queueDepth })))

const folder = mkdtempSync(join(tmpdir(), 'chopsticks-bench-'))
/** The cluster's configuration with the cache policy in it: fio and rbd bench know no other way. */
const conf = join(folder, 'ceph.conf')
const clientOptions = Object.entries(CACHE_OPTIONS[cache]).map(([name, value]) => `${name} = ${value}`)
writeFileSync(conf, `${readFileSync(clusterConf, 'utf8')}\n[client]\n${clientOptions.join('\n')}\n`)
const env = { ...process.env, CEPH_CONF: conf }
const print = (line: string): void => { process.stdout.write(`${line}\n`) }

/** What a program printed, and the CPU it took, ms. */
function timed(program: string, args: readonly string[]): { readonly out: string; readonly cpuMs: number } {
  const before = childrenCpuMs()
  const { stdout, stderr, status } = spawnSync(program, args, { env, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`)
  return { out: stdout, cpuMs: childrenCpuMs() - before }
}

function ours(work: RbdWork): RbdFigures {
  const turn: RbdTurn = { ...work, conf, image: IMAGE, cache: cache ?? 'none', seconds }
  return JSON.parse(execFileSync(process.execPath, [fileURLToPath(new URL('./rbd-load.js', import.meta.url)), JSON.stringify(turn)],
    { encoding: 'utf8', env })) as RbdFigures
}

interface FioSide { readonly total_ios: number; readonly iops: number; readonly lat_ns: { readonly percentile: Record<string, number> } }

function fio({ kind, pattern, blockBytes, queueDepth }: RbdWork, ends: readonly string[]): RbdFigures & { readonly cpuMs: number } {
  const { out, cpuMs } = timed('fio', ['--name=bench', '--ioengine=rbd', '--clientname=admin', '--pool=rbd', `--rbdname=${IMAGE}`,
    `--rw=${pattern === 'random' ? 'rand' : ''}${kind}`, `--bs=${blockBytes}`, `--iodepth=${queueDepth}`, '--randrepeat=0', '--norandommap',
    '--lat_percentiles=1', '--clat_percentiles=0', '--percentile_list=50:95:99', '--output-format=json', ...ends])
  const report = JSON.parse(out.slice(out.indexOf('{'))) as { readonly jobs: readonly Readonly<Record<'read' | 'write', FioSide>>[] }
  const side = report.jobs[0]?.[kind]
  if (side === undefined) throw new Error('fio reported no job')
  const at = (percent: string): number => (side.lat_ns.percentile[percent] ?? NaN) / 1000
  return {
    iops: side.iops, cpuMs, cpuMicros: cpuMs * 1000 / side.total_ios,
    latencyMicros: { p50: at('50.000000'), p95: at('95.000000'), p99: at('99.000000') },
  }
}

/** Its I/Os per second and CPU; it tells no latencies. */
function rbdBench({ kind, pattern, blockBytes, queueDepth }: RbdWork, ios: number): { readonly iops: number; readonly cpuMicros: number } {
  const { out, cpuMs } = timed(RBD, ['bench', '--io-type', kind, '--io-pattern', pattern === 'random' ? 'rand' : 'seq',
    '--io-size', `${blockBytes}B`, '--io-threads', `${queueDepth}`, '--io-total', `${ios * blockBytes}B`, IMAGE])
  const [, ops = '0', rate = '0'] = /ops: +(\d+) +ops\/sec: +([\d.e+]+)/.exec(out) ?? []
  return { iops: Number(rate), cpuMicros: cpuMs * 1000 / Number(ops) }
}

const nameOf = ({ pattern, kind, blockBytes, queueDepth }: RbdWork): string =>
  `${pattern} ${kind} ${blockBytes / 1024} KiB qd ${queueDepth}`

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
/** Student's t for 95 %, by degrees of freedom up to 10; beyond as the normal distribution's. */
const T95 = [NaN, 12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23]
const interval = (values: readonly number[]): readonly [low: number, high: number] => {
  const centre = mean(values)
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1) / values.length)
  const half = (T95[values.length - 1] ?? 1.96) * spread
  return [centre - half, centre + half]
}
const overlap = (a: readonly number[], b: readonly number[]): boolean => {
  const [[lowA, highA], [lowB, highB]] = [interval(a), interval(b)]
  return lowA <= highB && lowB <= highA
}

try {
  execFileSync(RBD, ['create', '--size', `${SIZE_MIB}M`, IMAGE], { env })
  timed('fio', ['--name=fill', '--ioengine=rbd', '--clientname=admin', '--pool=rbd', `--rbdname=${IMAGE}`, '--rw=write', '--bs=1M',
    '--iodepth=8', '--end_fsync=1'])
  const work0: RbdWork = { kind: 'read', pattern: 'random', blockBytes: 4096, queueDepth: 1 }
  const startMs = median([1, 2, 3].map(() => fio(work0, ['--number_ios=1']).cpuMs))
  print(`the librbd driver beside fio: ${rounds} rounds in turns of ${seconds} s, medians; cache ${cache}; without the start of either`)
  print('latency p50/p95/p99 in µs from submission to being told; ratios ours/fio; =: 95 % intervals of the percentile overlap')
  for (const work of WORK.filter((one) => nameOf(one).includes(alone))) {
    const all: { ours: RbdFigures[]; fio: RbdFigures[]; bench: { iops: number; cpuMicros: number }[] } = { ours: [], fio: [], bench: [] }
    for (let round = 0; round < rounds; round += 1) {
      const turns = [() => { all.ours.push(ours(work)) }, () => {
        const figures = fio(work, ['--time_based', `--runtime=${seconds}`])
        const ios = figures.iops * seconds
        all.fio.push({ ...figures, cpuMicros: figures.cpuMicros - startMs * 1000 / ios })
      }]
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) turn()
      all.bench.push(rbdBench(work, Math.ceil((all.fio.at(-1)?.iops ?? 100) * seconds / 2)))
    }
    const of = (figures: readonly RbdFigures[], read: (one: RbdFigures) => number): number[] => figures.map(read)
    const iops = (one: { readonly iops: number }): number => one.iops
    const cpu = (one: { readonly cpuMicros: number }): number => one.cpuMicros
    const iopsRatio = median(all.ours.map((one, round) => one.iops / (all.fio[round]?.iops ?? NaN)))
    const cpuRatio = median(all.ours.map((one, round) => one.cpuMicros / (all.fio[round]?.cpuMicros ?? NaN)))
    const latencies = (['p50', 'p95', 'p99'] as const).map((name) => {
      const [mine, theirs] = [of(all.ours, (one) => one.latencyMicros[name]), of(all.fio, (one) => one.latencyMicros[name])]
      return `${median(mine).toFixed(0)}/${median(theirs).toFixed(0)}${overlap(mine, theirs) ? '=' : ' '}`
    })
    print(nameOf(work).padEnd(32)
      + `IOPS ${median(all.ours.map(iops)).toFixed(0)}/${median(all.fio.map(iops)).toFixed(0)} ratio ${iopsRatio.toFixed(2)}`.padEnd(32)
      + `CPU µs ${median(all.ours.map(cpu)).toFixed(0)}/${median(all.fio.map(cpu)).toFixed(0)} ratio ${cpuRatio.toFixed(2)}`.padEnd(28)
      + `latency ${latencies.join(' ')}`.padEnd(48)
      + `rbd bench ${median(all.bench.map(iops)).toFixed(0)} IOPS ${median(all.bench.map(cpu)).toFixed(0)} µs`)
  }
} finally {
  spawnSync(RBD, ['rm', '--no-progress', IMAGE], { env, stdio: 'ignore' })
  rmSync(folder, { recursive: true })
}
