// What memory a long run adds: 10⁸ operations recorded, reported every 25,000 and merged as a coordinator does.
import { bytesAddedBy } from '../kit/many-samples.ts'

const SAMPLES = 1e8
/** The goal. */
const ADDED_MAX_MB = 5

const addedMb = bytesAddedBy(SAMPLES) / 1e6
process.stdout.write(`recorder and aggregate: 10⁸ operations add ${addedMb.toFixed(2).padStart(10)} MB (goal: at most ${ADDED_MAX_MB})\n`)
if (addedMb > ADDED_MAX_MB) process.exitCode = 1
