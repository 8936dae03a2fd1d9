// Is all there that was flushed when a client dies? Two runs: the first is killed while it writes, the second looks at what it was told.
//
//   chopsticks run rbd-crash-consistency -e PHASE=write                  2> journal; to be killed: kill -9
//   chopsticks run rbd-crash-consistency -e PHASE=check -e JOURNAL=/tmp/journal --allow-read /tmp
//   chopsticks run rbd-crash-consistency                                both at once: to see that it works
//
//   -e PHASE=both                         write, check, or both at once
//   -e JOURNAL                            what the first run said, whole path: its lines "flushed IMAGE ROUND" are what must be there
//   -e SIZE=256KiB                        bytes of each VU's image; the same in both runs
//   -e BLOCK=4KiB                          bytes of a write; the same in both runs
//   -e PREFIX=chopsticks-crash/           where the images lie; the same in both runs
//
// A round writes sixteen blocks at once, flushes, and says so: that word leaves the process before the next round begins. Rounds go
// through the image lap after lap; each block bears the number of its write, which tells its round. Whatever is older than the round
// that was told is lost. Both runs need the same storage: with image files, a folder that is named (driver_config: { folder: … }).
// The images stay: chopsticks cleanup --prefix chopsticks-crash/
import exec from 'chopsticks/execution'
import rbd, { StorageError, type Image } from 'chopsticks/rbd'
import { check, type Options } from 'chopsticks'
import { sizes } from 'chopsticks/data'

const PHASE = __ENV.PHASE ?? 'both'
const JOURNAL = __ENV.JOURNAL
const SIZE = sizes(__ENV.SIZE ?? '256KiB')()
const BLOCK = sizes(__ENV.BLOCK ?? '4KiB')()
const PREFIX = __ENV.PREFIX ?? 'chopsticks-crash/'
const VUS = 4
const PLACES = Math.floor(SIZE / BLOCK)
const IN_ROUND = Math.min(16, PLACES)
if (!['write', 'check', 'both'].includes(PHASE)) throw new Error(`PHASE is write, check or both, not ${PHASE}`)
if ((PHASE === 'check') !== (JOURNAL !== undefined)) throw new Error('PHASE=check needs JOURNAL, and only that')
if (BLOCK % 4096 !== 0 || PLACES < 1) throw new Error('BLOCK must be a multiple of 4096, and SIZE at least one BLOCK')

/** Image -> the last round that was told to be flushed. */
const told = new Map<string, number>()
for (const [, name = '', round] of (JOURNAL === undefined ? '' : open(JOURNAL)).matchAll(/\bflushed ([\w-]+) (\d+)\b/g)) {
  told.set(name, Math.max(told.get(name) ?? 0, Number(round)))
}
if (JOURNAL !== undefined && told.size === 0) throw new Error(`${JOURNAL} has no line "flushed IMAGE ROUND": nothing was promised`)

export const options: Options = {
  scenarios: {
    crash: PHASE === 'check' ? { executor: 'shared-iterations', vus: Math.min(VUS, told.size), iterations: told.size }
      : { executor: 'constant-vus', vus: VUS, duration: PHASE === 'write' ? '10m' : '5s' },
  },
  ...(PHASE === 'both' ? {} : { prefix: PREFIX }),
  thresholds: { checks: [{ threshold: 'rate==1', allowEmpty: PHASE === 'write' }] },
}

/** The last of the rounds up to `round` that wrote to a place; 0: none. */
const lastOf = (place: number, round: number): number => {
  for (let one = round; one > 0 && one > round - PLACES; one--) {
    if ((place - (one - 1) * IN_ROUND % PLACES + PLACES) % PLACES < IN_ROUND) return one
  }
  return 0
}

/** The least number of a write that a block's sectors bear, at 20 of each 512 bytes; 0 where nothing was written. */
function writeOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let least = Infinity
  for (let at = 20; at < bytes.byteLength; at += 512) least = Math.min(least, view.getUint32(at, true))
  return least
}

/** What of an image is not as it must be once `round` was flushed. */
async function lossesOf(image: Image, round: number): Promise<readonly string[]> {
  const losses: string[] = []
  for (let place = 0; place < PLACES; place++) {
    const expected = lastOf(place, round)
    const got: unknown = await image.read(place * BLOCK, BLOCK, { verify: true, body: 'bytes', expect: ['corrupt', 'misplaced', 'torn'] })
    const where = `${image.name} at ${place * BLOCK}`
    if (got instanceof StorageError) {
      // A write that was under way may have come in half: it was of the round after.
      if (got.code !== 'torn' || lastOf(place, round + 1) <= round) losses.push(`${where}: ${got.code}, ${got.message}`)
      continue
    }
    const found = Math.ceil(writeOf((got as { body: Uint8Array }).body) / IN_ROUND)
    if (found < expected) losses.push(`${where}: round ${found} is there, though round ${expected} was flushed`)
  }
  return losses
}

function judge(losses: readonly string[]): void {
  for (const loss of losses.slice(0, 10)) console.error(`lost: ${loss}`)
  check(losses, { 'all that was flushed is there': (all) => all.length === 0 })
}

let image: Image | undefined
let round = 0

async function begun(name: string): Promise<Image> {
  await rbd.remove(name, { expect: ['not_found'] })
  await rbd.create(name, { size: SIZE })
  return rbd.open(name)
}

async function writeRound(): Promise<void> {
  const name = `crash-${__VU}`
  const disk = image ??= await begun(name)
  const first = round++ * IN_ROUND
  await Promise.all(Array.from({ length: IN_ROUND }, (_, n) => disk.write((first + n) % PLACES * BLOCK, BLOCK)))
  await disk.flush()
  console.log(`flushed ${name} ${round}`)
  if (PHASE === 'both') judge(await lossesOf(disk, round))
}

/** Each image the journal names belongs to one iteration. */
async function checkImage(name: string, flushed: number): Promise<void> {
  const disk = await rbd.open(name, { readOnly: true })
  judge(await lossesOf(disk, flushed))
  await disk.close()
}

export default async function () {
  if (PHASE !== 'check') return writeRound()
  const mine = [...told][exec.scenario.iterationInTest]
  if (mine !== undefined) await checkImage(...mine)
}
