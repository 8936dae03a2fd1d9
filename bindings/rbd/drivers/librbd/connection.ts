// One connection to a cluster and its pool: made within bounded time, closed in order.
//
// A process that ends without rados_shutdown aborts once in a hundred times, so whoever opened one closes it: images first, then the
// pool, then the cluster.
import { access, constants } from 'node:fs/promises'
import { StorageError } from '../../../sdk/index.ts'
import type { CachePolicy } from '../../driver.ts'
import type { RbdSettings } from '../../settings.ts'
import { settingsBeforeConnecting } from '../ceph-options.ts'
import { CACHE_OPTIONS } from '../cache-options.ts'
import type { LibrbdConfig } from './config.ts'
import { errnoName, errorOf } from '../errno.ts'
import type { Handle } from './functions.ts'
import { awaited, type Ceph } from './library.ts'

const ENOENT = -2
/** The text is longer than the memory for it. */
const ENAMETOOLONG = -36
const TEXT_BYTES = 4096

/** Ceph's libraries would write to the terminal; what they say is in the errors. */
const QUIET = { log_to_stderr: 'false', err_to_stderr: 'false', mon_cluster_log_to_stderr: 'false' } as const

const readable = (path: string): Promise<boolean> => access(path, constants.R_OK).then(() => true, () => false)

export class Connection {
  readonly #ceph: Ceph
  readonly #cluster: Handle
  readonly pool: Handle

  private constructor(ceph: Ceph, cluster: Handle, pool: Handle) {
    this.#ceph = ceph
    this.#cluster = cluster
    this.pool = pool
  }

  /** Connects and opens the pool. Throws StorageError with one line that says what is wrong and what to do. */
  static async open(ceph: Ceph, settings: RbdSettings, config: LibrbdConfig, cache: CachePolicy | undefined): Promise<Connection> {
    const cluster = await configured(ceph, settings, config, cache)
    try {
      const connected = await awaited(ceph.rados.connect, cluster)
      if (connected < 0) throw await connectError(ceph, cluster, connected, settings, config)
      return new Connection(ceph, cluster, await openPool(ceph, cluster, settings))
    } catch (error) {
      await awaited(ceph.rados.shutdown, cluster)
      throw error
    }
  }

  /** What an option is; empty where there is none of this name. */
  option(name: string): string { return optionOf(this.#ceph, this.#cluster, name) }

  /** The name of a pool by its number; undefined where it is gone. */
  poolName(id: number): string | undefined {
    const text = Buffer.alloc(TEXT_BYTES)
    const length = this.#ceph.rados.poolName(this.#cluster, id, text, text.length)
    return length < 0 ? undefined : text.toString('utf8', 0, length)
  }

  async close(): Promise<void> {
    this.#ceph.rados.closePool(this.pool)
    await awaited(this.#ceph.rados.shutdown, this.#cluster)
  }
}

/** A cluster handle with its configuration read and set, not connected. */
async function configured(
  { rados }: Ceph, settings: RbdSettings, config: LibrbdConfig, cache: CachePolicy | undefined,
): Promise<Handle> {
  const { conf, user = 'admin', keyring } = settings
  if (conf === undefined) {
    throw new StorageError('invalid', 'the librbd driver needs a cluster: name its configuration file by conf:, or by CEPH_CONF')
  }
  if (!await readable(conf)) {
    throw new StorageError('not_found', `conf: ${conf} is not there or can't be read`, { detail: 'ENOENT' })
  }
  const made: number[] = [0]
  const created = rados.create(made, 'ceph', `client.${user}`, 0)
  if (created < 0) throw errorOf(created, `user client.${user}`)
  const cluster = made[0] ?? 0
  const read = rados.readConf(cluster, conf)
  const all = {
    ...QUIET, ...(keyring === undefined ? {} : { keyring }), ...settingsBeforeConnecting(config),
    ...(cache === undefined ? {} : CACHE_OPTIONS[cache]),
  }
  const refused = read < 0 ? undefined : Object.entries(all).find(([name, value]) => rados.setConf(cluster, name, value) < 0)
  if (read >= 0 && refused === undefined) return cluster
  await awaited(rados.shutdown, cluster)
  if (refused === undefined) throw new StorageError('invalid', `conf: ${conf} is no configuration of Ceph's (${errnoName(-read)})`)
  const [name, value] = refused
  throw new StorageError('invalid', `driver_config: options: Ceph has no option ${name}, or it can't be ${JSON.stringify(value)}`)
}

function optionOf({ rados }: Ceph, cluster: Handle, name: string): string {
  for (let sizeBytes = TEXT_BYTES; ; sizeBytes *= 4) {
    const text = Buffer.alloc(sizeBytes)
    const returned = rados.getConf(cluster, name, text, sizeBytes)
    if (returned === 0) return text.toString('utf8', 0, text.indexOf(0))
    if (returned !== ENAMETOOLONG) return ''
  }
}

async function connectError(
  ceph: Ceph, cluster: Handle, returned: number, { conf = '', user = 'admin' }: RbdSettings, { connectTimeoutMs }: LibrbdConfig,
): Promise<StorageError> {
  const option = (name: string): string => optionOf(ceph, cluster, name)
  const monitors = option('mon_host')
  const keyrings = option('keyring').split(',').map((path) => path.trim()).filter((path) => path !== '')
  const keyGiven = option('key') !== '' || option('keyfile') !== ''
  const found = (await Promise.all(keyrings.map(readable))).some(Boolean)
  const detail = errnoName(-returned)
  const facts = { detail, endpoint: monitors }
  if (monitors === '' && returned === ENOENT) {
    return new StorageError('invalid', `conf: ${conf} names no monitors (mon_host): is it the cluster's?`, facts)
  }
  const error = errorOf(returned, 'connect')
  if (!keyGiven && !found && (returned === ENOENT || error.code === 'denied')) {
    return new StorageError('denied',
      `no key for client.${user}: no keyring can be read at ${keyrings.join(', ')}: name it by keyring:`, facts)
  }
  if (error.code === 'denied' || returned === ENOENT) {
    return new StorageError('denied',
      `the cluster at ${monitors} refuses client.${user}: is its key the one in ${keyrings.join(', ')}?`, facts)
  }
  if (error.code === 'timeout') {
    return new StorageError('unreachable',
      `no monitor at ${monitors} answered within ${connectTimeoutMs / 1000} s: are they up, and have they a quorum?`, facts)
  }
  return new StorageError(error.code, `connecting to the cluster at ${monitors} as client.${user} failed: ${detail}`, facts)
}

async function openPool(ceph: Ceph, cluster: Handle, { pool, namespace }: RbdSettings): Promise<Handle> {
  const { rados, rbd } = ceph
  const made: number[] = [0]
  const returned = await awaited(rados.openPool, cluster, pool, made)
  if (returned === ENOENT) {
    throw new StorageError('not_found',
      `the cluster has no pool ${pool}: name another by pool:, or make it: ceph osd pool create ${pool} && rbd pool init ${pool}`,
      { detail: 'ENOENT' })
  }
  if (returned < 0) throw errorOf(returned, `pool ${pool}`)
  const context = made[0] ?? 0
  if (namespace === undefined) return context
  const exists: number[] = [0]
  const looked = await awaited(rbd.namespaceExists, context, namespace, exists)
  if (looked === 0 && exists[0] === 1) {
    rados.setNamespace(context, namespace)
    return context
  }
  rados.closePool(context)
  if (looked < 0) throw errorOf(looked, `namespace ${pool}/${namespace}`)
  throw new StorageError('not_found', `pool ${pool} has no namespace ${namespace}: make it: rbd namespace create ${pool}/${namespace}`,
    { detail: 'ENOENT' })
}
