// How failures are shown: place, excerpt, caret, hint.
import { expect } from 'chai'
import { excerpt, Failure, failureLines } from '../../runtime/cli/failure.ts'

describe('a failure as lines', () => {
  it('names file, line and column, shows the line and puts the caret under the column', () => {
    const place = { file: 'script.ts', line: 12, column: 11, text: 'const x = ;' }
    const failure = new Failure(107, 'unexpected ;', { place, hint: 'write a value' })
    expect(failureLines(failure)).to.deep.equal([
      'error: script.ts:12:11: unexpected ;',
      '    12 | const x = ;',
      '       |           ^',
      'hint: write a value',
    ])
  })

  it('is one line where no place is known', () => {
    expect(failureLines(new Failure(255, 'unknown flag --x'))).to.deep.equal(['error: unknown flag --x'])
  })

  it('indents what follows the first line of a message', () => {
    expect(failureLines(new Failure(104, 'two problems\none\ntwo'))).to.deep.equal(['error: two problems', '  one', '  two'])
  })

  it('keeps tabs before the caret, so that both lines are indented alike', () => {
    expect(excerpt({ file: 'a', line: 1, column: 4, text: '\t\tx = 1' })).to.deep.equal(['     1 | \t\tx = 1', '       | \t\t ^'])
  })

  it('shows only the part around the column of a very long line, with the caret under the right character', () => {
    const text = `${'a'.repeat(5000)}!${'b'.repeat(5000)}`
    const [line = '', caret = ''] = excerpt({ file: 'min.js', line: 1, column: 5001, text })
    expect(line.length).to.be.below(120)
    expect(line[caret.indexOf('^')]).to.equal('!')
  })

  it('puts the caret at the line\'s end when the column is beyond it', () => {
    const [, caret = ''] = excerpt({ file: 'a', line: 1, column: 99, text: 'abc' })
    expect(caret).to.equal('       |    ^')
  })

  it('shows no excerpt for an empty line', () => {
    expect(excerpt({ file: 'a', line: 1, column: 1, text: '' })).to.deep.equal([])
  })
})
