// How a run that did not pass is told: the ending's sentence, the place in the script, what to do.
import { EXIT_CODES, type Ending } from '../metrics/record.ts'
import { Failure, type Place } from './failure.ts'

/** Finds the user's own place in a raw stack of the guest; undefined when none of its frames is the user's. */
export type Locate = (stack: string) => Place | undefined

/** What to say about an ending; undefined for a run that passed. */
export function failureOf(ending: Ending, locate: Locate): Failure | undefined {
  const code = EXIT_CODES[ending.kind]
  switch (ending.kind) {
    case 'passed': return undefined
    case 'thresholds': case 'nothing-measured': case 'config': case 'shard-lost':
    case 'setup-timeout': case 'teardown-timeout': case 'other-timeout':
      return new Failure(code, ending.message)
    case 'target': return new Failure(code, ending.message)
    case 'signal': return new Failure(code, `the run was stopped by ${ending.signal}`)
    case 'aborted': return new Failure(code, `the script aborted the test: ${ending.message}`, { place: locate(ending.stack) })
    case 'marked-failed':
      return new Failure(code, `the script marked the test as failed: ${ending.message}`, { place: locate(ending.stack) })
    case 'script': return new Failure(code, scriptMessage(ending.step, ending.message), { place: locate(ending.stack) })
    case 'bug': return bugFailure(ending.message)
    default: return ending satisfies never
  }
}

const scriptMessage = (step: string, message: string): string => (step === 'init' ? message : `${step}: ${message}`)

/** How Node begins what it says when a process, or the machine, may open no more files. */
const NO_MORE_FILES = /^E[MN]FILE\b/

/** An error nobody foresaw: ours, with its stack for -v, or that of a machine that lets nothing be opened any more. */
export const bugFailure = (message: string): Failure => NO_MORE_FILES.test(message)
  ? new Failure(EXIT_CODES.config, `too many open files: ${message}`, { hint: 'raise their limit: ulimit -n 4096, or more for many VUs' })
  : new Failure(EXIT_CODES.bug, `internal error: ${message}`, {
    hint: 'this is a bug in chopsticks; run again with -v for its trace and report it',
  })
