// What ends child processes when their parent can't: a shell that waits for the parent's end and then kills those still named to it.
//
// A parent that is killed (SIGKILL) runs no code of its own any more. Its pipes are closed by the kernel, and that is what the guard
// reads: the end of its standard input. It works wherever there is a shell, for programs that heed nothing, and for their children:
// each program is the leader of a process group of its own, which is killed as a whole.
import { spawn, type ChildProcess } from 'node:child_process'

const SCRIPT = `
trap '' INT TERM HUP
groups=
while read -r sign group; do
  case $sign in
    +) groups="$groups $group" ;;
    -) kept=
       for one in $groups; do [ "$one" = "$group" ] || kept="$kept $one"; done
       groups=$kept ;;
  esac
done
for one in $groups; do kill -9 -"$one" 2> /dev/null; done
`

export class Guard {
  #shell: ChildProcess | undefined
  #closed = false

  /** From now on the process group dies with this process. */
  add(group: number): void {
    if (this.#closed) return
    this.#shell ??= this.#open()
    this.#shell.stdin?.write(`+ ${group}\n`)
  }

  /** Its leader has ended. */
  remove(group: number): void { this.#shell?.stdin?.write(`- ${group}\n`) }

  /** Ends the guard; it kills what is still named to it. */
  close(): Promise<void> {
    this.#closed = true
    const shell = this.#shell
    if (shell === undefined || shell.exitCode !== null || shell.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => {
      shell.once('exit', () => { resolve() })
      shell.stdin?.end()
    })
  }

  #open(): ChildProcess {
    // A group of its own: what stops the run from a terminal must not stop its guard before it.
    const shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    // Without a guard programs still see the end of their input; that is no reason to end a run.
    shell.on('error', () => { this.#shell = undefined })
    shell.stdin.on('error', () => { /* It has ended: nothing is named to it any more. */ })
    return shell
  }
}
