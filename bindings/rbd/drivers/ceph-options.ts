// What drivers that reach a cluster have in common of their `driver_config`. Nothing is loaded by it.
import { DriverConfigError, durationMs, isJsonObject, type Json, type JsonObject } from '../../sdk/index.ts'

/** What every client of a cluster can be told. */
export interface ClusterOptions {
  /** How long connecting may take, and each question to the monitors. */
  readonly connectTimeoutMs: number
  /** Options of Ceph's own, by their names in ceph.conf (`rbd_cache`), set before connecting. */
  readonly options: Readonly<Record<string, string>>
}

export const CLUSTER_OPTION_KEYS = ['connect_timeout', 'options'] as const
const CONNECT_TIMEOUT_MS = 10_000

function cephOptions(value: Json | undefined): Record<string, string> {
  if (value === undefined) return {}
  if (!isJsonObject(value)) {
    throw new DriverConfigError('options', 'options must be a mapping of Ceph\'s options, such as { rbd_cache: false }')
  }
  return Object.fromEntries(Object.entries(value).map(([name, given]) => {
    if (typeof given !== 'string' && typeof given !== 'number' && typeof given !== 'boolean') {
      throw new DriverConfigError('options', `options: ${name} must be a text, a number, true or false`)
    }
    // In ceph.conf an option's name may be written with blanks or dashes.
    return [name.replace(/[ -]/g, '_'), String(given)]
  }))
}

/** Throws DriverConfigError. */
export function clusterOptions({ connect_timeout: timeout, options }: JsonObject): ClusterOptions {
  const connectTimeoutMs = timeout === undefined ? CONNECT_TIMEOUT_MS : durationMs(timeout)
  if (connectTimeoutMs === undefined) {
    throw new DriverConfigError('connect_timeout', 'connect_timeout must be a duration above 0, such as 10s')
  }
  return { connectTimeoutMs, options: cephOptions(options) }
}

/** All that is set before connecting, beside what the configuration file says: waiting is bounded, where librados would for minutes. */
export function settingsBeforeConnecting({ connectTimeoutMs, options }: ClusterOptions): Record<string, string> {
  const seconds = String(Math.ceil(connectTimeoutMs / 1000))
  return { client_mount_timeout: seconds, rados_mon_op_timeout: seconds, ...options }
}
