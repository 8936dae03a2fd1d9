// Whatever is wrong, tried through the real command line: one clear line, the right exit code, nothing of ours shown, nothing left.
import { expect } from 'chai'
import { runCli, workspace, type CliResult } from './cli.ts'
import type { ServedStore } from './served-store.ts'

export interface BadInput {
  /** The end of a sentence that begins with the suite's name. */
  readonly what: string
  /** `script.js`, which is then the first argument. */
  readonly script?: string
  readonly args?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly first?: string
  readonly stdout?: string
  readonly code: number
  /** The error line, whole or in part; undefined: there is none, for nothing is wrong. */
  readonly line?: RegExp
  /** Something else that must have been said. */
  readonly said?: RegExp
}

/** Commands at once: most of a command's time is waiting. */
const AT_ONCE = 3

/** What must be true of every command that failed, and of those that did not. */
export function expectClean({ code, stdout, stderr, orphans }: CliResult, { code: wanted, line, said }: Omit<BadInput, 'what'>): void {
  const all = stderr + stdout
  expect(code, all).to.equal(wanted)
  const lines = stderr.match(/^error: /gm) ?? []
  expect(lines, stderr).to.have.length(line === undefined ? 0 : 1)
  if (line !== undefined) expect(stderr.slice(stderr.indexOf('error: '))).to.match(line)
  if (said !== undefined) expect(all).to.match(said)
  // Neither a frame of Node's, nor of ours, nor of the bundle's; nor what Node prints of an error nobody caught.
  expect(all).not.to.match(/^\s+at .*(node:|\/dist\/|bundle\.js)|node:internal|UnhandledPromiseRejection|Node\.js v\d/m)
  expect(orphans, 'processes left').to.deep.equal([])
}

async function tryOne({ script, args = [], files = {}, env = {}, first, stdout }: BadInput, store?: ServedStore): Promise<CliResult> {
  using space = workspace({ ...(script === undefined ? {} : { 'script.js': script }), ...files })
  return await runCli([...(script === undefined ? [] : ['script.js']), ...args], {
    cwd: space.folder, env: { ...store?.env, ...env },
    ...(first === undefined ? {} : { first }), ...(stdout === undefined ? {} : { stdout }),
  })
}

/**
 * Defines a test for each case. All of them are run before, a few at once, against `store` where there is one: then its bucket must
 * be empty afterwards.
 */
export function testAll(cases: readonly BadInput[], store?: () => ServedStore): void {
  const results = new Map<BadInput, CliResult>()
  before(async function () {
    this.timeout(600_000)
    const left = [...cases]
    const work = async (): Promise<void> => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) results.set(one, await tryOne(one, store?.()))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  })
  for (const one of cases) {
    it(`${one.what}: exit code ${one.code}`, () => {
      const result = results.get(one)
      if (result === undefined) throw new Error('it was not run')
      expectClean(result, one)
    })
  }
  if (store === undefined) return
  it('leave nothing in the bucket, all of them', async () => { expect(await store().keys()).to.deep.equal([]) })
}
