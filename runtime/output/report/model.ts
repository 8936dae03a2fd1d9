// What a report holds, as plain data: its texts and its charts, from which the page is made.

export interface ReportModel {
  /** The script's name. */
  readonly title: string
  readonly passed: boolean
  /** `passed`, `failed: 1 of 3 thresholds crossed`. */
  readonly verdict: string
  /** Why it did not pass. */
  readonly reasons: readonly string[]
  /** What a reader must know before believing the figures. */
  readonly notes: readonly string[]
  readonly facts: readonly Fact[]
  readonly sections: readonly Section[]
}

export interface Fact { readonly name: string; readonly value: string }

export interface Section { readonly title: string; readonly parts: readonly Part[] }

export type Part = ReportTable | ReportChart | Paragraph | Folded | FoldedData

export interface ReportTable {
  readonly kind: 'table'
  readonly title?: string
  readonly columns: readonly { readonly head: string; readonly align: 'left' | 'right' }[]
  readonly rows: readonly Row[]
}
/** `ok` marks rows that are judged; undefined where nothing is. */
export interface Row { readonly cells: readonly string[]; readonly ok?: boolean }

export interface ReportChart {
  readonly kind: 'chart'
  readonly title: string
  /** What it shows, for who can't see it, and how to read it. */
  readonly note?: string
  readonly chart: Chart
}
interface Paragraph { readonly kind: 'text'; readonly text: string }
/** Text as it is, shown when it is asked for. */
interface Folded { readonly kind: 'folded'; readonly title: string; readonly text: string }
/** The same of data, which is written as JSON at last: so that its texts are whole until then. */
interface FoldedData { readonly kind: 'data'; readonly title: string; readonly value: unknown }

/** What a value is: ms, bytes a second, a count a second, a count. */
export type Unit = 'time' | 'bytes/s' | 'per-second' | 'count'

export type Chart = LineChart | BarChart | HeatMap

/** A chart with lines over one axis. */
export interface LineChart {
  readonly kind: 'lines'
  /** `seconds`: since the start of the load. `nines`: -log10(1 - p/100), so that 90, 99 and 99.9 % are 1, 2 and 3. */
  readonly x: 'seconds' | 'nines'
  readonly unit: Unit
  /** Logarithmic: equal distances are equal factors. */
  readonly log: boolean
  readonly xs: readonly number[]
  /** One value for each of `xs`; null where there is none. */
  readonly lines: readonly { readonly label: string; readonly values: readonly (number | null)[] }[]
}

/** Counts of durations, in bins of equal width on a logarithmic axis. */
export interface BarChart {
  readonly kind: 'bars'
  /** log10 of the lower end of the first bin, ms; the width of each. */
  readonly lowest: number
  readonly step: number
  readonly counts: readonly number[]
}

/** How often durations were seen, over time: columns are spans of time, rows bins on a logarithmic axis. */
export interface HeatMap {
  readonly kind: 'heat'
  /** Where each column begins, and where the last ends, seconds since the start of the load. */
  readonly edges: readonly number[]
  readonly lowest: number
  readonly step: number
  readonly rows: number
  /** For each column, pairs of row and count a second. */
  readonly columns: readonly (readonly (readonly [row: number, perSecond: number])[])[]
}
