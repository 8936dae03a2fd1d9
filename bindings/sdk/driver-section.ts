// A target's section for one driver of its workload: each driver has options of its own.
import { isJsonObject, type JsonObject } from './json.ts'

/**
 * The section with this driver: `driver_config` holds the options of the section's own driver, `drivers: { NAME: … }` those of others,
 * which a script or `--driver` names. `usual`: the driver of a section that names none.
 */
export function sectionForDriver(section: JsonObject, driver: string, usual: string): JsonObject {
  const { driver: own = usual, driver_config: _, drivers, ...rest } = section
  if (own === driver) return { ...section, driver }
  const options = isJsonObject(drivers) ? drivers[driver] : undefined
  return { ...rest, driver, ...(drivers === undefined ? {} : { drivers }), ...(options === undefined ? {} : { driver_config: options }) }
}
