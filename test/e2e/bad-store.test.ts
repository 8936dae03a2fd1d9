// Stores and disks that fail in the midst of a run: counted or told in one line, the right exit code, nothing left behind.
import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expectClean, testAll, type BadInput } from '../kit/bad-input.ts'
import { startCli, workspace } from '../kit/cli.ts'
import { GOOD_SCRIPT, LONG_SCRIPT } from '../kit/scripts.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'
import { CERTIFICATE, KEY } from '../s3/certificate.ts'

type Misbehave = (request: IncomingMessage, response: ServerResponse) => void

const LISTING = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'
const refuse = (status: number, code: string): Misbehave => (request, response) => {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(request.method === 'HEAD' ? undefined : `<Error><Code>${code}</Code><Message>because</Message></Error>`)
}

/** A store of one empty bucket that takes every object and gives none back as it should. */
const badStore = (misbehave: Misbehave): RequestListener => (request, response) => {
  request.resume()
  request.on('end', () => {
    const [path = '', query = ''] = (request.url ?? '').split('?')
    if (query.includes('list-type')) response.end(LISTING)
    else if (path.split('/').length < 3 || path === '/bench/') response.end()
    else misbehave(request, response)
  })
}

/** Answers reads so; all else is well. */
const reading = (answer: (response: ServerResponse) => void): Misbehave => (request, response) => {
  if (request.method === 'GET') answer(response)
  else response.end()
}

const VERIFYING = `
import s3 from 'chopsticks/s3'
import { payload } from 'chopsticks'
export default async function () {
  await s3.put('k', payload('4KiB'))
  await s3.get('k', { verify: payload('4KiB') })
}
`
const CROSSED = /^error: thresholds on metrics 'iterations_failed' have been crossed/

const MISBEHAVIOUR: readonly (Omit<BadInput, 'script'> & { readonly serve: RequestListener; readonly secure?: true })[] = [
  { what: 'answers 503 to everything from the start', serve: refuse(503, 'SlowDown'), code: 111, line: /^error: .*503/ },
  { what: 'answers 503 to every operation', serve: badStore(refuse(503, 'SlowDown')), code: 99, line: CROSSED, said: /throttled 1\b/ },
  {
    what: 'finds the clock wrong', serve: refuse(403, 'RequestTimeTooSkewed'), code: 111,
    line: /^error: http:\/\/127\.0\.0\.1:\d+ refused.*the clock of this machine and the store's are too far apart/,
  },
  {
    what: 'cuts connections in a body', code: 99, line: CROSSED, said: /get: cut 1\b/,
    serve: badStore(reading((response) => {
      response.writeHead(200, { 'content-length': 4096 })
      response.write('x'.repeat(1000), () => { response.destroy() })
    })),
  },
  {
    what: 'sends less than was stored', code: 99, line: CROSSED, said: /get: (short|corrupt) 1\b/,
    serve: badStore(reading((response) => { response.end('x'.repeat(10)) })),
  },
  {
    what: 'sends more than was stored', code: 99, line: CROSSED, said: /get: corrupt 1\b/,
    serve: badStore(reading((response) => { response.end('x'.repeat(5000)) })),
  },
  {
    what: 'speaks no HTTP', code: 111, line: /^error: .*127\.0\.0\.1/,
    serve: (request) => { request.socket.end('SSH-2.0-OpenSSH_9.6\r\n') },
  },
  {
    what: 'shows a certificate of nobody\'s', secure: true, serve: badStore(refuse(500, 'InternalError')), code: 111,
    line: /^error: .*https:\/\/127\.0\.0\.1:\d+ .*its certificate is not trusted: name its CA in tls\.ca/,
  },
]

describe('a store that', () => {
  const servers: Server[] = []
  after(() => { for (const server of servers) { server.closeAllConnections(); server.close() } })
  for (const { serve, secure, ...bad } of MISBEHAVIOUR) {
    describe(bad.what, () => {
      const env: Record<string, string> = { AWS_ACCESS_KEY_ID: 'abcd', AWS_SECRET_ACCESS_KEY: 'efgh', BUCKET_NAME: 'bench' }
      before(async () => {
        const server = secure === undefined ? createServer(serve) : createTlsServer({ cert: CERTIFICATE, key: KEY }, serve)
        servers.push(server)
        server.listen(0, '127.0.0.1')
        await once(server, 'listening')
        const { port } = server.address() as AddressInfo
        env['AWS_ENDPOINT_URL'] = `${secure === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
      })
      testAll([{ ...bad, what: 'is told', script: VERIFYING, env }])
    })
  }

  it('is asked by https and speaks http ends with 111 and says what to change', async () => {
    await using store = await serveStore()
    using space = workspace({ 's.js': GOOD_SCRIPT })
    const env = { ...store.env, AWS_ENDPOINT_URL: store.endpoint.replace('http:', 'https:') }
    using run = startCli(['s.js'], { cwd: space.folder, env })
    expectClean(await run.result, { code: 111, line: /^error: .*no TLS was spoken there; should the endpoint begin with http:\/\// })
  })
})

/** Files may grow to 64 blocks of 512 bytes: as a full disk, for every file of the command. */
const FULL = 'ulimit -f 64'
const LARGE = `export const handleSummary = () => ({ 'large.txt': 'x'.repeat(100000) })`

const OUTPUTS: readonly BadInput[] = [
  {
    what: 'the summary\'s export', script: GOOD_SCRIPT, args: ['--summary-export', '/dev/full'], code: 104,
    line: /^error: the summary export \/dev\/full could not be written: its disk is full/, said: /iterations\.*: 1/,
  },
  {
    what: 'a file of handleSummary\'s', script: `${GOOD_SCRIPT}${LARGE}`, first: FULL, code: 104,
    line: /^error: handleSummary: "large\.txt" was not written: it has grown as large as files may be/,
  },
  {
    what: 'the op log', script: GOOD_SCRIPT, args: ['-i', '200', '--op-log', 'ops'], first: FULL, code: 104,
    line: /^error: the op log is incomplete: \S+\/ops-\w+-0\.ndjson: it has grown .*; \d+ of 400 operations are missing/,
    said: /iterations\.*: 200/,
  },
  { what: 'standard output', script: GOOD_SCRIPT, stdout: '/dev/full', code: 104, line: /^error: standard output could not be written/ },
  {
    what: 'the log', script: GOOD_SCRIPT, args: ['--log-output', 'file=/dev/full', '-v'], code: 104,
    line: /^error: \/dev\/full: .*no space/, said: /iterations\.*: 1/,
  },
]

describe('a full disk', () => {
  let store: ServedStore
  before(async () => { store = await serveStore() })
  after(async () => { await store.stop() })
  describe('under', () => { testAll(OUTPUTS, () => store) })

  it('or not, a shard that is killed ends the run with 112, and leaves nothing', async () => {
    using space = workspace({ 's.js': LONG_SCRIPT })
    using run = startCli(['s.js', '--shards', '2'], { cwd: space.folder, env: store.env })
    await run.said('iterating')
    const [, second = 0] = run.processes('agent/main')
    process.kill(second, 'SIGKILL')
    expectClean(await run.result, { code: 112, line: /^error: shard \d was lost: its process was killed by SIGKILL/ })
    expect(await store.keys()).to.deep.equal([])
  })
})
