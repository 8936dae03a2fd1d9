// `npm run fidelity`: the table of what was true and what was reported. Ends with 1 when a report is not the truth.
import { casesOf, isFaithful, MODELS, PERCENTILES, SHARDS, worstError, type Case } from './cases.ts'
import { SHAPES } from './shapes.ts'

const say = (line: string): void => { process.stdout.write(`${line}\n`) }
const cell = (value: number): string => value.toFixed(value < 100 ? 2 : 1).padStart(9)
const row = (name: string, values: readonly string[]): string => `${name.padEnd(46)}${values.join('')}`

function lines(one: Case): readonly string[] {
  const { shape, model, shards, what, truth, report } = one
  const name = `${shape}, ${model}, ${String(shards)} shards, ${what}`
  const ending = `  ${(100 * worstError(one)).toFixed(2)} %  ${isFaithful(one) ? 'ok' : 'WRONG'}`
  return [
    row(name, [' true    ', String(truth.count).padStart(7), ...truth.percentiles.map(cell)]),
    row('', [
      ' reported', String(report.count).padStart(7), ...report.percentiles.map(cell), ending,
    ]),
  ]
}

say(row('ms, in virtual time', ['         ', '  count', ...PERCENTILES.map((p) => `p${String(p)}`.padStart(9)), '  worst error']))
let wrong = 0
for (const shape of SHAPES) {
  for (const model of MODELS) {
    for (const shards of SHARDS) {
      for (const one of await casesOf(shape, model, shards)) {
        say(lines(one).join('\n'))
        if (!isFaithful(one)) wrong++
      }
    }
  }
}
say(wrong === 0 ? 'every report is the truth: counts equal, percentiles within 2 % or 0.2 ms'
  : `${String(wrong)} reports are not the truth`)
process.exitCode = wrong === 0 ? 0 : 1
