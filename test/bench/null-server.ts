// Starts the server that answers with next to no work, in a process of its own, so that a client's cost is what a bench sees.
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Answers GETs with `sizeBytes`, over TLS where that is asked, as the key's payload where that is; ends when it is disconnected. */
export function startNullServer(
  sizeBytes: number, over: 'tcp' | 'tls' = 'tcp', body: 'plain' | 'described' = 'plain',
): Promise<{ readonly server: ChildProcess; readonly port: number }> {
  const file = fileURLToPath(new URL(`./driver-server${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url))
  const server = fork(file, [String(sizeBytes), over, body], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: [] })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.stdout?.once('data', (line: Buffer) => { resolve({ server, port: Number(line.toString()) }) })
  })
}
