// librados and librbd, loaded through koffi when they are first asked for.
import koffi, { type LibraryHandle } from 'koffi'
import { StorageError } from '../../../sdk/index.ts'
import { AIO, RADOS, RBD, SYSTEM, type Aio, type NativeFunction, type Rados, type Rbd, type System } from './functions.ts'

export interface Ceph { readonly rados: Rados; readonly rbd: Rbd; readonly aio: Aio; readonly system: System }

/** Beyond so many at once koffi makes memory for each call; and it refuses more than a number of its own, which is too low. */
const RESIDENT_CALLS = 32
const CALLS_MAX = 4096

let loaded: Ceph | undefined

/** The libraries, loaded once a process. Throws StorageError('unsupported') with what to install where they are not there. */
export function loadCeph(): Ceph {
  if (loaded !== undefined) return loaded
  koffi.config({ resident_async_pools: RESIDENT_CALLS, max_async_calls: CALLS_MAX })
  loaded = {
    rados: declared<Rados>(opened('librados.so.2', 'librados2'), RADOS),
    ...declaredRbd(opened('librbd.so.1', 'librbd1')),
    system: declared<System>(koffi.load(null), SYSTEM),
  }
  return loaded
}

const declaredRbd = (library: LibraryHandle): { rbd: Rbd; aio: Aio } =>
  ({ rbd: declared<Rbd>(library, RBD), aio: declared<Aio>(library, AIO) })

/** The tables name the very functions their interfaces do, with arguments in the same order: koffi itself knows no types. */
function declared<T>(library: LibraryHandle, declarations: Readonly<Record<keyof T & string, string>>): T {
  const names = Object.keys(declarations) as (keyof T & string)[]
  try {
    return Object.fromEntries(names.map((name) => [name, library.func(declarations[name])])) as T
  } catch (cause) {
    throw new StorageError('unsupported', `the librbd driver needs the libraries of Ceph 16 or later: ${String(cause)}`,
      { detail: 'symbol', cause })
  }
}

function opened(file: string, aptPackage: string): LibraryHandle {
  try {
    return koffi.load(file)
  } catch (cause) {
    throw new StorageError('unsupported', `the librbd driver needs ${file}, which is not there or can't be loaded: `
      + `apt install ${aptPackage}, or dnf install ${aptPackage}, or use driver: rbd-cli`, { detail: file, cause })
  }
}

/** Runs a function on one of libuv's threads; what it returned. */
export const awaited = <Args extends readonly unknown[]>(called: NativeFunction<Args>, ...args: Args): Promise<number> =>
  new Promise((resolve, reject) => {
    called.async(...args, (error, result) => {
      if (error instanceof Error) reject(error)
      else resolve(result)
    })
  })
