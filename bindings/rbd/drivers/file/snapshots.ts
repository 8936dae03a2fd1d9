// Snapshots of image files: copies of them, shared with the image where the file system can share.
import { access, copyFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { constants } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { SnapshotInfo, Snapshots } from '../../driver.ts'
import { existing, inUse, noSnapshot } from '../refusals.ts'
import { fileError } from './errors.ts'

/** Names hold no @: what belongs to an image is told by it. */
export const snapshotPath = (path: string, name: string): string => `${path}@${name}`
export const lockPath = (path: string): string => `${path}@@lock`
const protectionPath = (path: string, name: string): string => `${path}@@protected@${name}`

export const isThere = (path: string): Promise<boolean> => access(path).then(() => true, () => false)

/** A copy that takes no room and no time where the file system shares blocks. */
export async function cloneFile(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
}

/** Snapshots of the image at a path. */
export function fileSnapshots(path: string, image: string): Snapshots {
  const known = async (name: string): Promise<string> => {
    const own = snapshotPath(path, name)
    if (!await isThere(own)) throw noSnapshot(image, name)
    return own
  }
  const isProtected = (name: string): Promise<boolean> => isThere(protectionPath(path, name))
  return {
    async create(name) {
      if (await isThere(snapshotPath(path, name))) throw existing(`image ${image} has a snapshot ${name} already`)
      await cloneFile(path, snapshotPath(path, name)).catch((error: unknown) => { throw fileError(`snapshot ${name} of ${image}`, error) })
    },
    async remove(name) {
      const own = await known(name)
      if (await isProtected(name)) throw inUse(`snapshot ${name} of image ${image} is protected`)
      await rm(own)
    },
    async list() {
      const prefix = `${basename(path)}@`
      const names = (await readdir(dirname(path))).filter((name) => name.startsWith(prefix) && name[prefix.length] !== '@').sort()
      return Promise.all(names.map(async (file): Promise<SnapshotInfo> => {
        const name = file.slice(prefix.length)
        return { name, sizeBytes: (await stat(snapshotPath(path, name))).size, protected: await isProtected(name) }
      }))
    },
    async protect(name) {
      await known(name)
      await writeFile(protectionPath(path, name), '')
    },
    async unprotect(name) {
      await known(name)
      await rm(protectionPath(path, name), { force: true })
    },
    async rollback(name) {
      // Into the same file: whoever has the image open goes on with it.
      await copyFile(await known(name), path, constants.COPYFILE_FICLONE)
    },
  }
}
