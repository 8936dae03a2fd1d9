// The command that deletes what a run leaves when it can't: ready to be pasted into the shell the run was started from.
import type { StoreName } from '../link/protocol.ts'
import { shellQuoted } from './shell.ts'

/** What names a run's prefix and its store on a command line. */
export interface LeftoverNames {
  readonly runId: string
  readonly prefix: string
  /** The targets file, where one was named. */
  readonly config: string | undefined
  /** The target that was chosen; `default` is the file's own. */
  readonly target: string
}

/** Prefixes a cleanup may be told: a run's own, ending where no longer name can go on. */
const CLEANABLE = /^chopsticks-[^/].*\/$/s

/** The command for one target; undefined for a prefix that may hold what no run made. */
export function cleanupCommand({ runId, prefix, config, target }: LeftoverNames): string | undefined {
  const own = prefix === `chopsticks-${runId}/`
  if (!own && !CLEANABLE.test(prefix)) return undefined
  const words = [
    ...(own ? [runId] : ['--prefix', prefix]),
    ...(config === undefined ? [] : ['-c', config]),
    ...(target === 'default' ? [] : ['--target', target]),
  ]
  return ['chopsticks cleanup', ...words.map(shellQuoted)].join(' ')
}

/** Follows which targets a run has used, so that what it left in each of them can be named. */
export class Leftover {
  readonly #names: LeftoverNames
  #stores: () => readonly StoreName[] = () => []

  constructor(names: LeftoverNames) { this.#names = names }

  /** From now on `stores` tells what the run has used. */
  follow(stores: () => readonly StoreName[]): void { this.#stores = stores }

  /** What to do about it; undefined where no command may. */
  get advice(): string | undefined {
    const targets = new Set([this.#names.target, ...this.#stores().map(({ target }) => target)])
    const commands = [...targets].flatMap((target) => cleanupCommand({ ...this.#names, target }) ?? [])
    return commands.length === 0 ? undefined : `to delete it: ${commands.join(' && ')}`
  }
}
