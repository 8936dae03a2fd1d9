// The log's formats, levels and ways out.
import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, type Clock } from '../../bindings/sdk/index.ts'
import { Failure } from '../../runtime/cli/failure.ts'
import { fileSink, formatLine, Logger, parseLogOutput, type LineStyle, type LogLevel } from '../../runtime/cli/log.ts'
import { memorySink } from '../kit/memory-sink.ts'

const TIME = { sinceStartMs: 3456, epochMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) }
const style = (change: Partial<LineStyle>): LineStyle => ({ format: 'text', terminal: false, colors: false, ...change })
const line = { level: 'info', text: 'hello there', fields: { source: 'console', vu: undefined } } as const

describe('a line of the log', () => {
  it('is made of pairs where no terminal reads it', () => {
    expect(formatLine(line, style({}), TIME)).to.equal('time="2026-01-02T03:04:05Z" level=info msg="hello there" source=console\n')
  })

  it('begins with level and seconds on a terminal', () => {
    expect(formatLine(line, style({ terminal: true }), TIME)).to.match(/^INFO\[0003\] hello there +source=console\n$/)
  })

  it('has colours on a terminal only when they are wanted', () => {
    expect(formatLine(line, style({ terminal: true, colors: true }), TIME)).to.include('\u001b[36mINFO')
    expect(formatLine(line, style({ terminal: true }), TIME)).not.to.include('\u001b')
  })

  it('is one JSON object a line, whatever the text holds', () => {
    const text = formatLine({ level: 'warn', text: 'a "b"\nc' }, style({ format: 'json' }), TIME)
    expect(text.trimEnd()).not.to.include('\n')
    expect(JSON.parse(text)).to.deep.equal({ time: '2026-01-02T03:04:05.678Z', level: 'warning', msg: 'a "b"\nc' })
  })

  it('is the bare text in raw format', () => {
    expect(formatLine(line, style({ format: 'raw' }), TIME)).to.equal('hello there\n')
  })

  it('shows what a terminal would obey instead of sending it', () => {
    for (const change of [{ terminal: true }, {}, { format: 'raw' }, { format: 'json' }] as const) {
      const text = formatLine({ level: 'info', text: 'a\u001b[2Jb\u0007\u202ec' }, style(change), TIME)
      expect(text).to.include('\\u001b[2Jb\\u0007').and.not.match(/[\u001b\u0007]/)
    }
    expect(formatLine({ level: 'info', text: 'a\n\tb' }, style({ terminal: true }), TIME)).to.include('a\n\tb')
  })

  it('keeps a text of many lines in one line for pipelines', () => {
    expect(formatLine({ level: 'error', text: 'a\nb' }, style({}), TIME)).to.include('msg="a\\nb"')
  })
})

describe('the logger', () => {
  const clock: Clock = { ...systemClock, now: () => 0, epochMs: () => 0 }
  const logger = (level: LogLevel, format: 'text' | 'json' = 'text') => {
    const sink = memorySink()
    const errorSink = memorySink()
    return { log: new Logger({ sink, errorSink, level, clock, style: style({ format }) }), sink, errorSink }
  }

  it('drops lines below its level', () => {
    const { log, sink } = logger('warn')
    log.debug('one')
    log.info('two')
    log.warn('three')
    expect(sink.text()).to.include('three').and.not.include('two').and.not.include('one')
  })

  it('says failures on stderr wherever the log goes, and in the log too', () => {
    const { log, sink, errorSink } = logger('info')
    log.fail(new Failure(104, 'no such thing', { hint: 'look' }))
    expect(errorSink.text()).to.equal('error: no such thing\nhint: look\n')
    expect(sink.text()).to.include('msg="no such thing" hint=look')
  })

  it('says failures as JSON where the log is JSON', () => {
    const { log, errorSink } = logger('info', 'json')
    log.fail(new Failure(107, 'bad', { place: { file: 'a.ts', line: 1, column: 2, text: 'x' } }))
    expect(JSON.parse(errorSink.text())).to.include({ level: 'error', msg: 'bad', at: 'a.ts:1:2' })
  })
})

describe('--log-output', () => {
  it('reads stderr, stdout, none and file=PATH, and nothing else', () => {
    expect(parseLogOutput('stderr')).to.equal('stderr')
    expect(parseLogOutput('stdout')).to.equal('stdout')
    expect(parseLogOutput('none')).to.equal('none')
    expect(parseLogOutput('file=a b.log')).to.deep.equal({ file: 'a b.log' })
    for (const bad of ['', 'file', 'file=', 'syslog', 'STDERR']) expect(parseLogOutput(bad), bad).to.equal(undefined)
  })

  it('writes lines to a file as they are said', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chopsticks-log-'))
    try {
      const path = join(folder, 'run.log')
      using sink = fileSink(path)
      sink.write('one\n')
      expect(readFileSync(path, 'utf8')).to.equal('one\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('refuses a file that can\'t be written, naming it', () => {
    expect(() => fileSink('/nowhere/at/all.log')).to.throw(Failure, /\/nowhere\/at\/all\.log can't be written/)
  })

  it('notices a disk that is full', () => {
    using sink = fileSink('/dev/full')
    sink.write('x')
    expect(sink.broken).to.match(/no space/)
  })
})
