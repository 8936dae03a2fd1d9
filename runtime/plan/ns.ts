// The unit of time in a plan.

/** Whole nanoseconds, always a safe integer (below 2^53: 104 days). Products of it use BigInt. */
export type Ns = number
