// `npm run fuzz [-- MESSAGES [SEED]]`: a million messages over the border by default; `npm run fuzz -- endpoint [REQUESTS [SEED]]`: 200,000
// requests to the built-in endpoint. Ends with 1 when anything broke or was left.
import { randomInt } from 'node:crypto'
import { fuzz } from './border.ts'
import { fuzzEndpoint } from './endpoint.ts'
import { faultsOf } from './faults.ts'

const given = process.argv.slice(2)
const isEndpoint = given[0] === 'endpoint'
const [count = isEndpoint ? '200000' : '1000000', seed = String(randomInt(2 ** 31))] = isEndpoint ? given.slice(1) : given
const print = (line: string): void => { process.stdout.write(`${line}\n`) }
print(`seed ${seed}: again with  npm run fuzz -- ${isEndpoint ? 'endpoint ' : ''}${count} ${seed}`)
let faults: readonly string[]
if (isEndpoint) {
  const report = await fuzzEndpoint(Number(count), Number(seed))
  print(JSON.stringify(report.answers, null, 2))
  ;({ faults } = report)
} else {
  const report = await fuzz(Number(count), Number(seed), print)
  print(JSON.stringify(report, null, 2))
  faults = faultsOf(report)
}
for (const fault of faults) print(`error: ${fault}`)
process.exitCode = faults.length === 0 ? 0 : 1
