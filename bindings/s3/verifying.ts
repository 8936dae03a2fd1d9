// A run that checks all it reads: what was confirmed is remembered, and what comes back is held against it. Put around a target's session.
import {
  StorageError, isJsonObject, isPayload, writeNumber, type Call, type Json, type Outcome, type Session, type StorageCode,
} from '../sdk/index.ts'
import { hasChecksums } from './abilities.ts'
import { Around } from './around.ts'
import { Ledger, type Change, type Known } from './ledger.ts'

/** What the ledger follows; anything else that names a key ends what is known of it. */
const READS = ['get', 'head', 'list']

const keysOf = (value: Json | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.filter((key): key is string => typeof key === 'string')
    : isJsonObject(value) ? Object.values(value).filter((key): key is string => typeof key === 'string') : []

const isDescribed = (body: Json | undefined): boolean => isPayload(body) && body['pattern'] !== 'zero'
const isOfVersion = (options: Json | undefined): boolean => isJsonObject(options) && options['versionId'] !== undefined
const isExisting = (options: Json | undefined): boolean => isJsonObject(options) && options['existing'] === true

/** The bucket of the run's own that an operation is in, as what its keys are known by begins; nothing for the target's. */
function placeOf(args: readonly Json[]): string {
  for (let at = 1; at < args.length; at++) {
    const options = args[at]
    if (isJsonObject(options) && typeof options['bucket'] === 'string') return `${options['bucket']}\0`
  }
  return ''
}

export class Verifying extends Around {
  readonly #ledger: Ledger
  readonly #hasChecksums: boolean

  constructor(within: Session, ledger: Ledger) {
    super(within)
    this.#ledger = ledger
    this.#hasChecksums = hasChecksums(within.driver)
  }

  run(op: string, args: readonly Json[], call: Call): Promise<Outcome> {
    const [first, second] = args
    const place = placeOf(args)
    if (isOfVersion(second)) return this.#ofVersion(op, args, call)
    if (op === 'put' && typeof first === 'string') return this.#put(place + first, args, call)
    if (op === 'delete' || op === 'deleteMany') {
      return this.#changed(keysOf(first).map((key) => this.#ledger.begin(place + key, 'delete')), op, args, call)
    }
    if ((op === 'get' || op === 'head') && typeof first === 'string' && !isExisting(second)) return this.#read(op, first, args, call)
    this.#spoil(op, place, args)
    return this.within.run(op, args, call)
  }

  /** What is not followed ends what is known of all keys it names: of those in the bucket it is in, and of sources elsewhere too. */
  #spoil(op: string, place: string, args: readonly Json[]): void {
    if (READS.includes(op)) return
    for (const key of args.flatMap(keysOf)) for (const where of new Set([place, ''])) this.#ledger.spoil(where + key)
  }

  /** A version of an object is not what the ledger knows of its key; and without one of them it may be another. */
  #ofVersion(op: string, args: readonly Json[], call: Call): Promise<Outcome> {
    this.#spoil(op, placeOf(args), args)
    return this.within.run(op, args, call)
  }

  /** A payload says which write it is. */
  #put(key: string, [name, body, ...more]: readonly Json[], call: Call): Promise<Outcome> {
    const described = isDescribed(body)
    const change = this.#ledger.begin(key, 'put', described)
    const sent = described && isJsonObject(body) ? { ...body, version: change.version } : body
    return this.#changed([change], 'put', [name ?? null, sent ?? null, ...more], call)
  }

  async #changed(changes: readonly Change[], op: string, args: readonly Json[], call: Call): Promise<Outcome> {
    const end = (code: 'ok' | StorageCode, etag?: string): void => {
      for (const change of changes) this.#ledger.end(change, code, etag)
    }
    try {
      const outcome = await this.within.run(op, args, call)
      const { etag } = outcome.reply
      end('ok', typeof etag === 'string' ? etag : undefined)
      return outcome
    } catch (error) {
      end(error instanceof StorageError ? error.code : 'other')
      throw error
    }
  }

  async #read(op: 'get' | 'head', key: string, args: readonly Json[], call: Call): Promise<Outcome> {
    const place = placeOf(args) + key
    const before = this.#ledger.look(place)
    try {
      const outcome = await this.within.run(op, op === 'get' ? withVerify(args, before, this.#hasChecksums) : args, call)
      const { version = before?.version, reply: { etag } } = outcome
      // Of a head nobody knows whose write it is of: another shard's has another ETag.
      if (op === 'get' && this.#ledger.stillSure(place, before) && before.present && version === before.version
        && typeof etag === 'string' && Ledger.differs(before, etag)) {
        const last = `write ${writeNumber(before.version)}, the last one confirmed`
        throw this.#error('etag', `${op} ${key}: its ETag is ${etag}, and not that of ${last}`, outcome)
      }
      return outcome
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      if (error.code === 'not_found' && this.#ledger.stillSure(place, before) && before.present) {
        const said = `write ${writeNumber(before.version)} of it was confirmed and nothing was done to it since`
        throw this.#error('lost', `${op} ${key}: it isn't there, though ${said}`, error)
      }
      throw error
    }
  }

  #error(code: 'lost' | 'etag', message: string, { requestId, endpoint }: Pick<Outcome, 'requestId' | 'endpoint'>): StorageError {
    return new StorageError(code, message, {
      ...(requestId === undefined ? {} : { requestId }), ...(endpoint === undefined ? {} : { endpoint }),
    })
  }
}

/**
 * A get as it was asked for, checked at least by what is known of its object; the script's own wish stands. Bytes that say nothing of
 * themselves are held against the checksum the store keeps of them, where the driver can ask for it.
 */
function withVerify([key, options, ...more]: readonly Json[], known: Known | undefined, sums: boolean): readonly Json[] {
  const given = isJsonObject(options) ? options : {}
  const asked = given['verify'] ?? null
  if (asked !== null && asked !== true) return [key ?? null, given, ...more]
  const there = known?.sure === true && known.present
  const described = there && known.described
  const verify = {
    strict: asked === true || described, whole: asked === true || known?.spoilt !== true, version: described ? known.version : 0,
  }
  const summed = sums && there && !described && ['range', 'checksum', 'presigned'].every((name) => given[name] === undefined)
  return [key ?? null, { ...given, verify, ...(summed ? { checksum: true } : {}) }, ...more]
}
