// The option table, and what is made from it: it is the only place that knows an option.
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parse } from 'yaml'
import { didYouMean, nearest } from '../../runtime/plan/nearest.ts'
import { defaultsYaml, optionTable, optionsSchema } from '../../runtime/plan/option-docs.ts'
import { OPTIONS, OPTION_NAMES, defaultOf } from '../../runtime/plan/options.ts'

describe('the option table', () => {
  it('has the flags of the main job', () => {
    const flags = OPTION_NAMES.flatMap((name) => OPTIONS[name].flags)
    expect(flags).to.include.members([
      '-u', '--vus', '-d', '--duration', '-i', '--iterations', '-s', '--stage', '-e', '--env', '-c', '--config', '--tag', '--setup-timeout',
      '--teardown-timeout', '--no-setup', '--no-teardown', '--no-thresholds', '--summary-mode', '--summary-export', '--summary-trend-stats',
      '--summary-time-unit', '--min-iteration-duration', '-q', '--quiet', '-v', '--verbose', '--no-color', '--log-format', '--log-output',
      '--target', '--seed', '--shards', '--cleanup-timeout', '--allow-read', '--no-cleanup', '--vu-memory-limit', '--vu-slice-limit',
    ])
    expect(new Set(flags).size).to.equal(flags.length)
  })

  it('names each environment twin once', () => {
    const twins = OPTION_NAMES.flatMap((name) => OPTIONS[name].env ?? [])
    expect(twins).to.include.members(['CHOPSTICKS_VUS', 'CHOPSTICKS_SETUP_TIMEOUT', 'CHOPSTICKS_NO_SETUP',
      'CHOPSTICKS_HANDLE_SUMMARY_TIMEOUT'])
    expect(new Set(twins).size).to.equal(twins.length)
  })

  for (const name of OPTION_NAMES) {
    it(`says what ${name} means in one line, and its default is one of its values`, () => {
      const { meaning, argument, flags, kind } = OPTIONS[name]
      expect(meaning).to.match(/^[A-Z].*\.$/).and.to.have.length.below(100)
      if (flags.length > 0) expect(argument === '').to.equal(kind.isSwitch)
      defaultOf(name)
    })
  }

  it('keeps from scripts what is not theirs to decide', () => {
    const outside = ['allowRead', 'vuMemoryLimit', 'vuSliceLimit', 'noThresholds', 'target', 'config', 'summaryExport', 'report'] as const
    for (const name of outside) {
      expect(OPTIONS[name].script, name).to.equal(false)
    }
  })
})

describe('config/defaults.yaml', () => {
  const yaml = readFileSync('config/defaults.yaml', 'utf8')
  it('is what the table says', () => { expect(yaml).to.equal(defaultsYaml()) })
  it('holds every option with its default, below a line that says what it means', () => {
    const values = parse(yaml) as Record<string, unknown>
    expect(Object.keys(values)).to.deep.equal(OPTION_NAMES)
    for (const name of OPTION_NAMES) {
      expect(values[name], name).to.deep.equal(OPTIONS[name].default)
      expect(yaml).to.include(`# ${OPTIONS[name].meaning}`)
    }
  })
})

describe('the documentation of options', () => {
  it('has one row an option, and no cell that breaks the table', () => {
    const rows = optionTable().split('\n')
    expect(rows).to.have.length(OPTION_NAMES.length + 2)
    for (const row of rows) expect(row.match(/(?<!\\)\|/g), row).to.have.length(7)
  })
  it('gives editors exactly the options a file may hold', () => {
    expect(Object.keys(optionsSchema()['properties'] as object)).to.deep.equal(OPTION_NAMES.filter((name) => OPTIONS[name].file))
  })
})

describe('did you mean', () => {
  it('finds a slip, a swap and another case, and nothing far off', () => {
    const known = ['vus', 'duration', 'setupTimeout']
    expect([nearest('durration', known), nearest('vsu', known), nearest('setuptimeout', known), nearest('bogus', known)])
      .to.deep.equal(['duration', 'vus', 'setupTimeout', undefined])
    expect(didYouMean('vu', known)).to.equal(' (did you mean \'vus\'?)')
    expect(didYouMean('xyz', known)).to.equal('')
  })
})
