// The end of waiting: with the time of an operation, or with its VU. What was begun is not stopped by it.
import { StorageError, type Call, type Clock } from '../sdk/index.ts'

/** What the promise says, or a StorageError: `timeout` after `timeoutMs` (0 = never), `cancelled` with the call's signal. */
export function limited<T>(what: string, { signal }: Call, clock: Clock, timeoutMs: number, doing: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      signal.removeEventListener('abort', stop)
      timer?.cancel()
    }
    const stop = (): void => {
      over()
      reject(new StorageError('cancelled', `${what}: stopped before it ended`))
    }
    const timer = timeoutMs === 0 ? undefined : clock.at(clock.now() + timeoutMs, () => {
      over()
      reject(new StorageError('timeout', `${what}: it had not ended when its time was over`, { detail: 'timeout' }))
    })
    doing.then((value) => { over(); resolve(value) }, (error: unknown) => {
      over()
      reject(error instanceof Error ? error : new Error(String(error)))
    })
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
}
