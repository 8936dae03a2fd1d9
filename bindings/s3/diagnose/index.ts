// Looks at all that a run needs of an S3 target, from the name of its endpoint to each permission, and leaves nothing behind.
import { StorageError, type Call, type DiagnosisContext, type Finding } from '../../sdk/index.ts'
import { removeAll } from '../bucket.ts'
import type { S3Driver } from '../driver.ts'
import type { S3Settings } from '../settings.ts'
import { connectHost, tlsOptions } from '../tls.ts'
import { checkBucket, checkKeys, checkOperations, type Access } from './access.ts'
import { failed, ok } from './figures.ts'
import { checkHttp, checkName, checkTcp, type Way } from './network.ts'
import { checkTls } from './tls.ts'

/** The longest any one request may take: who diagnoses wants to know soon. */
const REQUEST_MS = 10_000
const CLEANUP_MS = 10_000
/** The driver that asks nobody. */
const LOCAL_DRIVER = 'memory'

interface Opened { readonly driver: S3Driver; readonly settings: S3Settings }

/** Findings in the order of the way: what follows from a failure is not looked at any more. */
export async function* diagnose(context: DiagnosisContext, open: () => Promise<readonly Opened[]>): AsyncGenerator<Finding> {
  for await (const finding of steps(context, open)) {
    // What the user cut off says nothing about the store.
    if (context.signal.aborted) return
    yield finding
  }
}

async function* steps(context: DiagnosisContext, open: () => Promise<readonly Opened[]>): AsyncGenerator<Finding> {
  let opened: readonly Opened[]
  try {
    opened = await open()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    const remedy = error.code === 'unsupported' ? 'install what it names, or choose another driver' : 'correct the target'
    yield failed('driver', error.message, remedy)
    return
  }
  try {
    for (const one of opened) {
      const { endpoint } = one.settings
      if (opened.length > 1) yield ok('endpoint', endpoint.url)
      if (context.driver === LOCAL_DRIVER || (yield* way(context, one.settings))) yield* access(context, one)
    }
  } finally {
    for (const { driver } of opened) await driver.close()
  }
}

/** The way to the endpoint; true when there is one. */
async function* way({ clock, signal }: DiagnosisContext, settings: S3Settings): AsyncGenerator<Finding, boolean> {
  const { endpoint, tls } = settings
  const host = connectHost(settings)
  const { port, secure, authority } = endpoint
  const { secureContext } = tlsOptions(settings) ?? {}
  const to: Way = { host, port, secure, authority, servername: tls.servername, secureContext, clock, signal }
  const checks = [
    async () => {
      const { finding, addresses } = await checkName(to)
      return addresses.length === 0 ? [finding] : [finding, await checkTcp(to, addresses)]
    },
    async () => {
      const options = tlsOptions(settings)
      return options === undefined ? [ok('TLS', 'none: the endpoint is http, keys are not sent, data goes in the clear')]
        : await checkTls(to, options, tls.insecure)
    },
    async () => [await checkHttp(to)],
  ]
  for (const check of checks) {
    const findings = await check()
    yield* findings
    // A clock that is wrong is worth seeing what the store says to it.
    if (findings.some((finding) => finding.status === 'failed' && finding.check !== 'clock')) return false
  }
  return true
}

async function* access({ prefix, clock, signal }: DiagnosisContext, { driver, settings }: Opened): AsyncGenerator<Finding> {
  const call: Call = { signal, timeoutMs: Math.min(REQUEST_MS, settings.timeoutMs), mark: () => { /* nobody measures this */ } }
  const all: Access = { driver, settings, prefix, clock, call, made: new Set() }
  const keys = await checkKeys(all)
  yield keys.finding
  if (!keys.usable) return
  const bucket = await checkBucket(all)
  if (!bucket.usable) {
    yield bucket.finding
    return
  }
  let left: Finding | undefined
  try {
    yield bucket.finding
    yield* checkOperations(all)
  } finally {
    left = await cleanUp(all, bucket.made)
  }
  yield left
}

/** Deletes what was made, listed or, where listing is denied, as it was noted down. */
async function cleanUp({ driver, prefix, clock, made }: Access, madeBucket: boolean): Promise<Finding> {
  const signal = AbortSignal.timeout(CLEANUP_MS)
  const { remaining, reason } = await removeAll({ driver, prefix, clock, signal, removeBucket: madeBucket, unsettled: false })
  if (remaining === 0) return ok('left behind', `nothing below ${prefix}`)
  let why = reason
  for (const key of made) {
    try {
      await driver.delete(key, { signal, timeoutMs: REQUEST_MS, mark: () => { /* nobody measures this */ } })
      made.delete(key)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      why = error.message
    }
  }
  if (made.size === 0) return ok('left behind', `nothing below ${prefix}, as far as these keys may see`)
  return failed('left behind', `${[...made].join(', ')}: ${why ?? 'it could not be deleted'}`, `chopsticks cleanup --prefix ${prefix}`)
}
