// `driver_config` of the s5cmd driver.
import type { Json, JsonObject } from '../../../sdk/index.ts'
import { DriverConfigError, refuseUnknown } from '../../driver-config.ts'

export interface S5cmdConfig {
  /** `program`: where s5cmd is. */
  readonly program: string
  /** Flags of its `cp`: how many parts at once, and how large they are. */
  readonly copyFlags: readonly string[]
}

function count(config: JsonObject, key: string): number | undefined {
  const value: Json | undefined = config[key]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw new DriverConfigError(key, `${key} must be a whole number above 0`)
  }
  return value
}

/** Throws DriverConfigError. */
export function s5cmdConfig(config: JsonObject): S5cmdConfig {
  refuseUnknown('s5cmd', config, ['program', 'concurrency', 'part_size_mib'])
  const { program = 's5cmd' } = config
  if (typeof program !== 'string' || program === '') throw new DriverConfigError('program', 'program must be a text: where s5cmd is')
  const [concurrency, partSize] = [count(config, 'concurrency'), count(config, 'part_size_mib')]
  return {
    program,
    copyFlags: [
      ...(concurrency === undefined ? [] : ['--concurrency', String(concurrency)]),
      ...(partSize === undefined ? [] : ['--part-size', String(partSize)]),
    ],
  }
}
