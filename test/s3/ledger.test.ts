// What a session knows of what it wrote: the truth where nothing overlapped and nothing is open, and silence everywhere else.
import { expect } from 'chai'
import fc from 'fast-check'
import { Ledger, type Change } from '../../bindings/s3/ledger.ts'
import type { StorageCode } from '../../bindings/sdk/index.ts'

const done = (ledger: Ledger, key: string, kind: 'put' | 'delete', code: 'ok' | StorageCode = 'ok', etag?: string): void => {
  ledger.end(ledger.begin(key, kind, true), code, etag)
}

describe('a ledger of writes', () => {
  it('knows the last write of a key, and that it was deleted', () => {
    const ledger = new Ledger()
    expect(ledger.look('k')).to.equal(undefined)
    done(ledger, 'k', 'put', 'ok', '"a"')
    done(ledger, 'k', 'put', 'ok', '"b"')
    const known = ledger.look('k')
    expect(known).to.include({ sure: true, present: true, described: true, version: 2 })
    expect(known !== undefined && [Ledger.differs(known, '"b"'), Ledger.differs(known, '"a"'), Ledger.differs(known, undefined)])
      .to.deep.equal([false, true, false])
    done(ledger, 'k', 'delete')
    expect(ledger.look('k')).to.include({ sure: true, present: false })
    expect(ledger.look('other')).to.equal(undefined)
  })

  it('does not judge a read that overlaps with a change', () => {
    const ledger = new Ledger()
    done(ledger, 'k', 'put')
    const before = ledger.look('k')
    expect(ledger.stillSure('k', before)).to.equal(true)
    const change = ledger.begin('k', 'put')
    expect(ledger.look('k')?.sure).to.equal(false)
    expect(ledger.stillSure('k', before)).to.equal(false)
    ledger.end(change, 'ok')
    expect(ledger.stillSure('k', before), 'it is over, but was there meanwhile').to.equal(false)
    expect(ledger.stillSure('k', ledger.look('k'))).to.equal(true)
  })

  it('is sure again after a write alone, but never after one of which nobody knows the end', () => {
    const ledger = new Ledger()
    const [one, two] = [ledger.begin('k', 'put'), ledger.begin('k', 'put')]
    ledger.end(two, 'ok')
    ledger.end(one, 'ok')
    expect(ledger.look('k')?.sure).to.equal(false)
    done(ledger, 'k', 'put')
    expect(ledger.look('k')).to.include({ sure: true, version: 3 })
    done(ledger, 'k', 'put', 'throttled')
    expect(ledger.look('k'), 'a refusal changes nothing').to.include({ sure: true, version: 3 })
    done(ledger, 'k', 'put', 'timeout')
    done(ledger, 'k', 'put')
    expect(ledger.look('k')?.sure).to.equal(false)
    done(ledger, 'other', 'put')
    ledger.spoil('other')
    expect(ledger.look('other')?.sure).to.equal(false)
  })

  it('says of any history what the store has, or that it is not sure', () => {
    const codes: readonly ('ok' | StorageCode)[] = ['ok', 'ok', 'ok', 'denied', 'timeout']
    const step = fc.record({ key: fc.nat(3), kind: fc.constantFrom<'put' | 'delete'>('put', 'delete'),
      code: fc.constantFrom(...codes), carriedOut: fc.boolean(), waits: fc.nat(3), late: fc.boolean() })
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ledger = new Ledger()
      /** The store: the version of each key; 0 = none. */
      const store = new Map<string, number>()
      const open: { key: string; change: Change; code: 'ok' | StorageCode; apply: () => void; left: number; late: boolean }[] = []
      const tick = (): void => {
        for (const one of open.splice(0)) {
          if (one.left-- > 0) { open.push(one); continue }
          ledger.end(one.change, one.code)
          if (one.late) one.apply()
        }
        for (const [key, version] of store) {
          const known = ledger.look(key)
          if (known?.sure !== true) continue
          expect([known.present, known.present ? known.version : 0]).to.deep.equal([version > 0, version])
        }
      }
      for (const { key: number, kind, code, carriedOut, waits, late } of steps) {
        const key = `k${number}`
        const change = ledger.begin(key, kind)
        const apply = (): void => { store.set(key, kind === 'put' ? change.version : 0) }
        const applied = code === 'ok' || (code === 'timeout' && carriedOut)
        // What timed out may be carried out after it has ended; all else while it is under way.
        const after = applied && code === 'timeout' && late
        if (applied && !after) apply()
        open.push({ key, change, code, apply, left: waits, late: after })
        tick()
      }
      for (let n = 0; n < 5; n++) tick()
    }))
  })

  it('takes at most 32 bytes an object when it is as full as it gets, and forgets none while it grows', () => {
    const ledger = new Ledger()
    const objects = 98_304
    for (let n = 0; n < objects; n++) done(ledger, `some/key-${n}`, 'put')
    expect(ledger.size).to.equal(objects)
    for (let n = 0; n < objects; n += 7) expect(ledger.look(`some/key-${n}`), `key ${n}`).to.include({ version: 1, present: true })
    expect(ledger.bytes / objects).to.be.at.most(32)
  })
})
