// What the values of a metric are, which decides how they are written: in a file of its own, for browsers know it too.

/** `time`: milliseconds; `data`: bytes; `default`: plain numbers. */
export type MetricContains = 'default' | 'time' | 'data'
