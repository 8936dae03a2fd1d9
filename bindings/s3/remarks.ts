// What a reader of a summary should know of how a target was used: how uploads were signed, and what that costs here.
import { hash } from 'node:crypto'
import type { JsonObject } from '../sdk/index.ts'
import { signingOf } from './settings.ts'

const MIB = 1024 ** 2
const TURNS = 3

/** CPU of SHA-256 on this machine, ms a MiB: the best of some turns. */
function sha256MsPerMib(cpuUs: () => number): number {
  const bytes = Buffer.alloc(MIB, 1)
  let best = Infinity
  for (let turn = 0; turn < TURNS; turn++) {
    const before = cpuUs()
    hash('sha256', bytes)
    best = Math.min(best, cpuUs() - before)
  }
  return best / 1000
}

const ownCpuUs = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Drivers that sign as the target says. */
const SIGNING = ['native', 'aws-sdk']

/** One line about the signing of uploads; none for drivers that sign in their own way. */
export function remarksOn(section: JsonObject, cpuUs = ownCpuUs): readonly string[] {
  if (!SIGNING.some((driver) => driver === section['driver'])) return []
  const signing = signingOf(section)
  const cost = `${sha256MsPerMib(cpuUs).toFixed(2)} ms of CPU a MiB on this machine`
  return [signing === 'unsigned' ? `uploads: payload_signing: unsigned (sha256 and streaming would take ${cost})`
    : `uploads: payload_signing: ${signing}, which takes ${cost}`]
}
