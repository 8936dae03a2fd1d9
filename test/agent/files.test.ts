// open(): files below the script's folder and allowed ones, and nothing else of the disk.
import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { diskFiles, keptFiles } from '../../runtime/agent/files.ts'
import { workspace } from '../kit/cli.ts'

const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')

describe('open()', () => {
  it('reads relative to the script\'s folder and keeps what it read for every VU', () => {
    using space = workspace({ 'scripts/data/a.json': '[1]' })
    const scriptFolder = join(space.folder, 'scripts')
    const files = diskFiles({ roots: [scriptFolder], scriptFolder })
    expect(text(files.read('./data/a.json'))).to.equal('[1]')
    writeFileSync(join(scriptFolder, 'data/a.json'), 'changed')
    expect(text(files.read('data/../data/a.json'))).to.equal('[1]')
    expect(text(keptFiles(files.opened, scriptFolder).read('data/a.json'))).to.equal('[1]')
    expect(() => keptFiles(files.opened, scriptFolder).read('other')).to.throw('open the same files in every VU')
  })

  it('refuses what is outside, by path, by absolute path and by link, and says how to allow it', () => {
    using space = workspace({ 'secret.txt': 'key', 'scripts/script.js': '' })
    const scriptFolder = join(space.folder, 'scripts')
    symlinkSync(join(space.folder, 'secret.txt'), join(scriptFolder, 'link'))
    const files = diskFiles({ roots: [scriptFolder], scriptFolder })
    for (const path of ['../secret.txt', join(space.folder, 'secret.txt'), 'link', '/etc/hostname']) {
      expect(() => files.read(path), path).to.throw('--allow-read')
    }
    const allowed = diskFiles({ roots: [scriptFolder, space.folder], scriptFolder })
    expect(text(allowed.read('../secret.txt'))).to.equal('key')
  })

  it('does not take a folder whose name begins like an allowed one for it', () => {
    using space = workspace({ 'scripts-old/a': 'x', 'scripts/b': 'y' })
    const scriptFolder = join(space.folder, 'scripts')
    expect(() => diskFiles({ roots: [scriptFolder], scriptFolder }).read('../scripts-old/a')).to.throw('--allow-read')
  })

  it('reads ordinary files only: no pipe it would wait at, no device, no socket, and no more than it may', () => {
    using space = workspace({ a: 'x' })
    const { folder } = space
    execFileSync('mkfifo', [join(folder, 'pipe')])
    symlinkSync('/dev/zero', join(folder, 'zero'))
    symlinkSync('loop', join(folder, 'loop'))
    truncateSync(join(folder, 'a'), 65 * 1024 * 1024)
    const files = diskFiles({ roots: [folder, '/dev', '/proc'], scriptFolder: folder })
    expect(() => files.read('pipe')).to.throw('open("pipe"): it is no ordinary file')
    expect(() => files.read('zero')).to.throw('it is no ordinary file')
    expect(() => files.read('loop')).to.throw('its links lead in a circle')
    expect(() => files.read('a')).to.throw('64 MiB')
    expect(() => files.read('a/b')).to.throw('a part of its path is no folder')
    // It says that it has no bytes.
    expect(text(files.read('/proc/self/status'))).to.include('Pid:')
  })

  it('reads no file the settings came from, under whatever name', () => {
    using space = workspace({ 'chopsticks.yaml': 's3: {}', 'script.js': '' })
    const { folder } = space
    linkSync(join(folder, 'chopsticks.yaml'), join(folder, 'other.txt'))
    symlinkSync('chopsticks.yaml', join(folder, 'link'))
    const files = diskFiles({ roots: [folder], scriptFolder: folder, withheld: [join(folder, 'chopsticks.yaml'), join(folder, 'gone')] })
    for (const name of ['chopsticks.yaml', 'other.txt', 'link', './x/../chopsticks.yaml']) {
      expect(() => files.read(name), name).to.throw('no script gets to see')
    }
    expect(text(files.read('script.js'))).to.equal('')
  })

  it('names the file and the reason when there is none or it is a folder', () => {
    using space = workspace()
    mkdirSync(join(space.folder, 'folder'))
    const files = diskFiles({ roots: [space.folder], scriptFolder: space.folder })
    expect(() => files.read('absent.csv')).to.throw('open("absent.csv"): there is no such file')
    expect(() => files.read('folder')).to.throw('open("folder"): it is a folder')
  })
})
