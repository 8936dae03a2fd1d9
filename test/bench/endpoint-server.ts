// The built-in S3 endpoint in a process of its own, so that its CPU time can be told from its clients'. Says its port, then answers
// every message with the CPU time it has used, in µs.
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import { ACCESS_KEY, SECRET_KEY } from './driver-bare.ts'

const served = await serveS3({ accessKey: ACCESS_KEY, secretKey: SECRET_KEY })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})
process.on('disconnect', () => { process.exit(0) })
process.send?.(served.port)
