// A server that answers S3's GET and PUT with next to no work, so that the client's cost is what a bench sees. Prints its port.
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { payloadContent } from '../../bindings/sdk/index.ts'
import { CERTIFICATE, KEY } from '../s3/certificate.ts'

const sizeBytes = Number(process.argv[2])
const FACTS = 'ETag: "0123456789abcdef0123456789abcdef"\r\nx-amz-request-id: tx000001\r\nDate: Wed, 01 Jan 2025 00:00:00 GMT\r\n'
const got = Buffer.concat([
  Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${sizeBytes}\r\nContent-Type: binary/octet-stream\r\n${FACTS}\r\n`),
    Buffer.alloc(sizeBytes, 7),
])
/** As the payload of its key, where it is told to: the last part of the path. */
const described = process.argv[4] === 'described'
const headOf = got.subarray(0, got.length - sizeBytes)
function describedAnswer(socket: Socket, head: string): void {
  const key = /^GET [^ ?]*\/([^ ?]*)/.exec(head)?.[1] ?? ''
  const content = payloadContent({ sizeBytes, seed: 1, pattern: 'random' }, key)
  socket.cork()
  socket.write(headOf)
  for (let at = 0; at < sizeBytes;) {
    const chunk = content.chunk(at, sizeBytes - at)
    socket.write(chunk)
    at += chunk.length
  }
  socket.uncork()
}
const stored = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${FACTS}\r\n`)

function serve(socket: Socket): void {
  let leftBytes = 0
  socket.on('error', () => { socket.destroy() })
  socket.on('data', (data: Buffer) => {
    if (leftBytes > 0) leftBytes -= data.length
    else {
      const head = data.toString('latin1', 0, Math.min(data.length, 2048))
      if (head.startsWith('GET')) {
        if (described) describedAnswer(socket, head)
        else socket.write(got)
        return
      }
      const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? '0'
      leftBytes = Number(length) - (data.length - head.indexOf('\r\n\r\n') - 4)
    }
    if (leftBytes <= 0) {
      leftBytes = 0
      socket.write(stored)
    }
  })
}
/** Over TLS, where it is told to. */
const server = process.argv[3] === 'tls' ? createTlsServer({ cert: CERTIFICATE, key: KEY, noDelay: true }, serve)
  : createServer({ noDelay: true }, serve)
server.listen(0, '127.0.0.1', () => { process.stdout.write(`${(server.address() as AddressInfo).port}\n`) })
process.on('disconnect', () => { process.exit(0) })
