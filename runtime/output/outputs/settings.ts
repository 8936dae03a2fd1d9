// Settings of an output behind its arg (`;key=value`), and receivers' addresses, read with one clear sentence for what is wrong.
import { parseGoDuration } from '../../../bindings/sdk/index.ts'
import { didYouMean } from '../../plan/nearest.ts'
import { OutputError, type OutputParts } from './output.ts'

type Settings = OutputParts['settings']

/** Refuses settings an output does not have; `header.` followed by any name is one where `header.` is known. */
export function checkSettings(settings: Settings, known: readonly string[]): void {
  for (const key of Object.keys(settings)) {
    if (known.includes(key) || (known.includes('header.NAME') && /^header\..+/.test(key))) continue
    const has = known.length === 0 ? 'it has none' : `there are ${known.join(', ')}`
    throw new OutputError(`there is no setting '${key}'${didYouMean(key, known)}: ${has}`)
  }
}

/** One of a closed set; the first where it is not given. */
export function choiceOf<const T extends string>(settings: Settings, key: string, known: readonly [T, ...T[]]): T {
  const value = settings[key] ?? known[0]
  const found = known.find((one) => one === value)
  if (found === undefined) throw new OutputError(`${key}=${value}: it must be one of ${known.join(', ')}`)
  return found
}

/** A duration such as `5s`, ms. */
export function durationMs(settings: Settings, key: string, standard: string): number {
  const value = settings[key] ?? standard
  try {
    return Number(parseGoDuration(value)) / 1e6
  } catch {
    throw new OutputError(`${key}=${value}: it must be a duration such as 5s`)
  }
}

export interface Receiver { readonly url: URL; readonly headers: Readonly<Record<string, string>> }

/** What `receiverOf` takes beside what an output has of its own. */
export const RECEIVER_SETTINGS = ['token', 'header.NAME']

/**
 * An HTTP receiver: user and password of the URL become basic authentication, `token` a bearer's or one of the given scheme, and
 * `header.NAME` any header.
 */
export function receiverOf({ arg, settings }: OutputParts, example: string, scheme = 'Bearer'): Receiver {
  let url: URL
  try {
    url = new URL(arg)
  } catch {
    throw new OutputError(`'${arg}' is no address: write one such as ${example}`)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new OutputError(`its address must begin with http:// or https://: ${example}`)
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  const own = Object.entries(settings).flatMap(([key, value]) => key.startsWith('header.') ? [[key.slice(7), value] as const] : [])
  return {
    url,
    headers: {
      ...(user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
      ...(settings['token'] === undefined ? {} : { authorization: `${scheme} ${settings['token']}` }),
      ...Object.fromEntries(own),
    },
  }
}
