// A kept run, read back: everything known of it, as one value that commands, comparisons and reports are made from.
import type { Outage } from '../metrics/outage.ts'
import type { RunRecord } from '../metrics/record.ts'
import type { SlowOperation } from '../metrics/slowest.ts'
import type { WindowList } from '../metrics/timeline.ts'

/** The machine and the programs a run was made with. No secrets, no names of users. */
export interface RunEnvironment {
  /** Versions: of chopsticks, Node, V8, and of drivers and libraries by package. */
  readonly versions: Readonly<Record<string, string>>
  readonly host: HostFacts
  /** What the cluster said of itself before and after the load; absent where no Ceph cluster is named or none answered. */
  readonly ceph?: CephFacts
}

/** What the system tells of itself; what it does not tell is absent. */
export interface HostFacts {
  readonly name: string
  /** `linux 6.8.0-45-generic x64` */
  readonly system: string
  readonly cpu?: string
  readonly cores: number
  /** CPUs a control group allows, as a fraction. */
  readonly cpuQuota?: number
  readonly memoryBytes: number
  readonly openFiles?: number
  /** Network interfaces but for the loopback. */
  readonly nics: readonly NicFacts[]
}
export interface NicFacts { readonly name: string; readonly speedMbps?: number; readonly mtu?: number; readonly driver?: string }

/** Answers of `ceph … --format json`, by command: `status`, `versions`, `osd df`, … */
interface CephFacts {
  readonly before: Readonly<Record<string, unknown>>
  /** What is different at the end of the load, by command. */
  readonly after: Readonly<Record<string, unknown>>
}

/** A run as it was kept. */
export interface StoredRun {
  /** The folder or file it was read from. */
  readonly path: string
  /**
   * What a live run's record is, `slowest` and `outages` included. Of a run that was cut off (`complete` false) it holds what was
   * counted until then, and `ending` says that it was cut off.
   */
  readonly record: RunRecord
  /** When window 0 begins, ISO 8601; absent when the load never began. */
  readonly loadStartedAt?: string
  readonly environment: RunEnvironment
  /** Seconds (of long runs also coarser windows), the earliest first; empty when the load never began. */
  readonly windows: WindowList
  readonly slowest: readonly SlowOperation[]
  readonly outages: readonly Outage[]
  /** False when the process that kept it ended before the run did, or is still at it. */
  readonly complete: boolean
  /** What could not be read of it, one line each: a damaged part costs only itself. */
  readonly problems: readonly string[]
}

/** Why a run can't be read: for a command to end with (104). */
export class StoredRunError extends Error {}
