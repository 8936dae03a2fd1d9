// `chopsticks` from the host's side: waiting, logging, files, the clock, operations a script measures itself.
import { DurationError, addFile, isJsonObject, parseGoDuration, parseSize } from '../sdk/index.ts'
import type { Binding, HostOperation, Json, Tags } from '../sdk/index.ts'

// Arguments come out of a sandbox, whose code may be anything: every one is checked here, before it does something.

const LEVELS = ['debug', 'info', 'warn', 'error'] as const
const TEXT_LENGTH_MAX = 64 * 1024
const NAME_LENGTH_MAX = 256

function text(operation: string, what: string, value: Json | undefined, lengthMax = NAME_LENGTH_MAX): string {
  if (typeof value !== 'string') throw new Error(`${operation}: ${what} must be a string`)
  if (value.length > lengthMax) throw new Error(`${operation}: ${what} is longer than ${lengthMax} characters`)
  return value
}

function amount(operation: string, what: string, value: Json | undefined): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new Error(`${operation}: ${what} must be a finite number, 0 or more`)
  }
  return value
}

/** Numbers and booleans become strings. */
function tagsOf(operation: string, value: Json | undefined): Tags {
  if (!isJsonObject(value)) throw new Error(`${operation}: tags must be an object of strings`)
  return Object.fromEntries(Object.entries(value).map(([key, tag]) => {
    const plain = typeof tag === 'number' || typeof tag === 'boolean' ? String(tag) : tag
    return [text(operation, 'a tag name', key), text(operation, `tag '${key.slice(0, 40)}'`, plain)]
  }))
}

/** `[level, text]`. Longer text is cut, and says so: a script must not fill the disk with one line. */
const log: HostOperation = (host, [level, line]) => {
  const known = LEVELS.find((name) => name === level)
  if (known === undefined) throw new Error(`core.log: level must be one of ${LEVELS.join(', ')}`)
  if (typeof line !== 'string') throw new Error('core.log: text must be a string')
  host.log(known, line.length > TEXT_LENGTH_MAX ? `${line.slice(0, TEXT_LENGTH_MAX)}… (${line.length} characters, cut)` : line)
  return undefined
}

/** `[duration]`, in ms or as text with units; answers when it is over. */
const wait: HostOperation = async (host, [duration], signal) => {
  const durationMs = typeof duration === 'string' ? durationOf(duration) : duration
  if (typeof durationMs !== 'number' || !Number.isFinite(durationMs) || durationMs < 0) {
    throw new Error("sleep(): give seconds, 0 or more, or a duration such as '500ms'")
  }
  await host.wait(durationMs, signal)
  return undefined
}

function durationOf(text: string): number {
  try {
    return Number(parseGoDuration(text)) / 1e6
  } catch (error) {
    throw error instanceof DurationError ? new Error(`sleep(): ${error.message}`, { cause: error }) : error
  }
}

/** `[size]`: the bytes a text says. */
const size: HostOperation = (_host, [value]) => parseSize(text('payload()', 'the size', value))

/** `[]`: ms on the shard's monotonic clock. */
const now: HostOperation = (host) => host.now()

/** `[tags]`: replaces the tags the script gave its VU. */
const tags: HostOperation = (host, [value]) => {
  host.setTags(tagsOf('core.tags', value))
  return undefined
}

/** `[workload, where]`: throws when there is no such store, so that a script hears of it where it names one. */
const store: HostOperation = (host, [workload, where]) => {
  host.checkStore(text('core.store', 'the workload', workload), where ?? null)
  return undefined
}

/** `[path, from, binary]`: a file's text, or its bytes as base64. */
const open: HostOperation = (host, [path, from, binary]) => {
  if (host.phase !== 'init') throw new Error('open() works in init code only: outside all functions')
  if (typeof binary !== 'boolean') throw new Error('core.open: the third argument must be true or false')
  const file = text('core.open', 'the path', path, 4096)
  if (file === '' || file.includes('\0')) throw new Error('open() needs a path')
  return host.readFile(file, text('core.open', 'the importing file', from, 4096), binary)
}

/** Of the files that were read, by their text: every VU names them again. */
const fileNumbers = new Map<string, number>()

/** `[path]`: the number of a file that payloads are made of. */
const file: HostOperation = (host, [path]) => {
  if (host.phase !== 'init') throw new Error('fromFile() works in init code only: outside all functions')
  const name = text('fromFile()', 'the path', path, 4096)
  const base64 = host.readFile(name, '', true)
  if (base64 === '') throw new Error(`fromFile("${name}"): the file is empty`)
  let number = fileNumbers.get(base64)
  if (number === undefined) fileNumbers.set(base64, number = addFile(Buffer.from(base64, 'base64')))
  return number
}

/**
 * `[name, startedMs, code, bytes, tags]`: something the script measured itself has ended. The duration is the host clock's; a
 * start later than now is a bug or a forgery and counts as now.
 */
const op: HostOperation = (host, [name, startedMs, code, bytes, own]) => {
  const started = amount('core.op', 'the start', startedMs)
  const outcome = text('core.op', 'the code', code)
  const moved = amount('op()', 'bytes', bytes)
  const all = { ...tagsOf('op()', own), op: text('op()', 'the name', name), code: outcome }
  host.add('op_reqs', 1, all)
  host.add('op_duration', Math.max(0, host.now() - started), all)
  host.add('op_failed', outcome === 'ok' ? 0 : 1, all)
  if (moved > 0) host.add('op_bytes', moved, all)
  return undefined
}

export const core: Binding = {
  name: 'core',
  module: 'chopsticks',
  aliases: ['k6'],
  guest: new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  hostOperations: {
    'core.log': log, 'core.wait': wait, 'core.now': now, 'core.tags': tags, 'core.open': open, 'core.store': store, 'core.op': op,
    'core.size': size, 'core.file': file,
  },
}
