// What handleSummary returned goes to the streams and to files below the working folder, and nowhere else.
import { expect } from 'chai'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { checkWritable, confinedPath, deliverSummary, writeExport } from '../../runtime/cli/deliver.ts'
import { Failure } from '../../runtime/cli/failure.ts'
import { workspace } from '../kit/cli.ts'
import { memorySink } from '../kit/memory-sink.ts'

const streams = () => ({ out: memorySink(), err: memorySink() })
const same = (text: string): string => text

describe('delivering a summary', () => {
  it('writes text to the streams and to files', () => {
    using space = workspace()
    const to = streams()
    mkdirSync(join(space.folder, 'out'))
    const done = deliverSummary({ stdout: 'to out', stderr: 'to err', 'out/a.json': '{}', skipped: null }, to, space.folder, same)
    expect(done).to.deep.equal({ files: 1, problems: [] })
    expect(to.out.text()).to.equal('to out')
    expect(to.err.text()).to.equal('to err')
    expect(readFileSync(join(space.folder, 'out/a.json'), 'utf8')).to.equal('{}')
  })

  it('takes secrets out of files too', () => {
    using space = workspace()
    deliverSummary({ 'a.txt': 'the key' }, streams(), space.folder, (text) => text.replace('key', '***'))
    expect(readFileSync(join(space.folder, 'a.txt'), 'utf8')).to.equal('the ***')
  })

  for (const name of ['../a.txt', '/tmp/chopsticks-must-not-exist.txt', 'sub/../../a.txt']) {
    it(`writes nothing outside the working folder: ${name}`, () => {
      using space = workspace({ 'sub/x': '' })
      const { files, problems } = deliverSummary({ [name]: 'text' }, streams(), space.folder, same)
      expect(files).to.equal(0)
      expect(problems).to.have.length(1)
      expect(problems[0]).to.include({ exitCode: 107 }).and.have.property('message').that.includes('outside the working folder')
      expect(existsSync(join(space.folder, name))).to.equal(false)
    })
  }

  it('follows no link out of the working folder', () => {
    using outside = workspace({ 'kept.txt': 'mine' })
    using space = workspace()
    symlinkSync(outside.folder, join(space.folder, 'folder'))
    symlinkSync(join(outside.folder, 'kept.txt'), join(space.folder, 'file'))
    symlinkSync(join(outside.folder, 'new.txt'), join(space.folder, 'dangling'))
    const all = { 'folder/a.txt': 'x', file: 'x', dangling: 'x' }
    const { files, problems } = deliverSummary(all, streams(), space.folder, same)
    expect(files).to.equal(0)
    expect(problems).to.have.length(3)
    expect(readFileSync(join(outside.folder, 'kept.txt'), 'utf8')).to.equal('mine')
    expect(existsSync(join(outside.folder, 'new.txt'))).to.equal(false)
  })

  it('follows a link that stays inside', () => {
    using space = workspace({ 'a.txt': 'old' })
    symlinkSync(join(space.folder, 'a.txt'), join(space.folder, 'b.txt'))
    expect(confinedPath('b.txt', space.folder)).to.match(/a\.txt$/)
  })

  it('names what it can\'t deliver and delivers the rest', () => {
    using space = workspace()
    const all = { 'no/such/folder.txt': 'x', 'number.txt': 5, 'good.txt': 'x' }
    const { files, problems } = deliverSummary(all, streams(), space.folder, same)
    expect(files).to.equal(1)
    expect(problems).to.have.length(2)
    expect(problems.map(({ message }) => message).join('\n')).to.include('there is no such folder').and.include('must hold text')
  })

  it('says what handleSummary should have returned', () => {
    expect(deliverSummary('text', streams(), '.', same).problems).to.have.length(1)
  })
})

describe('the summary export', () => {
  it('is refused before the run where it can\'t be written', () => {
    using space = workspace()
    expect(() => { checkWritable('--summary-export', join(space.folder, 'no', 'a.json')) }).to.throw(Failure, /there is no such folder/)
    expect(() => { checkWritable('--summary-export', space.folder) }).to.throw(Failure, /it is a folder/)
    expect(() => { checkWritable('--summary-export', join(space.folder, 'a.json')) }).not.to.throw()
  })

  it('says why it could not be written', () => {
    expect(writeExport('/dev/full', '{}')).to.include('its disk is full')
  })
})
