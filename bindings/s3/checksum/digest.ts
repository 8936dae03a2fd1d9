// Digests over bytes that arrive in pieces: cryptographic ones by node:crypto, and S3's checksums.
import { createHash, hash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { crc32c } from './crc32c.ts'
import { Crc64Nvme } from './crc64nvme.ts'

/** Takes bytes in pieces; `digest` is called once, at the end. */
export interface Digest {
  update(bytes: Uint8Array): void
  digest(): Buffer
}

/** S3's checksum algorithms, by the name used in `x-amz-sdk-checksum-algorithm`; header names end with the same in lower case. */
export const CHECKSUMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
export type ChecksumName = (typeof CHECKSUMS)[number]

/** How long each checksum is, in bytes. */
export const CHECKSUM_BYTES: Readonly<Record<ChecksumName, number>> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }

/** A hash of node:crypto. Bodies of one piece, which most small ones are, take the one-shot call: it makes no object and costs half. */
export class CryptoDigest implements Digest {
  readonly #algorithm: string
  #only: Uint8Array | undefined
  #running: Hash | undefined
  constructor(algorithm: 'md5' | 'sha1' | 'sha256') { this.#algorithm = algorithm }

  update(bytes: Uint8Array): void {
    if (this.#running !== undefined) this.#running.update(bytes)
    else if (this.#only === undefined) this.#only = bytes
    else this.#running = createHash(this.#algorithm).update(this.#only).update(bytes)
  }

  digest(): Buffer {
    return this.#running === undefined ? hash(this.#algorithm, this.#only ?? '', 'buffer') : this.#running.digest()
  }
}

/** A 32-bit CRC given as a function of (bytes, previous). */
class Crc32Digest implements Digest {
  readonly #step: (bytes: Uint8Array, previous: number) => number
  #crc = 0
  constructor(step: (bytes: Uint8Array, previous: number) => number) { this.#step = step }
  update(bytes: Uint8Array): void { this.#crc = this.#step(bytes, this.#crc) }
  digest(): Buffer {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(this.#crc)
    return bytes
  }
}

/** A fresh digest for a checksum. */
export function checksumDigest(name: ChecksumName): Digest {
  switch (name) {
    case 'CRC32': return new Crc32Digest(crc32)
    case 'CRC32C': return new Crc32Digest(crc32c)
    case 'CRC64NVME': return new Crc64Nvme()
    case 'SHA1': return new CryptoDigest('sha1')
    case 'SHA256': return new CryptoDigest('sha256')
    default: return name satisfies never
  }
}
