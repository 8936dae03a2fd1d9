// `chopsticks new`: a starter script, the file that says where the storage is, and its line in .gitignore.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EXIT_USAGE, Failure } from './failure.ts'
import { STARTER_CONFIG, starterScript } from './starter.ts'

const CONFIG_NAME = 'chopsticks.yaml'

/** Writes the starter files; one line a file for the screen. Never overwrites: throws a Failure (255) when the script exists. */
export function writeStarter(file: string): readonly string[] {
  const folder = dirname(file)
  if (!/\.[cm]?[jt]s$/.test(file)) throw new Failure(EXIT_USAGE, `new ${file}: name a .ts or .js file`)
  if (!existsSync(folder)) throw new Failure(EXIT_USAGE, `new ${file}: there is no folder ${folder}`)
  if (existsSync(file)) throw new Failure(EXIT_USAGE, `new ${file}: the file exists already, nothing was changed`)
  writeFileSync(file, starterScript(file, /\.[cm]?ts$/.test(file)), { flag: 'wx' })
  return [`wrote ${file}`, writeConfig(join(folder, CONFIG_NAME)), ignore(folder)]
}

function writeConfig(path: string): string {
  if (existsSync(path)) return `kept ${path}, which exists already`
  writeFileSync(path, STARTER_CONFIG, { flag: 'wx', mode: 0o600 })
  return `wrote ${path}: name your store there; until then the built-in S3 endpoint is used`
}

function ignore(folder: string): string {
  const path = join(folder, '.gitignore')
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = before.split(/\r?\n/).map((line) => line.trim())
  const line = `/${CONFIG_NAME}`
  if (lines.includes(line) || lines.includes(CONFIG_NAME)) return `kept ${path}: it names ${CONFIG_NAME} already`
  writeFileSync(path, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`)
  return `added ${line} to ${path}: it may come to hold secrets`
}
