// Takes whatever outputs send, in a process of its own: HTTP and UDP on one port, which it says.
import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const server = createServer((request, response) => {
  request.resume().on('end', () => { response.writeHead(204).end() })
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  createSocket('udp4').bind(port, '127.0.0.1', () => { process.send?.(port) })
})
process.on('disconnect', () => { process.exit(0) })
