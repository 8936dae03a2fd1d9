// The drivers boto3 and minio-py: programs of the exec protocol that come with us, in Python.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { opened } from '../../driver-config.ts'
import type { DriverContext, S3Driver } from '../../driver.ts'
import { pythonOf } from './config.ts'
import { openProgram } from './index.ts'

/** A program beside this file's source: only TypeScript is compiled. */
function scriptNamed(name: string): string {
  const beside = fileURLToPath(new URL(name, import.meta.url))
  return existsSync(beside) ? beside : fileURLToPath(new URL(`../../../../../bindings/s3/drivers/exec/${name}`, import.meta.url))
}

function openPython(context: DriverContext, driver: string, script: string): S3Driver {
  const python = opened(context.settings.driverConfig, (config) => pythonOf(driver, config))
  return openProgram(context, driver, {
    who: `the ${driver} driver`, command: [python, scriptNamed(script)], config: {},
    install: 'install Python 3, or name it by driver_config: python',
  })
}

/** S3 through boto3. Throws StorageError('invalid') for a wrong driver_config. */
export const openBoto3 = (context: DriverContext): S3Driver => openPython(context, 'boto3', 'boto3_driver.py')
/** S3 through MinIO's client for Python. Throws StorageError('invalid') for a wrong driver_config. */
export const openMinioPy = (context: DriverContext): S3Driver => openPython(context, 'minio-py', 'minio_driver.py')
