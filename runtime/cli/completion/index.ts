// `chopsticks completion SHELL`: a script that completes commands, flags and their values; and the names of targets it asks for.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { EXIT_USAGE, Failure } from '../failure.ts'
import { commandTree } from '../args.ts'
import { readyNames } from '../ready.ts'
import { FILE_DEFAULT } from '../settings.ts'
import { targetNames } from '../targets-yaml.ts'
import { bashCompletion } from './bash.ts'
import { fishCompletion } from './fish.ts'
import { completedCommands, type CompletedCommand } from './tree.ts'
import { zshCompletion } from './zsh.ts'

const SHELLS: Readonly<Record<string, (commands: readonly CompletedCommand[], scenarios: readonly string[]) => string>> = {
  bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion,
}

/** The script for a shell. Throws a Failure (255) for one that is not known. */
export async function completionScript(shell: string): Promise<string> {
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined
  const shells = Object.keys(SHELLS)
  if (script === undefined) throw new Failure(EXIT_USAGE, `completion ${shell}: no such shell; there are ${shells.join(', ')}`)
  const { registry } = await import('../../../bindings/index.ts')
  const workloads = registry().filter(({ workload }) => workload?.builtin !== undefined).map(({ name }) => name)
  const scenarios = readyNames()
  return script(completedCommands(commandTree(), { shell: shells, workload: workloads, scenario: scenarios }), scenarios)
}

/** Names of the targets in a file, one a line; nothing where there is no such file, or none that can be read: a shell is waiting. */
export function targetLines(file: string = FILE_DEFAULT, cwd: string): string {
  try {
    return targetNames(readFileSync(resolve(cwd, file), 'utf8')).map((name) => `${name}\n`).join('')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}
