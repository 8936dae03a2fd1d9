// The completion script for zsh.
import { DEFAULT_COMMAND, TARGETS_COMMAND, type CompletedCommand, type CompletedFlag, type Values } from './tree.ts'

const SCRIPTS = '_files -g "*.(js|ts|mjs|mts)(-.)"'

const quoted = (text: string): string => `'${text.replaceAll('\'', '\'\\\'\'')}'`
/** Within a specification of _arguments. */
const escaped = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&')

function action(values: Values): string {
  if (typeof values !== 'string') return `(${values.join(' ')})`
  switch (values) {
    case 'text': return ' '
    case 'files': return '_files'
    case 'folders': return '_files -/'
    case 'scripts': return '_chopsticks_scripts'
    case 'targets': return '_chopsticks_targets'
    default: return values satisfies never
  }
}

function flagSpecs({ short, long, text, values, optional, repeats }: CompletedFlag): readonly string[] {
  const what = `[${escaped(text)}]`
  const value = values === undefined ? '' : `${optional ? '::' : ':'}${long.slice(2)}:${action(values)}`
  const names = short === undefined ? [] : [`${short}${values === undefined ? '' : '+'}`]
  const others = short === undefined || repeats ? '' : `(${short} ${long})`
  return [...names, `${long}${values === undefined ? '' : optional ? '=-' : '='}`]
    .map((name) => quoted(`${repeats ? '*' : others}${name}${what}${value}`))
}

const specs = ({ flags }: CompletedCommand): readonly string[] =>
  [...flags.flatMap(flagSpecs), quoted('--help[Explains the command]')]

export function zshCompletion(commands: readonly CompletedCommand[], scenarios: readonly string[]): string {
  const cases = commands.map((command) => {
    const { name, argument } = command
    const value = argument === undefined ? [] : [quoted(`2:${name}:${action(argument)}`)]
    return `    ${name}) _arguments ${[quoted('1: : '), ...value, ...specs(command)].join(' \\\n      ')} ;;`
  })
  const plain = commands.find(({ name }) => name === DEFAULT_COMMAND)
  return `#compdef chopsticks
# chopsticks completion for zsh
_chopsticks_targets() {
  local -a targets config
  local at=\${words[(I)(-c|--config)]}
  (( at > 0 )) && config=(-c \${words[at+1]})
  targets=(\${(f)"$(\${words[1]} ${TARGETS_COMMAND} $config 2>/dev/null)"})
  compadd -a targets
}
_chopsticks_scripts() {
  compadd -- ${scenarios.join(' ')}
  ${SCRIPTS}
}
_chopsticks_first() {
  local -a commands
  commands=(
${commands.map(({ name, text }) => `    ${quoted(`${name}:${escaped(text)}`)}`).join('\n')}
  )
  _describe -t commands command commands
  _chopsticks_scripts
}
_chopsticks() {
  local word command=
  for word in \${words[2,CURRENT-1]}; do
    case $word in
    ${commands.map(({ name }) => name).join('|')}) command=$word; break ;;
    esac
  done
  case $command in
    '') _arguments ${[quoted('1:command or script:_chopsticks_first'), ...plain === undefined ? [] : specs(plain)].join(' \\\n      ')} ;;
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _chopsticks ]]; then _chopsticks "$@"; else compdef _chopsticks chopsticks; fi
`
}
