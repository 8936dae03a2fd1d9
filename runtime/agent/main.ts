// The agent's process: forked by whoever runs a test, ended by its link.
import { registry } from '../../bindings/index.ts'
import { systemClock } from '../../bindings/sdk/index.ts'
import { parentLink } from '../link/process.ts'
import { SIDE_FD } from '../link/side-channel.ts'
import { warmUp } from '../sandbox/warm-up.ts'
import { runAgent } from './agent.ts'
import { collectEarly, compileEarly } from './engine-care.ts'
import { watchdog } from './watchdog.ts'

/** How long open connections may take to end by themselves. */
const LEAVE_MS = 500

// While whoever asked for this process still makes ready what it will be sent.
warmUp()
const link = parentLink()
process.on('uncaughtException', (error) => {
  link.send({ kind: 'broke', failure: { kind: 'bug', message: error.message, stack: error.stack ?? '' } })
})
const leave = (): void => { process.kill(process.pid, 'SIGKILL') }

void runAgent({
  link, clock: systemClock, bindings: registry(), watchdog: watchdog(SIDE_FD), onArrivals: compileEarly, onOpened: collectEarly,
}).then(({ closed }) => {
  if (process.connected) process.disconnect()
  // All that was begun has ended. An exit would wait for V8's threads, which may be at making a busy interpreter faster for longer than
  // a short run takes.
  if (closed) leave()
  // A connection or timer left open must not keep a process alive that nobody talks to any more.
  else setTimeout(leave, LEAVE_MS).unref()
})
