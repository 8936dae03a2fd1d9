// Snapshots of an open image, and its exclusive lock.
import { invalid } from '../../sdk/arguments.ts'
import { snapshotName } from '../arguments.ts'
import type { ImageLock, Snapshots } from '../driver.ts'
import { outcomeOf, type ScriptOperation } from './context.ts'

/** What changes one snapshot by name. */
const changing = (op: string, method: Exclude<keyof Snapshots, 'list'>): ScriptOperation => async ({ images }, [id, name], call) => {
  const handle = images.get(op, id)
  const { image, ledger } = handle
  handle.allowChange(op)
  await image.snapshots[method](snapshotName(op, name), call)
  if (method === 'rollback') ledger.forget()
  return outcomeOf({})
}

const listSnapshots: ScriptOperation = async ({ images }, [id], call) => {
  const found = await images.get('listSnapshots', id).image.snapshots.list(call)
  return outcomeOf({ snapshots: found.map(({ name, sizeBytes, protected: kept }) => ({ name, sizeBytes, protected: kept })) })
}

const locking = (op: string, method: Extract<keyof ImageLock, 'acquire' | 'release'>): ScriptOperation =>
  async ({ images }, [id], call) => {
    const handle = images.get(op, id)
    handle.allowChange(op)
    await handle.image.lock[method](call)
    return outcomeOf({})
  }

const lockOwners: ScriptOperation = async ({ images }, [id], call) => {
  const { mine, owners } = await images.get('lockOwners', id).image.lock.owners(call)
  return outcomeOf({ mine, owners })
}

const breakLock: ScriptOperation = async ({ images }, [id, owner], call) => {
  const handle = images.get('breakLock', id)
  handle.allowChange('breakLock')
  if (typeof owner !== 'string' || owner === '') throw invalid('breakLock: name the owner, as owners() tells it')
  await handle.image.lock.breakLock(owner, call)
  return outcomeOf({})
}

export const SNAPSHOTS = {
  createSnapshot: changing('createSnapshot', 'create'), removeSnapshot: changing('removeSnapshot', 'remove'), listSnapshots,
  protectSnapshot: changing('protectSnapshot', 'protect'), unprotectSnapshot: changing('unprotectSnapshot', 'unprotect'),
  rollbackSnapshot: changing('rollbackSnapshot', 'rollback'),
  acquireLock: locking('acquireLock', 'acquire'), releaseLock: locking('releaseLock', 'release'), lockOwners, breakLock,
}
