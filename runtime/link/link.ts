// A link: the only thing the coordinator and an agent know of each other.

/** One end of a conversation. Messages arrive in order or the link is lost. */
export interface Link<Out, In> {
  send(message: Out): void
  /** Messages sent that have not left this end yet, where that can be known. */
  readonly waiting?: number
  /** Sets who hears what arrives; what came before is kept and handed over first. Called once. */
  listen(onMessage: (message: In) => void, onLost: (reason: string) => void): void
  /** Ends the conversation; the other end's process, if it has one, ends too, within `leaveMs`. Resolves when it is gone. */
  close(leaveMs?: number): Promise<void>
}
