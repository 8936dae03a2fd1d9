// The signals that ask a command to end.

export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
