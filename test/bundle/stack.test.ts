// Stacks: from positions in the minified bundle to the user's own lines, end to end with esbuild's source map.
import { expect } from 'chai'
import fc from 'fast-check'
import type { Bundled } from '../../runtime/bundle/bundle.ts'
import { makeStackMapper, type StackMapper } from '../../runtime/bundle/stack.ts'
import { openFolder, type Folder } from './folder.ts'

const SCRIPT = `import { callBack, S3 } from 'chopsticks/s3'
import { twice } from './lib/twice.ts'
import { pack } from 'packer'

class Basket {
  fill(): never { throw new TypeError('in the method') }
}
function upload(): number { return twice(() => { throw new RangeError('in the arrow') }) }
const download = async (): Promise<void> => { throw new Error('in the constant') }
export function back(): void { callBack(() => { throw new Error('in the callback') }) }
export default function main(): void { new Basket().fill() }
export { upload, download }
export const packed = () => [pack(), new S3().boom()]
`

describe('mapping a stack', () => {
  let folder: Folder
  let bundled: Bundled
  let mapper: StackMapper
  before(async () => {
    folder = await openFolder()
    await folder.write({
      'script.ts': SCRIPT,
      'lib/twice.ts': 'export function twice(run: () => number): number {\n  return run() * 2\n}',
      'node_modules/packer/package.json': '{ "name": "packer", "main": "p.js" }',
      'node_modules/packer/p.js': 'exports.pack = function pack() { throw new Error("in the package") }',
    })
    bundled = await folder.bundle('script.ts')
    mapper = makeStackMapper(bundled.bundle, bundled.map)
  })
  after(() => folder.close())

  /** A frame as QuickJS writes it for the place where `needle` stands in the bundle. */
  const frame = (needle: string, name: string | undefined, offset = 0): string => {
    const at = bundled.bundle.code.indexOf(needle)
    if (at < 0) throw new Error(`the bundle has no ${needle}`)
    const lines = bundled.bundle.code.slice(0, at + offset).split('\n')
    const position = `bundle.js:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
    return `    at ${name === undefined ? position : `${name} (${position})`}`
  }
  /** The name the minifier gave a function: found by what it throws. */
  const minified = (pattern: RegExp): string => {
    const name = pattern.exec(bundled.bundle.code)?.[1]
    if (name === undefined) throw new Error(`the bundle has no ${String(pattern)}`)
    return name
  }

  it('gives file, line, column and the name of a method', () => {
    const [found] = mapper.frames(frame('TypeError("in the method', 'fill', 9))
    expect(found).to.include({ file: 'script.ts', line: 6, function: 'fill' })
    expect(SCRIPT.split('\n')[5]?.slice(Number(found?.column) - 1)).to.match(/^(new )?TypeError/)
  })

  it('gives functions the names they have in the source', () => {
    const upload = minified(/function (\w+)\(\)\{return \w+\(\(\)=>\{throw new RangeError/)
    const download = minified(/(\w+)=async\(\)=>\{throw new Error\("in the constant/)
    const main = minified(/function (\w+)\(\)\{new \w+\(\)\.fill/)
    const twice = minified(/function (\w+)\(\w+\)\{return \w+\(\)\*2/)
    const stack = [
      frame('RangeError(', '<anonymous>', 10), frame('()*2', twice, 0), frame('(()=>{throw new RangeError', upload),
      frame('Error("in the constant', download, 5), frame('.fill()', main, 5),
    ]
    expect(mapper.frames(stack.join('\n')).map((entry) => [entry.function, entry.file, entry.line])).to.deep.equal([
      [undefined, 'script.ts', 8], ['twice', 'lib/twice.ts', 2], ['upload', 'script.ts', 8],
      ['download', 'script.ts', 9], ['main', 'script.ts', 11],
    ])
  })

  it('hides frames of ours, of the engine and of other code', () => {
    const stack = [
      frame('Error("in the callback', undefined, 5), frame('Error("ours', 'boom', 5), '    at map (native)', '    at <eval> (<input>:1:1)',
      '    at other (else.js:1:1)', '    at x (bundle.js:99:1)', frame('globalThis.script', 'boot'), '', 'no frame',
    ]
    expect(mapper.frames(stack.join('\n')).map(({ line }) => line)).to.deep.equal([10])
  })

  it('describes an error by the first frame that is the user\'s own, with its line', () => {
    const stack = [frame('Error("in the package', 'pack', 5), frame('Error("in the callback', undefined, 5)].join('\n')
    const described = mapper.describeError({ name: 'TypeError', message: 'no', stack })
    expect(described.frames.map(({ file }) => file)).to.deep.equal(['node_modules/packer/p.js', 'script.ts'])
    expect(described.message).to.equal('TypeError: no')
    expect(described.location).to.match(/^script\.ts:10:\d+$/)
    expect(described.lineText).to.equal("export function back(): void { callBack(() => { throw new Error('in the callback') }) }")
  })

  it('describes an error without a place of the user\'s by its message alone', () => {
    const native = '    at map (native)\n'
    expect(mapper.describeError({ name: 'Error', message: 'm', stack: native })).to.deep.equal({ message: 'm', frames: [] })
    expect(mapper.describeError({ message: 'm', stack: '' })).to.deep.equal({ message: 'm', frames: [] })
    expect(mapper.describeError({ name: 'RangeError', message: '', stack: '' }).message).to.equal('RangeError')
  })

  it('names standard input as such', async () => {
    bundled = await folder.bundle('\nexport default function f() { throw new Error("typed") }')
    mapper = makeStackMapper(bundled.bundle, bundled.map)
    const described = mapper.describeError({ message: 'typed', stack: frame('Error("typed', undefined, 5) })
    expect(described.location).to.match(/^<stdin>:2:\d+$/)
    expect(described.lineText).to.equal('export default function f() { throw new Error("typed") }')
  })

  it('takes any text for a stack', () => {
    const pieces = fc.constantFrom('    at ', 'x', ' (', 'bundle.js', ':', '1', '0', '-', ')', '\n', '(((', '999999999999999999999')
    fc.assert(fc.property(fc.oneof(fc.string({ unit: pieces, maxLength: 12 }), fc.string()), (stack) => {
      for (const { line, column } of mapper.frames(stack)) expect(Math.min(line, column)).to.be.greaterThan(0)
    }))
  })
})
