// Shared credentials files, as the AWS tools keep them: read only where a target names a profile or such a file.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Keys of a profile, as the target's section names them; a region where the files say one. */
export interface ProfileKeys {
  readonly access_key: string
  readonly secret_key: string
  readonly session_token?: string
  readonly region?: string
}

/** What is wrong, and with which option of the section. */
export interface CredentialsProblem { readonly key: 'profile' | 'credentials_file'; readonly message: string }

type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>

const SECTION = /^\[\s*([^\]]+?)\s*\]\s*(?:[#;].*)?$/
const SETTING = /^([A-Za-z0-9_-]+)\s*=\s*(.*?)\s*$/

/** `[name]` and `key = value` lines; comments and what is indented (settings of services) are left out. */
export function parseProfiles(text: string): Sections {
  const sections = new Map<string, Map<string, string>>()
  let current: Map<string, string> | undefined
  for (const line of text.split(/\r?\n/)) {
    const name = SECTION.exec(line)?.[1]
    if (name !== undefined) {
      current = sections.get(name) ?? new Map<string, string>()
      sections.set(name, current)
      continue
    }
    const [, key, value] = SETTING.exec(line) ?? []
    if (key !== undefined && value !== undefined) current?.set(key.toLowerCase(), value)
  }
  return sections
}

const DEFAULT_FILE = '~/.aws/credentials'
const inHome = (path: string): string => path.startsWith('~/') ? join(homedir(), path.slice(2)) : path

/** The text of a file; undefined when it can't be read. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Why does not matter: whoever needs it says that it can't be read.
    return undefined
  }
}

/** A profile's region by the file `config` beside the credentials, where there is one. */
function configuredRegion(file: string, profile: string): string | undefined {
  const text = textOf(join(dirname(file), 'config'))
  if (text === undefined) return undefined
  const sections = parseProfiles(text)
  return (sections.get(`profile ${profile}`) ?? sections.get(profile))?.get('region')
}

/** The keys of a profile (default: `default`) of a file (default: ~/.aws/credentials). */
export function profileKeys(profile = 'default', credentialsFile = DEFAULT_FILE): ProfileKeys | CredentialsProblem {
  const file = inHome(credentialsFile)
  const text = textOf(file)
  if (text === undefined) return { key: 'credentials_file', message: `credentials_file: ${file} can't be read` }
  const sections = parseProfiles(text)
  const found = sections.get(profile)
  if (found === undefined) {
    const known = [...sections.keys()].join(', ')
    return { key: 'profile', message: `profile: ${file} has no [${profile}]; it has ${known === '' ? 'none' : known}` }
  }
  const accessKey = found.get('aws_access_key_id') ?? ''
  const secretKey = found.get('aws_secret_access_key') ?? ''
  if (accessKey === '' || secretKey === '') {
    const missing = accessKey === '' ? 'aws_access_key_id' : 'aws_secret_access_key'
    const message = `profile: [${profile}] of ${file} has no ${missing}; roles, SSO and credential_process are not followed`
    return { key: 'profile', message }
  }
  const token = found.get('aws_session_token')
  const region = found.get('region') ?? configuredRegion(file, profile)
  return {
    access_key: accessKey, secret_key: secretKey, ...(token === undefined || token === '' ? {} : { session_token: token }),
    ...(region === undefined || region === '' ? {} : { region }),
  }
}
