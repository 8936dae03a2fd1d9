// How long the coordinator waits for agents.

/** Several agents begin together, this long after they are told: enough for the message to reach all of them. */
export const START_IN_MS = 20
/** Frames are made a moment after the second, when the shards' reports have come. */
export const FRAME_AFTER_MS = 100
/** Agents keep to their time limits themselves; one that has not answered so long after is given up. */
export const GRACE_MS = 10_000
/** How long an agent that was told to stop has to end what it is at. */
export const STOP_MAX_MS = 30_000

/** How long an agent has for a phase of its own, and to say so. */
export const withGrace = ({ timeoutNs }: { readonly timeoutNs: number }): number => timeoutNs / 1e6 + GRACE_MS
