// `--shards 0` runs scripts in this very process, which then needs the stack that agents are forked with: it starts itself again.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import inspector from 'node:inspector'
import { agentStackKib } from '../link/process.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import { onSignals } from './signals.ts'

const FLAG = '--stack-size'
const STACK_DEFAULT_KIB = 984

/** False in a process that has a stack of its own already, and under a debugger, which would lose the process it is attached to. */
export const needsRespawn = (): boolean => inspector.url() === undefined && !process.execArgv.some((argument) => argument.startsWith(FLAG))

/** Ends this process when the one that started it this way is gone: nobody could stop it any more. */
export function endWithParent(): void {
  if (process.send === undefined) return
  const gone = (): void => { process.kill(process.pid, 'SIGKILL') }
  process.once('disconnect', gone)
  if (!process.connected) gone()
}

/** Runs the same command line in a process with a larger stack; its exit code. Signals are handed on. */
export async function respawn(): Promise<number> {
  const [program = '', ...args] = process.argv
  const child = spawn(program, [...process.execArgv, `${FLAG}=${stackKib()}`, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'], detached: true,
  })
  const kill = (signal: string): void => { child.kill(signal as NodeJS.Signals) }
  using _signals = onSignals({ first: kill, again: kill })
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => { resolve(code ?? EXIT_CODES['shard-lost']) })
  })
}

/** Node's own default where the system does not tell its limit. */
function stackKib(): number {
  try { return agentStackKib(readFileSync('/proc/self/limits', 'utf8')) } catch { return STACK_DEFAULT_KIB }
}
