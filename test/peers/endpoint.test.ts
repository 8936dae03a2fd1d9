// The built-in S3 endpoint serves other people's clients as they come.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { serveStore, type ServedStore } from '../kit/served-store.ts'
import { workspace } from '../kit/cli.ts'
import { needed } from './needed.ts'

const run = promisify(execFile)
/** A script beside this test's source: only TypeScript is compiled. */
const scriptNamed = (name: string): string => fileURLToPath(new URL(`../../../test/peers/${name}`, import.meta.url))

const MIB = 1024 * 1024

describe('the built-in endpoint', function () {
  this.timeout(120_000)
  let store: ServedStore
  before(async () => { store = await serveStore() })
  after(async () => { await store.stop() })

  const env = (): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'], HOME: process.env['HOME'], PEERS_NODE: process.env['PEERS_NODE'],
    AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    ...store.env, AWS_DEFAULT_REGION: store.env['AWS_REGION'], S3_ENDPOINT_URL: store.endpoint,
  })
  const empty = async (): Promise<void> => { expect(await store.keys()).to.deep.equal([]) }

  for (const [what, program, script] of [
    ['boto3', () => needed('PEERS_PYTHON'), 'boto3_peer.py'], ['minio-js', () => process.execPath, 'minio-peer.mjs'],
  ] as const) {
    it(`serves ${what} with its defaults`, async () => {
      using space = workspace()
      const { stdout } = await run(program(), [scriptNamed(script)], { env: env(), cwd: space.folder })
      expect(stdout).to.equal(`${what} is served\n`)
      await empty()
    })
  }

  it('serves s5cmd: buckets, copies in parts, in, out and within, odd keys, URLs, many keys, removal', async () => {
    using space = workspace()
    const body = randomBytes(11 * MIB)
    writeFileSync(join(space.folder, 'big'), body)
    const s5cmd = async (...args: string[]): Promise<string> =>
      (await run(needed('PEERS_S5CMD'), args, { env: env(), cwd: space.folder })).stdout
    const at = (key: string): string => `s3://${store.bucket}/${key}`
    await s5cmd('cp', '-p', '5', 'big', at('s5/b ig +1%'))
    expect(await s5cmd('ls', at('s5/'))).to.match(/ 11534336 {2}b ig \+1%\n$/)
    await s5cmd('cp', at('s5/b ig +1%'), 'back')
    expect(readFileSync(join(space.folder, 'back')).equals(body)).to.equal(true)
    await s5cmd('mb', 's3://of-s5cmd')
    await s5cmd('cp', at('s5/b ig +1%'), 's3://of-s5cmd/copy')
    await s5cmd('mv', 's3://of-s5cmd/copy', 's3://of-s5cmd/moved')
    expect(await s5cmd('du', 's3://of-s5cmd/*')).to.include('11534336 bytes in 1 objects')
    const url = (await s5cmd('presign', 's3://of-s5cmd/moved')).trim()
    expect((await (await fetch(url)).arrayBuffer()).byteLength).to.equal(11 * MIB)
    const commands = Array.from({ length: 40 }, (_, n) => `cp back "${at(`many/${n}`)}"`)
    writeFileSync(join(space.folder, 'back'), 'small')
    writeFileSync(join(space.folder, 'commands'), commands.join('\n'))
    await s5cmd('run', 'commands')
    expect((await s5cmd('ls', at('many/*'))).trim().split('\n')).to.have.length(40)
    await s5cmd('rm', at('*'))
    await s5cmd('rm', 's3://of-s5cmd/*')
    await s5cmd('rb', 's3://of-s5cmd')
    await empty()
  })

  it('serves s3cmd: copies in parts, in and out, lists, says what it knows, removes', async () => {
    using space = workspace()
    const body = randomBytes(11 * MIB)
    writeFileSync(join(space.folder, 'big'), body)
    const { host } = new URL(store.endpoint)
    const settings = ['-c', '/dev/null', '--no-ssl', `--host=${host}`, `--host-bucket=${host}`, `--access_key=${store.accessKey}`,
      `--secret_key=${store.secretKey}`]
    const s3cmd = async (...args: string[]): Promise<string> =>
      (await run(join(dirname(needed('PEERS_PYTHON')), 's3cmd'), [...settings, ...args], { env: env(), cwd: space.folder })).stdout
    const key = `s3://${store.bucket}/s3cmd/b ig ü`
    await s3cmd('put', '--multipart-chunk-size-mb=5', 'big', key)
    expect(await s3cmd('ls', `s3://${store.bucket}/s3cmd/`)).to.match(/11534336 .*b ig ü/)
    expect(await s3cmd('info', key)).to.match(/ACL: +chopsticks: FULL_CONTROL/)
    await s3cmd('get', key, 'back')
    expect(readFileSync(join(space.folder, 'back')).equals(body)).to.equal(true)
    await s3cmd('cp', key, `s3://${store.bucket}/s3cmd/copy`)
    await s3cmd('del', '--recursive', '--force', `s3://${store.bucket}/s3cmd/`)
    await empty()
  })
})
