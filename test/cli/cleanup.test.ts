// Which prefix a cleanup may delete: a run's own, and nothing that could be anyone else's.
import { expect } from 'chai'
import fc from 'fast-check'
import { prefixOf } from '../../runtime/cli/cleanup.ts'
import { Failure } from '../../runtime/cli/failure.ts'

const of = (run?: string, prefix?: string): string => prefixOf({ run, prefix })

describe('the prefix a cleanup deletes below', () => {
  it('is the run\'s own, however its name was copied', () => {
    for (const name of ['3f9a1c', 'chopsticks-3f9a1c', 'chopsticks-3f9a1c/']) expect(of(name)).to.equal('chopsticks-3f9a1c/')
  })

  it('ends with a slash, so that no longer name is meant', () => {
    expect(of(undefined, 'chopsticks-shared')).to.equal('chopsticks-shared/')
    expect(of(undefined, 'chopsticks-a/b/')).to.equal('chopsticks-a/b/')
  })

  it('is refused where it is none', () => {
    for (const run of ['', '/', '../x', 'a/b', 'chopsticks-', 'a b']) expect(() => of(run), run).to.throw(Failure)
    for (const prefix of ['', 'x/', '/', 'chopsticks-', 'chopsticks-/', 'Chopsticks-a/']) {
      expect(() => of(undefined, prefix), prefix).to.throw(Failure)
    }
    expect(() => of('a', 'chopsticks-a/')).to.throw(Failure, /not both/)
    expect(() => of()).to.throw(Failure)
  })

  it('always begins with chopsticks- and a name, whatever was given', () => {
    fc.assert(fc.property(fc.option(fc.string(), { nil: undefined }), fc.option(fc.string(), { nil: undefined }), (run, prefix) => {
      let made: string
      try { made = of(run, prefix) } catch (error) { if (error instanceof Failure) return; throw error }
      expect(made).to.match(/^chopsticks-[^/][^]*\/$/)
    }))
  })
})
