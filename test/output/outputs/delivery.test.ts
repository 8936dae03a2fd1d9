// What reaches a receiver, and what is counted as lost, when it is there, slow, broken or gone.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { PostQueue } from '../../../runtime/output/delivery/post-queue.ts'
import { TextFile } from '../../../runtime/output/delivery/text-file.ts'

/** A receiver for one test; `bodies` holds what it was sent. */
async function receiver(answer: (body: string, n: number) => number | 'never') {
  const bodies: string[] = []
  const listener: RequestListener = (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => { body += text }).on('end', () => {
      bodies.push(body)
      const status = answer(body, bodies.length)
      if (status !== 'never') response.writeHead(status).end(status < 300 ? '' : 'because\nof it')
    })
  }
  const server = createServer(listener)
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  const close = (): void => { server.close(); server.closeAllConnections() }
  return { url: new URL(`http://127.0.0.1:${port}/write`), bodies, [Symbol.dispose]: close }
}

const queueTo = (url: URL, more: { readonly batchesMax?: number } = {}) => {
  const said: string[] = []
  return { said, queue: new PostQueue({ url, headers: { a: 'b' }, warn: (text) => { said.push(text) }, firstBackoffMs: 1, ...more }) }
}

describe('a queue of posts', () => {
  it('delivers all of them in their order', async () => {
    using there = await receiver(() => 204)
    const { queue, said } = queueTo(there.url)
    for (const body of ['1', '2', '3']) queue.push(body)
    await queue.close(5000)
    expect(there.bodies).to.deep.equal(['1', '2', '3'])
    expect([queue.delivered, queue.lost, said]).to.deep.equal([3, 0, []])
  })

  it('tries again what a receiver could not take yet, and says so once', async () => {
    using there = await receiver((_, n) => n < 3 ? 503 : 200)
    const { queue, said } = queueTo(there.url)
    queue.push('1')
    while (there.bodies.length < 3) await new Promise((resolve) => { setTimeout(resolve, 5) })
    await queue.close(5000)
    expect(there.bodies).to.deep.equal(['1', '1', '1'])
    expect([queue.delivered, queue.lost, said]).to.deep.equal([1, 0, ['it answered 503: because; the run goes on']])
  })

  it('gives up at once what a receiver refuses, and goes on with the next', async () => {
    using there = await receiver((body) => body === 'bad' ? 400 : 200)
    const { queue } = queueTo(there.url)
    queue.push('bad')
    queue.push('good')
    await queue.close(5000)
    expect([queue.delivered, queue.lost, queue.reason]).to.deep.equal([1, 1, 'it answered 400: because'])
  })

  it('holds so many, and gives up the oldest for the newest', async () => {
    using there = await receiver((_, n) => n === 1 ? 'never' : 200)
    const { queue } = queueTo(there.url, { batchesMax: 3 })
    for (let n = 1; n <= 10; n++) queue.push(String(n))
    await queue.close(100)
    expect(queue.delivered + queue.lost).to.equal(10)
    expect(queue.lost).to.be.at.least(6)
  })

  it('ends when nobody is there, and counts all as lost', async () => {
    const { queue, said } = queueTo(new URL('http://127.0.0.1:9/'))
    for (const body of ['1', '2']) queue.push(body)
    await queue.close(5000)
    expect([queue.delivered, queue.lost, said]).to.deep.equal([0, 2, ['the connection was refused; the run goes on']])
  })
})

describe('a text file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chopsticks-output-'))
  after(() => { rmSync(folder, { recursive: true }) })
  const open = (name: string, more: { readonly waitingMaxBytes?: number } = {}) => {
    const said: string[] = []
    const path = name.startsWith('/') ? name : join(folder, name)
    const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''
    return { path, said, file: new TextFile({ path, reasonOf, warn: (text) => { said.push(text) }, ...more }) }
  }

  it('holds what was written, compressed where its name says so', async () => {
    for (const name of ['a.txt', 'a.txt.gz']) {
      const { file, path, said } = open(name)
      file.write('one\n', 1)
      await file.writeInTurn('two\nthree\n', 2)
      await file.close()
      const bytes = readFileSync(path)
      expect((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()).to.equal('one\ntwo\nthree\n')
      expect([file.lines, file.lost, said]).to.deep.equal([3, 0, []])
    }
  })

  it('counts what a full disk does not take, and says so once', async () => {
    const { file, said } = open('/dev/full')
    file.write('one\n', 1)
    await new Promise((resolve) => { setTimeout(resolve, 20) })
    file.write('two\n', 1)
    await file.close()
    expect([file.lines, file.lost, file.reason, said]).to.deep.equal([0, 2, 'ENOSPC', ['/dev/full is incomplete: ENOSPC']])
  })

  it('keeps within its bounds when the disk can\'t keep up', async () => {
    const { file } = open('slow.txt', { waitingMaxBytes: 10 })
    for (let n = 0; n < 5; n++) file.write('0123456789ab\n', 1)
    await file.close()
    expect([file.lines, file.lost, file.reason]).to.deep.equal([1, 4, 'its disk can\'t keep up'])
  })
})
