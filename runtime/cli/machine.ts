// What this machine has for a load: read from the system, and judged against what a number of VUs needs.
import { readFileSync } from 'node:fs'
import { availableParallelism, freemem } from 'node:os'
import type { Finding } from '../../bindings/sdk/index.ts'
import { humanizeData } from '../output/humanize.ts'

/** What was read; undefined where the system does not tell. */
export interface MachineFacts {
  readonly nodeVersion: string
  readonly cores: number
  /** CPUs a control group allows, as a fraction. */
  readonly cpuQuota: number | undefined
  readonly freeBytes: number
  /** What a control group leaves of its memory limit. */
  readonly groupFreeBytes: number | undefined
  /** How many files a process may open: the limit now, and how far it may be raised. */
  readonly openFiles: number | undefined
  readonly portRange: readonly [first: number, last: number] | undefined
  /** Connections that are over and keep their port for a minute. */
  readonly timeWait: number | undefined
}

/** A small script's VU, and what a shard takes by itself. */
const VU_BYTES = 120 * 1024
const SHARD_BYTES = 100 * 1024 ** 2
/** What a shard opens beside its connections. */
const FILES_BESIDE = 64

/** Judges the machine; `vus` = how many a run would have, undefined when nothing says it; `shards` as a run would have them. */
export function machineFindings(facts: MachineFacts, vus: number | undefined, shards: number): readonly Finding[] {
  return [
    { check: 'Node', status: 'ok', value: facts.nodeVersion },
    coresFinding(facts, shards),
    memoryFinding(facts, vus, shards),
    ...filesFinding(facts, vus, shards),
    ...portsFinding(facts, vus),
  ]
}

function coresFinding({ cores, cpuQuota }: MachineFacts, shards: number): Finding {
  const usable = Math.min(cores, cpuQuota ?? cores)
  const allowed = cpuQuota === undefined ? '' : `, of which a control group allows ${Number(cpuQuota.toFixed(2))}`
  const value = `${cores} ${cores === 1 ? 'core' : 'cores'}${allowed}; ${shards} ${shards === 1 ? 'shard' : 'shards'} of load`
  if (usable < shards) {
    const remedy = `raise the limit (cpu.max; a pod's limits.cpu), or run with --shards ${Math.max(1, Math.floor(usable))}`
    return { check: 'CPU', status: 'warning', value, remedy }
  }
  if (usable >= 2) return { check: 'CPU', status: 'ok', value }
  const remedy = 'one core makes the load and serves the system: watch generator_cpu, or use a larger machine'
  return { check: 'CPU', status: 'warning', value, remedy }
}

function memoryFinding({ freeBytes, groupFreeBytes }: MachineFacts, vus: number | undefined, shards: number): Finding {
  const free = Math.min(freeBytes, groupFreeBytes ?? freeBytes)
  const limited = groupFreeBytes !== undefined && groupFreeBytes < freeBytes ? ' (what the control group leaves)' : ''
  const room = Math.max(0, Math.floor((free - shards * SHARD_BYTES) / VU_BYTES))
  const value = `${humanizeData(free)} free${limited}: room for about ${roughly(room)} VUs of a small script`
  if (room === 0 || (vus !== undefined && room < vus)) {
    const remedy = `fewer VUs${vus === undefined ? '' : ` than ${vus}`}, a larger machine, or a higher limit`
    return { check: 'memory', status: 'warning', value, remedy }
  }
  return { check: 'memory', status: 'ok', value }
}

/** Two digits are all that an estimate holds. */
const roughly = (count: number): string => count < 10 ? String(count) : String(Number(count.toPrecision(2)))

function filesFinding({ openFiles }: MachineFacts, vus: number | undefined, shards: number): readonly Finding[] {
  if (openFiles === undefined) return []
  const room = openFiles - FILES_BESIDE
  const needed = vus === undefined ? undefined : Math.ceil(vus / shards)
  const value = `${openFiles === Infinity ? 'unlimited' : openFiles} a process; each VU of a shard takes a connection`
  if (room >= 1024 && (needed === undefined || needed <= room)) return [{ check: 'open files', status: 'ok', value }]
  return [{
    check: 'open files', status: 'warning', value,
    remedy: `ulimit -n ${Math.max(65536, 2 * (needed ?? 0))} (LimitNOFILE of a service, nofile in limits.conf), `
      + 'or max_connections in the targets file',
  }]
}

function portsFinding({ portRange, timeWait }: MachineFacts, vus: number | undefined): readonly Finding[] {
  if (portRange === undefined) return []
  const [first, last] = portRange
  const total = last - first + 1
  const taken = timeWait ?? 0
  const value = `${total - taken} of ${total} free (${first} to ${last}; ${taken} in TIME_WAIT)`
  if (total - taken >= Math.max(2 * (vus ?? 0), total / 4)) return [{ check: 'local ports', status: 'ok', value }]
  return [{
    check: 'local ports', status: 'warning', value,
    remedy: 'sysctl net.ipv4.ip_local_port_range="10240 65535", net.ipv4.tcp_tw_reuse=1, or wait a minute for old connections to expire',
  }]
}

/** Reads what the system tells; `read` gives a file's text and throws where there is none. */
export function readMachine(read: (path: string) => string = (path) => readFileSync(path, 'utf8')): MachineFacts {
  const text = (path: string): string => {
    // Not every system has every one of these files.
    try { return read(path) } catch { return '' }
  }
  const number = (source: string, pattern: RegExp): number | undefined => {
    const found = pattern.exec(source)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  const availableKib = number(text('/proc/meminfo'), /^MemAvailable:\s+(\d+) kB/m)
  const files = /^Max open files\s+(\d+|unlimited)/m.exec(text('/proc/self/limits'))?.[1]
  const [, first, last] = /^(\d+)\s+(\d+)/.exec(text('/proc/sys/net/ipv4/ip_local_port_range')) ?? []
  return {
    nodeVersion: process.versions.node, cores: availableParallelism(), ...groupLimits(text),
    freeBytes: availableKib === undefined ? freemem() : availableKib * 1024,
    openFiles: files === undefined ? undefined : files === 'unlimited' ? Infinity : Number(files),
    portRange: first === undefined || last === undefined ? undefined : [Number(first), Number(last)],
    timeWait: number(text('/proc/net/sockstat'), /^TCP:.* tw (\d+)/m),
  }
}

/** Limits above this are none: version 1 says a number near 2^63. */
const NO_LIMIT_BYTES = 2 ** 60

/** Limits of the control group: version 2, where the group's own files are at the root of a container, else version 1. */
function groupLimits(text: (path: string) => string): Pick<MachineFacts, 'cpuQuota' | 'groupFreeBytes'> {
  const own = /^0::(\/.*)$/m.exec(text('/proc/self/cgroup'))?.[1] ?? '/'
  const [quota, period] = firstOf(text, [`/sys/fs/cgroup${own}/cpu.max`, '/sys/fs/cgroup/cpu.max']).split(/\s+/)
  const oldQuota = text('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')
  const oldPeriod = text('/sys/fs/cgroup/cpu/cpu.cfs_period_us')
  const share = ratio(quota, period) ?? ratio(oldQuota, oldPeriod)
  const limit = Number(firstOf(text, [`/sys/fs/cgroup${own}/memory.max`, '/sys/fs/cgroup/memory.max',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes']))
  const used = Number(firstOf(text, [`/sys/fs/cgroup${own}/memory.current`, '/sys/fs/cgroup/memory.current',
    '/sys/fs/cgroup/memory/memory.usage_in_bytes']))
  const isLimited = limit > 0 && limit < NO_LIMIT_BYTES
  return { cpuQuota: share, groupFreeBytes: isLimited ? Math.max(0, limit - used) : undefined }
}

const firstOf = (text: (path: string) => string, paths: readonly string[]): string =>
  paths.map((path) => text(path).trim()).find((content) => content !== '') ?? ''

function ratio(quota: string | undefined, period: string | undefined): number | undefined {
  const value = Number(quota) / Number(period)
  return Number.isFinite(value) && value > 0 ? value : undefined
}
