// The completion script for fish.
import { DEFAULT_COMMAND, TARGETS_COMMAND, type CompletedCommand, type CompletedFlag, type Values } from './tree.ts'

const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`

/** What fish is told of a value; scripts are files like any other there. */
function offer(values: Values, scenarios: readonly string[] = []): string {
  if (typeof values !== 'string') return `-f -a ${quoted(values.join(' '))}`
  switch (values) {
    case 'text': return '-f'
    case 'files': return '-F'
    case 'scripts': return `-F -a ${quoted(scenarios.join(' '))}`
    case 'folders': return `-f -a ${quoted('(__fish_complete_directories)')}`
    case 'targets': return `-f -a ${quoted('(__chopsticks_targets)')}`
    default: return values satisfies never
  }
}

function flagWords({ short, long, text, values, optional }: CompletedFlag): string {
  const name = [...(short === undefined ? [] : [`-s ${short.slice(1)}`]), `-l ${long.slice(2)}`].join(' ')
  const value = values === undefined ? '' : optional ? ` ${offer(values)}` : ` -r ${offer(values)}`
  return `${name}${value} -d ${quoted(text)}`
}

export function fishCompletion(commands: readonly CompletedCommand[], scenarios: readonly string[]): string {
  const others = commands.map(({ name }) => name).filter((name) => name !== DEFAULT_COMMAND)
  const lines = commands.flatMap((command) => {
    const { name, argument, flags } = command
    // The default command's flags may come without its name.
    const when = name === DEFAULT_COMMAND ? `not __fish_seen_subcommand_from ${others.join(' ')}` : `__fish_seen_subcommand_from ${name}`
    const own = `complete -c chopsticks -n ${quoted(when)}`
    return [
      `complete -c chopsticks -n __fish_use_subcommand -a ${name} -d ${quoted(command.text)}`,
      ...(argument === undefined ? [] : [`${own} ${offer(argument, scenarios)}`]),
      ...flags.map((flag) => `${own} ${flagWords(flag)}`),
    ]
  })
  return `# chopsticks completion for fish
function __chopsticks_targets
  set -l words (commandline -opc)
  set -l at (contains -i -- -c $words; or contains -i -- --config $words)
  if test -n "$at"
    $words[1] ${TARGETS_COMMAND} -c $words[(math $at + 1)] 2>/dev/null
  else
    $words[1] ${TARGETS_COMMAND} 2>/dev/null
  end
end
complete -c chopsticks -f
${lines.join('\n')}
`
}
