// `chopsticks/s3`: S3 object storage as a workload: its operations, its drivers, its endpoint for trying things out.
import { StorageError, randomFrom, type Binding, type Session, type SessionContext } from '../sdk/index.ts'
import type { OpenDriver, S3Driver } from './driver.ts'
import { ALL_OPERATIONS } from './operation-names.ts'
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

interface Opened { readonly driver: S3Driver; readonly settings: S3Settings; readonly inBucket: (bucket: string) => S3Driver }

/**
 * Opens the driver a target asks for, once for each of its endpoints. Throws StorageError('unsupported') for one that there is not or
 * that hasn't what the target asks for, 'invalid' for wrong settings.
 */
async function open({ driver, config, clock, concurrency, requestLog, share }: SessionContext): Promise<readonly [Opened, ...Opened[]]> {
  if (!isDriver(driver)) throw new StorageError('unsupported', `s3 has no driver "${driver}": there are ${driverNames.join(', ')}`)
  const [openDriver, { settingsOf }, { refuseMissing }, { Bandwidth }] =
    await Promise.all([DRIVERS[driver](), import('./settings.ts'), import('./abilities.ts'), import('./bandwidth.ts')])
  refuseMissing(driver, config)
  const all = settingsOf(config)
  const bandwidth = Bandwidth.of(all.bandwidth, share?.count ?? 1, clock)
  const shown = requestLog === undefined ? undefined : await import('./shown-operations.ts')
  const opened = all.endpoints.map((endpoint): Opened => {
    const settings: S3Settings = { ...all, endpoint, endpoints: [endpoint] }
    const context = { settings, clock, concurrency, ...(bandwidth === undefined ? {} : { bandwidth }) }
    const inBucket = (bucket: string): S3Driver => openDriver({ ...context, settings: { ...settings, bucket } })
    if (requestLog === undefined || shown === undefined) return { driver: openDriver(context), settings, inBucket }
    return { driver: shown.openShown(openDriver, driver, context, requestLog), settings, inBucket }
  })
  return opened as [Opened, ...Opened[]]
}

/** Puts around a session, or one for each endpoint, what the target says of endpoints, retries and time: nothing where it says nothing. */
async function asSaid(sessions: readonly Session[], settings: S3Settings, { clock, seed, share }: SessionContext): Promise<Session> {
  const { endpointSelection: selection, retries, timeoutsMs } = settings
  const [only, ...more] = sessions
  if (only === undefined) throw new TypeError('a target has an endpoint')
  let session = only
  if (more.length > 0) {
    const { SeveralEndpoints } = await import('./several-endpoints.ts')
    session = new SeveralEndpoints({ sessions, selection, clock, first: share?.index ?? 0 })
  }
  const timed = Object.keys(timeoutsMs).length > 0
  if (retries === undefined && !timed) return session
  const { Retrying, TimedByName } = await import('./retrying.ts')
  if (retries !== undefined) session = new Retrying(session, retries, clock, randomFrom(seed, share?.index ?? 0))
  return timed ? new TimedByName(session, timeoutsMs) : session
}

export const s3: Binding = {
  name: 's3',
  module: 'chopsticks/s3',
  guest: new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  workload: {
    operations: ALL_OPERATIONS,
    drivers: driverNames,
    defaultDriver: 'native',
    async open(context) {
      const [opened, { S3Session }] = await Promise.all([open(context), import('./session.ts')])
      const { driver: driverName, prefix, seed, clock } = context
      const sessions = opened.map(({ driver, settings, inBucket }): Session =>
        new S3Session({ driver, driverName, settings, prefix, seed, clock, inBucket }))
      return asSaid(sessions, opened[0].settings, context)
    },
    async *diagnose(context) {
      const { diagnose } = await import('./diagnose/index.ts')
      yield* diagnose(context, () => open(context))
    },
    config: async () => (await import('./config.ts')).configFor(driverNames),
    builtin: async () => (await import('./endpoint/index.ts')).builtinTarget,
  },
}
