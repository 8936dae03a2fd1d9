// Where the CLI's text goes: the process's own streams, which may break or be closed, with secrets taken out.

/** One way out for text. */
export interface Sink {
  write(text: string): void
  readonly tty: boolean
  /** Width in characters; 80 where there is none to know. */
  readonly columns: number
  /** Why text written here is lost, when it is: a full disk, say. Not set when the reader merely went away. */
  readonly broken: string | undefined
}

export interface Streams { readonly out: Sink; readonly err: Sink }

const COLUMNS_DEFAULT = 80

/**
 * Wraps a stream of the process. A reader that went away (`| head`) ends the output and nothing else; any other failure is
 * kept, for the exit code.
 */
export function processSink(stream: NodeJS.WriteStream): Sink {
  let closed = false
  let broken: string | undefined
  stream.on('error', (error: NodeJS.ErrnoException) => {
    closed = true
    if (error.code !== 'EPIPE') broken = error.message
  })
  return {
    write(text) { if (!closed) stream.write(text) },
    get tty() { return stream.isTTY },
    // A terminal may not know its own size, and says 0.
    get columns() { return stream.isTTY && stream.columns > 0 ? stream.columns : COLUMNS_DEFAULT },
    get broken() { return broken },
  }
}

/** A sink that passes all text through `change` first. */
export const changed = (sink: Sink, change: (text: string) => string): Sink => ({
  write(text) { sink.write(change(text)) },
  get tty() { return sink.tty },
  get columns() { return sink.columns },
  get broken() { return sink.broken },
})

/** Secrets shorter than this are words that occur anyway: taking them out would garble everything and hide nothing. */
const SECRET_MIN_LENGTH = 4
const REDACTED = '***'

/** A function that takes every secret out of a text: as it is, and as JSON and URLs write it. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set<string>()
  for (const secret of secrets) {
    if (secret.length < SECRET_MIN_LENGTH) continue
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) forms.add(form)
  }
  // Longest first: a secret that begins another must not leave the other's end behind.
  const ordered = [...forms].sort((a, b) => b.length - a.length)
  return (text) => ordered.reduce((clean, form) => clean.replaceAll(form, REDACTED), text)
}
