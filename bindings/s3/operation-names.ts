// What scripts can ask for, by name: tags, time limits and messages use the same.
import { BY_ARGUMENTS } from './guest/operations.ts'

/** The common ones, most of any load. */
export const OPERATIONS = ['put', 'get', 'head', 'delete', 'deleteMany', 'list'] as const
export type Operation = (typeof OPERATIONS)[number]

/** All of them, as scripts and tags name them. */
export const ALL_OPERATIONS: readonly string[] = [...OPERATIONS, ...BY_ARGUMENTS.flatMap((names) => names.split(' '))]
/** Made of steps that are each measured as an operation of their own. */
export const COMPOSITES: ReadonlySet<string> = new Set(['upload'])
