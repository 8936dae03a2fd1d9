// `chopsticks/rbd`: block devices as a workload: images, their snapshots and clones, and I/O on them.
import { StorageError, sectionForDriver, type Binding, type Call, type SessionContext } from '../sdk/index.ts'
import type { OpenDriver } from './driver.ts'
import { OPERATIONS } from './operation-names.ts'

/** Each driver is loaded when it is asked for, so that one that can't be loaded stops only who asks for it. */
const DRIVERS = {
  librbd: async () => (await import('./drivers/librbd/index.ts')).openDriver,
  'rbd-cli': async () => (await import('./drivers/rbd-cli/index.ts')).openDriver,
  file: async () => (await import('./drivers/file/index.ts')).openDriver,
  memory: async () => (await import('./drivers/memory/index.ts')).openDriver,
} satisfies Readonly<Record<string, () => Promise<OpenDriver>>>

const driverNames = Object.keys(DRIVERS)
const isDriver = (name: string): name is keyof typeof DRIVERS => Object.hasOwn(DRIVERS, name)

/** Opens the driver, which connects to nothing yet, and reads its settings; `draining` is called before completions are told. */
async function driverOf({ driver: name, config, clock, concurrency, runId }: SessionContext, draining: () => void) {
  if (!isDriver(name)) throw new StorageError('unsupported', `rbd has no driver "${name}": there are ${driverNames.join(', ')}`)
  const [openDriver, { settingsOf }] = await Promise.all([DRIVERS[name](), import('./settings.ts')])
  // A section that names none is for the one that is opened.
  const settings = settingsOf(sectionForDriver(config, name, name))
  return { driver: openDriver({ settings, clock, concurrency, runId, draining }), settings }
}

/** What is known of an image and its data is kept by session: one per shard, target and driver. */
async function open(context: SessionContext) {
  const { driver: name, clock, prefix, seed, share, verify } = context
  const moments = { batch: 0 }
  const [{ driver, settings }, { RbdSession }, { Images }, { limited }] = await Promise.all(
    [driverOf(context, () => { moments.batch = clock.now() }), import('./session.ts'), import('./images.ts'), import('./limited.ts')])
  const call: Call = { signal: new AbortController().signal, timeoutMs: settings.timeoutMs, mark: () => undefined }
  try {
    await limited('rbd: to reach the storage', call, clock, settings.timeoutMs, driver.ready(call))
  } catch (error) {
    await driver.close()
    throw error
  }
  return new RbdSession(name, {
    driver, settings, prefix, seed, clock, moments, verify, images: new Images(), writer: share?.index ?? 0,
  })
}

export const rbd: Binding = {
  name: 'rbd',
  module: 'chopsticks/rbd',
  guest: new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  workload: {
    operations: OPERATIONS,
    drivers: driverNames,
    defaultDriver: 'librbd',
    open,
    async *diagnose(context) {
      const { diagnose } = await import('./diagnose.ts')
      yield* diagnose(context, () => driverOf(context, () => undefined))
    },
    forget: async (runId) => (await import('./drivers/file/folder.ts')).removeRunFolder(runId),
    config: async () => (await import('./config.ts')).configFor(driverNames),
    builtin: async () => (await import('./builtin.ts')).builtinTarget,
  },
}
