// The flags of `chopsticks serve`: what a built-in store can be told, each flag named after the store's own option.

interface ServeFlag {
  readonly flag: string
  readonly argument: string
  /** The built-in store's name for it, as in the targets file's `builtin:`. */
  readonly option: string
  readonly meaning: string
  readonly heading: string
  /** What the command line has where the flag is left out; undefined: the store's own default. */
  readonly standard?: string
}

const under = (heading: string) => (flag: string, argument: string, option: string, meaning: string): ServeFlag =>
  ({ flag, argument, option, meaning, heading })
const store = under('Store:')
const fault = under('What it does badly, for seeing how scripts and clients take it:')

/** In the order help shows them. */
export const SERVE_FLAGS: readonly ServeFlag[] = [
  { ...store('--port', 'N', 'port', 'The port; 0 = any that is free.'), standard: '9000' },
  store('--host', 'ADDRESS', 'host', 'The address it listens on. (default: 127.0.0.1)'),
  store('--bucket', 'NAME', 'buckets', 'The bucket it begins with; several, with commas.'),
  store('--access-key', 'KEY', 'access_key', 'The access key it accepts; without one it makes one.'),
  store('--secret-key', 'KEY', 'secret_key', 'The secret key that belongs to it.'),
  store('--region', 'NAME', 'region', 'The region signatures must name. (default: us-east-1)'),
  store('--max-bytes', 'SIZE', 'max_bytes', 'Most that it holds; beyond it uploads get 507. (default: 1GiB)'),
  store('--etag', 'KIND', 'etag', 'ETags: md5, or fast: unique ones that cost no CPU. (default: md5)'),
  fault('--delay', 'DURATION', 'delay', 'Every request waits so long, or between two: 5ms-20ms.'),
  fault('--error-rate', 'SHARE', 'error_rate', 'Share of requests refused, 0 to 1.'),
  fault('--error-code', 'CODE', 'error_code', 'With which S3 code: SlowDown, InternalError, ... (default: SlowDown)'),
  fault('--cut-rate', 'SHARE', 'cut_rate', 'Share of GET bodies cut half-way.'),
  fault('--cut-upload-rate', 'SHARE', 'cut_upload_rate', 'Share of uploads cut half-way in the body.'),
  fault('--cut-by', 'HOW', 'cut_by', 'How connections are cut: fin (closed in order) or rst (reset). (default: fin)'),
  fault('--corrupt-rate', 'SHARE', 'corrupt_rate', 'Share of GET bodies with a byte flipped.'),
  fault('--short-rate', 'SHARE', 'short_rate', 'Share of GET bodies of half the length.'),
  fault('--long-rate', 'SHARE', 'long_rate', 'Share of GET bodies 16 bytes too long.'),
  fault('--misplace-rate', 'SHARE', 'misplace_rate', 'Share of GET bodies that are another object\'s.'),
  fault('--etag-rate', 'SHARE', 'etag_rate', 'Share of GETs and HEADs whose ETag is wrong.'),
  fault('--lose-rate', 'SHARE', 'lose_rate', 'Share of PUTs answered with 200 and not carried out.'),
  fault('--tear-rate', 'SHARE', 'tear_rate', 'Share of PUTs over an object that change its first half only.'),
  fault('--fault-ops', 'LIST', 'fault_ops', 'The S3 operations all this is for: GetObject,PutObject,... (default: all)'),
  fault('--seed', 'N', 'seed', 'The same seed deals the same faults in the same order. (default: 1)'),
]
