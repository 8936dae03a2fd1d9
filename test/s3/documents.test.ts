// The XML the client reads and writes.
import { expect } from 'chai'
import fc from 'fast-check'
import { readDeleteFailures, readError, readListing, writeCreateBucket, writeDelete } from '../../bindings/s3/documents.ts'
import { XML_LIMITS, XmlError, childText, escapeXml, parseXml } from '../../bindings/s3/xml.ts'

describe('the XML reader', () => {
  it('reads elements, text, entities, CDATA, comments, attributes and prefixes', () => {
    const root = parseXml('\ufeff<?xml version="1.0"?>\n<!-- a --><s:R xmlns:s="u" b = \'c>d\'>' +
      '<A>x &amp; &#65;&#x1F642;<!-- no -->y</A><B/><C><![CDATA[<&]]></C></s:R>\n')
    expect(root.name).to.equal('R')
    expect(childText(root, 'A')).to.equal('x & A🙂y')
    expect(childText(root, 'B')).to.equal('')
    expect(childText(root, 'C')).to.equal('<&')
    expect(childText(root, 'D')).to.equal(undefined)
  })
  const wrong = [
    '', 'text', '<a>', '<a></b>', '<a></a><b/>', '<a>&nope;</a>', '<a>&#xD800;</a>', '<a>& b</a>', '<a b></a>', '<a b="<"></a>', '</a>',
      '<a', '<a><!-- </a>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', '<a></a>text', '<a><![CDATA[</a>', '<1/>', '<a>&#1114112;</a>',
  ]
  for (const text of wrong) it(`refuses ${JSON.stringify(text)}`, () => { expect(() => parseXml(text)).to.throw(XmlError) })
  it('has limits', () => {
    expect(() => parseXml('<a>'.repeat(XML_LIMITS.depth + 1) + '</a>'.repeat(XML_LIMITS.depth + 1))).to.throw(XmlError, /deeper/)
    expect(() => parseXml(`<a>${'<b/>'.repeat(XML_LIMITS.elements)}</a>`)).to.throw(XmlError, /more than/)
  })
  it('reads back what it escapes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => { expect(parseXml(`<a>${escapeXml(text)}</a>`).text).to.equal(text) }))
  })
  it('ends with a document or an XmlError on any text', () => {
    const piece = fc.constantFrom('<', '>', '</', '/>', 'a', '&', ';', '#', '<!--', '-->', '<![CDATA[', ']]>', '<?', '?>', '"', '=', ' ',
      '<a>', '</a>')
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try { parseXml(pieces.join('')) } catch (error) { expect(error).to.be.instanceOf(XmlError) }
    }), { numRuns: 2000 })
  })
})

describe('S3 documents', () => {
  const listing = (inner: string) => `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</ListBucketResult>`
  it('are read as listings, keys decoded only when they are said to be encoded', () => {
    const contents = '<Contents><Key>a%20b+c%2B</Key><Size>12</Size><ETag>&quot;e&quot;</ETag>' +
      '<LastModified>2026-01-01T00:00:00Z</LastModified></Contents>'
    const paging = '<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>t+%</NextContinuationToken>'
    const encoded = readListing(listing(`${paging}${contents}<CommonPrefixes><Prefix>p%2F</Prefix></CommonPrefixes>`))
    expect(encoded).to.deep.equal({
      objects: [{ key: 'a b c+', sizeBytes: 12, etag: '"e"', lastModified: '2026-01-01T00:00:00Z' }], commonPrefixes: ['p/'],
        continuationToken: 't+%',
    })
    expect(readListing(listing(`<IsTruncated>false</IsTruncated>${contents}`)).objects[0]?.key).to.equal('a%20b+c%2B')
  })
  it('are refused as listings when they lack what paging needs', () => {
    expect(() => readListing(listing(''))).to.throw(XmlError, /IsTruncated/)
    expect(() => readListing(listing('<IsTruncated>true</IsTruncated>'))).to.throw(XmlError, /NextContinuationToken/)
    expect(() => readListing(listing('<IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents>'))).to.throw(XmlError, /Size/)
    expect(() => readListing('<Error/>')).to.throw(XmlError, /<Error> instead/)
  })
  it('are read as errors, and anything else is none', () => {
    const text = '<Error><Code>NoSuchKey</Code><Message>m</Message><RequestId>r</RequestId><Region>eu</Region></Error>'
    expect(readError(text)).to.deep.equal({ code: 'NoSuchKey', message: 'm', requestId: 'r', region: 'eu' })
    for (const other of ['', '<html>', '<Error></Error>', '{"Code": 1}']) expect(readError(other)).to.equal(undefined)
  })
  it('name the keys to delete, and what was not deleted', () => {
    const keys = ['a&b', '<', '\u0001', '🙂']
    const root = parseXml(writeDelete(keys))
    expect(childText(root, 'Quiet')).to.equal('true')
    expect(root.children.filter(({ name }) => name === 'Object').map((object) => childText(object, 'Key'))).to.deep.equal(keys)
    const error = '<Error><Key>k</Key><Code>AccessDenied</Code><Message>no</Message></Error>'
    expect(readDeleteFailures(`<DeleteResult><Deleted><Key>x</Key></Deleted>${error}</DeleteResult>`))
      .to.deep.equal([{ key: 'k', detail: 'AccessDenied', message: 'no' }])
  })
  it('name a region for a new bucket, but not the one that must not be named', () => {
    expect(writeCreateBucket('us-east-1')).to.equal('')
    expect(writeCreateBucket('default')).to.equal('')
    expect(writeCreateBucket('eu-west-1')).to.contain('<LocationConstraint>eu-west-1</LocationConstraint>')
  })
})
