// What agents say while a run goes on, as lines of the log.
import type { FromAgent } from '../link/protocol.ts'
import type { Locate } from './ending.ts'
import { placeName } from './failure.ts'
import type { Logger } from './log.ts'

type LogMessage = Extract<FromAgent, { kind: 'log' }>

/** A frame of the bundle's, as a guest's stack has it. */
const FRAME = /^\s*at .*\bbundle\.js:\d+:\d+\)?$/
const holdsFrames = (text: string): boolean => text.split('\n').some((line) => FRAME.test(line))

/** A text in which stacks point into the script instead of the bundle; frames that are not the script's are left out. */
const mapped = (text: string, at: Locate): string => text.split('\n').flatMap((line) => {
  if (!FRAME.test(line)) return [line]
  const place = at(line)
  return place === undefined ? [] : [`    at ${placeName(place)}`]
}).join('\n')

/** Lines of the script's console, or of the sandbox about the script, with their places in the script; in order. */
export class AgentLog {
  readonly #log: () => Logger
  readonly #locate: () => Promise<Locate>
  #saying: Promise<void> | undefined

  /** @param locate asked for when a place is first to be found: what finds them takes a moment to load. */
  constructor(log: () => Logger, locate: () => Promise<Locate>) {
    this.#log = log
    this.#locate = locate
  }

  say({ level, text, source, stack }: LogMessage): void {
    if (this.#saying === undefined && stack === undefined && !holdsFrames(text)) {
      this.#log().log({ level, text, fields: { source } })
      return
    }
    const saying = Promise.all([this.#locate(), this.#saying]).then(([at]) => {
      const place = stack === undefined ? undefined : at(stack)
      this.#log().log({ level, text: mapped(text, at), fields: { source, at: place === undefined ? undefined : placeName(place) } })
      if (this.#saying === saying) this.#saying = undefined
    })
    this.#saying = saying
  }

  /** Resolves when all that was given has been said. */
  async said(): Promise<void> { await this.#saying }
}
