// A driver on the built-in endpoint, as the contract wants it.
import { Bandwidth } from '../../bindings/s3/bandwidth.ts'
import { serveS3 } from '../../bindings/s3/endpoint/index.ts'
import type { OpenDriver, S3Driver } from '../../bindings/s3/driver.ts'
import { openDriver as openNative } from '../../bindings/s3/drivers/native/index.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { systemClock, type JsonObject } from '../../bindings/sdk/index.ts'
import { RawServer } from '../s3/kit.ts'
import type { EdgeTarget } from './s3-driver-edges.ts'

/** A driver on the built-in endpoint; `filled`: by the native one where many objects are wanted. */
export async function served(openDriver: OpenDriver, more: JsonObject, filled = false, isSlow = false): Promise<EdgeTarget> {
  const server = await serveS3({ buckets: ['bench'] })
  const nobody = await RawServer.open((socket) => { socket.resume() })
  const own = {
    endpoint: server.endpoint, access_key: server.accessKey, secret_key: server.secretKey, bucket: server.bucket, region: server.region,
    ...more,
  }
  const open = (section: JsonObject, opener = openDriver): S3Driver => {
    const settings = settingsOf(section)
    const bandwidth = Bandwidth.of(settings.bandwidth, 1, systemClock)
    return opener({ settings, clock: systemClock, concurrency: 40, ...(bandwidth === undefined ? {} : { bandwidth }) })
  }
  const driver = open(own)
  const silent = open({ ...own, endpoint: `http://127.0.0.1:${nobody.port}` })
  const { driver_config: _, ...plain } = own as JsonObject
  const fill = filled ? open(plain, openNative) : undefined
  return {
    driver, silent, ...(fill === undefined ? {} : { fill }), ...(isSlow ? { isSlow } : {}),
    another: (section) => open({ ...own, ...section }),
    async close() {
      await Promise.all([driver.close(), silent.close(), fill?.close()])
      await Promise.all([server.close(), nobody.close()])
    },
  }
}
