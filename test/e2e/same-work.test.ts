// The same seed and number of iterations: the same operations in every VU, on every rerun and at any number of shards.
import { expect } from 'chai'
import { join } from 'node:path'
import { runCli, workspace } from '../kit/cli.ts'
import { readOpLogs } from '../kit/op-logs.ts'

const SCRIPT = `
import s3 from 'chopsticks/s3'
import { check, group, payload, random, sleep } from 'chopsticks'
import { csvFile, dealt, keys, popularity, sizes } from 'chopsticks/data'
export const options = {
  scenarios: {
    shared: { executor: 'shared-iterations', vus: 5, iterations: 23, exec: 'mixed' },
    each: { executor: 'per-vu-iterations', vus: 4, iterations: 3, exec: 'choosy' },
    dealt: { executor: 'shared-iterations', vus: 4, iterations: 29, exec: 'dealing' },
    late: { executor: 'shared-iterations', vus: 3, iterations: 7, exec: 'choosy', startTime: '200ms', tags: { late: 'yes' } },
  },
}
const name = (kind) => [kind, __VU, __ITER, Math.random().toString(36).slice(2, 8)].join('-')
const size = sizes('1-19999:3,20000:1')
const drawn = sizes('lognormal(2KiB, 64KiB)')
const nameOf = keys({ order: 'hashed', fanout: 16 }), next = popularity('zipf(1.1)')
const rows = csvFile('rows.csv')
export async function setup() {
  const key = 'first-' + Math.random()
  await s3.put(key, payload(size()))
  return { key }
}
export async function setupVU({ key }) {
  await s3.head(key)
  await s3.put(name('own'), payload(size(), { seed: random.int(1, 9) }))
}
export async function mixed({ key }) {
  const made = name('mixed')
  const body = payload(size(), { pattern: random.choice(['random', 'text', 'zero']) })
  await s3.put(made, body)
  // How long others take must not matter.
  if (Math.random() < 0.2) await sleep(Math.random() / 50)
  await group('back', async () => {
    check(await s3.get(made, { verify: body }), { whole: (r) => r.bytes === body.sizeBytes })
    for (let left = random.int(0, 3); left > 0; left--) await s3.get(key, { range: [0, random.int(0, 50)], throw: false })
  })
}
export async function choosy({ key }) {
  switch (random.weighted({ put: 3, text: 2, list: 1, gone: 1 })) {
    case 'put': await s3.put(name('choosy'), payload(size())); break
    case 'text': await s3.put(name('text'), 'x'.repeat(random.int(1, 99))); break
    case 'list': await s3.list({ prefix: name('none') }); break
    default: await s3.delete(name('never'))
  }
  await s3.head(key)
}
export async function dealing() {
  const [row] = dealt(rows)
  await s3.put('row-' + row + '-' + nameOf(next(100)), payload(drawn()))
}
`
const ROWS = Array.from({ length: 30 }, (_, n) => `r${n},x`).join('\n')

/** What each VU did, in the order in which it did it: everything but moments and who answered. */
async function workOf(folder: string, args: readonly string[]): Promise<readonly string[]> {
  const ops = `ops-${args.join('')}`
  // Many shards at once on a busy machine make a VU wait for its turn within one.
  const { code, stderr } = await runCli(['s.js', '-q', '--vu-slice-limit', '5s', '--op-log', ops, ...args], { cwd: folder })
  expect(code, stderr).to.equal(0)
  return readOpLogs(join(folder, ops)).flatMap(({ header, operations }) => operations
    .toSorted((a, b) => (a.startedUs ?? 0) - (b.startedUs ?? 0))
    .map(({ phase, vu, scenario, iteration, group, op, key, sizeBytes, bytesIn, code: end }, n) => ({
      n, vu, text: JSON.stringify([phase, vu, scenario, iteration, group, op, key?.slice(header.prefix.length), sizeBytes, bytesIn, end]),
    })))
    // Two VUs have no order between them; one of them keeps its own.
    .sort((a, b) => a.vu - b.vu || a.n - b.n)
    .map(({ text }) => text)
}

describe('the same seed and number of iterations', () => {
  it('make every VU do the same operations on the same keys with the same bytes at 1, 2, 3 and 7 shards, and again', async function () {
    this.timeout(60_000)
    using space = workspace({ 's.js': SCRIPT, 'rows.csv': ROWS })
    const [one, again, two, three, seven] = await Promise.all([
      workOf(space.folder, ['--seed', '11', '--shards', '1']), workOf(space.folder, ['--seed=11', '--shards', '1']),
      workOf(space.folder, ['--seed', '11', '--shards', '2']), workOf(space.folder, ['--seed', '11', '--shards', '3']),
      workOf(space.folder, ['--seed', '11', '--shards', '7']),
    ])
    expect(one.length).to.be.greaterThan(100)
    for (const op of ['put', 'get', 'head', 'list', 'delete']) expect(one.join('\n')).to.include(`"${op}"`)
    const rows = one.flatMap((text) => /"row-(r\d+)-/.exec(text)?.[1] ?? [])
    const first = Array.from({ length: 29 }, (_, n) => `r${String(n)}`)
    expect(rows.toSorted(), 'rows of the file that were dealt').to.deep.equal(first.toSorted())
    expect(again).to.deep.equal(one)
    expect(two).to.deep.equal(one)
    expect(three).to.deep.equal(one)
    expect(seven).to.deep.equal(one)
  })

  it('is other work with another seed', async function () {
    this.timeout(60_000)
    using space = workspace({ 's.js': SCRIPT, 'rows.csv': ROWS })
    const [one, other] = await Promise.all(['11', '12'].map((seed) => workOf(space.folder, ['--seed', seed, '--shards', '1'])))
    expect(other).not.to.deep.equal(one)
    expect(other?.filter((text) => text.includes('"put"') && one?.includes(text) === true)).to.deep.equal([])
  })
})
