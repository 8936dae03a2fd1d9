// Checked data as a user sees it: what is wrong counts in verify_failed, stands in the errors and the op log, and fails a threshold.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serveS3, type EndpointOptions } from '../../bindings/s3/endpoint/index.ts'
import { runCli, workspace } from '../kit/cli.ts'
import { readOpLogs } from '../kit/op-logs.ts'

const SCRIPT = `
import s3 from 'chopsticks/s3'
import { fromFile, payload } from 'chopsticks'
export const options = { vus: 4, iterations: 120, thresholds: { verify_failed: ['rate==0'], iterations_failed: ['rate<=1'] } }
const body = payload('20KiB', __VU % 2 ? { compressible: 30 } : fromFile('./corpus.txt'))
export default async function () {
  const key = 'obj-' + __VU + '-' + __ITER % 10
  await s3.put(key, body)
  await s3.get(key)
}
`

interface Ran {
  readonly code: number | null
  readonly text: string
  readonly failed: Readonly<Record<string, number>>
  readonly details: readonly string[]
  readonly planted: Readonly<Record<string, number>>
  readonly rate: { readonly passes: number; readonly fails: number } | undefined
}

/** One run against an endpoint that does badly; what it counted, and what was planted. */
async function run(
  given: Partial<EndpointOptions>, args: readonly string[], env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  using space = workspace({ 's.js': SCRIPT, 'corpus.txt': 'what objects hold\n' })
  const served = await serveS3(given)
  try {
    const { code, stdout, stderr } = await runCli(['s.js', '--shards', '2', '--op-log', 'ops', '--summary-export', 'all.json', ...args], {
      cwd: space.folder,
      env: { AWS_ENDPOINT_URL: served.endpoint, AWS_ACCESS_KEY_ID: served.accessKey, AWS_SECRET_ACCESS_KEY: served.secretKey,
        AWS_REGION: served.region, BUCKET_NAME: served.bucket, ...env },
    })
    const { metrics } = JSON.parse(readFileSync(join(space.folder, 'all.json'), 'utf8')) as
      { readonly metrics: Readonly<Record<string, { readonly values: NonNullable<Ran['rate']> }>> }
    const failures = readOpLogs(join(space.folder, 'ops')).flatMap(({ operations }) => operations)
      .filter((one) => one.code !== 'ok' && one.phase === 'iteration')
    const failed: Record<string, number> = {}
    for (const one of failures) failed[one.code ?? ''] = (failed[one.code ?? ''] ?? 0) + 1
    return {
      code, text: stdout + stderr, failed, details: failures.map(({ detail }) => detail ?? ''), planted: served.stats().planted,
      rate: metrics['verify_failed']?.values,
    }
  } finally {
    await served.close()
  }
}

describe('--verify', () => {
  it('finds all that was planted, at two shards, and says where', async () => {
    const given = { corruptRate: 0.2, shortRate: 0.2, loseRate: 0.3, seed: 8 }
    const { code, text, failed, details, planted, rate } = await run(given, ['--verify'])
    expect(code, text).to.equal(99)
    const { corrupt = 0, short = 0, lost = 0, stale = 0 } = planted
    expect(Math.min(corrupt, short, lost)).to.be.greaterThan(0)
    // Of an object that isn't there, or is the one before, no body was spoiled that would have been right.
    expect(Object.keys(failed)).to.include.members(['corrupt', 'short', 'lost'])
    expect(failed['lost']).to.equal(lost)
    expect((failed['corrupt'] ?? 0) + (failed['short'] ?? 0) + (failed['stale'] ?? 0))
      .to.be.within(Math.max(corrupt + short, stale), corrupt + short + stale)
    const all = Object.values(failed).reduce((sum, count) => sum + count, 0)
    // k6's rate counts what failed as passes.
    expect(rate).to.include({ passes: all, fails: 120 - all })
    expect(text).to.match(/get obj-\d-\d: the bytes at 0 don't say what they are/)
    expect(text).to.match(/get obj-\d-\d: it isn't there, though write \d+ of it was confirmed/)
    expect(details).to.include('offset 10240: the bytes end at 10240 instead of 20480')
  })

  it('finds nothing where nothing is wrong', async () => {
    const { code, text, failed, rate } = await run({}, ['--verify'])
    expect(code, text).to.equal(0)
    expect(failed).to.deep.equal({})
    expect(rate).to.include({ passes: 0, fails: 120 })
  })

  it('is the front of each get without it, and nothing when it is off', async () => {
    const by = await run({ corruptRate: 0.2 }, [])
    expect(by.code, by.text).to.equal(99)
    expect(by.failed).to.deep.equal({ corrupt: by.planted['corrupt'] })
    const off = await run({ corruptRate: 0.2 }, ['--no-thresholds'], { CHOPSTICKS_VERIFY: 'false' })
    expect({ code: off.code, failed: off.failed, rate: off.rate }, off.text).to.deep.equal({ code: 0, failed: {}, rate: undefined })
  })
})
