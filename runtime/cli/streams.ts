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

/** Lines of a longer secret that are secrets by themselves: whoever indents or quotes a text takes its lines apart. */
const LINE_MIN_LENGTH = 8
/** A value logged by a script is JSON within the JSON text of a log line, which may stand in a JSON log. */
const NESTED_JSON = 3

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)
const inXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** How a secret can be written: as it is, as XML and URLs write it, and as JSON does, also within JSON. */
function formsOf(secret: string): readonly string[] {
  const forms = [secret, inXml(secret), encodeURIComponent(secret)]
  let json = secret
  for (let depth = 0; depth < NESTED_JSON; depth++) {
    json = inJson(json)
    forms.push(json)
  }
  return forms
}

/** A function that takes every secret out of a text, however it is written there, whole or line by line. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set<string>()
  for (const secret of secrets) {
    if (secret.length < SECRET_MIN_LENGTH) continue
    const lines = secret.split(/\r?\n/).filter((line) => line.length >= LINE_MIN_LENGTH)
    for (const part of [secret, ...lines]) for (const form of formsOf(part)) forms.add(form)
  }
  // Longest first: a secret that begins another must not leave the other's end behind.
  const ordered = [...forms].sort((a, b) => b.length - a.length)
  return (text) => ordered.reduce((clean, form) => clean.replaceAll(form, REDACTED), text)
}
