// The endpoint as a server: connections, half requests, pipelines, early refusals, error documents, faults, its end.
import { expect } from 'chai'
import net from 'node:net'
import { builtinTarget, serveS3 } from '../../bindings/s3/endpoint/index.ts'
import type { RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { ask, crc32Base64, eventually, signedHead, talk, wireHead } from './kit.ts'

const UNSIGNED = { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' }

describe('endpoint: HTTP', () => {
  let served: RunningEndpoint
  beforeEach(async () => { served = await serveS3() })
  afterEach(() => served.close())
  const put = (path: string, body: string) => ask(served, { method: 'PUT', path, body })

  it('answers pipelined requests in their order, on one connection', async () => {
    const heads = ['1', '2', '3', '4', '5'].map((n) => wireHead(signedHead(served, { method: 'PUT', path: `/bench/${n}`, body: n })) + n)
    const reads = ['3', '1', '2'].map((n) => wireHead(signedHead(served, { path: `/bench/${n}` })))
    const got = await talk(served, heads.join('') + reads.join(''),
      (all) => all.split('HTTP/1.1 200').length === 9 && all.endsWith('\r\n\r\n2'))
    expect([...got.matchAll(/\r\n\r\n(\d)/g)].map((match) => match[1])).to.deep.equal(['3', '1', '2'])
    expect(served.stats()).to.include({ requests: 8, objects: 5 })
  })

  it('takes a request byte by byte', async () => {
    const head = wireHead(signedHead(served, { method: 'PUT', path: '/bench/slow', body: 'slow body' }))
    const socket = net.connect(served.port, '127.0.0.1')
    socket.setNoDelay(true)
    for (const char of `${head}slow body`) {
      await new Promise<void>((resolve) => { socket.write(char, 'latin1', () => { setImmediate(resolve) }) })
    }
    await eventually(() => served.stats().objects === 1)
    socket.destroy()
    expect((await ask(served, { path: '/bench/slow' })).text).to.equal('slow body')
  })

  it('stores nothing of a body that was cut, and gives its room back', async () => {
    const head = wireHead(signedHead(served, { method: 'PUT', path: '/bench/cut', headers: { ...UNSIGNED, 'Content-Length': '100000' } }))
    const socket = net.connect(served.port, '127.0.0.1', () => { socket.write(head + 'x'.repeat(5000)) })
    await eventually(() => served.stats().usedBytes > 100_000)
    socket.destroy()
    await eventually(() => served.stats().usedBytes === 0)
    expect(served.stats().objects).to.equal(0)
  })

  it('says 100 Continue to what it will take, and refuses the rest before its body comes', async () => {
    const wanting = (path: string, secretKey = served.secretKey): string =>
      wireHead(signedHead(served, { method: 'PUT', path, secretKey,
        headers: { ...UNSIGNED, 'Content-Length': '3', Expect: '100-continue' } }))
    const socket = net.connect(served.port, '127.0.0.1', () => { socket.write(wanting('/bench/k')) })
    const got = await new Promise<string>((resolve) => {
      let all = ''
      socket.setEncoding('latin1').on('data', (text: string) => {
        all += text
        if (all === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('abc')
        if (all.includes(' 200 OK')) { socket.destroy(); resolve(all) }
      })
    })
    expect(got).to.match(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/)
    for (const refused of [wanting('/bench/k', 'wrong'), wanting('/nowhere/k')]) {
      expect(await talk(served, refused)).to.match(/^HTTP\/1.1 40[34] [\s\S]*connection: close/i)
    }
  })

  it('keeps a connection after refusing a short body, and ends it in order after a long one', async () => {
    const short = wireHead(signedHead(served, { method: 'PUT', path: '/nowhere/k', headers: { ...UNSIGNED, 'Content-Length': '5000' } }))
      + 'x'.repeat(5000)
    const after = wireHead(signedHead(served, { path: '/bench?location' }))
    const both = await talk(served, short + after, (got) => got.includes('LocationConstraint'))
    expect(both.match(/HTTP\/1.1 \d+/g)).to.deep.equal(['HTTP/1.1 404', 'HTTP/1.1 200'])
    const size = 8 * 1024 * 1024
    const long = wireHead(signedHead(served,
      { method: 'PUT', path: '/nowhere/k', headers: { ...UNSIGNED, 'Content-Length': String(size) } }))
    const got = await talk(served, Buffer.concat([Buffer.from(long), Buffer.alloc(size)]))
    expect(got).to.match(/^HTTP\/1.1 404 [\s\S]*NoSuchBucket[\s\S]*<\/Error>$/)
  })

  it('answers what is no HTTP with 400, and a head without end with a refusal', async () => {
    expect(await talk(served, 'nonsense\r\n\r\n')).to.match(/^HTTP\/1.1 400 [\s\S]*<Code>BadRequest</)
    const endless = await talk(served, `GET / HTTP/1.1\r\nHost: x\r\nx: ${'y'.repeat(100_000)}`)
    expect(endless).to.match(/^HTTP\/1.1 400 [\s\S]*<Code>RequestHeaderSectionTooLarge</)
    expect((await ask(served, { path: '/bench/%zz', unsigned: true })).code).to.equal('InvalidURI')
    expect((await ask(served, { path: '/bench/%ff', unsigned: true })).code).to.equal('InvalidURI')
  })

  it('writes error documents whole, HEAD without a body, and nothing that is not XML', async () => {
    const missing = await ask(served, { path: '/bench/a%26%3Cb%3E' })
    expect(missing.text).to.match(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>NoSuchKey<\/Code><Message>[^<]+<\/Message>/)
    expect(missing.text).to.match(/<Resource>\/bench\/a%26%3Cb%3E<\/Resource><RequestId>\w{16}<\/RequestId><\/Error>$/)
    const head = await ask(served, { method: 'HEAD', path: '/bench/nothing' })
    expect([head.status, head.body.length]).to.deep.equal([404, 0])
    expect((await ask(served, { path: '/bench?cors' })).code).to.equal('NotImplemented')
    expect((await ask(served, { method: 'PATCH', path: '/bench/k' })).status).to.equal(405)
    expect((await ask(served, { method: 'PUT', path: '/Bad_Name' })).code).to.equal('InvalidBucketName')
    expect((await ask(served, { path: '/bench?list-type=2&max-keys=-1' })).code).to.equal('InvalidArgument')
    expect((await ask(served, { path: '/bench?list-type=2&continuation-token=%21' })).code).to.equal('InvalidArgument')
  })

  it('never takes what it does not know for the plain operation', async () => {
    await put('/bench/kept', 'as it was')
    for (const [method, query] of [['PUT', 'renew'], ['PUT', 'x='], ['GET', 'torrential'], ['DELETE', 'gone'], ['PUT', 'cors']]) {
      const refused = await ask(served, { method: method ?? '', path: `/bench/kept?${query ?? ''}`, body: 'x' })
      expect(refused.code, query).to.equal('NotImplemented')
    }
    expect((await ask(served, { path: '/bench/kept?x-id=GetObject&unknown=1' })).text).to.equal('as it was')
    expect((await ask(served, { path: '/bench?list-type=2&prefix=&delimiter=&marker=' })).status).to.equal(200)
  })

  it('appends as a RADOS gateway does: at the end, and only to what was made by appending', async () => {
    const append = (key: string, position: string, body: string) =>
      ask(served, { method: 'PUT', path: `/bench/${key}?append${position}`, body })
    const first = await append('log', '&position=0', 'one ')
    expect(first.headers['x-rgw-next-append-position']).to.equal('4')
    const second = await append('log', '&position=4', 'two')
    expect([second.status, second.headers['x-rgw-next-append-position']]).to.deep.equal([200, '7'])
    const whole = await ask(served, { path: '/bench/log' })
    expect([whole.text, whole.headers.etag]).to.deep.equal(['one two', second.headers.etag])
    expect((await append('log', '&position=4', 'three')).code).to.equal('PositionNotEqualToLength')
    expect((await append('log', '', 'three')).code).to.equal('InvalidArgument')
    await put('/bench/whole', 'put')
    expect((await append('whole', '&position=3', 'x')).code).to.equal('ObjectNotAppendable')
    const { usedBytes } = served.stats()
    await ask(served, { method: 'DELETE', path: '/bench/log' })
    expect(usedBytes - served.stats().usedBytes).to.equal(512 + 7)
  })

  it('refuses malformed Delete documents, and needs a digest with them', async () => {
    const send = (body: string, headers: Record<string, string> = { 'x-amz-sdk-checksum-algorithm': 'CRC32' }) =>
      ask(served, { method: 'POST', path: '/bench?delete', body, headers: { 'x-amz-checksum-crc32': crc32Base64(body), ...headers } })
    const object = '<Object><Key>k</Key></Object>'
    const deep = '<a>'.repeat(20) + '</a>'.repeat(20)
    for (const body of ['', 'x', '<Delete>', '<Delete></Delete>', '<Delete/>', `<Other>${object}</Other>`, `<Delete>${object}</Delete>x`,
      `<Delete>${object}`, '<Delete><Object></Object></Delete>', '<!DOCTYPE Delete [<!ENTITY x "y">]><Delete/>',
      '<Delete><Object><Key>&x;</Key></Object></Delete>',
      `<Delete>${deep}</Delete>`, `<Delete>${object.repeat(1001)}</Delete>`, `<Delete><Object><Key>k</Object></Key></Delete>`]) {
      expect((await send(body)).code, body.slice(0, 60)).to.equal('MalformedXML')
    }
    expect((await send(`<Delete>${object}</Delete>`)).text).to.contain('<Deleted><Key>k</Key></Deleted>')
    expect((await send(`<Delete><Quiet>true</Quiet>${object}</Delete>`)).text).to.not.contain('<Deleted>')
    const bare = await ask(served, { method: 'POST', path: '/bench?delete', body: `<Delete>${object}</Delete>` })
    expect(bare.code).to.equal('InvalidRequest')
    const long = `<Delete>${' '.repeat(9 * 1024 * 1024)}</Delete>`
    expect((await send(long).catch(() => ({ code: 'MaxMessageLengthExceeded' }))).code).to.equal('MaxMessageLengthExceeded')
  })

  it('finds the bucket in the Host header', async () => {
    await put('/bench/k', 'by path')
    for (const Host of [`bench.localhost:${served.port}`, 'bench.s3.example.test']) {
      expect((await ask(served, { path: '/k', headers: { Host } })).text, Host).to.equal('by path')
    }
    expect((await ask(served, { path: '/k', headers: { Host: 'other.localhost' } })).code).to.equal('NoSuchBucket')
    expect((await ask(served, { path: '/bench/k', headers: { Host: 's3.example.test' } })).text).to.equal('by path')
    expect((await ask(served, { path: '/?list-type=2', headers: { Host: 'bench.localhost' } })).text).to.contain('<Key>k</Key>')
  })

  it('sends large bodies to slow readers and ends at once when it is closed', async () => {
    const size = 12 * 1024 * 1024
    await put('/bench/large', 'y'.repeat(size))
    const socket = net.connect(served.port, '127.0.0.1', () => { socket.write(wireHead(signedHead(served, { path: '/bench/large' }))) })
    let got = 0
    await new Promise<void>((resolve) => {
      socket.on('data', (bytes) => {
        got += bytes.length
        socket.pause()
        setImmediate(() => { socket.resume() })
        if (got > size) resolve()
      })
    })
    const closed = new Promise((resolve) => { socket.once('close', resolve) })
    await served.close()
    await closed
    expect(served.stats().connections).to.equal(0)
  })

  it('is a built-in target: options out of JSON in, the config of an s3 section out', async () => {
    const target = await builtinTarget.serve({ buckets: 'mine,other', region: 'default', max_bytes: '1MB', error_rate: '0' })
    expect(target.config).to.include({ bucket: 'mine', region: 'default' })
    expect(target.config).to.have.all.keys('endpoint', 'access_key', 'secret_key', 'bucket', 'region')
    expect(target.about).to.match(/^in-memory S3 endpoint/)
    await target.close()
    for (const [options, message] of [
      [{ prot: 1 }, /^unknown option prot; there are port/], [{ port: 'x' }, /^port must be a whole number/],
      [{ error_rate: 2 }, /^error_rate must be a number from 0 to 1/], [{ error_code: 'No' }, /^error_code must be an S3 error code/],
      [{ etag: 'sha' }, /^etag must be md5 or fast/], [{ buckets: [] }, /^buckets must be a list/],
      [{ delay: '20ms-5ms' }, /^delay must be/], [{ delay: '1ms-2ms-3ms' }, /^delay must be/], [{ delay: null }, /^delay must be/],
      [{ fault_ops: ['get'] }, /^fault_ops must be/], [{ max_bytes: '64k' }, /^max_bytes must be a size/]] as const) {
      const error: unknown = await builtinTarget.serve(options).then(() => undefined, (reason: unknown) => reason)
      expect(error).to.be.instanceOf(Error).with.property('message').that.matches(message)
      expect(builtinTarget.check(options).map(({ path }) => path)).to.deep.equal([Object.keys(options)])
    }
  })

  it('documents every option, and reads the default of each', () => {
    for (const { name, meaning, default: standard } of builtinTarget.options) {
      expect(meaning, name).to.match(/^[A-Z].{5,}$/)
      const empty = standard === null || (Array.isArray(standard) && standard.length === 0)
      if (!empty) expect(builtinTarget.check({ [name]: standard }), name).to.deep.equal([])
    }
  })
})
