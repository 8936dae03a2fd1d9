// What of a section does not go together, and the keys it takes from a profile: what a schema of single options can't say.
import { isIP } from 'node:net'
import { isJsonObject, type CheckedSection, type ConfigProblem, type Json, type JsonObject } from '../sdk/index.ts'
import { missingAbilities } from './abilities.ts'
import { profileKeys } from './credentials.ts'
import { parseEndpoints } from './settings.ts'

const KEYS = ['access_key', 'secret_key'] as const
const named = (section: JsonObject): boolean => section['profile'] !== undefined || section['credentials_file'] !== undefined
const problem = (path: readonly (string | number)[], message: string): ConfigProblem => ({ path, key: path.join('.'), message })
const textOf = (value: Json | undefined): string | undefined => typeof value === 'string' ? value : undefined

/** Keys are given in one way: as they are, or by a profile. */
export function keysProblems(section: JsonObject): readonly ConfigProblem[] {
  // What a section inherits may have keys: nobody uses them.
  if (section['anonymous'] === true) return []
  if (!named(section)) {
    return KEYS.filter((key) => section[key] === undefined).map((key) => ({ path: [], key, message: `${key} is missing` }))
  }
  const by = section['profile'] === undefined ? 'credentials_file' : 'profile'
  const [both] = [...KEYS, 'session_token'].filter((key) => section[key] !== undefined)
  return both === undefined ? [] : [problem([by], `${by} and ${both} can't both be given: the keys are the profile's, or the target's own`)]
}

function addressProblems(section: JsonObject): readonly ConfigProblem[] {
  const endpoints = parseEndpoints(section['endpoint'])
  if (typeof endpoints === 'string') return []
  const found: ConfigProblem[] = []
  const address = endpoints.find(({ host }) => isIP(host) !== 0)
  if (section['addressing'] === 'virtual' && address !== undefined) {
    found.push(problem(['addressing'], `addressing: virtual puts the bucket before a name, and ${address.url} is an address: use path`))
  }
  const local = textOf(section['local_address'])
  const family = local === undefined ? 0 : isIP(local)
  const other = endpoints.find(({ host }) => isIP(host) !== 0 && isIP(host) !== family)
  if (family !== 0 && other !== undefined) {
    found.push(problem(['local_address'], `local_address is an IPv${family} address, and ${other.url} is not: no connection can be made`))
  }
  return found
}

/** Options of a section that can't go together, or not with its driver. */
export function impossibleCombinations(section: JsonObject, defaultDriver: string): readonly ConfigProblem[] {
  const driver = textOf(section['driver']) ?? defaultDriver
  const found: ConfigProblem[] = [...addressProblems(section)]
  found.push(...missingAbilities(driver, section).map(({ path, message }) => problem(path, message)))
  if (section['sign_payload'] !== undefined && section['payload_signing'] !== undefined) {
    found.push(problem(['sign_payload'], 'sign_payload is the older name of payload_signing, which is given too: leave sign_payload out'))
  }
  const tls = isJsonObject(section['tls']) ? section['tls'] : {}
  for (const [one, other] of [['cert', 'key'], ['key', 'cert']] as const) {
    if (tls[one] !== undefined && tls[other] === undefined) found.push(problem(['tls', one], `tls.${one} needs tls.${other} beside it`))
  }
  if (section['anonymous'] === true && section['payload_signing'] !== undefined && section['payload_signing'] !== 'unsigned') {
    found.push(problem(['payload_signing'], 'payload_signing needs keys, and with anonymous: true nothing is signed: leave one out'))
  }
  const identities = Array.isArray(section['identities']) ? section['identities'] as readonly Json[] : []
  for (const [index, identity] of identities.entries()) {
    const keys = isJsonObject(identity) ? keysProblems(identity) : []
    found.push(...keys.map(({ path, message }) => problem(['identities', index, ...path], message)))
    const missing = missingAbilities(driver, isJsonObject(identity) ? identity : {})
    found.push(...missing.map(({ path, message }) => problem(['identities', index, ...path], message)))
  }
  const config = isJsonObject(section['driver_config']) ? section['driver_config'] : {}
  if (section['retries'] !== undefined && config['max_attempts'] !== undefined && config['max_attempts'] !== 1) {
    found.push(problem(['retries'], 'retries and driver_config.max_attempts can\'t both be given: what the SDK retries is not counted'))
  }
  return found
}

/** A checked section with the keys of the profile it names, where it names one; `said` is the section as it was given. */
export function withProfile(config: JsonObject, said: JsonObject): CheckedSection {
  if (!named(config) || config['anonymous'] === true) return { ok: true, config }
  const { profile, credentials_file: file, ...rest } = config
  const keys = profileKeys(textOf(profile), textOf(file))
  if ('message' in keys) {
    // The option at fault may be one that was not given.
    const key = said[keys.key] === undefined ? profile === undefined ? 'credentials_file' : 'profile' : keys.key
    return { ok: false, problems: [problem([key], keys.message)] }
  }
  const { region, ...secret } = keys
  return { ok: true, config: { ...rest, ...secret, ...(region === undefined || said['region'] !== undefined ? {} : { region }) } }
}
