// Stopping takes bounded time whatever the store and the script do, and tells what to paste for what is left.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { binPath, runCli, startCli, workspace } from '../kit/cli.ts'
import { runNameIn } from '../kit/moments.ts'
import { LONG_SCRIPT } from '../kit/scripts.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'
import { slowStore } from '../kit/slow-store.ts'

/** Runs a command line as a user pastes it. */
const pasted = (command: string, cwd: string, env: Readonly<Record<string, string>>) => promisify(execFile)(
  'sh', ['-c', `chopsticks() { '${process.execPath}' '${binPath}' "$@"; }\n${command}`],
  { cwd, env: { PATH: process.env['PATH'] ?? '', ...env } },
)

const adviceIn = (text: string): string => /to delete it: (chopsticks cleanup [^"\n]+)/.exec(text)?.[1] ?? ''

describe('stopping', function () {
  this.timeout(60_000)
  let store: ServedStore
  before(async () => { store = await serveStore() })
  after(async () => { await store.stop() })

  const targets = (endpoint: string): string => `
s3: { endpoint: "${endpoint}", access_key: ${store.accessKey}, secret_key: "${store.secretKey}", bucket: ${store.bucket} }
targets: { far-west: { s3: { endpoint: "${endpoint}" } } }
`

  it('ends in time when the store does not answer any more, with a command that deletes the rest', async () => {
    await using slow = await slowStore(store.endpoint)
    using space = workspace({ 's.js': LONG_SCRIPT, 'my targets.yaml': targets(slow.endpoint) })
    const args = ['s.js', '-c', 'my targets.yaml', '--target', 'far-west', '--cleanup-timeout', '1s']
    using running = startCli(args, { cwd: space.folder })
    await running.said('iterating')
    slow.silent = true
    running.child.kill('SIGINT')
    const { code, stdout, stderr, orphans } = await running.result
    expect(code, stderr).to.equal(105)
    expect(stdout).to.include('iterations')
    expect(orphans).to.deep.equal([])
    const command = adviceIn(stderr)
    expect(command, stderr).to.match(/^chopsticks cleanup \w+ -c 'my targets\.yaml' --target far-west$/)
    expect(await store.keys()).not.to.deep.equal([])
    slow.silent = false
    const { stdout: said } = await pasted(command, space.folder, {})
    expect(said).to.match(/^deleted [1-9]\d* below chopsticks-/)
    expect(await store.keys()).to.deep.equal([])
  })

  it('waits for what the store was still at when its run was cut off, by itself as after SIGKILL', async () => {
    await using slow = await slowStore(store.endpoint, { putsMs: 400 })
    using space = workspace({ 's.js': `
      import s3 from 'chopsticks/s3'
      export const options = { vus: 8, duration: '5m' }
      export default async function () {
        console.log('writing')
        await s3.put('object-' + __VU + '-' + __ITER, 'x')
      }` })
    const env = { ...store.env, AWS_ENDPOINT_URL: slow.endpoint }
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      using running = startCli(['s.js'], { cwd: space.folder, env })
      await running.said('writing')
      running.child.kill(signal)
      const { stderr } = await running.result
      if (signal === 'SIGKILL') {
        const cleaned = await runCli(['cleanup', runNameIn(stderr) ?? ''], { cwd: space.folder, env: store.env })
        expect(cleaned.code, cleaned.stderr).to.equal(0)
      }
      expect(await store.keys(), signal).to.deep.equal([])
    }
  })

  it('ends a cleanup in time when the store does not answer, with 102 by itself and 105 by a signal', async () => {
    await using slow = await slowStore(store.endpoint)
    slow.silent = true
    using space = workspace({ 'targets.yaml': targets(slow.endpoint) })
    using late = startCli(['cleanup', 'abc', '-c', 'targets.yaml', '--cleanup-timeout', '500ms'], { cwd: space.folder })
    using signalled = startCli(['cleanup', 'chopsticks-abc/', '-c', 'targets.yaml', '--target', 'far-west'], { cwd: space.folder })
    const first = await late.result
    expect(first.code, first.stderr).to.equal(102)
    expect(first.stderr).to.match(/^error: something may be left below chopsticks-abc\/: the cleanup did not end within 0\.5 s/m)
    expect(first.stderr).to.include('chopsticks cleanup abc -c targets.yaml')
    while (slow.connections < 2) await new Promise((resolve) => setTimeout(resolve, 10))
    signalled.child.kill('SIGTERM')
    const second = await signalled.result
    expect(second.code, second.stderr).to.equal(105)
    expect(second.stderr).to.include('chopsticks cleanup abc -c targets.yaml --target far-west')
  })

  it('does not wait for VUs that never pause', async () => {
    using space = workspace({ 's.js': `
      import s3 from 'chopsticks/s3'
      export const options = { vus: 4, duration: '5m' }
      export default async function () {
        await s3.put('object-' + __VU + '-' + __ITER, 'x')
        console.log('spinning')
        for (;;);
      }` })
    using running = startCli(['s.js'], { cwd: space.folder, env: store.env })
    await running.said('spinning')
    running.child.kill('SIGINT')
    const { code, stderr, orphans } = await running.result
    expect(code, stderr).to.equal(105)
    expect(orphans).to.deep.equal([])
    expect(await store.keys()).to.deep.equal([])
  })

  it('does not wait for TLS that is never agreed on', async () => {
    const sockets: Socket[] = []
    const mute = createServer((socket) => { sockets.push(socket.on('error', () => { return })) })
    mute.listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const env = { ...store.env, AWS_ENDPOINT_URL: `https://127.0.0.1:${String((mute.address() as AddressInfo).port)}` }
    using space = workspace({ 's.js': LONG_SCRIPT })
    using running = startCli(['s.js'], { cwd: space.folder, env })
    await once(mute, 'connection')
    running.child.kill('SIGINT')
    const { code, stderr, orphans } = await running.result
    for (const socket of sockets) socket.destroy()
    mute.close()
    expect(code, stderr).to.equal(105)
    expect(orphans).to.deep.equal([])
  })
})
