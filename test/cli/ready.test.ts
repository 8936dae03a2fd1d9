// Ready scenarios: what their heads say is what they do, and they are found by their names.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parseArguments } from '../../runtime/cli/args.ts'
import { Failure } from '../../runtime/cli/failure.ts'
import { readyNames, readyScript, scenarioOf, scenariosText } from '../../runtime/cli/ready.ts'
import { palette } from '../../runtime/output/palette.ts'
import { displayWidth } from '../../runtime/output/text.ts'

const plain = palette(false)
const textOf = (name: string): string => readFileSync(readyScript(name) ?? '', 'utf8')

describe('the ready scenarios\' heads', () => {
  for (const name of readyNames()) {
    const text = textOf(name)
    const { purpose, examples, variables } = scenarioOf(name, text)

    it(`${name} says what it is for, and how it is run`, () => {
      expect(purpose).to.match(/[.:?]$/)
      expect(examples).not.to.deep.equal([])
      for (const example of examples) {
        const words = example.replace(/ {2,}.*/, '').split(' ').slice(1)
        expect(parseArguments(words, { columns: 120, colors: false })).to.include({ command: words[0] })
        if (words[0] === 'run') expect(words[1]).to.equal(name)
      }
    })

    it(`${name} names the variables it reads by -e, each with its default`, () => {
      const read = [...text.matchAll(/__ENV\.(\w+)(?: \?\? ('[^']*'|[\d_.]+|\w+))?/g)].map(([, variable = '', standard = '']) => {
        const value = standard.replace(/^'(.*)'$/, '$1')
        return [variable, /^[A-Z]/.test(value) ? '' : /^[\d_.]+$/.test(value) ? value.replaceAll('_', '') : value]
      })
      const told = new Map(variables.map(({ name: variable, standard }) => [variable, standard]))
      expect(told).to.deep.equal(new Map(read as [string, string][]))
      for (const { meaning } of variables) expect(meaning).to.match(/\w/)
    })
  }
})

describe('a head', () => {
  it('is read in parts: purpose, commands, variables, notes', () => {
    const lines = ['For this,', 'and that.', '', '  chopsticks run a', '', '  -e A=1   first', '  -e LONG  second', '', 'Beware', 'of it.']
    const text = [...lines.map((line) => `// ${line}`.trimEnd()), 'code()', '// no head'].join('\n')
    expect(scenarioOf('a', text)).to.deep.equal({
      name: 'a', purpose: 'For this, and that.', examples: ['chopsticks run a'], notes: ['Beware of it.'],
      variables: [{ name: 'A', standard: '1', meaning: 'first' }, { name: 'LONG', standard: '', meaning: 'second' }],
    })
  })
  it('may be missing', () => {
    expect(scenarioOf('a', 'code()\n')).to.deep.equal({ name: 'a', purpose: '', examples: [], variables: [], notes: [] })
  })
})

describe('the list of scenarios', () => {
  it('has all of them, with what each is for and what it takes, within the terminal\'s width', () => {
    for (const columns of [50, 70, 200]) {
      const text = scenariosText(undefined, columns, plain)
      for (const line of text.split('\n')) expect(displayWidth(line), line).to.be.at.most(Math.min(columns, 120))
      for (const name of readyNames()) {
        expect(text.split('\n')).to.include(name)
        for (const variable of scenarioOf(name, textOf(name)).variables) expect(text).to.include(`-e ${variable.name}`)
      }
    }
  })
  it('tells more of one', () => {
    expect(scenariosText('s3-large-objects', 80, plain)).to.include('-e KEEP=1      objects a user has at once')
  })
  it('refuses a name that none has, and says which was meant', () => {
    expect(() => scenariosText('s3-smoky', 80, plain)).to.throw(Failure, /no such scenario/).with.property('hint', 'did you mean s3-smoke?')
    expect(() => scenariosText('zzzzzzzzzz', 80, plain)).to.throw(Failure).with.property('exitCode', 255)
  })
})

describe('a name', () => {
  it('finds a script only where it is one', () => {
    expect(readyScript('s3-smoke')).to.match(/scripts\/s3-smoke\.ts$/)
    for (const name of ['', '-', '../scripts/s3-smoke', 's3-smoke.ts', 'README', 'nothing', 'S3-SMOKE']) {
      expect(readyScript(name)).to.equal(undefined)
    }
  })
})
