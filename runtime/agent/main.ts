// The agent's process: forked by whoever runs a test, ended by its link.
import { registry } from '../../bindings/index.ts'
import { systemClock } from '../../bindings/sdk/index.ts'
import { parentLink } from '../link/process.ts'
import { SIDE_FD } from '../link/side-channel.ts'
import { runAgent } from './agent.ts'
import { watchdog } from './watchdog.ts'

/** How long open connections may take to end by themselves. */
const LEAVE_MS = 500

const link = parentLink()
process.on('uncaughtException', (error) => {
  link.send({ kind: 'broke', failure: { kind: 'bug', message: error.message, stack: error.stack ?? '' } })
})
await runAgent({ link, clock: systemClock, bindings: registry(), watchdog: watchdog(SIDE_FD) })
if (process.connected) process.disconnect()
// A connection or timer left open must not keep a process alive that nobody talks to any more.
setTimeout(() => { process.kill(process.pid, 'SIGKILL') }, LEAVE_MS).unref()
