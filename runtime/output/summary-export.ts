// The file `--summary-export` writes: what `handleSummary` gets, as JSON text.
import type { RunRecord } from '../metrics/record.ts'
import { summaryData, type SummaryState } from '../metrics/summary-data.ts'

/** Indented JSON with a newline at its end. */
export const summaryExport = (record: RunRecord, state: SummaryState): string => `${JSON.stringify(summaryData(record, state), null, 2)}\n`
