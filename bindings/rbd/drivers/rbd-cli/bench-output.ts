// What `rbd bench` prints, read: its last lines say what it did.
import { StorageError } from '../../../sdk/index.ts'
import type { BenchFacts, BenchRequest } from '../../driver.ts'

/** Its arguments. */
export function benchArguments({ kind, pattern, ioBytes, queueDepth, totalBytes, readPercent }: BenchRequest): string[] {
  return [
    'bench', '--io-type', kind === 'mixed' ? 'rw' : kind, '--io-pattern', pattern === 'random' ? 'rand' : 'seq',
    '--io-size', `${ioBytes}B`, '--io-threads', `${queueDepth}`, '--io-total', `${totalBytes}B`,
    ...(kind === 'mixed' && readPercent !== undefined ? ['--rw-mix-read', `${readPercent}`] : []),
  ]
}

/** `elapsed: 11   ops: 262144   ops/sec: 23276.1   bytes/sec: 91 MiB/s`; the seconds are whole ones, the rate is not. */
const TOTAL = /^elapsed: +(\d+) +ops: +(\d+) +ops\/sec: +([\d.e+]+)/m

/** Throws StorageError('protocol') where the line is missing. */
export function benchFacts(printed: string, { ioBytes }: BenchRequest): BenchFacts {
  const found = TOTAL.exec(printed)
  if (found === null) {
    const last = printed.trim().split('\n').at(-1) ?? ''
    throw new StorageError('protocol', `rbd bench did not say what it did: its last line is ${JSON.stringify(last.slice(0, 100))}`,
      { detail: 'rbd bench' })
  }
  const [, elapsed, ops, rate] = found.map(Number)
  const ios = ops ?? 0
  return { ios, bytes: ios * ioBytes, seconds: rate !== undefined && rate > 0 ? ios / rate : elapsed ?? 0 }
}
