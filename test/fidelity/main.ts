// `npm run fidelity`: the table of what was true and what was reported. Ends with 1 when a report is not the truth.
import { casesOf, isFaithful, MODELS, PERCENTILES, SHARDS, worstError, type Case } from './cases.ts'
import { countsEqual, isTrue, neverShort, playServed, SERVED_MODELS, type Served, type ServedResult } from './served.ts'
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

/** A busy machine is late now and then, a wrong measurement always is wrong: so what is too long is measured again so often. */
const ATTEMPTS_MAX = 3
const SERVED_SECONDS = 8

function servedLines(result: ServedResult, attempt: number): readonly string[] {
  const { shape, model, shards, counts, percentiles, lagMs } = result
  const half = PERCENTILES.length
  const parts = (['service', 'response'] as const).map((what, at) => ({ what, figures: percentiles.slice(at * half, (at + 1) * half) }))
  const lines = parts.filter(({ figures }) => figures.length > 0).flatMap(({ what, figures }) => [
    row(`${shape}, ${model}, ${String(shards)} shards, ${what}`,
      [' server  ', String(counts[0]?.truth).padStart(7), ...figures.map(({ truth }) => cell(truth))]),
    row('', [' reported', String(counts[0]?.report).padStart(7), ...figures.map(({ report }) => cell(report))]),
  ])
  const off = counts.filter(({ truth, report }) => truth !== report)
    .map(({ name, truth, report }) => `${name} ${String(report)}, not ${String(truth)}`)
  const said = [
    ...off, ...neverShort(result) ? [] : ['shorter than the server took'], ...isTrue(result) ? ['ok'] : ['WRONG'],
    `attempt ${String(attempt)}`, `late at most: generator ${lagMs.generator.toFixed(1)} ms, server ${lagMs.server.toFixed(1)} ms`,
  ]
  return [...lines, `    ${counts.map(({ name, report }) => `${name} ${String(report)}`).join(', ')}: ${said.join('; ')}`]
}

/** False when it was not the truth. */
async function served(one: Served): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const result = await playServed(one)
    const over = isTrue(result) || !countsEqual(result) || !neverShort(result) || attempt === ATTEMPTS_MAX
    say(servedLines(result, attempt).join('\n'))
    if (over) return isTrue(result)
  }
}

say(row('\nms, real runs against a real server', ['         ', '  count', ...PERCENTILES.map((p) => `p${String(p)}`.padStart(9))]))
for (const shape of SHAPES) {
  for (const model of SERVED_MODELS) {
    for (const shards of [1, 4]) {
      if (!await served({ shape, model, shards, seconds: SERVED_SECONDS })) wrong++
    }
  }
}
say(wrong === 0 ? 'every report is the truth: counts and bytes equal, percentiles within 2 % or 0.2 ms'
  : `${String(wrong)} reports are not the truth`)
process.exitCode = wrong === 0 ? 0 : 1
