// Many I/Os as one operation: loops, prefilling, and the benchmarks of programs that do their own.
import type { Call, Json } from '../../sdk/index.ts'
import { SECTOR_BYTES } from '../blocks.ts'
import { invalid, optionsOf } from '../../sdk/arguments.ts'
import type { BenchRequest, OpenImage } from '../driver.ts'
import { blockSizesOf } from '../io/block-sizes.ts'
import { IoLoop } from '../io/loop.ts'
import { ioPlan, regionOf, type IoPlan } from '../io/plan.ts'
import { outcomeOf, type OperationContext, type ScriptOperation } from './context.ts'

const PREFILL_BLOCK_BYTES = 1024 ** 2
const PREFILL_QUEUE_DEPTH = 16

const loopOf = (context: OperationContext, id: Json | undefined, plan: IoPlan, call: Call, op?: string): IoLoop => {
  const { images, clock, moments, seed, settings } = context
  const handle = images.get('io', id)
  for (const { kind } of plan.mix) handle.allow(kind)
  if (plan.verify) handle.ledger.active = true
  return new IoLoop({
    plan, handle, clock, moments, meter: call.meter?.(), signal: call.signal, timeoutMs: settings.timeoutMs, seed,
    ...(op === undefined ? {} : { op }),
  })
}

/** What a program that benches by itself can be told of a loop. */
function benchOf(plan: IoPlan): BenchRequest {
  const { pattern, sizes, mix, queueDepth, ends } = plan
  const share = mix.find(({ kind }) => kind === 'read')?.until ?? 0
  const kinds = mix.map(({ kind }) => kind)
  const able = (pattern.kind === 'sequential' || pattern.kind === 'random') && sizes.smallest === sizes.largest &&
    kinds.every((kind) => kind === 'read' || kind === 'write')
  if (!able) throw invalid('io: this driver benches sequential or random reads and writes of one block size')
  const totalBytes = Math.min(ends.bytes, ends.count * sizes.largest)
  if (totalBytes === Infinity) throw invalid('io: this driver benches so many I/Os or bytes: say count or bytes')
  return {
    kind: kinds.length === 2 ? 'mixed' : kinds[0] === 'read' ? 'read' : 'write',
    pattern: pattern.kind === 'random' ? 'random' : 'sequential',
    ioBytes: sizes.largest, queueDepth, totalBytes, readPercent: Math.round(share * 100),
  }
}

const io: ScriptOperation = async (context, [id, given], call) => {
  const { images, verify } = context
  const handle = images.get('io', id)
  const { image } = handle
  const plan = ioPlan(given, {
    sizeBytes: image.sizeBytes, alignmentBytes: Math.max(SECTOR_BYTES, image.alignmentBytes), own: handle.own, verify: verify === true,
  })
  if (image.bench !== undefined && image.kinds.size === 0) {
    const bench = benchOf(plan)
    if (bench.kind !== 'read') handle.allowChange('io')
    const { ios, bytes, seconds } = await image.bench(bench, call)
    return outcomeOf({ ios, bytes, durationMs: seconds * 1000 }, bench.kind === 'read' ? bytes : 0, bench.kind === 'read' ? 0 : bytes)
  }
  return outcomeOf(await loopOf(context, id, plan, call).run())
}

/** The largest block up to 1 MiB that a region is made of wholly. */
function blockOf(length: number, { alignmentBytes }: OpenImage): number {
  const least = Math.max(SECTOR_BYTES, alignmentBytes)
  let block = PREFILL_BLOCK_BYTES
  while (block > least && length % block !== 0) block /= 2
  return block
}

const prefill: ScriptOperation = async (context, [id, given], call) => {
  const handle = context.images.get('prefill', id)
  const { image } = handle
  handle.allow('write')
  const { region: asked } = optionsOf('prefill', given, ['region'])
  const region = regionOf('prefill', asked, image.sizeBytes, Math.max(SECTOR_BYTES, image.alignmentBytes))
  const block = blockOf(region.length, image)
  if (region.length === 0 || region.length % block !== 0) throw invalid(`prefill: the region must be a multiple of ${block} bytes`)
  const plan: IoPlan = {
    pattern: { kind: 'sequential' }, sizes: blockSizesOf(block), alignBytes: block, mix: [{ kind: 'write', until: 1 }], region,
    queueDepth: PREFILL_QUEUE_DEPTH, syncEvery: 0, syncAtEnd: true, pace: { iops: 0, bytesPerSecond: 0, open: false }, randomMap: false,
    ends: { count: region.length / block, bytes: Infinity, durationMs: Infinity }, verify: false, holes: 'count', continueOnError: false,
    seed: 0,
  }
  return outcomeOf(await loopOf(context, id, plan, call, 'prefill').run())
}

export const LOOPS = { io, prefill }
