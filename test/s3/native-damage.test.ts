// The native driver against answers cut, split, garbled and lengthened at every byte: the right code, and never another's answer.
import { expect } from 'chai'
import { STORAGE_CODES } from '../../bindings/sdk/index.ts'
import { RECORDED, altered, cutAt, runDamaged, splitAt, type Case, type Damage, type Recorded } from './damage.ts'

/** A case for every byte of an answer. */
const everyByte = (recorded: Recorded, from: number, damage: (at: number) => Damage, name: string): Case[] =>
  Array.from({ length: recorded.wire.length - from }, (_, i) => ({
    recorded, damage: damage(from + i), title: `${recorded.title}, ${name} at ${from + i}`,
  }))

/** Positions of the digits of statuses: another status is another answer, whatever it says. */
const statusDigits = (wire: string): ReadonlySet<number> =>
  new Set([...wire.matchAll(/HTTP\/1\.1 \d/g)].flatMap(({ index }) => [index + 9, index + 10, index + 11]))

const GARBLINGS: Readonly<Record<string, (byte: number) => number>> = {
  'another character': (byte) => byte ^ 1, 'a NUL': () => 0, 'a CR': () => 13, 'a LF': () => 10, 'a byte above ASCII': (byte) => byte | 128,
}
/** Codes that are never the answer to bytes that came, whatever they are. */
const UNTRUE = new Set(['timeout', 'unreachable', 'cancelled', 'other'])

describe('the native driver, its answers damaged,', function () {
  this.timeout(60_000)
  for (const how of ['FIN', 'RST'] as const) {
    it(`says cut wherever a ${how} cuts them off, and goes on over another connection`, async () => {
      const cases = RECORDED.flatMap((recorded) => everyByte(recorded, 0, (at) => cutAt(at, how), `cut by ${how}`))
      await runDamaged(cases, ({ title }, { ending, fresh }) => {
        expect({ code: ending.code, fresh }, `${title}: ${ending.message ?? ''}`).to.deep.equal({ code: 'cut', fresh: true })
      })
    })
  }
  it('reads them the same in two pieces, however they are split, and goes on over the same connection', async () => {
    const cases = RECORDED.flatMap((recorded) => everyByte(recorded, 1, splitAt, 'split'))
    await runDamaged(cases, ({ title, recorded }, { ending, fresh }) => {
      expect({ code: ending.code, fresh }, `${title}: ${ending.message ?? ''}`).to.deep.equal({ code: recorded.ends, fresh: false })
    })
  })
  for (const [what, garble] of Object.entries(GARBLINGS)) {
    it(`takes none for another's when ${what} stands in place of any byte`, async () => {
      const cases = RECORDED.flatMap((recorded) => {
        const at = (position: number): Damage => altered((wire) => {
          wire[position] = garble(wire[position] ?? 0)
          return wire
        })
        return everyByte(recorded, 0, at, what).filter((_, i) => garble(recorded.wire.charCodeAt(i)) !== recorded.wire.charCodeAt(i))
      })
      await runDamaged(cases, ({ title, recorded }, { ending, fresh }) => {
        const said = `${title}: ${ending.code} ${ending.message ?? ''}`
        const position = Number(/\d+$/.exec(title)?.[0])
        if (statusDigits(recorded.wire).has(position)) expect(STORAGE_CODES.filter((code) => !UNTRUE.has(code)), said).to.include.members(
          ending.code === 'ok' ? [] : [ending.code])
        else expect(ending.code, said).to.be.oneOf([recorded.ends, 'protocol', 'cut'])
        // A document that is none came in an answer that was whole.
        const whole = ending.message?.includes("the store's answer can't be read") === true
        if (ending.code === 'cut' || (ending.code === 'protocol' && !whole)) expect(fresh, said).to.equal(true)
      })
    })
  }
  const EXTRAS: Readonly<Record<string, string>> = {
    'one byte': 'x', 'a line end': '\r\n', 'a NUL': '\0', 'a second answer': 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nstolen!',
  }
  for (const [what, extra] of Object.entries(EXTRAS)) {
    it(`says protocol when ${what} comes with them, and goes on over another connection`, async () => {
      const damage = altered((wire) => Buffer.concat([wire, Buffer.from(extra)]))
      const cases = RECORDED.map((recorded) => ({ recorded, damage, title: `${recorded.title} and ${what}` }))
      await runDamaged(cases, ({ title }, { ending, fresh }) => {
        expect({ code: ending.code, fresh }, `${title}: ${ending.message ?? ''}`).to.deep.equal({ code: 'protocol', fresh: true })
      })
    })
  }
})
