// What the librbd driver's `driver_config` can say. Nothing is loaded by it.
import { DriverConfigError, refuseUnknown, type JsonObject } from '../../../sdk/index.ts'
import { CLUSTER_OPTION_KEYS, clusterOptions, type ClusterOptions } from '../ceph-options.ts'

export interface LibrbdConfig extends ClusterOptions {
  /** Who shares a connection to the cluster: all of a shard's process, or one VU with nobody. */
  readonly connection: 'process' | 'vu'
}

/** Reads `driver_config`; throws DriverConfigError. */
export function librbdConfig(given: JsonObject): LibrbdConfig {
  refuseUnknown('librbd', given, ['connection', ...CLUSTER_OPTION_KEYS])
  const { connection = 'process' } = given
  if (connection !== 'process' && connection !== 'vu') throw new DriverConfigError('connection', 'connection must be process or vu')
  return { connection, ...clusterOptions(given) }
}
