// Listing against an oracle that knows nothing of blocks, jumps or positions; and what a listing costs.
import { expect } from 'chai'
import fc from 'fast-check'
import { bytesOf, textOf, successorOf } from '../../bindings/s3/endpoint/http/byte-string.ts'
import type { ByteString } from '../../bindings/s3/endpoint/http/byte-string.ts'
import { behind, readPage } from '../../bindings/s3/endpoint/store/listing.ts'
import { SortedKeys } from '../../bindings/s3/endpoint/store/sorted-keys.ts'

const NOTHING = '' as ByteString
const byUtf8 = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
/** Keys over few characters, so that prefixes and delimiters meet; the last two sort differently by UTF-16. */
const keyText = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-', '\0', 'é', '\uffee', '\u{1f600}'), minLength: 1, maxLength: 6 })

/** What a whole listing shows: S3's definition, read literally. */
function oracle(keys: Iterable<string>, prefix: string, delimiter: string, after: string): string[] {
  const shown = new Set<string>()
  for (const key of keys) {
    if (!key.startsWith(prefix) || (after !== '' && byUtf8(key, after) <= 0)) continue
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    shown.add(cut < 0 ? `key ${key}` : `all ${key.slice(0, cut + delimiter.length)}`)
  }
  return [...shown].sort((a, b) => byUtf8(a.slice(4), b.slice(4)))
}

/** All pages after another, as the oracle writes them. */
function pages(sorted: SortedKeys<ByteString>, prefix: string, delimiter: string, after: string, limit: number): string[] {
  const shown: string[] = []
  let from: ByteString | undefined = after === '' ? NOTHING : behind(bytesOf(after))
  while (from !== undefined) {
    const page = readPage((from) => sorted.from(from), { prefix: bytesOf(prefix), delimiter: bytesOf(delimiter), from, limit })
    const both = [...page.keys.map((key) => `key ${textOf(key)}`), ...page.prefixes.map((key) => `all ${textOf(key)}`)]
    if (page.next !== undefined) expect(both.length).to.equal(limit)
    shown.push(...both.sort((a, b) => byUtf8(a.slice(4), b.slice(4))))
    from = page.next
  }
  return shown
}

describe('endpoint: listing', () => {
  it('shows what the oracle shows, for all keys, prefixes, delimiters, starts and page lengths', () => {
    fc.assert(fc.property(
      fc.array(fc.tuple(fc.boolean(), keyText), { maxLength: 60 }), fc.oneof(fc.constant(''), keyText),
      fc.constantFrom('', '/', '-', 'a/', 'é'), fc.oneof(fc.constant(''), keyText), fc.integer({ min: 1, max: 9 }),
      (changes, prefix, delimiter, after, limit) => {
        const model = new Set<string>()
        const sorted = new SortedKeys<ByteString>()
        for (const [adds, key] of changes) {
          if (adds) { model.add(key); sorted.add(bytesOf(key)) } else { model.delete(key); sorted.delete(bytesOf(key)) }
        }
        expect(pages(sorted, prefix, delimiter, after, limit)).to.deep.equal(oracle(model, prefix, delimiter, after))
      }), { numRuns: 500 })
  })

  it('keeps tens of thousands of keys in order through any adding and deleting, over many blocks', () => {
    fc.assert(fc.property(fc.array(fc.nat(30_000), { minLength: 4000, maxLength: 9000 }), fc.integer({ min: 2, max: 5 }),
      (numbers, every) => {
      const model = new Set<string>()
      const sorted = new SortedKeys<string>()
      for (const [at, number] of numbers.entries()) {
        const key = `k${number}`
        if (at % every === 0) { model.delete(key); sorted.delete(key) } else { model.add(key); sorted.add(key) }
      }
      expect([...sorted.from('')]).to.deep.equal([...model].sort())
      const middle = `k${numbers[0] ?? 0}`
      expect([...sorted.from(middle)]).to.deep.equal([...model].sort().filter((key) => key >= middle))
      for (const key of model) sorted.delete(key)
      expect([...sorted.from('')]).to.deep.equal([])
    }), { numRuns: 8 })
  })

  it('looks at no more keys than it shows: what hides behind a common prefix is jumped over', () => {
    const sorted = new SortedKeys<ByteString>()
    for (let folder = 0; folder < 50; folder++) for (let n = 0; n < 2000; n++) sorted.add(bytesOf(`${folder}/${n}`))
    let seen = 0
    const counted = new SortedKeys<ByteString>()
    counted.from = function* (from) { for (const key of sorted.from(from)) { seen++; yield key } }
    const page = readPage((from) => counted.from(from), { prefix: NOTHING, delimiter: bytesOf('/'), from: NOTHING, limit: 1000 })
    expect(page.prefixes.length).to.equal(50)
    expect(seen).to.be.at.most(51)
  })

  it('knows what follows all strings with a prefix', () => {
    expect(successorOf(bytesOf('a/'))).to.equal('a0')
    expect(successorOf('a\xff\xff' as ByteString)).to.equal('b')
    expect(successorOf('\xff' as ByteString)).to.equal(undefined)
  })
})
