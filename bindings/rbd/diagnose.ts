// Looks at all that a run needs of a cluster's block devices, from its configuration file to an image's bytes, and leaves nothing behind.
import { access, constants } from 'node:fs/promises'
import { StorageError, type Call, type Clock, type DiagnosisContext, type Finding } from '../sdk/index.ts'
import { imagePrefix } from './arguments.ts'
import { removeImages } from './cleanup.ts'
import type { OpenImage, RbdDriver } from './driver.ts'
import type { RbdSettings } from './settings.ts'

/** The longest one question may take: who diagnoses wants to know soon. */
const CALL_MS = 15_000
const CLEANUP_MS = 20_000
const IMAGE_BYTES = 1024 ** 2
const BLOCK_BYTES = 4096

interface Opened { readonly driver: RbdDriver; readonly settings: RbdSettings }

const ok = (check: string, value: string): Finding => ({ check, status: 'ok', value })
const failed = (check: string, { message }: StorageError, remedy: string): Finding => ({ check, status: 'failed', value: message, remedy })

/** Findings in the order of the way: what follows from a failure is not looked at any more. `open` opens the driver, no more. */
export async function* diagnose(context: DiagnosisContext, open: () => Promise<Opened>): AsyncGenerator<Finding> {
  for await (const finding of steps(context, open)) {
    // What the user cut off says nothing about the store.
    if (context.signal.aborted) return
    yield finding
  }
}

async function* steps(context: DiagnosisContext, open: () => Promise<Opened>): AsyncGenerator<Finding> {
  let opened: Opened
  try {
    opened = await open()
  } catch (error) {
    const remedy = refusal(error).code === 'unsupported' ? 'install what it names, or choose another driver' : 'correct the target'
    yield failed('driver', refusal(error), remedy)
    return
  }
  const { driver, settings } = opened
  try {
    yield ok('driver', `${context.driver}${driver.version === undefined ? '' : `, ${driver.version}`}`)
    if (settings.conf !== undefined) {
      const found = await confFinding(settings.conf)
      yield found
      if (found.status === 'failed') return
    }
    const call: Call = { signal: context.signal, timeoutMs: CALL_MS, mark: () => undefined }
    if (!(yield* way(opened, context.clock, call))) return
    yield* operations(opened, context, call)
  } finally {
    await driver.close()
  }
}

/** What a driver threw: a bug where it is no StorageError. */
function refusal(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  throw error
}

async function confFinding(conf: string): Promise<Finding> {
  try {
    await access(conf, constants.R_OK)
    return ok('conf', `${conf} can be read`)
  } catch (error) {
    const { code = 'no reason told' } = error as NodeJS.ErrnoException
    const remedy = 'name the cluster\'s configuration file by conf: or CEPH_CONF, and let it be read'
    return failed('conf', new StorageError('not_found', `${conf} can't be read: ${code}`), remedy)
  }
}

/** Connecting, and finding the pool; true where both went well. */
async function* way({ driver, settings }: Opened, clock: Clock, call: Call): AsyncGenerator<Finding, boolean> {
  const { conf, user = 'admin', pool, namespace } = settings
  const place = namespace === undefined ? pool : `${pool}/${namespace}`
  const startMs = clock.now()
  try {
    await driver.ready(call)
  } catch (error) {
    const { code } = refusal(error)
    const passed = STEPS.findIndex(({ codes }) => codes.includes(code))
    for (const { check } of STEPS.slice(0, Math.max(0, passed))) {
      if (check !== 'configuration') yield ok(check, check === 'key' ? 'taken' : 'they answer')
    }
    const { check, remedy } = STEPS[passed] ?? { check: 'cluster', remedy: 'see what the rbd program says of the same pool' }
    yield failed(check, refusal(error), remedy)
    return false
  }
  if (conf === undefined) return true
  yield ok('monitors', `connected, and the pool listed, in ${msText(clock.now() - startMs)}`)
  yield ok('key', `the cluster takes client.${user}`)
  yield ok(namespace === undefined ? 'pool' : 'namespace', `${place} is there, and may be listed`)
  return true
}

/** In their order: a code that one of them ends with says that those before it passed. */
const STEPS: readonly { readonly check: string; readonly codes: readonly string[]; readonly remedy: string }[] = [
  { check: 'configuration', codes: ['invalid', 'unsupported'], remedy: 'correct conf: and driver_config, as it says' },
  { check: 'monitors', codes: ['unreachable', 'timeout', 'cut', 'unavailable'],
    remedy: 'see that mon_host in the configuration file is right, its ports are open from here, and the monitors have a quorum' },
  { check: 'key', codes: ['denied'],
    remedy: 'name user: and keyring: of a client that has caps mon \'profile rbd\' osd \'profile rbd pool=…\'' },
  { check: 'pool', codes: ['not_found'], remedy: 'name another by pool: or namespace:, or have it made' },
]

const msText = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : 1)} ms`

/** Tries an image's life on one of its own, one finding each. */
async function* operations({ driver }: Opened, { prefix, clock }: DiagnosisContext, call: Call): AsyncGenerator<Finding> {
  const name = `${imagePrefix(prefix)}probe`
  let image: OpenImage | undefined
  const steps: readonly (readonly [check: string, about: string, doing: () => Promise<void>])[] = [
    ['create', `an image of ${IMAGE_BYTES / 1024 ** 2} MiB`, () => driver.create({ name, sizeBytes: IMAGE_BYTES }, call)],
    ['open', 'it', async () => { image = await driver.open({ name, readOnly: false, exclusive: false }, call) }],
    ['write', 'of 4 KiB', () => transfer(image, 'write')],
    ['flush', 'it', () => transfer(image, 'flush')],
    ['read', 'of 4 KiB, as it was written,', () => transfer(image, 'read')],
    ['close', 'it', async () => { await image?.close(call); image = undefined }],
    ['remove', 'it', () => driver.remove(name, call)],
  ]
  try {
    for (const [check, about, doing] of steps) {
      const startMs = clock.now()
      try {
        await doing()
        yield ok(check, `${about} in ${msText(clock.now() - startMs)}`)
      } catch (error) {
        // Of a driver that has no I/O the life of images is all there is to try.
        if (isIo(check) && refusal(error).code === 'unsupported') continue
        yield failed(check, refusal(error), REMEDIES[refusal(error).code] ?? 'see what the cluster says: ceph -s, and the pool\'s state')
        break
      }
    }
  } finally {
    await image?.close(call)
    yield await leftBehind(driver, clock, prefix)
  }
}
const isIo = (check: string): boolean => ['write', 'flush', 'read'].includes(check)

const REMEDIES: Readonly<Record<string, string>> = {
  denied: 'give the user caps for it: osd \'profile rbd pool=…\'', no_space: 'the pool or the cluster is full: make room',
  timeout: 'storage daemons don\'t answer: see ceph -s', unsupported: 'choose another driver for what it names',
}

/** Writes a block that says itself which it is, flushes, or reads that block and holds it against what was written. */
function transfer(image: OpenImage | undefined, kind: 'write' | 'flush' | 'read'): Promise<void> {
  if (image === undefined) throw new TypeError('asked only of an image that is open')
  const buffer = kind === 'flush' ? undefined : image.buffer(BLOCK_BYTES)
  if (kind === 'write') buffer?.bytes.fill(BYTE, 0, BLOCK_BYTES)
  return new Promise((resolve, reject) => {
    image.submit({
      kind, offset: 0, length: kind === 'flush' ? 0 : BLOCK_BYTES, buffer, patternLength: 0, compare: undefined, bytes: 0, error: undefined,
      done: ({ error }) => {
        const same = kind !== 'read' || buffer?.bytes.subarray(0, BLOCK_BYTES).every((byte) => byte === BYTE) === true
        buffer?.release()
        if (error !== undefined) reject(error)
        else if (same) resolve()
        else reject(new StorageError('corrupt', 'the block is not what was written'))
      },
    })
  })
}
const BYTE = 0xa5

async function leftBehind(driver: RbdDriver, clock: Clock, prefix: string): Promise<Finding> {
  const signal = AbortSignal.timeout(CLEANUP_MS)
  try {
    const { remaining, reason } = await removeImages({ driver, clock, prefix: imagePrefix(prefix), signal })
    if (remaining === 0) return ok('left behind', `nothing below ${prefix}`)
    throw new StorageError('busy', reason ?? 'an image could not be removed')
  } catch (error) {
    return failed('left behind', refusal(error), `chopsticks cleanup --prefix ${prefix}`)
  }
}
