// `chopsticks/s3`: S3 object storage as a workload: its operations, its drivers, its endpoint for trying things out.
import { StorageError, type Binding } from '../sdk/index.ts'
import { OPERATIONS, type OpenDriver } from './driver.ts'

/** Each driver is loaded when it is asked for, so that one that can't be loaded stops only who asks for it. */
const DRIVERS = {
  native: async () => (await import('./drivers/native/index.ts')).openDriver,
  memory: async () => (await import('./drivers/memory.ts')).openDriver,
} satisfies Readonly<Record<string, () => Promise<OpenDriver>>>

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
