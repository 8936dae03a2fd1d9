// `-o prometheus=[HOST:]PORT`: what has been counted so far, for a Prometheus to scrape.
import { createServer, type Server } from 'node:http'
import { PROTOBUF_TYPE, protobufExposition, TEXT_TYPE, textExposition } from '../formats/exposition.ts'
import { families } from '../formats/prometheus.ts'
import { addressOf } from './address.ts'
import { OutputError, type Output, type OutputParts } from './output.ts'
import { checkSettings, durationMs } from './settings.ts'

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use', EACCES: 'the port may not be used', EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
}

/** Rejects with OutputError when it can't listen. */
const listening = (server: Server, host: string, port: number): Promise<void> => new Promise((resolve, reject) => {
  server.once('error', (error: NodeJS.ErrnoException) => { reject(new OutputError(REASONS[error.code ?? ''] ?? error.message)) })
  server.listen(port, host, resolve)
})

/**
 * Answers GET of any path with the totals: as text, or as Protocol Buffers with native histograms to whom asks for these. With
 * `linger=15s` it waits so long, at the end, to be scraped once more.
 */
export async function scrapeOutput(parts: OutputParts): Promise<Output> {
  checkSettings(parts.settings, ['linger'])
  const { host, port } = addressOf(parts.arg, 'localhost')
  const lingerMs = durationMs(parts.settings, 'linger', '0s')
  const totals = parts.totals()
  let scrapes = 0
  let scraped: () => void = () => { return }
  const server = createServer((request, response) => {
    if (request.method !== 'GET') {
      response.writeHead(405).end()
      return
    }
    const all = families(totals.series(), parts.plan.runId)
    const binary = request.headers.accept?.includes('application/vnd.google.protobuf') === true
    response.once('finish', () => { scrapes++; scraped() })
    response.writeHead(200, { 'content-type': binary ? PROTOBUF_TYPE : TEXT_TYPE })
    response.end(binary ? protobufExposition(all) : textExposition(all))
  })
  await listening(server, host, port)
  server.unref()
  const bound = server.address()
  if (typeof bound === 'object' && bound !== null) parts.info(`scrape http://${host.includes(':') ? `[${host}]` : host}:${bound.port}/metrics`)
  return {
    async end() {
      if (lingerMs > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, lingerMs)
          scraped = () => { clearTimeout(timer); resolve() }
        })
      }
      server.close()
      server.closeAllConnections()
      return { name: parts.name, to: 'receiver', unit: 'scrapes', delivered: scrapes, lost: 0 }
    },
  }
}
