// The contract of a block device driver: I/O on open images. What a driver can't (`kinds`) must not be asked of it.
import { expect } from 'chai'
import type { Io, IoKind, OpenImage } from '../../bindings/rbd/driver.ts'
import { done, holds, readBytes, refusedWith, rbdCall, submitted, withImage, writeBytes, type RbdContractTarget } from './rbd-kit.ts'

const BLOCK = 4096

/** What I/O on an image must do, in any driver. */
export function rbdIoContract(name: string, open: () => Promise<RbdContractTarget>): void {
  describe(`rbd: I/O of the ${name} driver`, () => {
    let target: RbdContractTarget
    before(async () => { target = await open() })
    after(() => target.close())
    const withOne = (use: (image: OpenImage, name: string) => Promise<void>) => () => withImage(target.driver, {}, use)
    /** Skips where the driver hasn't it. */
    const where = (kind: IoKind, use: (image: OpenImage) => Promise<void>) => function (this: Mocha.Context) {
      return withImage(target.driver, {}, async (image) => { if (image.kinds.has(kind)) await use(image); else this.skip() })
    }

    it('reads zeros where nothing was written, and what was written where it was', withOne(async (image) => {
      expect(image.sizeBytes).to.equal(16 * 1024 ** 2)
      expect(await holds(image, 0, BLOCK, 0)).to.equal(true)
      await writeBytes(image, 8 * BLOCK, 2 * BLOCK, 7)
      expect(await holds(image, 7 * BLOCK, BLOCK, 0)).to.equal(true)
      expect(await holds(image, 8 * BLOCK, 2 * BLOCK, 7)).to.equal(true)
      expect(await holds(image, 10 * BLOCK, BLOCK, 0)).to.equal(true)
    }))

    it('writes over what was written, also across objects and of a megabyte', withOne(async (image) => {
      const at = 4 * 1024 ** 2 - 512 * 1024
      await writeBytes(image, at, 1024 ** 2, 1)
      await writeBytes(image, at + 256 * 1024, 512 * 1024, 2)
      expect(await holds(image, at, 256 * 1024, 1)).to.equal(true)
      expect(await holds(image, at + 256 * 1024, 512 * 1024, 2)).to.equal(true)
      expect(await holds(image, at + 768 * 1024, 256 * 1024, 1)).to.equal(true)
    }))

    it('reads and writes at the image\'s end, and refuses what is beyond it', withOne(async (image) => {
      const last = image.sizeBytes - BLOCK
      await writeBytes(image, last, BLOCK, 3)
      expect(await holds(image, last, BLOCK, 3)).to.equal(true)
      const buffer = image.buffer(2 * BLOCK)
      for (const kind of ['read', 'write'] as const) {
        const io = await submitted(image, kind, { offset: last, length: 2 * BLOCK, buffer })
        expect(io.error?.code ?? `${io.bytes} bytes`, kind).to.be.oneOf(['invalid', `${BLOCK} bytes`])
      }
      buffer.release()
    }))

    it('has many I/Os under way, tells each once, and announces batches', withOne(async (image) => {
      const before = target.drained()
      const writes = Array.from({ length: 200 }, async (_, n) => { await writeBytes(image, n * BLOCK, BLOCK, n % 251 + 1) })
      await Promise.all(writes)
      expect(target.drained()).to.be.above(before)
      for (const n of [0, 57, 199]) expect(await holds(image, n * BLOCK, BLOCK, n % 251 + 1), String(n)).to.equal(true)
    }))

    it('takes an I/O that is submitted as another ends', withOne(async (image) => {
      const buffer = image.buffer(BLOCK)
      let left = 500
      await new Promise<void>((resolve, reject) => {
        const io: Io = {
          kind: 'read', offset: 0, length: BLOCK, buffer, compare: undefined, patternLength: 0, bytes: 0, error: undefined,
          done: (ended) => {
            if (ended.error !== undefined) reject(ended.error)
            else if (--left === 0) resolve()
            else image.submit(ended)
          },
        }
        image.submit(io)
      })
      buffer.release()
    }))

    it('flushes', withOne(async (image) => {
      await writeBytes(image, 0, BLOCK, 9)
      expect(await done(image, 'flush')).to.include({ bytes: 0 })
      expect(await holds(image, 0, BLOCK, 9)).to.equal(true)
    }))

    it('discards: what was there is zeros', where('discard', async (image) => {
      const object = 4 * 1024 ** 2
      await writeBytes(image, 0, 2 * object, 5)
      await done(image, 'discard', { offset: object, length: object })
      expect(await holds(image, object - BLOCK, BLOCK, 5)).to.equal(true)
      expect(await holds(image, object, object, 0)).to.equal(true)
    }))

    it('writes zeros', where('writeZeroes', async (image) => {
      await writeBytes(image, 0, 16 * BLOCK, 5)
      await done(image, 'writeZeroes', { offset: 4 * BLOCK, length: 4 * BLOCK })
      expect(await holds(image, 0, 4 * BLOCK, 5)).to.equal(true)
      expect(await holds(image, 4 * BLOCK, 4 * BLOCK, 0)).to.equal(true)
      expect(await holds(image, 8 * BLOCK, 8 * BLOCK, 5)).to.equal(true)
    }))

    it('writes a pattern over and over', where('writeSame', async (image) => {
      const buffer = image.buffer(BLOCK)
      buffer.bytes.fill(6, 0, BLOCK)
      buffer.bytes[0] = 1
      await done(image, 'writeSame', { offset: BLOCK, length: 8 * BLOCK, buffer, patternLength: BLOCK })
      buffer.release()
      const got = await readBytes(image, 0, 10 * BLOCK)
      for (let block = 1; block < 9; block++) {
        expect([got[block * BLOCK], got[block * BLOCK + 1], got[block * BLOCK + BLOCK - 1]], String(block)).to.deep.equal([1, 6, 6])
      }
      expect([got[0], got[9 * BLOCK]]).to.deep.equal([0, 0])
    }))

    it('writes where what is there is what was expected, and only there', where('compareAndWrite', async (image) => {
      const length = 512
      await writeBytes(image, 0, length, 1)
      const [buffer, compare] = [image.buffer(length), image.buffer(length)]
      buffer.bytes.fill(2, 0, length)
      compare.bytes.fill(1, 0, length)
      await done(image, 'compareAndWrite', { length, buffer, compare })
      expect(await holds(image, 0, length, 2)).to.equal(true)
      buffer.bytes.fill(3, 0, length)
      expect((await submitted(image, 'compareAndWrite', { length, buffer, compare })).error?.code).to.equal('precondition')
      expect(await holds(image, 0, length, 2)).to.equal(true)
      buffer.release()
      compare.release()
    }))

    it('gives each holder of a buffer memory of its own, aligned, and words over the same bytes', withOne((image) => {
      const buffers = Array.from({ length: 70 }, () => image.buffer(BLOCK))
      for (const [n, buffer] of buffers.entries()) buffer.words[0] = n
      for (const [n, { bytes, words }] of buffers.entries()) {
        expect([words[0], bytes[0], bytes.length >= BLOCK, bytes.byteOffset % 4]).to.deep.equal([n, n, true, 0])
      }
      for (const buffer of buffers) buffer.release()
      return Promise.resolve()
    }))

    it('writes nothing to what is open for reading', () => withImage(target.driver, {}, async (_, own) => {
      const image = await target.driver.open({ name: own, readOnly: true, exclusive: false }, rbdCall())
      const buffer = image.buffer(BLOCK)
      expect((await submitted(image, 'write', { length: BLOCK, buffer })).error?.code).to.equal('denied')
      buffer.release()
      await image.close(rbdCall())
    }))

    it('waits with its closing for what is under way', async () => {
      await withImage(target.driver, {}, async (_, own) => {
        const image = await target.driver.open({ name: own, readOnly: false, exclusive: false }, rbdCall())
        const writing = Promise.all(Array.from({ length: 20 }, (__, n) => writeBytes(image, n * BLOCK, BLOCK, 1)))
        await image.close(rbdCall())
        await writing
      })
    })

    it('says of what isn\'t there that it isn\'t', async () => {
      const nothing = { name: 'not-there', readOnly: false, exclusive: false }
      expect(await refusedWith(target.driver.open(nothing, rbdCall()))).to.equal('not_found')
      expect(await refusedWith(target.driver.remove('not-there', rbdCall()))).to.equal('not_found')
      expect(await refusedWith(target.driver.info('not-there', rbdCall()))).to.equal('not_found')
      expect(await refusedWith(target.driver.resize('not-there', BLOCK, false, rbdCall()))).to.equal('not_found')
    })
  })
}
