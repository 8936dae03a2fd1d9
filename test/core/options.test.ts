// The type of a script's `options` names what the runtime takes from a script, and nothing else.
import { expect } from 'chai'
import type { Options } from '../../bindings/core/options.ts'
import { OPTION_NAMES, OPTIONS } from '../../runtime/plan/options.ts'

/** Every key of the type: the compiler keeps it complete. */
const TYPED: Readonly<Record<keyof Options, true>> = {
  vus: true, duration: true, iterations: true, stages: true, scenarios: true, thresholds: true, tags: true, setupTimeout: true,
  teardownTimeout: true, cleanupTimeout: true, handleSummaryTimeout: true, minIterationDuration: true, until: true,
  noSetup: true, noTeardown: true, noCleanup: true, prefix: true, seed: true, verify: true, summaryTrendStats: true, summaryTimeUnit: true,
}

describe('the type Options', () => {
  it('has the options a script may set', () => {
    const taken = OPTION_NAMES.filter((name) => OPTIONS[name].script)
    expect(Object.keys(TYPED)).to.have.members(taken)
  })
})
