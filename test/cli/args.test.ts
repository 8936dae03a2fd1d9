// The command line as data.
import { expect } from 'chai'
import { registry } from '../../bindings/index.ts'
import { SERVE_FLAGS } from '../../runtime/cli/serve-flags.ts'
import { parseArguments, type Request } from '../../runtime/cli/args.ts'
import { Failure } from '../../runtime/cli/failure.ts'
import { OPTIONS, OPTION_NAMES } from '../../runtime/plan/options.ts'

const parse = (...args: readonly string[]): Request => parseArguments(args, { columns: 120, colors: false })

describe('the flags of serve', () => {
  it('are one for each option of the built-in stores', async () => {
    const options: string[] = []
    for (const { workload } of registry()) options.push(...((await workload?.builtin?.())?.options ?? []).map(({ name }) => name))
    expect(SERVE_FLAGS.map(({ option }) => option)).to.have.members(options)
  })
})

describe('a command line', () => {
  it('runs a script with or without saying run, flags before or after it', () => {
    const wanted = { command: 'run', script: 's.js', flags: { vus: ['5'] } }
    expect(parse('run', 's.js', '--vus', '5')).to.deep.equal(wanted)
    expect(parse('s.js', '-u', '5')).to.deep.equal(wanted)
    expect(parse('-u5', 's.js')).to.deep.equal(wanted)
    expect(parse('run', '--vus=5', 's.js')).to.deep.equal(wanted)
  })

  it('takes - for a script on standard input', () => {
    expect(parse('-')).to.deep.equal({ command: 'run', script: '-', flags: {} })
    expect(parse('run', '-', '-i', '1')).to.deep.include({ script: '-' })
  })

  it('holds only the flags that were given, whatever their defaults', () => {
    expect(parse('s.js')).to.deep.equal({ command: 'run', script: 's.js', flags: {} })
  })

  it('keeps every value of a flag in order, and switches as true, negated ones too', () => {
    expect(parse('s.js', '-e', 'A=1', '-e', 'B=2', '--no-setup', '-q', '--no-color')).to.deep.include({
      flags: { env: ['A=1', 'B=2'], noSetup: true, quiet: true, noColor: true },
    })
  })

  it('takes a value that begins with a dash', () => {
    expect(parse('s.js', '-u', '-5')).to.deep.include({ flags: { vus: ['-5'] } })
  })

  it('takes every flag of the option table, by each of its spellings', () => {
    for (const name of OPTION_NAMES) {
      const { flags, kind, bare } = OPTIONS[name]
      for (const flag of flags) {
        const given = kind.isSwitch ? [flag] : bare === undefined ? [flag, 'x'] : [`${flag}=x`]
        expect(parse('s.js', ...given), flag).to.deep.include({ flags: { [name]: kind.isSwitch ? true : ['x'] } })
      }
    }
  })

  it('takes a flag that may do without a value, without one and behind = alone', () => {
    expect(parse('--debug-requests', 's.js')).to.deep.include({ script: 's.js', flags: { debugRequests: ['heads'] } })
    expect(parse('s.js', '--debug-requests=full')).to.deep.include({ flags: { debugRequests: ['full'] } })
  })

  it('knows the other commands', () => {
    expect(parse('inspect', 's.js', '-i', '2')).to.deep.equal({ command: 'inspect', script: 's.js', flags: { iterations: ['2'] } })
    expect(parse('serve', 's3', '--port', '0', '--bucket', 'b')).to.deep.equal({
      command: 'serve', workload: 's3', serve: { port: '0', buckets: 'b' }, flags: {},
    })
    expect(parse('serve', 's3', '--delay', '5ms-9ms', '--fault-ops', 'GetObject')).to.deep.include(
      { serve: { port: '9000', delay: '5ms-9ms', fault_ops: 'GetObject' } })
    expect(parse('new')).to.deep.equal({ command: 'new', file: 'script.ts' })
    expect(parse('new', 'a.js')).to.deep.equal({ command: 'new', file: 'a.js' })
    expect(parse('cleanup', 'abc', '--target', 'west')).to.deep.equal({
      command: 'cleanup', run: 'abc', prefix: undefined, flags: { target: ['west'] },
    })
    expect(parse('doctor', 'west', '-u', '5')).to.deep.equal({ command: 'doctor', target: 'west', json: false, flags: { vus: ['5'] } })
    expect(parse('completion', 'zsh')).to.deep.equal({ command: 'completion', shell: 'zsh' })
    expect(parse('version')).to.deep.equal({ command: 'version' })
    expect(parse('--version')).to.deep.equal({ command: 'version' })
  })

  it('makes help as a request', () => {
    for (const args of [['--help'], ['-h'], ['help']]) expect(parse(...args)).to.have.property('command', 'help')
    const run = parse('run', '--help')
    expect(run).to.have.property('command', 'help')
    for (const name of OPTION_NAMES) {
      const flag = OPTIONS[name].flags.at(-1)
      if (flag !== undefined) expect(run).to.have.property('text').that.includes(flag)
    }
  })
})

describe('a command line that is wrong', () => {
  const failure = (...args: readonly string[]): Failure => {
    try { parse(...args) } catch (error) { if (error instanceof Failure) return error; throw error }
    throw new Error(`${args.join(' ')} was accepted`)
  }

  for (const [args, message] of [
    [['s.js', '--vuss', '5'], /--vuss.*--vus/], [[], /script/], [['run'], /script/], [['a.js', 'b.js'], /too many arguments/],
    [['s.js', '-u'], /--vus/], [['cleanup', 'abc', '--vus', '1'], /--vus/], [['new', 'a.ts', 'b.ts'], /too many/], [['serve'], /workload/],
    [['completion'], /shell/], [['doctor', 'a', 'b'], /too many/],
  ] as const) {
    it(`is refused with 255 and one line: ${args.join(' ') || 'nothing at all'}`, () => {
      const { exitCode, message: text, hint } = failure(...args)
      expect(exitCode).to.equal(255)
      expect(text).to.match(message).and.not.include('\n').and.not.include('error:')
      expect(hint).to.be.a('string')
    })
  }

  it('is helped along where a command was mistyped', () => {
    expect(failure('inspct', 's.js').hint).to.include('inspect')
    expect(failure('run', 's.js', '--execution-segment', '0:1/4').hint).to.include('dealt evenly over its processes (--shards)')
  })
})
