// The names of what is counted of a workload's operations, by the workload's prefix.

export interface OperationMetrics { readonly reqs: string; readonly duration: string; readonly failed: string; readonly bytes: string }

/** `s3` -> `s3_reqs`, `s3_req_duration`, …; operations scripts define themselves have the prefix `op`. */
export const operationMetrics = (prefix: string): OperationMetrics => prefix === 'op'
  ? { reqs: 'op_reqs', duration: 'op_duration', failed: 'op_failed', bytes: 'op_bytes' }
  : { reqs: `${prefix}_reqs`, duration: `${prefix}_req_duration`, failed: `${prefix}_req_failed`, bytes: `${prefix}_bytes` }
