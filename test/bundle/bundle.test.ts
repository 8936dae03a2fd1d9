// Bundling: what goes in, what comes out, and what is refused with file, line and column.
import { createHash } from 'node:crypto'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { expect } from 'chai'
import type { Bundled } from '../../runtime/bundle/bundle.ts'
import { openFolder, type Folder } from './folder.ts'

type Script = Readonly<Record<string, unknown>> & { readonly default?: () => unknown }

/** Evaluates a bundle: it imports and exports nothing, the kernel takes the script. */
async function evaluate({ bundle }: Bundled): Promise<Script> {
  const context = createContext({})
  await (runInContext(`(async () => {${bundle.code}\n})()`, context) as Promise<void>)
  return (context as { script: Script }).script
}

describe('bundling a script', () => {
  let folder: Folder
  beforeEach(async () => { folder = await openFolder() })
  afterEach(() => folder.close())

  it('takes TypeScript, JavaScript, JSON and packages of the script\'s folder', async () => {
    await folder.write({
      'script.ts': `import s3 from 'chopsticks/s3'
        import { twice } from './lib.ts'
        import half from './half.js'
        import data from './data.json'
        import { say } from 'greeter'
        import { deep } from 'greeter/deep'
        import type { Gone } from './types-only.ts'
        export const options = { vus: data.vus }
        export default (value: Gone) => [s3.put(), twice(21), half(4), say(), deep]`,
      'lib.ts': 'export enum Kind { A = 2 }\nexport const twice = (n: number): number => n * Kind.A',
      'half.js': 'module.exports = (n) => n / 2',
      'data.json': '{ "vus": 7 }',
      'node_modules/greeter/package.json': 
        '{ "name": "greeter", "exports": { ".": { "require": "./no.cjs", "import": "./yes.js" }, "./deep": "./deep.js" } }',
      'node_modules/greeter/yes.js': 'export const say = () => "import"',
      'node_modules/greeter/deep.js': 'export const deep = "deep"',
    })
    const bundled = await folder.bundle('script.ts')
    const script = await evaluate(bundled)
    expect(script.options).to.deep.equal({ vus: 7 })
    expect(script.default?.()).to.deep.equal([true, 42, 2, 'import', 'deep'])
    expect(bundled.imports).to.deep.equal(['chopsticks/s3'])
    const inputs = ['script.ts', 'lib.ts', 'half.js', 'data.json', 'node_modules/greeter/yes.js', 'node_modules/greeter/deep.js']
    expect(bundled.inputs).to.have.members(inputs.map((name) => join(folder.path, name)))
    expect(bundled.inputs[0]).to.equal(join(folder.path, 'script.ts'))
  })

  it('takes text from standard input, whose imports start from a folder', async () => {
    await folder.write({ 'lib.js': 'export const one = 1' })
    const bundled = await folder.bundle('import { one } from "./lib.js"\nexport default (): number => one')
    expect((await evaluate(bundled)).default?.()).to.equal(1)
    expect(bundled.inputs).to.deep.equal([join(folder.path, 'lib.js')])
  })

  it('takes require, top-level await and dynamic imports of files', async () => {
    await folder.write({
      'script.js': 'const { put } = require("chopsticks/s3")\nconst { one } = await import("./lib.js")\nexport default () => [put(), one]',
      'lib.js': 'export const one = 1',
    })
    expect((await evaluate(await folder.bundle('script.js'))).default?.()).to.deep.equal([true, 1])
  })

  it('runs the kernel before the script\'s body', async () => {
    await folder.write({ 'script.js': 'import { put } from "chopsticks/s3"\nexport const early = typeof put' })
    const script = await evaluate(await folder.bundle('script.js'))
    expect(script.early).to.equal('function')
  })

  it('follows the script\'s tsconfig', async () => {
    await folder.write({
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }', 'lib/a.ts': 'export const a = 1',
      'script.ts': 'import { a } from "@lib/a"\nexport default () => a',
    })
    expect((await evaluate(await folder.bundle('script.ts'))).default?.()).to.equal(1)
  })

  it('rewrites what QuickJS can not parse', async () => {
    await folder.write({ 'script.ts': 'export default () => { using gone = null; return gone }' })
    const { bundle } = await folder.bundle('script.ts')
    expect(bundle.code).to.not.match(/\busing\b/)
  })

  describe('modules of chopsticks', () => {
    it('answer to their aliases, and are listed by their own names', async () => {
      const script = 'import { sleep } from "k6"\nimport { S3 } from "chopsticks/s3"\nexport default () => [sleep(), S3]'
      const bundled = await folder.bundle(script)
      expect(bundled.imports).to.deep.equal(['chopsticks', 'chopsticks/s3'])
    })

    it('are left out, and not listed, when nothing of them is used', async () => {
      const script = 'import { sleep } from "chopsticks"\nimport * as s3 from "chopsticks/s3"\nexport default () => sleep()'
      const bundled = await folder.bundle(script)
      expect(bundled.imports).to.deep.equal(['chopsticks'])
      expect(bundled.bundle.code).to.not.include('ours')
    })
  })

  describe('globals beyond the language', () => {
    it('are bundled where a script names them, by either name', async () => {
      for (const name of ['TextEncoder', 'globalThis.TextEncoder']) {
        const { bundle } = await folder.bundle(`\nexport default () => new ${name}().encode()`)
        expect(bundle.code).to.include('encoded by ours')
      }
      const script = await evaluate(await folder.bundle('\nexport default () => [typeof TextEncoder, atob("x")]'))
      expect(script.default?.()).to.deep.equal(['function', 'a'])
    })

    it('cost nothing otherwise, and give way to the script\'s own', async () => {
      const { bundle } = await folder.bundle('class TextEncoder {}\nexport default () => new TextEncoder()')
      expect(bundle.code).to.not.include('ours')
    })
  })

  describe('the digest', () => {
    it('is the SHA-256 of the code, and the same wherever the sources lie', async () => {
      await folder.write({
        'script.ts': 'import { one } from "./lib.ts"\nimport { sleep } from "chopsticks"\nexport default () => [one, sleep, atob]',
        'lib.ts': 'export const one = 1',
      })
      const first = await folder.bundle('script.ts')
      const elsewhere = await openFolder()
      try {
        await mkdir(join(elsewhere.path, 'deeper'))
        for (const name of ['script.ts', 'lib.ts']) await cp(join(folder.path, name), join(elsewhere.path, 'deeper', name))
        const second = await elsewhere.bundle('deeper/script.ts')
        expect(second.bundle).to.deep.equal(first.bundle)
      } finally {
        await elsewhere.close()
      }
      expect(first.bundle.digest).to.equal(createHash('sha256').update(first.bundle.code).digest('hex'))
      expect(first.bundle.code).to.not.include(folder.path)
    })

    it('changes with the script', async () => {
      const [a, b] = [await folder.bundle('\nexport default () => 1'), await folder.bundle('\nexport default () => 2')]
      expect(a.bundle.digest).to.not.equal(b.bundle.digest)
    })
  })

  describe('a script that can not be bundled', () => {
    it('is refused with file, line, column and the line', async () => {
      await folder.write({ 'script.ts': 'import "./sub/lib.ts"\nexport default () => 1', 'sub/lib.ts': 'const é = "ü"; let 1 = 2' })
      const error = await folder.refusal('script.ts')
      expect(error).to.include({ file: 'sub/lib.ts', line: 1, column: 20, lineText: 'const é = "ü"; let 1 = 2' })
      expect(error).to.include({ location: 'sub/lib.ts:1:20', missing: false })
      expect(error.message).to.match(/Expected/)
    })

    it('names the text from standard input as such', async () => {
      expect(await folder.refusal('let a = ;\n')).to.include({ location: '<stdin>:1:9' })
    })

    it('is told apart from one that is not there', async () => {
      expect(await folder.refusal('nope.ts')).to.include({ message: 'there is no such file', location: 'nope.ts', missing: true })
      expect(await folder.refusal('ours')).to.include({ message: 'it is no file', missing: true })
    })

    it('reports everything else that is wrong too', async () => {
      const error = await folder.refusal('import "./a.js"\nimport "./b.js"')
      const expected = ["'./a.js'", "'./b.js'"].map((name) => `cannot find ${name}: there is no such file`)
      expect([error.message, ...error.others.map(({ message }) => message)]).to.have.members(expected)
    })

    const refusals: readonly (readonly [about: string, source: string, message: RegExp])[] = [
      ['a package that is not installed', 'import "left-pad"', /cannot find 'left-pad': no package of that name is installed/],
      ['Node\'s modules', 'import fs from "fs"\nfs()', /'fs' is part of Node/],
      ['Node\'s modules by their full name', 'import "node:net"', /'node:net' is part of Node/],
      ['parts of Node\'s modules', 'import "fs/promises"', /'fs\/promises' is part of Node/],
      ['modules of chopsticks that there are not', 'import "chopsticks/nfs"',
        /no module 'chopsticks\/nfs'; the modules are chopsticks, chopsticks\/s3$/],
      ['k6/http', 'import http from "k6/http"\nhttp()', /'k6\/http' is not here: .*chopsticks\/s3/],
      ['other modules of k6', 'import "k6/html"', /'k6\/html' is not here; of k6's modules there are k6$/],
      ['addresses', 'import "https://example.com/x.js"', /not fetched/],
      ['names a module of chopsticks has not', 'import { get } from "chopsticks/s3"\nget()', /^chopsticks\/s3 has no export named 'get'$/],
      ['default exports a module of chopsticks has not', 'import core from "chopsticks"\ncore()', /^chopsticks has no default export$/],
    ]
    for (const [about, source, message] of refusals) {
      it(`is told about ${about}, at the import`, async () => {
        const error = await folder.refusal(`\n${source}`)
        expect(error.message).to.match(message)
        expect(error).to.include({ file: '<stdin>', line: 2, lineText: source.split('\n')[0] })
      })
    }

    it('may use a package that has the name of one of Node\'s modules', async () => {
      await folder.write({
        'node_modules/events/package.json': '{ "name": "events", "main": "e.js" }',
        'node_modules/events/e.js': 'exports.on = () => "theirs"',
      })
      const bundled = await folder.bundle('import { on } from "events"\nexport default () => on()')
      expect((await evaluate(bundled)).default?.()).to.equal('theirs')
    })
  })

  it('warns of what is odd', async () => {
    const { warnings } = await folder.bundle('\nexport default () => { switch (1) { case 1: case 1: } }')
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.include({ file: '<stdin>', line: 2 })
  })
})
