// What this machine tells of itself, for a run's record: read from the system in a few small files, nothing run.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { arch, availableParallelism, hostname, platform, release, totalmem } from 'node:os'
import { basename, join } from 'node:path'
import type { HostFacts, NicFacts } from './stored-run.ts'

const NETWORK = '/sys/class/net'

/** What is not there is not told: not every system has every file. */
function known<T>(read: () => T): T | undefined {
  try { return read() } catch { return undefined }
}
const text = (path: string): string | undefined => known(() => readFileSync(path, 'utf8').trim())

/** A positive number in a file; undefined where there is none (a link that is down says -1). */
function positive(path: string): number | undefined {
  const value = Number(text(path))
  return value > 0 ? value : undefined
}

function nic(name: string): NicFacts {
  const speedMbps = positive(join(NETWORK, name, 'speed'))
  const mtu = positive(join(NETWORK, name, 'mtu'))
  const driver = known(() => basename(readlinkSync(join(NETWORK, name, 'device', 'driver'))))
  return {
    name, ...(speedMbps === undefined ? {} : { speedMbps }), ...(mtu === undefined ? {} : { mtu }),
    ...(driver === undefined ? {} : { driver }),
  }
}

export function hostFacts(): HostFacts {
  const cpu = /^model name\s*:\s*(.+)$/m.exec(text('/proc/cpuinfo') ?? '')?.[1]
  const [quota, period] = (text('/sys/fs/cgroup/cpu.max') ?? '').split(' ').map(Number)
  const cpuQuota = quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : undefined
  const openFiles = Number(/^Max open files\s+(\d+)/m.exec(text('/proc/self/limits') ?? '')?.[1])
  return {
    name: hostname(), system: `${platform()} ${release()} ${arch()}`, ...(cpu === undefined ? {} : { cpu }),
    cores: availableParallelism(), ...(cpuQuota === undefined ? {} : { cpuQuota }), memoryBytes: totalmem(),
    ...(openFiles > 0 ? { openFiles } : {}),
    nics: (known(() => readdirSync(NETWORK)) ?? []).filter((name) => name !== 'lo').map(nic),
  }
}
