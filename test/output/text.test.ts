// Text fits the terminal, and a script's text can't command it.
import { expect } from 'chai'
import fc from 'fast-check'
import { table, type Column } from '../../runtime/output/table.ts'
import { clip, displayWidth, padEnd, padStart, visible, wrap } from '../../runtime/output/text.ts'

const same = (text: string): string => text

describe('text for a terminal', () => {
  it('is as wide as it looks', () => {
    const texts = ['abc', 'größe', '検証', 'a\u0301', '🚀', '\u001b[31mred\u001b[39m', '']
    expect(texts.map(displayWidth)).to.deep.equal([3, 5, 4, 1, 2, 3, 0])
    expect(padEnd('検', 4, '.')).to.equal('検..')
    expect(padStart('検', 4)).to.equal('  検')
  })

  it('shows what a terminal would obey', () => {
    expect(visible('a\u001b[2Jb\nc\td\u202ee\u0007')).to.equal('a\\u001b[2Jb⏎ c d\\u202ee\\u0007')
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => { expect(visible(text)).not.to.match(/[\p{Cc}]/u) }))
  })

  it('is cut to a width, saying so', () => {
    expect(clip('abcdef', 6)).to.equal('abcdef')
    expect(clip('abcdefg', 6)).to.equal('abcde…')
    expect(clip('検証検証', 5)).to.equal('検証…')
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 30 }), (text, width) => {
      expect(displayWidth(clip(text, width))).to.be.at.most(Math.max(width, 0))
    }))
  })

  it('is broken between words only, and no word is lost', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 30 })
    fc.assert(fc.property(words, fc.integer({ min: 12, max: 60 }), (list, width) => {
      const lines = wrap(list, width)
      expect(lines.join(' ')).to.equal(list.join(' '))
      for (const line of lines) expect(line.length).to.be.at.most(width)
    }))
    expect(wrap(['a', 'much-too-long-a-word', 'b'], 5)).to.deep.equal(['a', 'much-too-long-a-word', 'b'])
  })
})

describe('a table', () => {
  const columns: readonly Column[] = [
    { head: 'op', align: 'left' }, { head: 'count', align: 'right' },
    { head: 'med', align: 'right', leaves: 2 }, { head: 'max', align: 'right', leaves: 1 },
  ]
  const rows = [['get', '12', '1.5ms', '20ms'], ['delete', '3', '700µs', '1.5s']]

  it('aligns its columns', () => {
    expect(table(columns, rows, 80, same)).to.deep.equal({
      left: [],
      lines: [
        'op      count    med   max',
        'get        12  1.5ms  20ms',
        'delete      3  700µs  1.5s',
      ],
    })
  })

  it('leaves out what matters least until it fits, and names it', () => {
    expect(table(columns, rows, 25, same)).to.deep.include({ left: ['max'] })
    expect(table(columns, rows, 15, same))
      .to.deep.equal({ left: ['max', 'med'], lines: ['op      count', 'get        12', 'delete      3'] })
  })

  it('cuts its first column when nothing else can go', () => {
    const { lines } = table(columns, [['a-very-long-name-of-an-operation', '1', '', '']], 20, same)
    expect(lines[1]).to.equal('a-very-long-…      1')
    expect(Math.max(...lines.map(displayWidth))).to.be.at.most(20)
  })

  it('is as wide as asked for, whatever is in it', () => {
    const cell = fc.stringMatching(/^[a-z0-9 ]{0,14}$/)
    const someRows = fc.array(fc.tuple(cell, cell, cell, cell), { maxLength: 6 })
    fc.assert(fc.property(someRows, fc.integer({ min: 30, max: 90 }), (cells, width) => {
      expect(Math.max(...table(columns, cells, width, same).lines.map(displayWidth))).to.be.at.most(width)
    }))
  })

  it('measures coloured and wide cells by what is seen', () => {
    const { lines } = table(columns, [['検証', '\u001b[31m12\u001b[39m', '1ms', '2ms'], ['get', '3', '1ms', '2ms']], 80, same)
    expect(lines.map(displayWidth)).to.deep.equal([21, 21, 21])
  })
})
