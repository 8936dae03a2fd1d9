// Naming series by their tags, and picking those a selector means.
import type { Tags } from '../../bindings/sdk/index.ts'
import { keepsRule } from '../plan/tag-rule.ts'
import type { Selector } from '../plan/threshold.ts'
import { mergedData } from './sinks.ts'
import type { Series, SeriesData } from './snapshot.ts'

/** A text that is equal for equal tags, whatever their order, and different for different ones, whatever they contain. */
export function tagsKey(tags: Tags): string {
  let key = ''
  for (const name of Object.keys(tags).sort()) {
    const value = tags[name] ?? ''
    key += `${name.length}:${name}${value.length}:${value}`
  }
  return key
}

/** True when a series of the selector's metric with these tags is one it means. */
export function picks({ tags: wanted, rules }: Selector, tags: Tags): boolean {
  for (const name in wanted) if (tags[name] !== wanted[name]) return false
  return rules === undefined || rules.every((rule) => keepsRule(rule, tags[rule.tag]))
}

/** The merged data of all series a selector means; undefined when there are none. */
export const selectFrom = (series: readonly Series[], selector: Selector): SeriesData | undefined =>
  mergedData(series.filter((one) => one.metric === selector.name && picks(selector, one.tags)).map(({ data }) => data))

/** The different values a tag has, in the order of their first appearance. */
export function tagValues(series: Iterable<Pick<Series, 'tags'>>, tag: string): readonly string[] {
  const values = new Set<string>()
  for (const { tags } of series) {
    const value = tags[tag]
    if (value !== undefined) values.add(value)
  }
  return [...values]
}
