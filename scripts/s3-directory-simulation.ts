// Object storage used as a file system: a tree of folders, walked by delimiter, files renamed by copying, folders removed key by key.
//
//   chopsticks run s3-directory-simulation
//   chopsticks run s3-directory-simulation -e FOLDERS=20 -e FILES=50 --vus 16 --duration 5m
//
//   -e FOLDERS=4   folders in each user's home
//   -e FILES=5     files in each of them
//   -e SIZE=16KiB  bytes of a file
import { S3 } from 'chopsticks/s3'
import { check, payload, random, type Options } from 'chopsticks'

const FOLDERS = Number(__ENV.FOLDERS ?? 4)
const FILES = Number(__ENV.FILES ?? 5)
const MIX = { walk: 30, stat: 30, read: 20, save: 12, rename: 6, removeFolder: 2 }

export const options: Options = {
  vus: 8,
  duration: '15s',
  setupTimeout: '10m',
  thresholds: {
    s3_req_failed: ['rate<0.01'],
    checks: ['rate==1'],
  },
}

const s3 = new S3()
const content = payload(__ENV.SIZE ?? '16KiB')
const home = (): string => `home/user-${__VU}/`
const folder = (n: number): string => `${home()}folder-${n}/`
const file = (n: number, at: number): string => `${folder(n)}file-${at}`
const some = (): readonly [folder: number, file: number] => [random.int(0, FOLDERS - 1), random.int(0, FILES - 1)]

async function makeFolder(n: number) { for (let at = 0; at < FILES; at++) await s3.put(file(n, at), content) }

export async function setupVU() { for (let n = 0; n < FOLDERS; n++) await makeFolder(n) }

const operations = {
  async walk() {
    const { commonPrefixes } = await s3.list({ prefix: home(), delimiter: '/' })
    check(commonPrefixes, { 'all folders are there': (all) => all.length === FOLDERS })
    const [first] = commonPrefixes
    if (first !== undefined) await s3.list({ prefix: first, delimiter: '/' })
  },
  stat: () => s3.head(file(...some())),
  read: () => s3.get(file(...some())),
  save: () => s3.put(file(...some()), content),
  async rename() {
    const [n, at] = some()
    const moved = `${folder(n)}renamed`
    await s3.copy(file(n, at), moved)
    await s3.delete(file(n, at))
    await s3.copy(moved, file(n, at))
    await s3.delete(moved)
  },
  async removeFolder() {
    const [n] = some()
    const { objects } = await s3.list({ prefix: folder(n) })
    await s3.deleteMany(objects.map(({ key }) => key))
    await makeFolder(n)
  },
}

export default async function () {
  await operations[random.weighted(MIX)]()
}
