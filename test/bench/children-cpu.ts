// CPU time of processes this one has started and waited for, their own children included.
import { readFileSync } from 'node:fs'

/** Linux counts in ticks of 10 ms. */
const TICK_MS = 10

/** User and system time, ms, of all ended children so far; a difference of two readings belongs to what ended in between. */
export function childrenCpuMs(): number {
  // proc(5): the fields after the name, which may hold blanks; cutime and cstime are the 16th and 17th of all.
  const fields = readFileSync('/proc/self/stat', 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS
}
