// Versions of objects, as scripts list them.
import { isJsonObject, type Json } from '../../sdk/index.ts'
import { invalid, optionsOf } from '../../sdk/arguments.ts'
import { optionalText } from '../arguments.ts'
import { outcomeOf, type ScriptOperation } from './context.ts'
import { driverFor } from './names.ts'

const OPTIONS = ['prefix', 'maxKeys', 'after', 'bucket'] as const

function markerOf(value: Json | undefined, prefix: string): { readonly key: string; readonly versionId?: string } | undefined {
  if (value === undefined || value === null) return undefined
  const { key, versionId } = isJsonObject(value) ? value : {}
  if (typeof key !== 'string') throw invalid('listVersions: after must be what the page before said is next')
  return { key: prefix + key, ...(typeof versionId === 'string' ? { versionId } : {}) }
}

/** One page of versions and delete markers below the run's prefix. */
export const listVersions: ScriptOperation = async (context, [given], call) => {
  const { prefix, settings } = context
  const options = optionsOf('listVersions', given, OPTIONS)
  const { maxKeys } = options
  if (maxKeys !== undefined && (typeof maxKeys !== 'number' || !Number.isInteger(maxKeys) || maxKeys < 1 || maxKeys > 1000)) {
    throw invalid('listVersions: maxKeys must be a whole number from 1 to 1000')
  }
  const after = markerOf(options.after, prefix)
  const facts = await driverFor('listVersions', options.bucket, context).listVersions({
    prefix: prefix + (optionalText('listVersions', 'prefix', options.prefix) ?? ''),
    ...(maxKeys === undefined ? {} : { maxKeys }), ...(after === undefined ? {} : { after }),
  }, call)
  const cut = prefix.length
  return outcomeOf(facts, settings.endpoint.url, false, {
    versions: facts.versions.map(({ key, versionId, isLatest, isDeleteMarker }) =>
      ({ key: key.slice(cut), versionId, isLatest, isDeleteMarker })),
    ...(facts.next === undefined ? {} : { next: { ...facts.next, key: facts.next.key.slice(cut) } }),
  })
}
