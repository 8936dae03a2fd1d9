// Completion scripts, asked as the shells ask them.
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { commandTree } from '../../runtime/cli/args.ts'
import { completionScript, targetLines } from '../../runtime/cli/completion/index.ts'
import { completedCommands } from '../../runtime/cli/completion/tree.ts'
import { Failure } from '../../runtime/cli/failure.ts'
import { OPTIONS, OPTION_NAMES } from '../../runtime/plan/options.ts'
import { binPath } from '../kit/cli.ts'

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0

describe('completion', function () {
  this.timeout(30_000)
  let folder: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chopsticks-completion-'))
    for (const shell of ['bash', 'zsh', 'fish']) writeFileSync(join(folder, `c.${shell}`), await completionScript(shell))
    writeFileSync(join(folder, 'load test.js'), '')
    writeFileSync(join(folder, 'other.txt'), '')
    writeFileSync(join(folder, 'chopsticks.yaml'), 'targets:\n  west: { s3: { endpoint: "${NOT_SET}" } }\n  east: {}\n')
    writeFileSync(join(folder, 'other.yaml'), 'targets: { north: {} }\n')
    writeFileSync(join(folder, 'chopsticks'), `#!/bin/sh\nexec "${process.execPath}" "${binPath}" "$@"\n`)
    chmodSync(join(folder, 'chopsticks'), 0o755)
  })
  after(() => { rmSync(folder, { recursive: true }) })
  const environment = (): NodeJS.ProcessEnv => ({ PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`, HOME: folder, TERM: 'dumb' })
  const run = (shell: string, ...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(shell, args, { cwd: folder, env: environment(), encoding: 'utf8' })
    expect([status, stderr], `${shell} ${args.join(' ')}`).to.deep.equal([0, ''])
    return stdout
  }

  /** Cases every shell is asked: what was typed, what must and what must not be offered. */
  const CASES: readonly (readonly [typed: readonly string[], offered: readonly string[], not?: readonly string[]])[] = [
    [['chopsticks', ''], ['run', 'doctor', 'completion', 'load test.js'], ['other.txt', '__targets']],
    [['chopsticks', 'cle'], ['cleanup'], ['run']],
    [['chopsticks', 'doctor', ''], ['west', 'east'], ['north']],
    [['chopsticks', 'run', '--target', ''], ['west', 'east']],
    [['chopsticks', 'run', '-c', 'other.yaml', '--target', ''], ['north'], ['west']],
    [['chopsticks', 'run', '--summary-mode', ''], ['compact', 'full', 'disabled'], ['other.txt']],
    [['chopsticks', '--summary-mode', 'd'], ['disabled'], ['full']],
    [['chopsticks', 'run', '--dur'], ['--duration'], ['--vus']],
    [['chopsticks', 'cleanup', '--'], ['--cleanup-timeout', '--prefix'], ['--vus']],
    [['chopsticks', 'completion', ''], ['bash', 'zsh', 'fish'], []],
    [['chopsticks', 'serve', ''], ['s3']],
    [['chopsticks', 's3-lar'], ['s3-large-objects']],
    [['chopsticks', 'run', 's3-'], ['s3-smoke', 's3-versioning'], ['s3']],
    [['chopsticks', 'scenarios', ''], ['s3-large-objects'], ['load test.js']],
    [['chopsticks', 'run', '-e', 'A=1', 'loa'], ['load test.js']],
  ]

  if (has('bash')) {
    const inBash = (words: readonly string[]): readonly string[] => {
      const array = words.map((word) => `'${word}'`).join(' ')
      const asked = `COMP_WORDS=(${array}); COMP_CWORD=${words.length - 1}; _chopsticks`
      return run('bash', '-c', `source ./c.bash; ${asked}; printf '%s\\n' "\${COMPREPLY[@]}"`).split('\n')
    }
    it('is installed for the program by sourcing it in bash', () => {
      expect(run('bash', '-c', 'source ./c.bash; complete -p chopsticks')).to.equal('complete -F _chopsticks chopsticks\n')
    })
    for (const [typed, offered, not = []] of CASES) {
      it(`offers in bash, after ${typed.join(' ')}: ${offered.join(', ')}`, () => {
        const words = inBash(typed)
        for (const word of offered) expect(words).to.include(word)
        for (const word of not) expect(words).not.to.include(word)
      })
    }
    it('offers values behind = in bash, where that is a word of its own', () => {
      expect(inBash(['chopsticks', 'run', '--log-format', '=', 'j'])).to.include('json')
      expect(inBash(['chopsticks', 'run', '--debug-requests', '='])).to.include('full')
      expect(inBash(['chopsticks', 'run', '--vus', '=', '5', 'loa'])).to.include('load test.js')
    })
  }

  if (has('fish')) {
    for (const [typed, offered, not = []] of CASES) {
      it(`offers in fish, after ${typed.join(' ')}: ${offered.join(', ')}`, () => {
        const line = typed.join(' ')
        const lines = run('fish', '--no-config', '-c', `source ./c.fish; complete -C '${line}'`).split('\n')
        const words = lines.map((each) => each.split('\t')[0]?.replaceAll('\\ ', ' '))
        for (const word of offered) expect(words).to.include(word)
        for (const word of not.filter((each) => each !== 'other.txt')) expect(words).not.to.include(word)
      })
    }
  }

  if (has('zsh')) {
    it('is taken by zsh, with and without compinit\'s own loading', () => {
      run('zsh', '-n', './c.zsh')
      const loaded = run('zsh', '-f', '-c', 'autoload -U compinit; compinit -D -u; source ./c.zsh; print $_comps[chopsticks]')
      expect(loaded).to.equal('_chopsticks\n')
    })
  }

  it('knows every flag of every command in every shell', async () => {
    const commands = completedCommands(commandTree(), {})
    for (const shell of ['bash', 'zsh', 'fish']) {
      const script = await completionScript(shell)
      for (const { name } of commands) expect(script, shell).to.include(name)
      for (const name of OPTION_NAMES) {
        const flag = OPTIONS[name].flags.at(-1)
        if (flag !== undefined) expect(script, shell).to.include(shell === 'fish' ? `-l ${flag.slice(2)}` : flag)
      }
    }
  })

  it('refuses a shell it does not know, with 255', async () => {
    const failure = await completionScript('tcsh').then(() => undefined, (error: unknown) => error)
    expect(failure).to.be.instanceOf(Failure).and.to.include({ exitCode: 255 })
  })

  it('names no targets, and says nothing, where the file is missing or wrong', () => {
    writeFileSync(join(folder, 'wrong.yaml'), 'targets: [\n')
    expect(targetLines('nope.yaml', folder)).to.equal('')
    expect(targetLines('wrong.yaml', folder)).to.equal('')
    expect(targetLines('other.yaml', folder)).to.equal('north\n')
  })
})
