// `chopsticks/rbd`: what a script does with block devices. Runs inside the sandbox; the host does the I/O, checks and times it.
import { StorageError, ask, call, track, type CallOptions, type Json } from '../sdk/guest.ts'
import type { BlockStore, Image, RbdOptions, RbdTarget } from './guest/types.ts'

export { StorageError }
export type * from './guest/types.ts'

/** Which store calls are for; null: the run's own target. */
type Where = Record<string, string> | null
type Given = { readonly [K in keyof RbdOptions]?: RbdOptions[K] | undefined }
type Method = (...args: unknown[]) => unknown

/** Sends an operation with so many arguments of its own and options behind them, those that every operation has apart. */
const send = <T>(where: Where, operation: string, args: readonly unknown[], options: Given | undefined): Promise<T> => {
  if (options === undefined) return call<T>(`rbd.${operation}`, [where, ...args] as Json[])
  const { expect, tags, timeout, throw: thrown, ...own } = options
  const common: CallOptions = { expect, tags, timeoutMs: timeout, throw: thrown }
  return call<T>(`rbd.${operation}`, [where, ...args, ...Object.keys(own).length > 0 ? [own] : []] as Json[], common)
}

/** Methods of so many arguments: by their names, or as `name:operation`. */
const methods = (where: Where, first: readonly unknown[], names: string, count: number): Record<string, Method> => {
  const made: Record<string, Method> = {}
  for (const pair of names.split(' ')) {
    const [name = '', operation = name] = pair.split(':')
    made[name] = (...args) => send(where, operation, [...first, ...args.slice(0, count)], args[count] as Given | undefined)
  }
  return made
}

const withBody = (reply: { body?: unknown }, form: string): unknown => {
  if (typeof reply.body === 'string' && form === 'bytes') reply.body = Uint8Array.from(reply.body, (char) => char.charCodeAt(0))
  return reply
}

interface Opened { readonly handle: number; readonly name: string; readonly sizeBytes: number; readonly options: object }

const imageOf = (where: Where, { handle, name, sizeBytes, options }: Opened): Image => {
  const own = [handle]
  const image = {
    name, sizeBytes, options,
    ...methods(where, own, 'flush prefill close bench info:imageInfo', 0), ...methods(where, own, 'read write discard writeZeroes', 2),
    ...methods(where, own, 'writeSame compareAndWrite', 3),
    snapshot: {
      ...methods(where, own, 'create:createSnapshot remove:removeSnapshot protect:protectSnapshot unprotect:unprotectSnapshot ' +
        'rollback:rollbackSnapshot', 1),
      ...methods(where, own, 'list:listSnapshots', 0),
    },
    lock: {
      ...methods(where, own, 'acquire:acquireLock release:releaseLock owners:lockOwners', 0), ...methods(where, own, 'break:breakLock', 1),
    },
  } as unknown as Record<string, Method>
  const { read } = image
  image['read'] = (...args) => {
    const { body } = (args[2] ?? {}) as { body?: string }
    const got = read?.(...args) as Promise<{ body?: unknown }>
    return body === 'bytes' ? track(got.then((reply) => withBody(reply, body))) : got
  }
  // The loop draws from the VU's own chance: the same seed does the same work.
  image['io'] = (asked) => send(where, 'io', own, { seed: Math.floor(Math.random() * 2 ** 32), ...asked as Given } as Given)
  return image as unknown as Image
}

const store = (where: Where): BlockStore => ({
  ...methods(where, [], 'list', 0), ...methods(where, [], 'create remove info flatten', 1), ...methods(where, [], 'resize clone copy', 2),
  open: (name?: string | null, options?: Given) => track(send<Opened>(where, 'open', [name ?? null], options)
    .then((opened) => (opened as unknown) instanceof StorageError ? opened as unknown as Image : imageOf(where, opened))),
} as unknown as BlockStore)

/** Block storage at a target that the script names. */
export type Rbd = BlockStore
/**
 * @param where a target's name, or `{ target, driver }`; by default the run's own.
 * @throws Error when there is none of that name.
 */
export const Rbd = function (where?: string | RbdTarget): BlockStore {
  const named = where === undefined ? null : typeof where === 'string' ? { target: where } : { ...where } as Record<string, string>
  ask('core.store', ['rbd', named])
  return store(named)
} as unknown as new (where?: string | RbdTarget) => BlockStore

/** The run's own target. */
const rbd: BlockStore = store(null)
export default rbd
