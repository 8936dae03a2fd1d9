// The built-in store's process: told what to serve, serves until its parent is gone.
import { registry } from '../../bindings/index.ts'
import type { ServeAnswer, ServeRequest } from './builtin.ts'

const answer = (message: ServeAnswer): void => { process.send?.(message) }

process.once('message', (message) => { void serve(message as ServeRequest) })
process.once('disconnect', () => { process.kill(process.pid, 'SIGKILL') })
// The parent may have gone while this process was still loading.
if (!process.connected) process.kill(process.pid, 'SIGKILL')

async function serve({ workload, options }: ServeRequest): Promise<void> {
  try {
    const builtin = await registry().find(({ name }) => name === workload)?.workload?.builtin?.()
    if (builtin === undefined) throw new Error(`${workload} has no built-in store`)
    const { config, about } = await builtin.serve(options)
    answer({ kind: 'serving', config, about })
  } catch (error) {
    answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  }
}
