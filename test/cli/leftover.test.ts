// The command that deletes what is left: pasted into a shell it names the same run, file and target, and nothing it may not.
import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseArguments } from '../../runtime/cli/args.ts'
import { prefixOf } from '../../runtime/cli/cleanup.ts'
import { cleanupCommand, Leftover, type LeftoverNames } from '../../runtime/cli/leftover.ts'
import { shellQuoted } from '../../runtime/cli/shell.ts'

const names = (more: Partial<LeftoverNames> = {}): LeftoverNames =>
  ({ runId: 'abc', prefix: 'chopsticks-abc/', config: undefined, target: 'default', ...more })

describe('the command that deletes what a run left', () => {
  it('names the run, and the file and target where they were given', () => {
    expect(cleanupCommand(names())).to.equal('chopsticks cleanup abc')
    expect(cleanupCommand(names({ config: 'my targets.yaml', target: 'west' }))).to.equal(
      'chopsticks cleanup abc -c \'my targets.yaml\' --target west')
    expect(cleanupCommand(names({ prefix: 'chopsticks-shared/x/' }))).to.equal('chopsticks cleanup --prefix chopsticks-shared/x/')
  })

  it('does not exist for a prefix that a cleanup would refuse, or take for another', () => {
    for (const prefix of ['', 'shared/', 'chopsticks-', 'chopsticks-/', 'chopsticks-shared']) {
      expect(cleanupCommand(names({ prefix })), prefix).to.equal(undefined)
    }
  })

  it('is one for each target the run has used', () => {
    const leftover = new Leftover(names({ config: 'c.yaml' }))
    expect(leftover.advice).to.equal('to delete it: chopsticks cleanup abc -c c.yaml')
    leftover.follow(() => ['west', 'default', 'west'].map((target) => ({ workload: 's3', target, driver: 'native' })))
    expect(leftover.advice).to.equal(
      'to delete it: chopsticks cleanup abc -c c.yaml && chopsticks cleanup abc -c c.yaml --target west')
    expect(new Leftover(names({ prefix: 'shared/' })).advice).to.equal(undefined)
  })

  it('comes back from a real shell as it was meant', () => {
    const word = fc.string({ unit: 'grapheme', minLength: 1 })
    const texts = fc.sample(fc.record({ config: word, target: word.filter((text) => text !== 'default') }), 30)
    for (const { config, target } of texts) {
      const command = cleanupCommand(names({ config, target })) ?? ''
      const said = execFileSync('sh', ['-c', `chopsticks() { printf '%s\\0' "$@"; }; ${command}`], { encoding: 'utf8' })
      expect(said.split('\0').slice(0, -1)).to.deep.equal(['cleanup', 'abc', '-c', config, '--target', target])
    }
  })

  it('is understood by the command line, and means the prefix it was made for', () => {
    for (const prefix of ['chopsticks-abc/', 'chopsticks-shared/x/']) {
      const request = parseArguments((cleanupCommand(names({ prefix })) ?? '').split(' ').slice(1), { columns: 80, colors: false })
      if (request.command !== 'cleanup') throw new Error('another command')
      expect(prefixOf(request)).to.equal(prefix)
    }
  })
})

describe('a word for a shell', () => {
  it('is left as it is where that is harmless', () => {
    for (const word of ['a-b_c.yaml', '/x/y', 'k=v', 'user@host']) expect(shellQuoted(word)).to.equal(word)
    expect(shellQuoted('')).to.equal('\'\'')
    expect(shellQuoted('it\'s')).to.equal('\'it\'\\\'\'s\'')
  })
})
