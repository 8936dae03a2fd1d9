// What is asked of a pool or an open image and answered in structs: lists that are asked for again where they did not fit.
import type { ImageInfo, SnapshotInfo } from '../../driver.ts'
import type { Connection } from './connection.ts'
import { succeeded } from '../errno.ts'
import { namesOfFeatures } from './features.ts'
import type { Handle, NativeFunction } from './functions.ts'
import { awaited, type Ceph } from './library.ts'
import { numberAt, textAt, type MemoryPool } from './memory.ts'

const ENOENT = -2
const ERANGE = -34
const FIRST_COUNT = 64

export interface Asking { readonly ceph: Ceph; readonly memory: MemoryPool; readonly connection: Connection }

type ListFunction = NativeFunction<[of: Handle, items: Handle, count: number[]]>

interface Listing<T> {
  readonly itemBytes: number
  readonly read: (bytes: Buffer, at: number) => T
  /** Frees what the structs point to. */
  readonly free: (items: Handle, count: number) => void
}

/**
 * All a list function has: it fills in so many structs as there is room for, or says by ERANGE how many there are. Some return how many
 * there are, others change the count alone.
 */
async function listed<T>(
  { memory }: Asking, list: ListFunction, of: Handle, { itemBytes, read, free }: Listing<T>, what: string, returnsCount = false,
): Promise<T[]> {
  for (let room = FIRST_COUNT; ;) {
    const items = memory.take(room * itemBytes)
    try {
      const count = [room]
      const returned = await awaited(list, of, items.address, count)
      if (returned === ERANGE) {
        room = Math.max(2 * room, count[0] ?? 0)
        continue
      }
      succeeded(returned, what)
      const found = returnsCount ? returned : count[0] ?? 0
      const all = Array.from({ length: found }, (_, index) => read(items.bytes, index * itemBytes))
      free(items.address, found)
      return all
    } finally {
      items.release()
    }
  }
}

/** Names of all images of the pool, sorted. */
export async function imageNames(asking: Asking): Promise<string[]> {
  const { rbd } = asking.ceph
  const names = await listed(asking, rbd.list, asking.connection.pool, {
    itemBytes: 16, read: (bytes, at) => textAt(bytes, at + 8), free: (items, count) => { rbd.listCleanup(items, count) },
  }, 'list')
  return names.sort()
}

export async function snapshotsOf(asking: Asking, image: Handle, name: string): Promise<SnapshotInfo[]> {
  const { rbd } = asking.ceph
  const found = await listed(asking, rbd.snapshotList, image, {
    itemBytes: 24, read: (bytes, at) => ({ sizeBytes: numberAt(bytes, at + 8), name: textAt(bytes, at + 16) }),
    free: (items) => { rbd.snapshotListEnd(items) },
  }, `snapshots of ${name}`, true)
  const all: SnapshotInfo[] = []
  for (const snapshot of found) {
    const is = [0]
    succeeded(await awaited(rbd.snapshotIsProtected, image, snapshot.name, is), `snapshot ${name}@${snapshot.name}`)
    all.push({ ...snapshot, protected: is[0] === 1 })
  }
  return all
}

/** The options that hold for an open image, by name. */
export async function imageOptions(asking: Asking, image: Handle, name: string): Promise<Map<string, string>> {
  const { rbd } = asking.ceph
  return new Map(await listed(asking, rbd.config, image, {
    itemBytes: 24, read: (bytes, at): [string, string] => [textAt(bytes, at), textAt(bytes, at + 8)],
    free: (items, count) => { rbd.configCleanup(items, count) },
  }, `options of ${name}`))
}

/** Who has the exclusive lock; nobody: empty. */
export async function lockOwners(asking: Asking, image: Handle, name: string): Promise<string[]> {
  const { rbd } = asking.ceph
  const mode = [0]
  const list = Object.assign(
    (of: Handle, items: Handle, count: number[]) => noneIsEmpty(rbd.lockOwners(of, mode, items, count), count),
    {
      async: (of: Handle, items: Handle, count: number[], done: (error: Error | null, result: number) => void) => {
        rbd.lockOwners.async(of, mode, items, count, (error, result) => { done(error, noneIsEmpty(result, count)) })
      },
    })
  return listed(asking, list, image, {
    itemBytes: 8, read: (bytes, at) => textAt(bytes, at), free: (items, count) => { rbd.lockOwnersCleanup(items, count) },
  }, `lock of ${name}`)
}

function noneIsEmpty(returned: number, count: number[]): number {
  if (returned !== ENOENT) return returned
  count[0] = 0
  return 0
}

export async function sizeOf({ rbd }: Ceph, image: Handle, name: string): Promise<number> {
  const size = [0]
  succeeded(await awaited(rbd.size, image, size), `size of ${name}`)
  return size[0] ?? 0
}

export async function infoOf(asking: Asking, image: Handle, name: string): Promise<ImageInfo> {
  const { ceph: { rbd }, memory, connection } = asking
  const number = async (asked: NativeFunction<[image: Handle, out: number[]]>): Promise<number> => {
    const out = [0]
    succeeded(await awaited(asked, image, out), `info of ${name}`)
    return out[0] ?? 0
  }
  const stat = memory.take(STAT_BYTES)
  try {
    succeeded(await awaited(rbd.stat, image, stat.address, STAT_BYTES), `info of ${name}`)
    const features = namesOfFeatures(await number(rbd.features))
    const dataPool = features.includes('data-pool') ? connection.poolName(await awaited(rbd.dataPoolId, image)) : undefined
    return {
      sizeBytes: numberAt(stat.bytes, 0), objectBytes: numberAt(stat.bytes, 8), features, dataPool,
      stripeUnitBytes: await number(rbd.stripeUnit), stripeCount: await number(rbd.stripeCount),
      parent: await parentOf(asking, image, name),
    }
  } finally {
    stat.release()
  }
}

const STAT_BYTES = 176
/** Of rbd_linked_image_spec_t: pool id and name, namespace, image id and name, whether it is in the trash. */
const PARENT_BYTES = 48

async function parentOf({ ceph: { rbd }, memory }: Asking, image: Handle, name: string): Promise<ImageInfo['parent']> {
  const found = memory.take(2 * PARENT_BYTES)
  try {
    const snapshotAt = found.address + PARENT_BYTES
    const returned = await awaited(rbd.parent, image, found.address, snapshotAt)
    if (returned === ENOENT) return undefined
    succeeded(returned, `parent of ${name}`)
    const parent = { image: textAt(found.bytes, 32), snapshot: textAt(found.bytes, PARENT_BYTES + 16) }
    rbd.parentCleanup(found.address)
    rbd.parentSnapshotCleanup(snapshotAt)
    return parent
  } finally {
    found.release()
  }
}
