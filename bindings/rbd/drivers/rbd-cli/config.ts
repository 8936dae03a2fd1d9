// What the rbd-cli driver's `driver_config` can say. Nothing is loaded by it.
import { DriverConfigError, refuseUnknown, type JsonObject } from '../../../sdk/index.ts'
import { CLUSTER_OPTION_KEYS, clusterOptions, type ClusterOptions } from '../ceph-options.ts'

export interface RbdCliConfig extends ClusterOptions {
  /** The rbd program. */
  readonly program: string
}

/** Reads `driver_config`; throws DriverConfigError. */
export function rbdCliConfig(given: JsonObject): RbdCliConfig {
  refuseUnknown('rbd-cli', given, ['program', ...CLUSTER_OPTION_KEYS])
  const { program = 'rbd' } = given
  if (typeof program !== 'string' || program === '') throw new DriverConfigError('program', 'program must be the path of the rbd program')
  return { program, ...clusterOptions(given) }
}
