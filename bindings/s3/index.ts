// `chopsticks/s3`: S3 object storage as a workload: its operations, its drivers, its endpoint for trying things out.
import { StorageError, type Binding, type SessionContext } from '../sdk/index.ts'
import { OPERATIONS, type OpenDriver, type S3Driver } from './driver.ts'
import type { S3Settings } from './settings.ts'

/** Each driver is loaded when it is asked for, so that one that can't be loaded stops only who asks for it. */
const DRIVERS = {
  native: async () => (await import('./drivers/native/index.ts')).openDriver,
  'aws-sdk': async () => (await needing('@aws-sdk/client-s3', import('./drivers/aws-sdk/index.ts'))).openDriver,
  memory: async () => (await import('./drivers/memory.ts')).openDriver,
} satisfies Readonly<Record<string, () => Promise<OpenDriver>>>

/** What is loaded, or one line that says what to install for it. */
async function needing<T>(wanted: string, loading: Promise<T>): Promise<T> {
  try {
    return await loading
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(wanted)
    if (!missing) throw error
    throw new StorageError('unsupported', `this driver needs the package ${wanted}, which is not installed: npm install ${wanted}`,
      { detail: 'ERR_MODULE_NOT_FOUND', cause: error })
  }
}

const driverNames = Object.keys(DRIVERS)
const isDriver = (name: string): name is keyof typeof DRIVERS => Object.hasOwn(DRIVERS, name)

/** Opens the driver a target asks for. Throws StorageError('unsupported') for one that there is not, 'invalid' for wrong settings. */
async function open(
  { driver, config, clock, concurrency, requestLog }: SessionContext,
): Promise<{ readonly driver: S3Driver; readonly settings: S3Settings }> {
  if (!isDriver(driver)) throw new StorageError('unsupported', `s3 has no driver "${driver}": there are ${driverNames.join(', ')}`)
  const [openDriver, { settingsOf }] = await Promise.all([DRIVERS[driver](), import('./settings.ts')])
  const settings = settingsOf(config)
  const context = { settings, clock, concurrency }
  if (requestLog === undefined) return { driver: openDriver(context), settings }
  const { openShown } = await import('./shown-operations.ts')
  return { driver: openShown(openDriver, driver, context, requestLog), settings }
}

export const s3: Binding = {
  name: 's3',
  module: 'chopsticks/s3',
  guest: new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  workload: {
    operations: OPERATIONS,
    drivers: driverNames,
    defaultDriver: 'native',
    async open(context) {
      const [{ driver, settings }, { S3Session }] = await Promise.all([open(context), import('./session.ts')])
      const { driver: driverName, prefix, seed, clock } = context
      return new S3Session({ driver, driverName, settings, prefix, seed, clock })
    },
    async *diagnose(context) {
      const { diagnose } = await import('./diagnose/index.ts')
      yield* diagnose(context, () => open(context))
    },
    config: async () => (await import('./config.ts')).configFor(driverNames),
    builtin: async () => (await import('./endpoint/index.ts')).builtinTarget,
  },
}
