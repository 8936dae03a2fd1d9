// `driver_config` of the aws-sdk driver.
import type { Json, JsonObject } from '../../../sdk/index.ts'
import { DriverConfigError, refuseUnknown } from '../../driver-config.ts'

export interface AwsSdkConfig {
  /** `max_attempts: 3`: how often the SDK sends a request at most. 1 by default: a benchmark must not hide a failure. */
  readonly maxAttempts: number
  /** `retry_mode`: how the SDK waits between attempts. */
  readonly retryMode: 'standard' | 'adaptive'
  /**
   * `checksums: when_supported`: the SDK's own default, a CRC32 with every upload and checked on every download.
   * `when_required`, ours: none but where S3 asks for one, as the native driver.
   */
  readonly checksums: 'when_required' | 'when_supported'
}

const MAX_ATTEMPTS = 100

function oneOf<T extends string>(key: string, value: Json | undefined, choices: readonly [T, ...T[]]): T {
  if (value === undefined) return choices[0]
  const found = choices.find((choice) => choice === value)
  if (found === undefined) throw new DriverConfigError(key, `${key} must be ${choices.join(' or ')}`)
  return found
}

/** Throws DriverConfigError. */
export function awsSdkConfig(config: JsonObject): AwsSdkConfig {
  refuseUnknown('aws-sdk', config, ['max_attempts', 'retry_mode', 'checksums'])
  const { max_attempts: maxAttempts = 1, retry_mode: retryMode, checksums } = config
  if (typeof maxAttempts !== 'number' || !Number.isInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > MAX_ATTEMPTS) {
    throw new DriverConfigError('max_attempts', `max_attempts must be a whole number from 1 to ${MAX_ATTEMPTS}`)
  }
  return {
    maxAttempts,
    retryMode: oneOf('retry_mode', retryMode, ['standard', 'adaptive']),
    checksums: oneOf('checksums', checksums, ['when_required', 'when_supported']),
  }
}
