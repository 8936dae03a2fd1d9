// A RADOS gateway that goes away and comes back under load: the run goes on, every failure is counted once with its code, and what the
// tool says was done is what the gateway's own log says.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runCli, startCli, workspace } from '../kit/cli.ts'
import { readOpLogs } from '../kit/op-logs.ts'
import { awsEnv, east } from './gateway.ts'
import { restartable } from './restart.ts'

const SCRIPT = `
import s3 from 'chopsticks/s3'
import { payload, sleep } from 'chopsticks'
export const options = { vus: 4 }
export default async function () {
  await sleep(0.01)
  const key = 'vu' + __VU + '-' + __ITER
  await s3.put(key, payload('16KiB'))
  await s3.get(key, { verify: true })
}
`
/** What a client can be told, or see, of a gateway that goes away. */
const EXPECTED = ['ok', 'unreachable', 'cut', 'unavailable', 'timeout']

describe('a load on a RADOS gateway that is stopped and started', function () {
  this.timeout(180_000)

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`by ${signal} goes on, and its numbers are the gateway's`, async () => {
      using space = workspace({ 'script.js': SCRIPT })
      const gateway = east()
      const server = restartable(gateway.endpoint)
      await server.stop('SIGTERM')
      await server.start()
      // One that was killed is waited for by the cluster, for half a minute at most, before it may come back.
      const duration = signal === 'SIGTERM' ? '12s' : '45s'
      const args = ['script.js', '-d', duration, '--op-log', 'ops', '--summary-export', 'out.json', '--no-cleanup', '--verify']
      using running = startCli(args, { cwd: space.folder, env: awsEnv(gateway) })
      await running.said(/running \((00m)?03\./)
      await server.stop(signal)
      await sleep(1000)
      await server.start()
      const { code, stdout, stderr, orphans } = await running.result
      expect(code, stdout + stderr).to.equal(0)
      expect(orphans).to.deep.equal([])

      const [file, ...others] = readOpLogs(join(space.folder, 'ops'))
      if (file === undefined) throw new Error('there is no op log')
      const operations = [file, ...others].flatMap((one) => one.operations).filter(({ phase }) => phase === 'iteration')
      const codes = new Map<string, number>()
      for (const operation of operations) codes.set(operation.code ?? 'open', (codes.get(operation.code ?? 'open') ?? 0) + 1)
      expect([...codes.keys()]).to.have.members([...codes.keys()].filter((one) => EXPECTED.includes(one)))
      const failed = operations.filter((operation) => operation.code !== 'ok')
      expect(failed.length).to.be.greaterThan(0)

      // The summary, the op log and the errors count the same operations, each once.
      const { metrics, errors } = JSON.parse(readFileSync(join(space.folder, 'out.json'), 'utf8')) as {
        metrics: Record<string, { values: Record<string, number> }>
        errors: readonly { count: number }[]
      }
      expect(metrics['s3_reqs']?.values['count']).to.equal(operations.length)
      expect(metrics['s3_req_failed']?.values['passes']).to.equal(failed.length)
      expect(metrics['verify_failed']?.values['passes'] ?? 0).to.equal(0)
      expect(errors.reduce((sum, { count }) => sum + count, 0)).to.equal(failed.length)

      // It worked before and after.
      const ok = operations.filter((operation) => operation.code === 'ok')
      const lastFailureUs = Math.max(...failed.map(({ dueUs }) => dueUs))
      expect(ok.filter(({ dueUs }) => dueUs > lastFailureUs).length, 'operations after it came back').to.be.greaterThan(20)

      // What the gateway wrote down, and what it holds.
      const bucket = `/${gateway.bucket}/`
      const done = server.requests().filter(({ method, path, status }) =>
        status < 300 && ['PUT', 'GET'].includes(method) && path.startsWith(bucket + file.header.prefix))
      const logged = done.map(({ method, path }) => `${method} ${path.slice(bucket.length)}`)
      const named = (some: typeof ok): readonly string[] => some.map(({ op, key }) => `${op.toUpperCase()} ${key ?? ''}`)
      const [told, missing] = [named(ok), named(failed)]
      // One that is killed takes with it what it had not written down yet.
      if (signal === 'SIGTERM') expect(new Set(told.filter((one) => !logged.includes(one)))).to.deep.equal(new Set())
      const known = new Set([...told, ...missing])
      expect(logged.filter((one) => !known.has(one)), 'requests nobody counted').to.deep.equal([])
      expect(logged.length - new Set(logged).size, 'requests sent twice').to.equal(0)
      const held = await gateway.objects(file.header.prefix)
      for (const { op, key } of ok) if (op === 'put') expect(held.has(key ?? ''), key ?? '').to.equal(true)
      const cleaned = await runCli(['cleanup', file.header.run], { cwd: space.folder, env: awsEnv(gateway) })
      expect(cleaned.code, cleaned.stderr).to.equal(0)
    })
  }
})
