// What an operation is about, read from arguments of any sort.
import { expect } from 'chai'
import fc from 'fast-check'
import { subjectOf } from '../../bindings/s3/subject.ts'
import type { Json } from '../../bindings/sdk/index.ts'

describe('what an operation is about', () => {
  const cases: readonly (readonly [op: string, args: readonly Json[], subject: object])[] = [
    ['put', ['a/b', 'grün'], { key: 'p/a/b', sizeBytes: 5 }],
    ['put', ['a', { payload: true, sizeBytes: 4096, pattern: 'random' }], { key: 'p/a', sizeBytes: 4096 }],
    ['put', ['a', { latin1: '\u0000\u00ff\u0001' }], { key: 'p/a', sizeBytes: 3 }],
    ['append', ['a', 'xy', { position: 3 }], { key: 'p/a', sizeBytes: 2 }],
    ['upload', ['a', { payload: true, sizeBytes: 4096 }], { key: 'p/a', sizeBytes: 4096 }],
    ['copy', ['a', 'b'], { key: 'p/b' }],
    ['uploadPart', [{ key: 'a', uploadId: 'u' }, 2, 'xyz'], { key: 'p/a', sizeBytes: 3 }],
    ['completeUpload', [{ key: 'a', uploadId: 'u' }, []], { key: 'p/a' }],
    ['deleteMany', [[{ key: 'a', versionId: 'v' }]], { key: 'p/a', keys: 1 }],
    ['listVersions', [{ prefix: 'x' }], { key: 'p/x' }],
    ['getPolicy', [], {}],
    ['createBucket', ['mine'], {}],
    ['get', ['a', { range: [0, 1] }], { key: 'p/a' }],
    ['get', ['theirs/a', { existing: true }], { key: 'theirs/a' }],
    ['head', ['theirs/a', { existing: true }], { key: 'theirs/a' }],
    ['delete', ['a'], { key: 'p/a' }],
    ['deleteMany', [['a', 'b', 'c']], { key: 'p/a', keys: 3 }],
    ['list', [], { key: 'p/' }],
    ['list', [{ prefix: 'x' }], { key: 'p/x' }],
    ['get', [7], {}],
  ]
  for (const [op, args, subject] of cases) {
    it(`${op} of ${JSON.stringify(args)}`, () => { expect(subjectOf(op, args, 'p/')).to.deep.equal(subject) })
  }

  it('is told without an error, whatever the arguments are, and is no longer than a key can be', () => {
    const op = fc.constantFrom('put', 'get', 'head', 'delete', 'deleteMany', 'list', 'nope')
    fc.assert(fc.property(op, fc.array(fc.jsonValue() as fc.Arbitrary<Json>), (name, args) => {
      expect((subjectOf(name, args, 'p/').key ?? '').length).to.be.at.most(1024)
    }))
    expect(subjectOf('get', ['x'.repeat(5000)], 'p/').key).to.have.length(1024)
  })
})
