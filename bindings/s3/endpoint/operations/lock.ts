// Object lock: buckets made for it, versions that are kept until a date or until they are let go.
import { receiveText } from '../body/receive.ts'
import { S3Error } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Retention } from '../store/extras.ts'
import type { Version } from '../store/objects.ts'
import { childText, readXml, type XmlElement } from '../xml/reader.ts'
import { leaf, node, s3Document } from '../xml/writer.ts'
import { requireLocks, retentionOf } from './extras.ts'
import type { Operation } from './operation.ts'
import { CONFIGURATION_MAX_BYTES } from './shapes.ts'
import { objectAsked } from './versions.ts'

const bypasses = (x: Exchange): boolean => x.header('x-amz-bypass-governance-retention')?.toLowerCase() === 'true'

/** True while a retention stands in the way of this request. */
const stands = (x: Exchange, retention: Retention | undefined): boolean =>
  retention !== undefined && retention.untilMs > x.service.moment().epochMs && (retention.mode === 'COMPLIANCE' || !bypasses(x))

const kept = (): S3Error => new S3Error('AccessDenied', 'The version is kept by object lock until its time is over.')

/** Checks that a version may be deleted for good. @throws S3Error AccessDenied. */
export function checkUnlocked(x: Exchange, version: Version | undefined): void {
  if (version === undefined || version.isMarker) return
  if (version.legalHold) throw new S3Error('AccessDenied', 'The version is under legal hold.')
  if (stands(x, version.retention)) throw kept()
}

async function documentOf(x: Exchange, root: string): Promise<XmlElement> {
  const element = readXml((await receiveText(x, CONFIGURATION_MAX_BYTES)).text)
  if (element.name !== root) throw new S3Error('MalformedXML', `The body must be a ${root} document.`)
  return element
}

const isoOf = (ms: number): string => new Date(ms).toISOString()

const getConfiguration: Operation = {
  name: 'GetObjectLockConfiguration', level: 'bucket', method: 'GET', subresource: 'object-lock',
  handle(x) {
    const { lock } = x.bucket
    if (lock === undefined) throw new S3Error('ObjectLockConfigurationNotFoundError')
    x.replyXml(s3Document('ObjectLockConfiguration', leaf('ObjectLockEnabled', 'Enabled'), lock.usual === undefined ? ''
      : node('Rule', node('DefaultRetention', leaf('Mode', lock.usual.mode), leaf('Days', lock.usual.days)))))
  },
}

const putConfiguration: Operation = {
  name: 'PutObjectLockConfiguration', level: 'bucket', method: 'PUT', subresource: 'object-lock',
  async handle(x) {
    const root = await documentOf(x, 'ObjectLockConfiguration')
    const { bucket } = x
    if (bucket.lock === undefined) throw new S3Error('InvalidBucketState', 'The bucket was not made with object lock.')
    const rule = root.children.find(({ name }) => name === 'Rule')?.children.find(({ name }) => name === 'DefaultRetention')
    const mode = rule && childText(rule, 'Mode')
    const days = Number(rule && childText(rule, 'Days'))
    if (rule !== undefined && ((mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') || !Number.isInteger(days) || days < 1)) {
      throw new S3Error('MalformedXML', 'A DefaultRetention needs a Mode and Days.')
    }
    bucket.lock = { usual: mode === 'GOVERNANCE' || mode === 'COMPLIANCE' ? { mode, days } : undefined }
    x.reply(200)
  },
}

const getRetention: Operation = {
  name: 'GetObjectRetention', level: 'object', method: 'GET', subresource: 'retention', takesVersion: true,
  handle(x) {
    requireLocks(x.bucket)
    const { retention } = objectAsked(x)
    if (retention === undefined) throw new S3Error('NoSuchObjectLockConfiguration')
    x.replyXml(s3Document('Retention', leaf('Mode', retention.mode), leaf('RetainUntilDate', isoOf(retention.untilMs))))
  },
}

const putRetention: Operation = {
  name: 'PutObjectRetention', level: 'object', method: 'PUT', subresource: 'retention', takesVersion: true,
  async handle(x) {
    const root = await documentOf(x, 'Retention')
    requireLocks(x.bucket)
    const object = objectAsked(x)
    const asked = retentionOf(x, childText(root, 'Mode'), childText(root, 'RetainUntilDate'))
    const eases = object.retention !== undefined
      && (asked.untilMs < object.retention.untilMs || (asked.mode === 'GOVERNANCE' && object.retention.mode === 'COMPLIANCE'))
    if (eases && stands(x, object.retention)) throw kept()
    object.retention = asked
    x.reply(200)
  },
}

const getLegalHold: Operation = {
  name: 'GetObjectLegalHold', level: 'object', method: 'GET', subresource: 'legal-hold', takesVersion: true,
  handle(x) {
    requireLocks(x.bucket)
    x.replyXml(s3Document('LegalHold', leaf('Status', objectAsked(x).legalHold ? 'ON' : 'OFF')))
  },
}

const putLegalHold: Operation = {
  name: 'PutObjectLegalHold', level: 'object', method: 'PUT', subresource: 'legal-hold', takesVersion: true,
  async handle(x) {
    const status = childText(await documentOf(x, 'LegalHold'), 'Status')
    requireLocks(x.bucket)
    if (status !== 'ON' && status !== 'OFF') throw new S3Error('MalformedXML', 'The Status of a LegalHold is ON or OFF.')
    objectAsked(x).legalHold = status === 'ON'
    x.reply(200)
  },
}

export const lockOperations: readonly Operation[] =
  [getConfiguration, putConfiguration, getRetention, putRetention, getLegalHold, putLegalHold]
