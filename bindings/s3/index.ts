// `chopsticks/s3`: S3 object storage as a workload: its operations, its drivers, its endpoint for trying things out.
import { StorageError, type Binding } from '../sdk/index.ts'
import { OPERATIONS, type OpenDriver } from './driver.ts'

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

export const s3: Binding = {
  name: 's3',
  module: 'chopsticks/s3',
  guest: new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  workload: {
    operations: OPERATIONS,
    drivers: driverNames,
    defaultDriver: 'native',
    async open({ driver, config, prefix, clock, seed, concurrency }) {
      if (!isDriver(driver)) throw new StorageError('unsupported', `s3 has no driver "${driver}": there are ${driverNames.join(', ')}`)
      const [openDriver, { S3Session }, { settingsOf }] = await Promise.all([DRIVERS[driver](), import('./session.ts'),
        import('./settings.ts')])
      const settings = settingsOf(config)
      return new S3Session({ driver: openDriver({ settings, clock, concurrency }), driverName: driver, settings, prefix, seed, clock })
    },
    config: async () => (await import('./config.ts')).configFor(driverNames),
    builtin: async () => (await import('./endpoint/index.ts')).builtinTarget,
  },
}
