// `driver_config` of the exec driver and of the programs that come with it.
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/index.ts'
import { DriverConfigError, refuseUnknown } from '../../driver-config.ts'

export interface ExecConfig {
  /** `command: [python3, my-driver.py]`: the program and its arguments, started once for each VU. */
  readonly command: readonly [string, ...string[]]
  /** `config: {…}`: handed to the program as it is. */
  readonly config: JsonObject
}

const isCommand = (value: Json | undefined): value is readonly [string, ...string[]] =>
  Array.isArray(value) && value.length > 0 && (value as readonly Json[]).every((one) => typeof one === 'string' && one !== '')

/** Throws DriverConfigError. */
export function execConfig(given: JsonObject): ExecConfig {
  refuseUnknown('exec', given, ['command', 'config'])
  const { command, config = {} } = given
  if (!isCommand(command)) {
    throw new DriverConfigError('command', 'command must be a list of texts, a program and its arguments: [python3, my-driver.py]')
  }
  if (!isJsonObject(config)) throw new DriverConfigError('config', 'config must be a mapping: it is handed to the program as it is')
  return { command, config }
}

/** Which Python runs a program that comes with us: `{ python: venv/bin/python }`. Throws DriverConfigError. */
export function pythonOf(driver: string, given: JsonObject): string {
  refuseUnknown(driver, given, ['python'])
  const { python = 'python3' } = given
  if (typeof python !== 'string' || python === '') throw new DriverConfigError('python', 'python must be a text: the Python to run it with')
  return python
}
