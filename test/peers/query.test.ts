// Kept runs asked in SQL, by the real DuckDB.
import { appendFileSync, readFileSync, readdirSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { runCli, workspace, type Workspace } from '../kit/cli.ts'
import { needed } from './needed.ts'

const SCRIPT = `
import s3 from 'chopsticks/s3'
import { payload } from 'chopsticks'
export const options = { vus: 2, iterations: 20, seed: 7 }
export default async function () {
  await s3.put('o-' + __VU + '-' + __ITER, payload('1KiB'))
  await s3.get('o-' + __VU + '-' + __ITER)
}
`

describe('chopsticks query', function () {
  this.timeout(120_000)
  const run = (space: Workspace, ...args: readonly string[]) => runCli([...args, '--results', 'runs'], { cwd: space.folder })

  function withDuckDb(): Workspace {
    const space = workspace({ 's.js': SCRIPT })
    symlinkSync(join(needed('PEERS_DUCKDB'), 'node_modules'), join(space.folder, 'node_modules'))
    return space
  }
  async function ask(space: Workspace, sql: string): Promise<unknown> {
    const { code, stdout, stderr } = await run(space, 'query', '--json', sql)
    expect(code, stderr).to.equal(0)
    return JSON.parse(stdout)
  }

  it('has tables without rows where no run is kept', async () => {
    using space = withDuckDb()
    for (const table of ['runs', 'series', 'slowest', 'operations']) {
      expect(await ask(space, `select count(*) as n from ${table} where run = 'x'`)).to.deep.equal([{ n: 0 }])
    }
  })

  it('answers what runs, seconds, slow operations and op logs hold', async () => {
    using space = withDuckDb()
    expect((await run(space, 's.js', '--op-log', 'ops', '--tag', 'night=1')).code).to.equal(0)
    expect((await run(space, 's.js')).code).to.equal(0)
    expect(await ask(space, "select script, verdict, seed, complete from runs where tags->>'night' = '1'"))
      .to.deep.equal([{ script: 's.js', verdict: 'passed', seed: 7, complete: true }])
    const each = [{ op: 'get', n: 20 }, { op: 'put', n: 20 }]
    const counted = (table: string, sum: string, where: string): Promise<unknown> => ask(space, `select op, ${sum}::int as n from ${table}
      where run = (select run from runs where tags->>'night' = '1') ${where} group by op order by op`)
    expect(await counted('series', 'sum(value)', "and metric = 's3_reqs'")).to.deep.equal(each)
    expect(await counted('operations', 'count(*)', 'and endedUs > startedUs')).to.deep.equal(each)
    expect(await counted('slowest', 'count(*)', 'and durationMs > 0')).to.deep.equal(each)
    const table = await run(space, 'query', 'select verdict, count(*) as n from runs group by all')
    expect(table.stdout).to.equal('verdict  n\npassed   2\n1 row\n')
  })

  it('reads op logs whose last line, and Parquet whose end, was cut off', async () => {
    using space = withDuckDb()
    expect((await run(space, 's.js', '--op-log', 'ops')).code).to.equal(0)
    const sql = "select (select count(*) from operations) as o, (select sum(value)::int from series where metric = 's3_reqs') as s"
    expect(await ask(space, sql)).to.deep.equal([{ o: 40, s: 40 }])
    const log = readdirSync(join(space.folder, 'ops')).map((name) => join(space.folder, 'ops', name))[0] ?? ''
    appendFileSync(log, '{"dueUs":1,"op":"p')
    const [folder = ''] = readdirSync(join(space.folder, 'runs'))
    const parquet = join(space.folder, 'runs', folder, 'series.parquet')
    truncateSync(parquet, readFileSync(parquet).length / 2)
    expect(await ask(space, sql)).to.deep.equal([{ o: 40, s: 40 }])
  })

  const BAD: readonly (readonly [sql: string, said: RegExp])[] = [
    ['selec 1', /^error: query: Parser Error: syntax error at or near "selec"\n$/],
    ['select * from nothing', /^error: query: Catalog Error: Table with name nothing does not exist!.*\n$/],
  ]
  for (const [sql, said] of BAD) {
    it(`says in one line what is wrong with ${sql}`, async () => {
      using space = withDuckDb()
      const { code, stderr } = await run(space, 'query', sql)
      expect(code).to.equal(104)
      expect(stderr).to.match(said)
    })
  }
})
