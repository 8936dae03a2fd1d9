// `driver_config` of the native driver.
import type { JsonObject } from '../../../sdk/index.ts'
import { SizeError, parseSize } from '../../../sdk/size.ts'
import { DriverConfigError, refuseUnknown } from '../../driver-config.ts'

export interface NativeConfig {
  /**
   * `expect_continue: 8MiB`: bodies of this size and more ask for `100 Continue` before they are sent. Off by default, as it adds
   * a round trip to every such operation; S3 clients that send it do so for large bodies only.
   */
  readonly expectContinueBytes: number
}

/** Throws DriverConfigError. */
export function nativeConfig(config: JsonObject): NativeConfig {
  refuseUnknown('native', config, ['expect_continue'])
  const { expect_continue: expectContinue } = config
  if (expectContinue === undefined) return { expectContinueBytes: Infinity }
  try {
    return { expectContinueBytes: parseSize(expectContinue) }
  } catch (error) {
    if (error instanceof SizeError) throw new DriverConfigError('expect_continue', `expect_continue: ${error.message}`)
    throw error
  }
}
