// URL and URLSearchParams of the sandbox, against Node's own.
import { expect } from 'chai'
import fc from 'fast-check'
import { URL as GuestUrl } from '../../bindings/core/globals/url.ts'
import { URLSearchParams as GuestParams } from '../../bindings/core/globals/url-search-params.ts'

const PARTS = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] as const
type Parts = Record<(typeof PARTS)[number], string>

const partsOf = (url: Parts): Parts => Object.fromEntries(PARTS.map((part) => [part, url[part]])) as Parts
const read = (Type: new (url: string, base?: string) => Parts, url: string, base?: string): Parts | 'TypeError' => {
  try {
    return partsOf(base === undefined ? new Type(url) : new Type(url, base))
  } catch (error) {
    if (error instanceof TypeError) return 'TypeError'
    throw error
  }
}

/**
 * Where Node 20 leaves the standard: `..` that empties the path of a scheme it does not know, and references other than fragments on
 * a base like `mailto:x`. In the setters: ports that begin with no digit, empty hosts. In URLSearchParams: broken escapes beside text
 * beyond Latin-1.
 */
const nodeIsWrong = (url: string, base: string | undefined): boolean =>
  (base === 'mailto:x' && !/^\s*#/.test(url)) || (/(foo|mailto):/i.test(`${base}${url}`) && /(\.|%2e){2}/i.test(url))

const same = (url: string, base?: string): void => {
  expect(read(GuestUrl, url, base), `${JSON.stringify(url)} on ${base}`).to.deep.equal(read(URL, url, base))
}

/** Text that is all edges: what separates the parts of a URL, and what must be encoded. */
const pieces = fc.constantFrom(
  'http:', 'https:', 'HTTP:', 'ws:', 'foo:', 'file:', 'mailto:', '/', '//', '///', '\\', '?', '#', '@', ':', ':80', ':443', ':8080',
  ':65536', ':0', '.', '..', '%2e', '%2E%2e', 'a', 'B', 'b.c',
  'example.com', '[::1]', '[1:2::3]', '[::ffff:1.2.3.4]', '127.1', '0x7f.1', '256', '1.2.3.4.5', '08', ' ', '\t', '\n', '%41', '%',
  '%zz', '"', "'", '<', '>', '`', '{', '}', '|', '+', '&', '=', 'é', '😀', '\ud800', '~', '$', '!', '*', ';', ',',
)
const messy = fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join(''))

describe('URL in the sandbox', () => {
  it('reads what Node reads, part by part', () => {
    const urls = [
      'http://example.com', 'https://user:pa%20ss@Example.COM:443/a/./b/../c;d?x=1&y#f', 'http://a:80/', 'http://a:8080',
      'http://[2001:DB8:0:0:1:0:0:1]/', 'http://[::]', 'http://[1::2:0:0:3]',
      'http://[::1.2.3.4]', 'http://1.2.3', 'http://0300.0250.1', 'http://0xffffffff', 'http://4294967296', 'http://1.2.3.256',
      'http://a..b/', 'http://a%41b/', 'http://a%00b/', 'http://a b/',
      'http:a', 'http:/a', 'http:\\\\a\\b', 'http:////a//b', 'http://@a', 'http://:@a', 'http://u@', 'http://a:b', 'http://a:',
      'http://a:00080', 'mailto:x@y?z#q', 'foo://h/p', 'foo:///p', 'foo:/.//p', 'foo:a b',
      'data:text/plain,hi', 'file:///a/b', 'file://localhost/x', 'file:a', '  http://a  ', 'ht\ntp://a/\tb', '', 'x', '//a', '/p',
      'http://', 'http:///', 'https://a/?q=\'"<>`{}|', 'foo://a/?q=\'', 'http://a/#"<>`',
      'http://münchen.de/ü?ü#ü', 'http://例え.テスト', 'http://ｅｘ.com', 'http://a。b', 'http://faß.de', 'http://xn--', 'http://a\u00adb',
      'foo://ü/', 'http://a/%', 'http://a/%zz%c3', 'http://a/\ud800',
    ]
    for (const url of urls) same(url)
  })

  it('resolves relative references as Node does', () => {
    const bases = ['http://u:p@h:81/a/b/c?q=1#f', 'https://h', 'foo://h/a/b', 'foo:/a/b', 'mailto:x', 'file:///a/b', 'foo://h']
    const references = [
      '', '.', '..', '../..', '../../..', './x', 'x/', '/x', '//x', '///x', '\\x', '\\\\x', '?y', '#z', '?', '#', 'x?y#z', 'http:x',
      'http:/x', 'http://x', 'https:x', 'foo:x', 'a:b', '%2e%2e/x', '/.//x', 'x:1', ':1', '@x',
    ]
    for (const base of bases) for (const reference of references) if (!nodeIsWrong(reference, base)) same(reference, base)
  })

  it('agrees with Node on messy input', () => {
    fc.assert(fc.property(messy, fc.constantFrom(undefined, 'http://u@h:81/a/b?q#f', 'foo://h/a/b', 'mailto:x'), (url, base) => {
      fc.pre(!/file:/i.test(url) && !nodeIsWrong(url, base))
      same(url, base)
    }), { numRuns: 2000 })
  })

  it('keeps to the standard where Node does not', () => {
    expect(new GuestUrl('../..', 'foo://h/a/b').href).to.equal('foo://h/')
    expect(GuestUrl.canParse('a#', 'mailto:x')).to.equal(false)
    const url = new GuestUrl('http://h:81')
    url.port = '%41'
    expect(url.port).to.equal('81')
    expect([...new GuestParams('%zz😀%41=%')]).to.deep.equal([['%zz😀A', '%']])
  })

  it('reads back what it writes', () => {
    fc.assert(fc.property(messy, (url) => {
      fc.pre(GuestUrl.canParse(url))
      const { href } = new GuestUrl(url)
      expect(new GuestUrl(href).href).to.equal(href)
    }), { numRuns: 1000 })
  })

  it('sets parts as Node does', () => {
    const part = fc.constantFrom(...PARTS.filter((name) => name !== 'origin' && name !== 'href'))
    const start = fc.constantFrom('http://u:p@h:81/a/b?q=1#f', 'https://h/', 'foo://h:9/a', 'foo:/a', 'mailto:x', 'ws://1.2.3.4')
    fc.assert(fc.property(start, part, messy, (url, name, value) => {
      fc.pre(name !== 'port' || /^\d/.test(value))
      fc.pre(!name.startsWith('host') || (/^[^:/?#\\\s]+(:\d+)?$/.test(value) && url !== 'foo:/a'))
      fc.pre(!nodeIsWrong(value, url))
      const [mine, nodes] = [new GuestUrl(url), new URL(url)]
      mine[name] = value
      nodes[name] = value
      expect(partsOf(mine), `${url} ${name} = ${JSON.stringify(value)}`).to.deep.equal(partsOf(nodes))
    }), { numRuns: 2000 })
  })

  it('keeps searchParams and search as one', () => {
    const url = new GuestUrl('http://a/?x=1&y=2')
    const { searchParams } = url
    searchParams.append('z', 'a b')
    expect(url.href).to.equal('http://a/?x=1&y=2&z=a+b')
    url.search = '?k=v'
    expect([...searchParams]).to.deep.equal([['k', 'v']])
    searchParams.delete('k')
    expect(url.href).to.equal('http://a/')
    url.href = 'http://b/?m=1'
    expect(searchParams.get('m')).to.equal('1')
    expect(JSON.stringify({ url })).to.equal('{"url":"http://b/?m=1"}')
  })

  it('says what it could not read', () => {
    expect(() => new GuestUrl('/x', 'nope')).to.throw(TypeError, "'/x' on 'nope' is not a valid URL")
    expect(() => { new GuestUrl('http://a').href = 'b' }).to.throw(TypeError, "'b'")
    expect(GuestUrl.parse('nope')).to.equal(null)
    expect(GuestUrl.parse('http://a')?.href).to.equal('http://a/')
  })
})

describe('URLSearchParams in the sandbox', () => {
  const unit = fc.constantFrom('a', 'b', 'é', '😀', '\ud800', '&', '=', '+', ' ', '%41', '*', '-', '.', '_', '~', '?', '#')
  const text = fc.string({ unit, maxLength: 8 })
  const list = fc.array(fc.tuple(text, text), { maxLength: 5 })

  it('reads and writes as Node does', () => {
    fc.assert(fc.property(text, list, (query, pairs) => {
      expect([...new GuestParams(query)]).to.deep.equal([...new URLSearchParams(query)])
      expect(new GuestParams(pairs).toString()).to.equal(new URLSearchParams(pairs).toString())
      expect(new GuestParams(Object.fromEntries(pairs)).toString()).to.equal(new URLSearchParams(Object.fromEntries(pairs)).toString())
    }), { numRuns: 500 })
  })

  it('changes as Node does', () => {
    const kinds = fc.constantFrom('append', 'set', 'delete', 'sort')
    const change = fc.tuple(kinds, fc.constantFrom('a', 'b', 'é'), fc.constantFrom('1', '2', '\ud800'))
    fc.assert(fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
      const [mine, nodes] = [new GuestParams('b=1&a=2&b=3'), new URLSearchParams('b=1&a=2&b=3')]
      for (const [kind, name, value] of changes) {
        for (const params of [mine, nodes]) {
          if (kind === 'sort') params.sort()
          else if (kind === 'delete') params.delete(name)
          else params[kind](name, value)
        }
        expect([mine.toString(), mine.get(name), mine.getAll(name), mine.has(name, value), mine.size])
          .to.deep.equal([nodes.toString(), nodes.get(name), nodes.getAll(name), nodes.has(name, value), nodes.size])
      }
    }))
  })

  it('refuses entries that are no pairs', () => { expect(() => new GuestParams([['a']])).to.throw(TypeError, 'pair') })
})
