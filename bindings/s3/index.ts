// `chopsticks/s3`: S3 object storage as a workload: its operations, its drivers, its endpoint for trying things out.
import { StorageError, randomFrom, sectionForDriver, type Binding, type Json, type Session, type SessionContext } from '../sdk/index.ts'
import type { OpenDriver, S3Driver } from './driver.ts'
import { ALL_OPERATIONS } from './operation-names.ts'
import type { S3Settings } from './settings.ts'

/** Each driver is loaded when it is asked for, so that one that can't be loaded stops only who asks for it. */
const DRIVERS = {
  native: async () => (await import('./drivers/native/index.ts')).openDriver,
  'aws-sdk': async () => (await needing('@aws-sdk/client-s3', import('./drivers/aws-sdk/index.ts'))).openDriver,
  minio: async () => (await needing('minio', import('./drivers/minio/index.ts'))).openDriver,
  exec: async () => (await needing('execa', import('./drivers/exec/index.ts'))).openDriver,
  boto3: async () => (await needing('execa', import('./drivers/exec/sidecars.ts'))).openBoto3,
  'minio-py': async () => (await needing('execa', import('./drivers/exec/sidecars.ts'))).openMinioPy,
  s5cmd: async () => (await needing('execa', import('./drivers/s5cmd/index.ts'))).openDriver,
  'aws-cli': async () => (await needing('execa', import('./drivers/aws-cli/index.ts'))).openDriver,
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

interface Opened { readonly driver: S3Driver; readonly settings: S3Settings; readonly inBucket?: (bucket: string) => S3Driver }

/**
 * Opens the driver a target asks for, once for each of its endpoints. Throws StorageError('unsupported') for one that there is not or
 * that hasn't what the target asks for, 'invalid' for wrong settings.
 */
async function open(
  { driver, config, clock, concurrency, requestLog, share, runId }: SessionContext,
): Promise<readonly [Opened, ...Opened[]]> {
  if (!isDriver(driver)) throw new StorageError('unsupported', `s3 has no driver "${driver}": there are ${driverNames.join(', ')}`)
  const [openDriver, { settingsOf }, { refuseMissing }, { Bandwidth }] =
    await Promise.all([DRIVERS[driver](), import('./settings.ts'), import('./abilities.ts'), import('./bandwidth.ts')])
  // A section that names none is for the one that is opened.
  const section = sectionForDriver(config, driver, driver)
  refuseMissing(driver, section)
  const all = settingsOf(section)
  const bandwidth = Bandwidth.of(all.bandwidth, share?.count ?? 1, clock)
  const shown = requestLog === undefined ? undefined : await import('./shown-operations.ts')
  const opened = all.endpoints.map((endpoint): Opened => {
    const settings: S3Settings = { ...all, endpoint, endpoints: [endpoint] }
    const named = runId === undefined ? {} : { runId }
    const context = { settings, clock, concurrency, ...named, ...(bandwidth === undefined ? {} : { bandwidth }) }
    const inBucket = (bucket: string): S3Driver => openDriver({ ...context, settings: { ...settings, bucket } })
    // What is in memory is in one driver's: another would find another bucket of that name.
    if (driver === 'memory') return { driver: openDriver(context), settings }
    if (requestLog === undefined || shown === undefined) return { driver: openDriver(context), settings, inBucket }
    return { driver: shown.openShown(openDriver, driver, context, requestLog), settings, inBucket }
  })
  try {
    for (const one of opened) await one.driver.ready?.()
  } catch (error) {
    await Promise.all(opened.map((one) => one.driver.close()))
    throw error
  }
  return opened as [Opened, ...Opened[]]
}

/** Puts around a session, or one for each endpoint, what the target says of endpoints, retries and time. */
async function asSaid(sessions: readonly Session[], settings: S3Settings, context: SessionContext): Promise<Session> {
  const { clock, seed, share } = context
  const { endpointSelection: selection, retries, timeoutsMs } = settings
  const [only, ...more] = sessions
  if (only === undefined) throw new TypeError('a target has an endpoint')
  let session = only
  if (more.length > 0) {
    const { SeveralEndpoints } = await import('./several-endpoints.ts')
    session = new SeveralEndpoints({ sessions, selection, clock, first: share?.index ?? 0 })
  }
  const timed = Object.keys(timeoutsMs).length > 0
  if (retries !== undefined || timed) {
    const { Retrying, TimedByName } = await import('./retrying.ts')
    if (retries !== undefined) session = new Retrying(session, retries, clock, randomFrom(seed, share?.index ?? 0))
    if (timed) session = new TimedByName(session, timeoutsMs)
  }
  return session
}

/** Puts around all of a target's sessions the run of checking. One ledger is kept for all its drivers: what one wrote another may read. */
async function checked(session: Session, { verify, share, target, common }: SessionContext): Promise<Session> {
  if (verify !== true) return session
  const [{ Verifying }, { Ledger }] = await Promise.all([import('./verifying.ts'), import('./ledger.ts')])
  const name = `s3 ledger ${target}`
  const known = common?.get(name)
  const ledger = known instanceof Ledger ? known : new Ledger(share?.index ?? 0)
  common?.set(name, ledger)
  return new Verifying(session, ledger)
}

/** The target with one set of keys. */
async function sessionFor(context: SessionContext): Promise<Session> {
  const [opened, { S3Session }] = await Promise.all([open(context), import('./session.ts')])
  const { driver: driverName, prefix, seed, clock, verify } = context
  const sessions = opened.map(({ driver, settings, inBucket }): Session => new S3Session({
    driver, driverName, settings, prefix, seed, clock, checksFronts: verify !== false, ...inBucket === undefined ? {} : { inBucket },
  }))
  return asSaid(sessions, opened[0].settings, context)
}

/** The target, or with a list of users one session for each. */
async function sessionOf(context: SessionContext): Promise<Session> {
  const { identities, ...config } = context.config
  const own = await sessionFor({ ...context, config })
  if (!Array.isArray(identities)) return own
  const [{ Identities }, { sectionOf }] = await Promise.all([import('./identities.ts'), import('./identity-section.ts')])
  const users: Session[] = []
  try {
    for (const identity of identities as readonly Json[]) users.push(await sessionFor({ ...context, config: sectionOf(config, identity) }))
  } catch (error) {
    await Promise.all([own, ...users].map((session) => session.close()))
    throw error
  }
  return new Identities(own, users)
}

export const s3: Binding = {
  name: 's3',
  module: 'chopsticks/s3',
  guest: new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  workload: {
    operations: ALL_OPERATIONS,
    drivers: driverNames,
    defaultDriver: 'native',
    open: async (context) => checked(await sessionOf(context), context),
    forget: async (runId) => (await import('./drivers/process/folder.ts')).removeRunFolder(runId),
    async *diagnose(context) {
      const { diagnose } = await import('./diagnose/index.ts')
      yield* diagnose(context, () => open(context))
    },
    lackedOperations: async (driver) => (await import('./abilities.ts')).lackedOperations(driver),
    config: async () => (await import('./config.ts')).configFor(driverNames),
    builtin: async () => (await import('./endpoint/index.ts')).builtinTarget,
  },
}
