// The completion script for bash.
import { DEFAULT_COMMAND, TARGETS_COMMAND, type CompletedCommand, type CompletedFlag, type Values } from './tree.ts'

/** Words as a list for compgen, which splits it at line ends here. */
const quoted = (words: readonly string[]): string => `$'${words.join('\\n').replaceAll('\'', '\\\'')}'`

/** A statement that puts what fits into COMPREPLY. */
function offer(values: Values): string {
  if (typeof values !== 'string') return `COMPREPLY=($(compgen -W ${quoted(values)} -- "$cur"))`
  switch (values) {
    case 'text': return 'COMPREPLY=()'
    case 'files': return '_chopsticks_names; COMPREPLY=($(compgen -f -- "$cur"))'
    case 'folders': return '_chopsticks_names; COMPREPLY=($(compgen -d -- "$cur"))'
    case 'scripts': return '_chopsticks_scripts'
    case 'targets': return '_chopsticks_targets'
    default: return values satisfies never
  }
}

const spellings = ({ short, long }: CompletedFlag): readonly string[] => [...(short === undefined ? [] : [short]), long]

/** Every flag with a value, once for all commands: the same name means the same everywhere. */
function valueCases(commands: readonly CompletedCommand[]): readonly string[] {
  const byName = new Map(commands.flatMap(({ flags }) => flags).map((flag) => [flag.long, flag]))
  return [...byName.values()].flatMap((flag) => {
    if (flag.values === undefined) return []
    // A flag that may do without its value has none where no = is.
    const names = flag.optional ? [`${flag.long}=`] : spellings(flag).flatMap((name) => [name, `${name}=`])
    return [`    ${names.join('|')}) ${offer(flag.values)}; return ;;`]
  })
}

export function bashCompletion(commands: readonly CompletedCommand[], scenarios: readonly string[]): string {
  const names = commands.map(({ name }) => name)
  const flags = commands.map(({ name, flags: own }) =>
    `    ${name}) flags=${quoted([...own.flatMap((flag) => spellings(flag)), '--help'])} ;;`)
  const taking = [...new Set(commands.flatMap(({ flags: own }) => own).filter((flag) => flag.values !== undefined && !flag.optional)
    .flatMap(spellings))]
  const words = commands.flatMap(({ name, argument }) => argument === undefined ? [] : [`    ${name}) ${offer(argument)} ;;`])
  return `# chopsticks completion for bash
# Not every bash, and none outside a completion, can be told that what follows are names of files.
_chopsticks_names() { compopt -o filenames 2>/dev/null; }
_chopsticks_scripts() {
  _chopsticks_names
  COMPREPLY=($(compgen -d -- "$cur") $(compgen -f -X '!*.js' -- "$cur") $(compgen -f -X '!*.ts' -- "$cur")
    $(compgen -W ${quoted(scenarios)} -- "$cur"))
}
_chopsticks_targets() {
  COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" ${TARGETS_COMMAND} "\${config[@]}" 2>/dev/null)" -- "$cur"))
}
_chopsticks() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]} flag= command= flags= arguments=0 i
  local -a config=()
  # = is a word of its own in COMP_WORDS.
  if [[ $cur == = ]]; then cur=; flag=\${COMP_WORDS[COMP_CWORD-1]}=
  elif [[ \${COMP_WORDS[COMP_CWORD-1]} == = ]]; then flag=\${COMP_WORDS[COMP_CWORD-2]}=
  else flag=\${COMP_WORDS[COMP_CWORD-1]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    -c|--config) ((i++)); [[ \${COMP_WORDS[i]} == = ]] && ((i++)); config=(-c "\${COMP_WORDS[i]}") ;;
    ${taking.filter((name) => name !== '-c' && name !== '--config').join('|')}) ((i++)); [[ \${COMP_WORDS[i]} == = ]] && ((i++)) ;;
    -*|=) ;;
    ${names.join('|')}) if [[ -z $command ]]; then command=\${COMP_WORDS[i]}; else ((arguments++)); fi ;;
    *) ((arguments++)) ;;
    esac
  done
  case $flag in
${valueCases(commands).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case \${command:-${DEFAULT_COMMAND}} in
${flags.join('\n')}
    esac
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    return
  fi
  ((arguments > 0)) && return
  case $command in
    '') _chopsticks_scripts; COMPREPLY+=($(compgen -W ${quoted(names)} -- "$cur")) ;;
${words.join('\n')}
  esac
}
complete -F _chopsticks chopsticks
`
}
