// A real InfluxDB is written a run, and asked for what it then knows.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { runCli, workspace } from '../kit/cli.ts'
import { needed } from './needed.ts'
import { freePort } from './prometheus-server.ts'

const SCRIPT = `
import s3 from 'chopsticks/s3'
export const options = { vus: 2, duration: '2s', tags: { odd: 'a b,c=d "e"' } }
export default async function () { await s3.put('k-' + __VU, 'hello') }
`
interface Result { readonly series?: readonly { readonly values: readonly (readonly unknown[])[] }[]; readonly error?: string }
interface Answer { readonly results: readonly Result[] }

describe('InfluxDB', function () {
  this.timeout(60_000)

  it('knows a run it was written, tags of any kind too', async () => {
    using space = workspace({ 's.js': SCRIPT })
    const [http, rpc] = [await freePort(), await freePort()]
    const at = `http://127.0.0.1:${http}`
    const config = join(space.folder, 'influxdb.conf')
    space.write({ 'influxdb.conf': [
      'reporting-disabled = true', `bind-address = "127.0.0.1:${rpc}"`, '[meta]', `dir = "${space.folder}/meta"`,
      '[data]', `dir = "${space.folder}/data"`, `wal-dir = "${space.folder}/wal"`, '[http]', `bind-address = "127.0.0.1:${http}"`, '',
    ].join('\n') })
    const child = spawn(needed('PEERS_INFLUXD'), ['-config', config], { stdio: 'ignore' })
    try {
      const beganMs = Date.now()
      while ((await fetch(`${at}/ping`).catch(() => undefined))?.ok !== true) {
        if (child.exitCode !== null || Date.now() - beganMs > 30_000) throw new Error('InfluxDB did not start')
        await new Promise((resolve) => { setTimeout(resolve, 100) })
      }
      const ask = async (query: string): Promise<readonly unknown[]> => {
        const method = query.startsWith('CREATE') ? 'POST' : 'GET'
        const response = await fetch(`${at}/query?${new URLSearchParams({ db: 'bench', q: query }).toString()}`, { method })
        const { results: [first] } = await response.json() as Answer
        expect(first?.error).to.equal(undefined)
        return first?.series?.[0]?.values[0] ?? []
      }
      await ask('CREATE DATABASE bench')
      const args = ['s.js', '-o', `influxdb=${at}/bench`, '--summary-export', 'x.json']
      const { code, stdout, stderr } = await runCli(args, { cwd: space.folder })
      expect(code, stderr).to.equal(0)
      expect(stdout).not.to.contain('were lost')
      const { metrics } = JSON.parse(readFileSync(join(space.folder, 'x.json'), 'utf8')) as
        { readonly metrics: Readonly<Record<string, { readonly values: { readonly count: number } }>> }
      const [, reqs] = await ask('SELECT sum(value) FROM s3_reqs WHERE op = \'put\' AND odd = \'a b,c=d "e"\'')
      expect(reqs).to.equal(metrics['s3_reqs']?.values.count)
      const [, count] = await ask('SELECT sum(count) FROM s3_req_duration')
      expect(count).to.equal(metrics['s3_reqs']?.values.count)
    } finally {
      child.kill('SIGKILL')
    }
  })
})
