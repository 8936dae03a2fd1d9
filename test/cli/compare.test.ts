// `chopsticks compare`: run files in, a table or JSON and an exit code out; and the two sides of `chopsticks ab`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { randomFrom } from '../../bindings/sdk/index.ts'
import { sidesOf } from '../../runtime/cli/ab.ts'
import { comparisonLines } from '../../runtime/cli/comparison-text.ts'
import { palette } from '../../runtime/output/palette.ts'
import { compareRuns, COMPARE_DEFAULTS, type Comparison } from '../../runtime/results/compare/compare.ts'
import { readRunFile, writeRunFile } from '../../runtime/results/run-file.ts'
import { runCli, workspace, type CliResult, type Workspace } from '../kit/cli.ts'
import { runOf, simulatedWindows, USUAL } from '../kit/simulated-runs.ts'

const run = (slower: number, seed: number, plan: object = {}) =>
  runOf(simulatedWindows({ ...USUAL, windows: 60, phi: 0, count: 50 }, slower, randomFrom(seed)), { plan })

/** A folder with `a.run`, `b.run` like it, `slow.run` 20 % slower, `other.run` of another script. */
function runs(): Workspace {
  const space = workspace()
  const write = (name: string, ...of: Parameters<typeof run>): void => { writeRunFile(join(space.folder, name), run(...of)) }
  write('a.run', 0, 1)
  write('b.run', 0, 2)
  write('slow.run', 0.2, 3)
  writeRunFile(join(space.folder, 'short.run'), runOf(simulatedWindows({ ...USUAL, windows: 5 }, 0, randomFrom(5))))
  write('other.run', 0, 4, { script: { name: 't.ts', digest: 'e' } })
  writeRunFile(join(space.folder, '.chopsticks', 'baselines', 'main.run'), run(0, 1))
  return space
}

describe('chopsticks compare', () => {
  let space: Workspace
  before(() => { space = runs() })
  after(() => { space[Symbol.dispose]() })
  const compare = (...args: string[]): Promise<CliResult> => runCli(['compare', ...args], { cwd: space.folder })

  for (const [args, code, says] of [
    ['a.run b.run', 0, /of 8 rows 8 the same within noise/],
    ['a.run slow.run', 0, /of 8 rows [4-8] worse/],
    ['slow.run a.run --fail-on worse', 0, /of 8 rows [4-8] better/],
    ['a.run slow.run --fail-on worse:5%', 99,
      /error: worse than what it was compared with \(--fail-on worse:5%\): get rate -1\d\.\d %, get med \+/],
    ['a.run slow.run --fail-on worse:50%', 0, /[4-8] worse/],
    ['slow.run --baseline main --fail-on worse', 99, /A: .*main\.run/],
    ['slow.run --baseline nothing', 114, /error: there is no run .*nothing\.run/],
    ['a.run other.run', 114, /error: not comparable: the scripts differ: s\.ts and t\.ts/],
    ['a.run other.run --fail-on worse', 114, /not comparable: the scripts differ/],
    ['a.run other.run --across script', 0, /of 8 rows/],
    ['a.run short.run', 114, /error: not comparable: s3 get rate: too few: 5 windows of 1 s/],
    ['a.run slow.run --bisect', 1, /[4-8] worse/],
    ['a.run b.run --bisect --fail-on worse:20%', 0, /same/],
    ['a.run b.run --bisect --tolerance 0.01%', 125, /a change of 0\.01 % would have gone unseen/],
    ['a.run other.run --bisect', 125, /not comparable/],
    ['a.run', 255, /name two runs, A and B, or one and --baseline; there are 1/],
    ['a.run b.run --baseline main', 255, /with --baseline name one run; there are 2/],
    ['a.run b.run --fail-on better', 104, /--fail-on: 'better' is neither worse nor like worse:5%/],
    ['a.run b.run --across moon', 104, /--across: there is no 'moon'; there are script, load, store/],
    ['a.run b.run --tolerance much', 104, /--tolerance: 'much' is no percentage such as 2%/],
    ['a.run gone.run', 114, /there is no run gone\.run/],
  ] as const) {
    it(`${args} ends ${code}`, async () => {
      const { code: got, stdout, stderr } = await compare(...args.split(' '))
      expect(stdout + stderr).to.match(says)
      expect(got).to.equal(code)
    })
  }
  it('prints one JSON document', async () => {
    const { stdout } = await compare('a.run', 'slow.run', '--json')
    const { rows, unlike, a } = JSON.parse(stdout) as Comparison
    expect(rows).to.have.length(8)
    expect(unlike).to.deep.equal([])
    expect(a[0]).to.match(/a\.run$/)
  })
})

describe('a run\'s file', () => {
  it('holds the run', () => {
    using space = workspace()
    const path = join(space.folder, 'x.run')
    writeRunFile(path, run(0, 1))
    const [before, after] = [run(0, 1), readRunFile(path)]
    expect(compareRuns([before], [after], { ...COMPARE_DEFAULTS, draws: 10 }).rows.map((row) => row.verdict === 'same' ? row.change : NaN))
      .to.deep.equal(new Array(8).fill(0))
    expect(after.windows.length).to.equal(60)
  })
  const damages: readonly (readonly [string, (bytes: Buffer) => Buffer, RegExp])[] = [
    ['cut off', (bytes) => bytes.subarray(0, bytes.length / 2), /x\.run: it is cut off/],
    ['anything else', () => Buffer.from('hello'), /x\.run: it is no run's file, or damaged/],
    ['other JSON', () => gzipSync('{}\n'), /x\.run: it is no run's file/],
    ['no JSON', () => gzipSync('hello\n'), /x\.run: it is no run's file, or damaged/],
    ['newer', (bytes) => gzipSync(gunzipSync(bytes).toString().replace('"version":1', '"version":2')), /written by a newer chopsticks/],
    ['short of windows', (bytes) => gzipSync(gunzipSync(bytes).toString().split('\n').slice(0, 9).join('\n')), /damaged: 8 of 60 windows/],
  ]
  for (const [name, damage, says] of damages) {
    it(`that is ${name} is refused, and left as it is`, async () => {
      using space = runs()
      const path = join(space.folder, 'x.run')
      const bytes = damage(readFileSync(join(space.folder, 'a.run')))
      writeFileSync(path, bytes)
      const { code, stderr } = await runCli(['compare', 'a.run', 'x.run'], { cwd: space.folder })
      expect(stderr).to.match(says)
      expect(code).to.equal(104)
      expect(readFileSync(path).equals(bytes)).to.equal(true)
    })
  }
})

describe('a comparison\'s table', () => {
  const comparison = compareRuns([run(0, 1)], [run(0.2, 2, { seed: 7 })], { ...COMPARE_DEFAULTS, draws: 50 })
  it('fits a narrow terminal, the verdict last', () => {
    const lines = comparisonLines(comparison, { palette: palette(false), columns: 69 })
    for (const line of lines) expect(line.length, line).to.be.at.most(69)
    expect(lines.find((line) => line.startsWith('s3 get'))).to.match(/worse$/)
    expect(lines.some((line) => line.startsWith('no room for: p'))).to.equal(true)
  })
  it('shows what differs beside the results', () => {
    expect(comparisonLines(comparison, { palette: palette(false), columns: 100 }).join('\n')).to.match(/differs +A +B\nplan\.seed +none +7/)
  })
})

describe('the sides of chopsticks ab', () => {
  it('are two scripts, or one with two targets or drivers', () => {
    expect(sidesOf(['a.ts', 'b.ts'], {}).map(({ name, script }) => [name, script])).to.deep.equal([['a.ts', 'a.ts'], ['b.ts', 'b.ts']])
    expect(sidesOf(['a.ts'], { target: ['east,west'] }).map(({ name, flags }) => [name, flags])).to.deep.equal(
      [['on east', { target: ['east'] }], ['on west', { target: ['west'] }]])
  })
  for (const [scripts, flags] of [
    [['a'], {}], [['a', 'b', 'c'], {}], [['a', 'b'], { target: ['x,y'] }], [['a'], { driver: ['x,y,z'] }],
  ] as const) {
    it(`are not ${scripts.join()} with ${JSON.stringify(flags)}`, () => {
      expect(() => sidesOf(scripts, flags)).to.throw(/ab compares two/)
    })
  }
  for (const repeat of ['2', 'x', '-1']) {
    it(`are run 3 times or more, not ${repeat}`, async () => {
      using space = workspace({ 's.js': '' })
      const { code, stderr } = await runCli(['ab', 's.js', 's.js', `--repeat=${repeat}`], { cwd: space.folder })
      expect(stderr).to.match(/--repeat: .* is no whole number from 3 to 1000/)
      expect(code).to.equal(255)
    })
  }
})
