// A bench that the driver's own program does as a whole: one operation, told by what the program says it did.
import { StorageError } from '../../sdk/index.ts'
import { invalid, optionsOf } from '../../sdk/arguments.ts'
import { bytesOf, wholeOf } from '../arguments.ts'
import type { BenchRequest } from '../driver.ts'
import { outcomeOf, type ScriptOperation } from './context.ts'

const KINDS = ['read', 'write', 'mixed'] as const
const PATTERNS = ['sequential', 'random'] as const
const OPTIONS = ['kind', 'pattern', 'blockSize', 'queueDepth', 'total', 'readPercent'] as const

function requestOf(given: Parameters<ScriptOperation>[1][number] | undefined): BenchRequest {
  const options = optionsOf('bench', given, OPTIONS)
  const { kind = 'read', pattern = 'random', blockSize = 4096, queueDepth = 16, total, readPercent = 50 } = options
  const found = { kind: KINDS.find((one) => one === kind), pattern: PATTERNS.find((one) => one === pattern) }
  if (found.kind === undefined) throw invalid(`bench: kind must be ${KINDS.join(', ')}`)
  if (found.pattern === undefined) throw invalid(`bench: pattern must be ${PATTERNS.join(', ')}`)
  const ioBytes = bytesOf('bench', 'blockSize', blockSize)
  const totalBytes = bytesOf('bench', 'total', total)
  if (ioBytes === 0 || totalBytes < ioBytes) throw invalid('bench: total must be one block at least, and a block one byte')
  return {
    kind: found.kind, pattern: found.pattern, ioBytes, totalBytes, queueDepth: wholeOf('bench', 'queueDepth', queueDepth, 1, 1024),
    ...(found.kind === 'mixed' ? { readPercent: wholeOf('bench', 'readPercent', readPercent, 0, 100) } : {}),
  }
}

const bench: ScriptOperation = async ({ images }, [id, given], call) => {
  const handle = images.get('bench', id)
  const { image, ledger } = handle
  if (image.bench === undefined) {
    throw new StorageError('unsupported', 'bench: this driver has no program that benches: use image.io', { detail: 'driver' })
  }
  const request = requestOf(given)
  if (request.kind !== 'read') {
    handle.allowChange('bench')
    // What it writes says nothing of itself.
    ledger.forget()
  }
  const { ios, bytes, seconds } = await image.bench(request, call)
  const readShare = request.kind === 'read' ? 1 : request.kind === 'write' ? 0 : (request.readPercent ?? 0) / 100
  const bytesIn = Math.round(bytes * readShare)
  return outcomeOf({ ios, bytes, durationMs: seconds * 1000, iops: ios / seconds }, bytesIn, bytes - bytesIn)
}

export const BENCH = { bench }
