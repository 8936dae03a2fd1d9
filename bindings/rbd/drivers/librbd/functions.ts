// The functions of librados and librbd that are used, each with its declaration in C and its type here.
//
// Handles, addresses and offsets fit in 53 bits, so they travel as numbers: a BigInt for each would cost more than the call. Nothing
// takes a callback: a C thread that calls one waits for JavaScript.

/** A function of C that returns a number: negative where it failed, of most. */
export interface NativeFunction<Args extends readonly unknown[]> {
  (...args: Args): number
  /** Runs it on one of libuv's threads. */
  async(...args: [...Args, (error: Error | null, result: number) => void]): void
}

/** An opaque pointer of the library's. */
export type Handle = number
/** Where a function puts a number: the first item; where it is read first, as well. */
type Out = [number] | number[]
type Text = string | null

export interface Rados {
  readonly create: NativeFunction<[cluster: Out, clusterName: string, clientName: string, flags: number]>
  readonly readConf: NativeFunction<[cluster: Handle, path: string]>
  readonly setConf: NativeFunction<[cluster: Handle, name: string, value: string]>
  readonly getConf: NativeFunction<[cluster: Handle, name: string, text: Uint8Array, sizeBytes: number]>
  readonly connect: NativeFunction<[cluster: Handle]>
  readonly shutdown: NativeFunction<[cluster: Handle]>
  readonly openPool: NativeFunction<[cluster: Handle, pool: string, context: Out]>
  readonly closePool: NativeFunction<[pool: Handle]>
  readonly poolName: NativeFunction<[cluster: Handle, id: number, text: Uint8Array, sizeBytes: number]>
  readonly setNamespace: NativeFunction<[pool: Handle, namespace: string]>
}

/** An image's functions take its handle, a pool's the pool's. All of them wait for the cluster, those of `aio` apart. */
export interface Rbd {
  /** Asks nobody. */
  readonly version: NativeFunction<[major: Out, minor: Out, extra: Out]>
  readonly list: NativeFunction<[pool: Handle, specs: Handle, count: Out]>
  readonly listCleanup: NativeFunction<[specs: Handle, count: number]>
  readonly namespaceExists: NativeFunction<[pool: Handle, namespace: string, exists: Out]>
  readonly create: NativeFunction<[pool: Handle, name: string, sizeBytes: number, options: Handle]>
  readonly clone: NativeFunction<[pool: Handle, parent: string, snapshot: string, childPool: Handle, name: string, options: Handle]>
  readonly remove: NativeFunction<[pool: Handle, name: string]>
  readonly optionsCreate: NativeFunction<[options: Out]>
  readonly optionsDestroy: NativeFunction<[options: Handle]>
  readonly optionsNumber: NativeFunction<[options: Handle, option: number, value: number]>
  readonly optionsText: NativeFunction<[options: Handle, option: number, value: string]>
  readonly open: NativeFunction<[pool: Handle, name: string, image: Out, snapshot: Text]>
  readonly openReadOnly: NativeFunction<[pool: Handle, name: string, image: Out, snapshot: Text]>
  readonly close: NativeFunction<[image: Handle]>
  readonly resize: NativeFunction<[image: Handle, sizeBytes: number]>
  readonly stat: NativeFunction<[image: Handle, info: Handle, sizeBytes: number]>
  readonly size: NativeFunction<[image: Handle, sizeBytes: Out]>
  readonly features: NativeFunction<[image: Handle, features: Out]>
  readonly dataPoolId: NativeFunction<[image: Handle]>
  readonly stripeUnit: NativeFunction<[image: Handle, bytes: Out]>
  readonly stripeCount: NativeFunction<[image: Handle, count: Out]>
  readonly parent: NativeFunction<[image: Handle, image_spec: Handle, snapshot_spec: Handle]>
  readonly parentCleanup: NativeFunction<[image_spec: Handle]>
  readonly parentSnapshotCleanup: NativeFunction<[snapshot_spec: Handle]>
  readonly flatten: NativeFunction<[image: Handle]>
  readonly copy: NativeFunction<[image: Handle, pool: Handle, name: string]>
  readonly config: NativeFunction<[image: Handle, options: Handle, count: Out]>
  readonly configCleanup: NativeFunction<[options: Handle, count: number]>
  readonly compareAndWrite: NativeFunction<
    [image: Handle, offset: number, length: number, expected: Handle, address: Handle, mismatchAt: Out, flags: number]>
  readonly snapshotList: NativeFunction<[image: Handle, snapshots: Handle, count: Out]>
  readonly snapshotListEnd: NativeFunction<[snapshots: Handle]>
  readonly snapshotCreate: NativeFunction<[image: Handle, name: string]>
  readonly snapshotRemove: NativeFunction<[image: Handle, name: string]>
  readonly snapshotProtect: NativeFunction<[image: Handle, name: string]>
  readonly snapshotUnprotect: NativeFunction<[image: Handle, name: string]>
  readonly snapshotIsProtected: NativeFunction<[image: Handle, name: string, is: Out]>
  readonly snapshotRollback: NativeFunction<[image: Handle, name: string]>
  readonly ownsLock: NativeFunction<[image: Handle, owner: Out]>
  readonly lockAcquire: NativeFunction<[image: Handle, mode: number]>
  readonly lockRelease: NativeFunction<[image: Handle]>
  readonly lockOwners: NativeFunction<[image: Handle, mode: Out, owners: Handle, count: Out]>
  readonly lockOwnersCleanup: NativeFunction<[owners: Handle, count: number]>
  readonly lockBreak: NativeFunction<[image: Handle, mode: number, owner: string]>
}

/** Of one I/O: submitted at once, its completion announced on the image's pipe. */
export interface Aio {
  readonly notifyBy: NativeFunction<[image: Handle, descriptor: number, kind: number]>
  readonly completion: NativeFunction<[argument: number, callback: number, completion: BigUint64Array]>
  readonly read: NativeFunction<[image: Handle, offset: number, length: number, address: number, completion: Handle, flags: number]>
  readonly write: NativeFunction<[image: Handle, offset: number, length: number, address: number, completion: Handle, flags: number]>
  readonly writeSame: NativeFunction<
    [image: Handle, offset: number, length: number, address: number, dataLength: number, completion: Handle, flags: number]>
  readonly discard: NativeFunction<[image: Handle, offset: number, length: number, completion: Handle]>
  readonly writeZeroes: NativeFunction<
    [image: Handle, offset: number, length: number, completion: Handle, zeroFlags: number, flags: number]>
  readonly flush: NativeFunction<[image: Handle, completion: Handle]>
  readonly poll: NativeFunction<[image: Handle, completions: Uint32Array, max: number]>
  readonly argument: NativeFunction<[completion: Handle]>
  readonly returned: NativeFunction<[completion: Handle]>
  readonly release: NativeFunction<[completion: Handle]>
}

export interface System {
  readonly pipe: NativeFunction<[descriptors: Int32Array, flags: number]>
  readonly close: NativeFunction<[descriptor: number]>
}

const H = 'uint64_t'

export const RADOS: Readonly<Record<keyof Rados, string>> = {
  create: 'int rados_create2(_Out_ uint64_t *, const char *, const char *, uint64_t)',
  readConf: `int rados_conf_read_file(${H}, const char *)`,
  setConf: `int rados_conf_set(${H}, const char *, const char *)`,
  getConf: `int rados_conf_get(${H}, const char *, void *, size_t)`,
  connect: `int rados_connect(${H})`,
  shutdown: `void rados_shutdown(${H})`,
  openPool: `int rados_ioctx_create(${H}, const char *, _Out_ uint64_t *)`,
  closePool: `void rados_ioctx_destroy(${H})`,
  poolName: `int rados_pool_reverse_lookup(${H}, int64_t, void *, size_t)`,
  setNamespace: `void rados_ioctx_set_namespace(${H}, const char *)`,
}

export const RBD: Readonly<Record<keyof Rbd, string>> = {
  version: 'void rbd_version(_Out_ int *, _Out_ int *, _Out_ int *)',
  list: `int rbd_list2(${H}, ${H}, _Inout_ size_t *)`,
  listCleanup: `void rbd_image_spec_list_cleanup(${H}, size_t)`,
  namespaceExists: `int rbd_namespace_exists(${H}, const char *, _Out_ uint8_t *)`,
  create: `int rbd_create4(${H}, const char *, uint64_t, ${H})`,
  clone: `int rbd_clone3(${H}, const char *, const char *, ${H}, const char *, ${H})`,
  remove: `int rbd_remove(${H}, const char *)`,
  optionsCreate: 'void rbd_image_options_create(_Out_ uint64_t *)',
  optionsDestroy: `void rbd_image_options_destroy(${H})`,
  optionsNumber: `int rbd_image_options_set_uint64(${H}, int, uint64_t)`,
  optionsText: `int rbd_image_options_set_string(${H}, int, const char *)`,
  open: `int rbd_open(${H}, const char *, _Out_ uint64_t *, const char *)`,
  openReadOnly: `int rbd_open_read_only(${H}, const char *, _Out_ uint64_t *, const char *)`,
  close: `int rbd_close(${H})`,
  resize: `int rbd_resize(${H}, uint64_t)`,
  stat: `int rbd_stat(${H}, ${H}, size_t)`,
  size: `int rbd_get_size(${H}, _Out_ uint64_t *)`,
  dataPoolId: `int64_t rbd_get_data_pool_id(${H})`,
  features: `int rbd_get_features(${H}, _Out_ uint64_t *)`,
  stripeUnit: `int rbd_get_stripe_unit(${H}, _Out_ uint64_t *)`,
  stripeCount: `int rbd_get_stripe_count(${H}, _Out_ uint64_t *)`,
  parent: `int rbd_get_parent(${H}, ${H}, ${H})`,
  parentCleanup: `void rbd_linked_image_spec_cleanup(${H})`,
  parentSnapshotCleanup: `void rbd_snap_spec_cleanup(${H})`,
  flatten: `int rbd_flatten(${H})`,
  copy: `int rbd_copy(${H}, ${H}, const char *)`,
  config: `int rbd_config_image_list(${H}, ${H}, _Inout_ int *)`,
  configCleanup: `void rbd_config_image_list_cleanup(${H}, int)`,
  compareAndWrite: `intptr_t rbd_compare_and_write(${H}, uint64_t, size_t, ${H}, ${H}, _Out_ uint64_t *, int)`,
  snapshotList: `int rbd_snap_list(${H}, ${H}, _Inout_ int *)`,
  snapshotListEnd: `void rbd_snap_list_end(${H})`,
  snapshotCreate: `int rbd_snap_create(${H}, const char *)`,
  snapshotRemove: `int rbd_snap_remove(${H}, const char *)`,
  snapshotProtect: `int rbd_snap_protect(${H}, const char *)`,
  snapshotUnprotect: `int rbd_snap_unprotect(${H}, const char *)`,
  snapshotIsProtected: `int rbd_snap_is_protected(${H}, const char *, _Out_ int *)`,
  snapshotRollback: `int rbd_snap_rollback(${H}, const char *)`,
  ownsLock: `int rbd_is_exclusive_lock_owner(${H}, _Out_ int *)`,
  lockAcquire: `int rbd_lock_acquire(${H}, int)`,
  lockRelease: `int rbd_lock_release(${H})`,
  lockOwners: `int rbd_lock_get_owners(${H}, _Out_ int *, ${H}, _Inout_ size_t *)`,
  lockOwnersCleanup: `void rbd_lock_get_owners_cleanup(${H}, size_t)`,
  lockBreak: `int rbd_lock_break(${H}, int, const char *)`,
}

export const AIO: Readonly<Record<keyof Aio, string>> = {
  notifyBy: `int rbd_set_image_notification(${H}, int, int)`,
  completion: `int rbd_aio_create_completion(${H}, ${H}, void *)`,
  read: `int rbd_aio_read2(${H}, uint64_t, size_t, ${H}, ${H}, int)`,
  write: `int rbd_aio_write2(${H}, uint64_t, size_t, ${H}, ${H}, int)`,
  writeSame: `int rbd_aio_writesame(${H}, uint64_t, size_t, ${H}, size_t, ${H}, int)`,
  discard: `int rbd_aio_discard(${H}, uint64_t, uint64_t, ${H})`,
  writeZeroes: `int rbd_aio_write_zeroes(${H}, uint64_t, size_t, ${H}, int, int)`,
  flush: `int rbd_aio_flush(${H}, ${H})`,
  poll: `int rbd_poll_io_events(${H}, void *, int)`,
  argument: `uint64_t rbd_aio_get_arg(${H})`,
  returned: `intptr_t rbd_aio_get_return_value(${H})`,
  release: `void rbd_aio_release(${H})`,
}

export const SYSTEM: Readonly<Record<keyof System, string>> = { pipe: 'int pipe2(void *, int)', close: 'int close(int)' }

