// `driver_config` of the aws-cli driver.
import type { JsonObject } from '../../../sdk/index.ts'
import { DriverConfigError, refuseUnknown } from '../../driver-config.ts'

/** Where the AWS CLI is: `{ program: venv/bin/aws }`. Throws DriverConfigError. */
export function awsCliProgram(config: JsonObject): string {
  refuseUnknown('aws-cli', config, ['program'])
  const { program = 'aws' } = config
  if (typeof program !== 'string' || program === '') throw new DriverConfigError('program', 'program must be a text: where aws is')
  return program
}
