// What scripts can ask for, by name: tags, time limits and messages use the same.

/** All of them, as scripts and tags name them; those of `io` count as the kinds of its I/Os. */
export const OPERATIONS = [
  'read', 'write', 'writeSame', 'compareAndWrite', 'discard', 'writeZeroes', 'flush', 'io', 'prefill', 'bench',
  'create', 'remove', 'resize', 'list', 'info', 'clone', 'flatten', 'copy', 'open', 'close', 'imageInfo',
  'createSnapshot', 'removeSnapshot', 'listSnapshots', 'protectSnapshot', 'unprotectSnapshot', 'rollbackSnapshot',
  'acquireLock', 'releaseLock', 'lockOwners', 'breakLock',
] as const
