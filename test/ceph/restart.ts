// Stops and starts daemons of the test cluster: a RADOS gateway, whose log is held against what the tool says, and the storage daemon.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const WAIT_MS = 60_000

/** A request as the gateway wrote it down. */
interface LoggedRequest { readonly method: string; readonly path: string; readonly status: number }

export interface RestartableGateway {
  /** Ends it, gracefully or not; resolves when it is gone. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it, told to write down each request; resolves when it answers. */
  start(): Promise<void>
  /** Requests it wrote down so far. */
  requests(): readonly LoggedRequest[]
}

async function until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + WAIT_MS
  while (!await is()) {
    if (performance.now() > endMs) throw new Error(`${what}: not after ${WAIT_MS / 1000} s`)
    await sleep(50)
  }
}

function clusterFolder(): string {
  const folder = process.env['DEV_CEPH_DIR']
  if (folder === undefined) throw new Error('DEV_CEPH_DIR is not set: run these tests with npm run test:ceph')
  return folder
}

/** Ends the daemon a file names; resolves when it is gone. */
async function ended(pidFile: string, signal: 'SIGTERM' | 'SIGKILL', what: string): Promise<void> {
  const pid = Number(readFileSync(pidFile, 'utf8'))
  process.kill(pid, signal)
  await until(`${what} is gone`, () => !existsSync(`/proc/${pid}`))
}

/** The only storage daemon. Its data are in memory: only one that ends in order writes them down, to be read at its next start. */
export function restartableOsd(): { stop(): Promise<void>; start(): Promise<void> } {
  const folder = clusterFolder()
  const pidFile = join(folder, 'run', 'osd.0.pid')
  const conf = join(folder, 'ceph.conf')
  return {
    async stop() {
      await execute('ceph', ['-c', conf, 'tell', 'osd.0', 'config', 'set', 'osd_fast_shutdown', 'false'])
      await ended(pidFile, 'SIGTERM', 'the storage daemon')
    },
    async start() {
      const { PATH } = process.env
      await execute('ceph-osd', ['-i', '0', '-c', conf, `--pid-file=${pidFile}`], { env: { PATH } })
    },
  }
}

/** The gateway of the first zone, which listens at `endpoint`. */
export function restartable(endpoint: string): RestartableGateway {
  const folder = clusterFolder()
  const pidFile = join(folder, 'run', 'rgw.1.pid')
  const log = join(folder, 'log', 'rgw.1.log')
  const answers = (): Promise<boolean> => fetch(endpoint).then(() => true, () => false)
  return {
    stop: (signal) => ended(pidFile, signal, 'the gateway'),
    async start() {
      const named = ['-n', 'client.rgw.1', '-c', join(folder, 'ceph.conf'), `--pid-file=${pidFile}`]
      // What is set there for clients, the keyring above all, is not the gateway's.
      const { PATH } = process.env
      await execute('radosgw', [...named, '--debug-rgw=1/1'], { env: { PATH } })
      await until('the gateway answers', answers)
    },
    requests: () => [...readFileSync(log, 'utf8').matchAll(/ beast: .*"(\w+) (\S+) HTTP\/1\.1" (\d+) /g)]
      .map(([, method = '', path = '', status = '']) => ({ method, path: path.replace(/\?.*/, ''), status: Number(status) })),
  }
}
