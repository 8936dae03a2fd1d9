// The S3 contract over the drivers whose programs other people make: each is installed by `npm run test:peers`.
import { s3DriverContract } from '../contract/s3-driver.ts'
import { s3DriverEdges } from '../contract/s3-driver-edges.ts'
import { served } from '../contract/served.ts'
import { openDriver as openAwsCli } from '../../bindings/s3/drivers/aws-cli/index.ts'
import { openDriver as openS5cmd } from '../../bindings/s3/drivers/s5cmd/index.ts'
import { openBoto3, openMinioPy } from '../../bindings/s3/drivers/exec/sidecars.ts'
import { lacksOf } from '../../bindings/s3/lacks.ts'
import type { OpenDriver } from '../../bindings/s3/driver.ts'
import type { JsonObject } from '../../bindings/sdk/index.ts'
import { needed } from './needed.ts'

const DRIVERS: Readonly<Record<string, readonly [OpenDriver, () => JsonObject]>> = {
  'boto3': [openBoto3, () => ({ python: needed('PEERS_PYTHON') })],
  's5cmd': [openS5cmd, () => ({ program: needed('PEERS_S5CMD') })],
  'aws-cli': [openAwsCli, () => ({ program: needed('PEERS_AWS') })],
  'minio-py': [openMinioPy, () => ({ python: needed('PEERS_PYTHON') })],
}

for (const [name, [openDriver, config]] of Object.entries(DRIVERS)) {
  const open = () => served(openDriver, { driver_config: config() }, true, name === 'aws-cli')
  s3DriverContract(name, open, lacksOf(name))
  s3DriverEdges(name, open, lacksOf(name))
}
