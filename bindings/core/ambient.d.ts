// The globals every script has, for editors; console, timers, URL, TextEncoder and their kind they know already.

/** This VU's number in the run, from 1; 0 in init code's first evaluation, setup, teardown and handleSummary. */
declare const __VU: number

/** The iteration's number in this VU and scenario, from 0; undefined outside iterations. */
declare const __ITER: number

/** What `-e NAME=value` and `env:` in chopsticks.yaml gave, and the scenario's `env`; nothing of the system's environment. */
declare const __ENV: Record<string, string | undefined>

/**
 * Reads a text file, in init code only. A relative path starts from the script's folder; files outside it need `--allow-read DIR`.
 * Each VU holds its own copy: put data that many VUs read into a SharedArray, and name payload bytes with `payload()`.
 */
declare function open(path: string): string
/** Reads a file's bytes, in init code only. */
declare function open(path: string, mode: 'b'): Uint8Array
