// Secrets are taken out of everything that is said.
import { expect } from 'chai'
import fc from 'fast-check'
import { changed, redactor } from '../../runtime/cli/streams.ts'
import { memorySink } from '../kit/memory-sink.ts'

describe('taking secrets out', () => {
  it('hides a secret wherever it occurs, also as JSON and URLs write it', () => {
    const clean = redactor(['pa"ss/word='])
    expect(clean('x pa"ss/word= y pa"ss/word=')).to.equal('x *** y ***')
    expect(clean(JSON.stringify({ key: 'pa"ss/word=' }))).to.equal('{"key":"***"}')
    expect(clean(`?key=${encodeURIComponent('pa"ss/word=')}`)).to.equal('?key=***')
  })

  it('hides a secret in JSON within JSON, in XML, and line by line', () => {
    const secret = 'a"b\\c<d&e'
    const clean = redactor([secret, '-----BEGIN KEY-----\nfirst-line-of-it\nsecond-line-of-it'])
    expect(clean(JSON.stringify(JSON.stringify(JSON.stringify(secret))))).not.to.include('c<d')
    expect(clean('<Key>a&quot;b\\c&lt;d&amp;e</Key>')).to.equal('<Key>***</Key>')
    expect(clean('  first-line-of-it\n  second-line-of-it')).to.equal('  ***\n  ***')
  })

  it('leaves nothing of a longer secret that begins with a shorter one', () => {
    expect(redactor(['secret', 'secret-and-more'])('secret-and-more')).to.equal('***')
  })

  it('never leaves a secret in a text', () => {
    const some = fc.array(fc.string({ minLength: 4 }), { minLength: 1, maxLength: 4 })
    fc.assert(fc.property(some, fc.string(), fc.string(), (secrets, a, b) => {
      const [secret = ''] = secrets
      fc.pre(!'***'.includes(secret) && !(a + '***' + b).includes(secret))
      expect(redactor(secrets)(a + secret + b)).not.to.include(secret)
    }))
  })

  it('changes nothing when there are no secrets, or only words too short to be any', () => {
    expect(redactor([])('as it is')).to.equal('as it is')
    expect(redactor(['as'])('as it is')).to.equal('as it is')
  })

  it('is done to all that goes through a sink', () => {
    const sink = memorySink()
    changed(sink, redactor(['hush-hush'])).write('say hush-hush\n')
    expect(sink.text()).to.equal('say ***\n')
  })
})
