// Where the program of an agent's process lies: beside this one's, compiled or packed alike.
import { fileURLToPath } from 'node:url'

const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))

/** The file to fork. */
export const AGENT_ENTRY = fileURLToPath(new URL(`../agent/main${EXTENSION}`, import.meta.url))
