// A process and all below it: who they are, and how much memory they have together.
import { readdirSync, readFileSync } from 'node:fs'

/** What is read of a process that may end meanwhile. */
function readOr<T>(instead: T, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return instead
    throw error
  }
}

/** The processes that one started. */
export const childrenOf = (pid: number): readonly number[] => readdirSync(`/proc/${String(pid)}/task`).flatMap((task) =>
  readFileSync(`/proc/${String(pid)}/task/${task}/children`, 'utf8').split(' ').filter((text) => text !== '').map(Number))

/** Bytes of memory of a process and all below it; what they share with others is counted once among them (`Pss` of proc(5)). */
export function treeMemoryBytes(pid: number): number {
  const own = readOr('', () => readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8'))
  const below = readOr<readonly number[]>([], () => childrenOf(pid))
  return Number(/^Pss:\s+(\d+) kB/m.exec(own)?.[1] ?? 0) * 1024 + below.reduce((sum, child) => sum + treeMemoryBytes(child), 0)
}
