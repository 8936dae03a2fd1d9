// The options of Ceph's that make each cache policy, whatever the cluster's or the image's own say.
import type { CachePolicy } from '../driver.ts'

export const CACHE_OPTIONS: Readonly<Record<CachePolicy, Readonly<Record<string, string>>>> = {
  none: { rbd_cache: 'false' },
  writethrough: { rbd_cache: 'true', rbd_cache_policy: 'writethrough' },
  writearound: { rbd_cache: 'true', rbd_cache_policy: 'writearound', rbd_cache_writethrough_until_flush: 'false' },
  writeback: { rbd_cache: 'true', rbd_cache_policy: 'writeback', rbd_cache_writethrough_until_flush: 'false' },
}

/** What a reader of figures must know of librbd's options, beside those the target sets. */
export const TOLD_OPTIONS: readonly string[] = [
  'rbd_cache', 'rbd_cache_policy', 'rbd_cache_size', 'rbd_cache_max_dirty', 'rbd_cache_writethrough_until_flush',
  'rbd_discard_granularity_bytes', 'rbd_read_from_replica_policy', 'rbd_readahead_max_bytes', 'rbd_skip_partial_discard',
]
