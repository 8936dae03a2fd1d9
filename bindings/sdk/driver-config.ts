// `driver_config`: options of a driver's own, checked where the targets file is read and again where the driver is opened.
import { StorageError } from './errors.ts'
import type { JsonObject } from './json.ts'

/** An option of `driver_config` its driver can't use. */
export class DriverConfigError extends Error {
  override readonly name = 'DriverConfigError'
  /** The option at fault. */
  readonly key: string
  constructor(key: string, message: string) {
    super(message)
    this.key = key
  }
}

/** Throws DriverConfigError for an option that is none of those the driver has. */
export function refuseUnknown(driver: string, config: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(config).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    throw new DriverConfigError(unknown, `the ${driver} driver has no option "${unknown}"; it has ${known.join(', ') || 'none'}`)
  }
}

/** Reads a driver's options for its opening. Throws StorageError('invalid') for what can't be used. */
export function openedConfig<T>(config: JsonObject, read: (config: JsonObject) => T): T {
  try {
    return read(config)
  } catch (error) {
    if (error instanceof DriverConfigError) throw new StorageError('invalid', `driver_config: ${error.message}`)
    throw error
  }
}
