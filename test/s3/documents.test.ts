// The XML the client reads and writes.
import { expect } from 'chai'
import fc from 'fast-check'
import {
  readDeleteFailures, readError, readListing, readUploads, readVersions, writeCreateBucket, writeDelete,
} from '../../bindings/s3/documents.ts'
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
  const versions = (inner: string) => readVersions(`<ListVersionsResult>${inner}</ListVersionsResult>`)
  const uploads = (inner: string) => readUploads(`<ListMultipartUploadsResult>${inner}</ListMultipartUploadsResult>`)
  it('are read as listings of versions, delete markers among them, in the order they come', () => {
    const entry = (name: string, key: string, id: string, latest: boolean) =>
      `<${name}><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${String(latest)}</IsLatest></${name}>`
    const page = '<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>b%2B</NextKeyMarker>' +
      `<NextVersionIdMarker>v1</NextVersionIdMarker>${entry('DeleteMarker', 'a%20', 'v3', true)}${entry('Version', 'a%20', 'null', false)}`
    expect(versions(page)).to.deep.equal({
      versions: [
        { key: 'a ', versionId: 'v3', isLatest: true, isDeleteMarker: true },
        { key: 'a ', versionId: 'null', isLatest: false, isDeleteMarker: false },
      ],
      next: { key: 'b+', versionId: 'v1' },
    })
    expect(versions('<IsTruncated>false</IsTruncated><NextKeyMarker>x</NextKeyMarker>')).to.deep.equal({ versions: [] })
    expect(() => versions('<IsTruncated>false</IsTruncated><Version><Key>k</Key></Version>')).to.throw(XmlError, /<VersionId>/)
    expect(() => versions('')).to.throw(XmlError, /IsTruncated/)
  })
  it('are read as listings of uploads', () => {
    const page = '<IsTruncated>true</IsTruncated><NextKeyMarker>k%</NextKeyMarker><NextUploadIdMarker>2~x</NextUploadIdMarker>' +
      '<Upload><Key>k%</Key><UploadId>2~x</UploadId></Upload>'
    expect(uploads(page)).to.deep.equal({ uploads: [{ key: 'k%', uploadId: '2~x' }], next: { key: 'k%', uploadId: '2~x' } })
    expect(() => uploads('<IsTruncated>true</IsTruncated>')).to.throw(XmlError, /NextKeyMarker/)
  })
  it('go on after a marker that a gateway wrote as it is, or left out', () => {
    const entry = '<Version><Key>a%2520</Key><VersionId>v</VersionId></Version>'
    const page = (marker: string) => versions(`<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>${marker}${entry}`).next
    for (const marker of ['<NextKeyMarker>a%2520</NextKeyMarker>', '<NextKeyMarker>a%20</NextKeyMarker>', '']) {
      expect(page(marker), marker).to.deep.equal({ key: 'a%20' })
    }
  })
  it('are read as errors, and anything else is none', () => {
    const text = '<Error><Code>NoSuchKey</Code><Message>m</Message><RequestId>r</RequestId><Region>eu</Region></Error>'
    expect(readError(text)).to.deep.equal({ code: 'NoSuchKey', message: 'm', requestId: 'r', region: 'eu' })
    for (const other of ['', '<html>', '<Error></Error>', '{"Code": 1}']) expect(readError(other)).to.equal(undefined)
  })
  it('name the keys to delete, and what was not deleted', () => {
    const keys = ['a&b', '<', '\u0001', '🙂']
    const root = parseXml(writeDelete(keys.map((key) => ({ key }))))
    expect(childText(root, 'Quiet')).to.equal('true')
    expect(root.children.filter(({ name }) => name === 'Object').map((object) => childText(object, 'Key'))).to.deep.equal(keys)
    const objects = parseXml(writeDelete([{ key: 'k', versionId: 'v<1' }, { key: 'k' }])).children.slice(1)
    expect(objects.map((object) => childText(object, 'VersionId'))).to.deep.equal(['v<1', undefined])
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
