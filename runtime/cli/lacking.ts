// Operations a script names that the driver of its store hasn't: told before the run starts.
//
// A line, and no refusal: a call that is left in a bundle may stand behind a condition, and a script may want to see it refused.
import { storeCalls, type StoreCall } from '../bundle/store-calls.ts'
import { placeName } from './failure.ts'
import type { Sources } from './prepare.ts'

/** A line for each operation and driver, with the place where the script names it first. */
export async function lackingLines({ script, settings, options, workloads }: Sources): Promise<readonly string[]> {
  const { default: chosen, targets } = settings.targets
  const lines: string[] = []
  for (const { name, module, workload } of workloads) {
    if (workload?.lackedOperations === undefined) continue
    const driverOf = ({ target = chosen, driver }: StoreCall['opened']): string => {
      const own = targets[target]?.[name]?.['driver']
      const named = target === chosen && options.driver !== undefined && workload.drivers.includes(options.driver) ? options.driver : own
      return driver ?? (typeof named === 'string' ? named : workload.defaultDriver)
    }
    const { bundle, map } = script.bundled
    const found = new Map<string, { readonly call: StoreCall; readonly driver: string; times: number }>()
    for (const call of storeCalls(bundle, map, module, workload.operations)) {
      const driver = driverOf(call.opened)
      const known = found.get(`${driver} ${call.operation}`)
      if (known === undefined) found.set(`${driver} ${call.operation}`, { call, driver, times: 1 })
      else known.times += 1
    }
    for (const { call, driver, times } of found.values()) {
      const others = (await workload.lackedOperations(driver))[call.operation]
      if (others !== undefined) lines.push(lackLine(call, driver, others, times))
    }
  }
  return lines
}

function lackLine({ operation, ...place }: StoreCall, driver: string, others: readonly string[], times: number): string {
  const more = times === 1 ? '' : ` (and ${times - 1} more)`
  return `${placeName(place)}${more}: the ${driver} driver has no ${operation}, it will fail as unsupported; ` +
    `${others.join(', ').replace(/, ([^,]*)$/, ' and $1')} ${others.length === 1 ? 'has' : 'have'} it`
}
