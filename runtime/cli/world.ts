// What a command has of the world: everything it touches comes through here.
import type { Clock } from '../../bindings/sdk/index.ts'
import type { HeadStart } from './head-start.ts'
import type { Terminal } from './terminal.ts'

export interface World {
  readonly terminal: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly clock: Clock
  /** All of standard input. */
  readonly stdin: () => Promise<string>
  /** Ends the process at once, whatever is under way. */
  readonly exit: (code: number) => never
  /** What was begun before the command was known. */
  readonly headStart?: HeadStart
}
