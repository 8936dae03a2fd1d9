// What a fuzz run must not have done.
import type { FuzzReport } from './border.ts'

const MIB = 1024 ** 2
/** What caches that are bounded, and the engine's own allocator, may grow by after the warm-up. */
const HOST_GROWTH_MAX = 12 * MIB
const MODULE_GROWTH_MAX = 32 * MIB

/** What went wrong, one sentence each; empty when all is well. */
export const faultsOf = ({ bugs, hostGrowthBytes, moduleGrowthBytes, liveBytes }: FuzzReport): readonly string[] => [
  ...bugs.map((bug) => `a bug was met: ${bug}`),
  ...(hostGrowthBytes > HOST_GROWTH_MAX ? [`the host's heap grew by ${String(Math.round(hostGrowthBytes / MIB))} MiB`] : []),
  ...(moduleGrowthBytes > MODULE_GROWTH_MAX ? [`the WASM modules grew by ${String(Math.round(moduleGrowthBytes / MIB))} MiB`] : []),
  ...(liveBytes === 0 ? [] : [`${String(liveBytes)} bytes of guests that are gone are still counted`]),
]
