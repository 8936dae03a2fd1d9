// Options of the file driver: read where the targets file is checked, and again where the driver is opened.
import { DriverConfigError, refuseUnknown, type JsonObject } from '../../../sdk/index.ts'

const DIRECT = ['auto', 'true', 'false'] as const
export interface FileConfig {
  /** Where images are files; undefined: a folder of the run's own, gone when it ends. */
  readonly folder: string | undefined
  /** O_DIRECT: where the file system has it, or it fails, or not at all. */
  readonly direct: (typeof DIRECT)[number]
}

/** Throws DriverConfigError. */
export function fileConfig(config: JsonObject): FileConfig {
  refuseUnknown('file', config, ['folder', 'direct'])
  const { folder, direct = 'auto' } = config
  if (folder !== undefined && (typeof folder !== 'string' || folder === '')) {
    throw new DriverConfigError('folder', 'folder must be the path of a folder')
  }
  const chosen = DIRECT.find((one) => one === (typeof direct === 'boolean' ? `${direct}` : direct))
  if (chosen === undefined) throw new DriverConfigError('direct', `direct must be ${DIRECT.join(', ')}`)
  return { folder, direct: chosen }
}
