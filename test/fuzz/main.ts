// `npm run fuzz [-- MESSAGES [SEED]]`: a million messages by default; ends with 1 when anything broke or was left.
import { randomInt } from 'node:crypto'
import { fuzz } from './border.ts'
import { faultsOf } from './faults.ts'

const [messages = '1000000', seed = String(randomInt(2 ** 31))] = process.argv.slice(2)
const print = (line: string): void => { process.stdout.write(`${line}\n`) }
print(`seed ${seed}: again with  npm run fuzz -- ${messages} ${seed}`)
const report = await fuzz(Number(messages), Number(seed), print)
print(JSON.stringify(report, null, 2))
const faults = faultsOf(report)
for (const fault of faults) print(`error: ${fault}`)
process.exitCode = faults.length === 0 ? 0 : 1
