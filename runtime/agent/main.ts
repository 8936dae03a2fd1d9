// The agent's process: forked by whoever runs a test, ended by its link.
import { setFlagsFromString } from 'node:v8'
import { registry } from '../../bindings/index.ts'
import { systemClock } from '../../bindings/sdk/index.ts'
import { parentLink } from '../link/process.ts'
import { SIDE_FD } from '../link/side-channel.ts'
import { warmUp } from '../sandbox/warm-up.ts'
import { runAgent } from './agent.ts'
import { watchdog } from './watchdog.ts'

/** How long open connections may take to end by themselves. */
const LEAVE_MS = 500
/**
 * How much of a function of WebAssembly runs, in bytes of its code, before V8 compiles it a second time, for speed: as in V8 13. With
 * the seventh part of it, V8 11's own, a run of one iteration spends more on compiling QuickJS's interpreter than on all else.
 */
const TIERING_BUDGET = 13_000_000

/**
 * Has V8 compile functions when they are first called, plainly, and not only once they have been interpreted for a while: what is due at
 * moments waits for the first operations, and the first operations of a run are interpreted. A short run would be longer by it.
 */
function compileEarly(): void { setFlagsFromString('--always-sparkplug') }

setFlagsFromString(`--wasm-tiering-budget=${String(TIERING_BUDGET)}`)
// While whoever asked for this process still makes ready what it will be sent.
warmUp()
const link = parentLink()
process.on('uncaughtException', (error) => {
  link.send({ kind: 'broke', failure: { kind: 'bug', message: error.message, stack: error.stack ?? '' } })
})
const { closed } = await runAgent({ link, clock: systemClock, bindings: registry(), watchdog: watchdog(SIDE_FD), onArrivals: compileEarly })
if (process.connected) process.disconnect()
const leave = (): void => { process.kill(process.pid, 'SIGKILL') }
// All that was begun has ended. An exit would wait for V8's threads, which may be at making a busy interpreter faster for longer than
// a short run takes.
if (closed) leave()
// A connection or timer left open must not keep a process alive that nobody talks to any more.
else setTimeout(leave, LEAVE_MS).unref()
