// The starter files: written once, never over anything.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../runtime/cli/failure.ts'
import { writeStarter } from '../../runtime/cli/new.ts'
import { workspace } from '../kit/cli.ts'

describe('new', () => {
  it('writes a script, chopsticks.yaml and its line in .gitignore', () => {
    using space = workspace()
    expect(writeStarter(join(space.folder, 'script.ts'))).to.have.length(3)
    expect(readFileSync(join(space.folder, 'script.ts'), 'utf8')).to.match(/^\/\/\/ <reference types="chopsticks-ceph\/script" \/>\n/)
    expect(readFileSync(join(space.folder, 'chopsticks.yaml'), 'utf8')).to.include('endpoint:')
    expect(readFileSync(join(space.folder, '.gitignore'), 'utf8')).to.equal('/chopsticks.yaml\n')
  })

  it('writes no TypeScript into a .js file', () => {
    using space = workspace()
    writeStarter(join(space.folder, 'script.js'))
    expect(readFileSync(join(space.folder, 'script.js'), 'utf8')).not.to.include('data:')
  })

  it('adds to a .gitignore that has no newline at its end, and only once', () => {
    using space = workspace({ '.gitignore': 'node_modules' })
    writeStarter(join(space.folder, 'a.ts'))
    writeStarter(join(space.folder, 'b.ts'))
    expect(readFileSync(join(space.folder, '.gitignore'), 'utf8')).to.equal('node_modules\n/chopsticks.yaml\n')
  })

  it('overwrites neither a script nor a chopsticks.yaml', () => {
    using space = workspace({ 'script.ts': 'mine', 'chopsticks.yaml': 'mine too' })
    expect(() => writeStarter(join(space.folder, 'script.ts'))).to.throw(Failure, /exists already/)
    writeStarter(join(space.folder, 'other.ts'))
    expect(readFileSync(join(space.folder, 'script.ts'), 'utf8')).to.equal('mine')
    expect(readFileSync(join(space.folder, 'chopsticks.yaml'), 'utf8')).to.equal('mine too')
  })

  it('wants the name of a script in a folder that exists', () => {
    using space = workspace()
    expect(() => writeStarter(join(space.folder, 'notes.md'))).to.throw(Failure, /\.ts or \.js/)
    expect(() => writeStarter(join(space.folder, 'no', 'script.ts'))).to.throw(Failure, /there is no folder/)
  })
})
