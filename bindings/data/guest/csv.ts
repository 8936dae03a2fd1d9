// Reads CSV (RFC 4180): quoted fields, doubled quotes, line ends within quotes.

export interface CsvOptions {
  /** What stands between fields; default `,`. */
  readonly delimiter?: string
  /** True: the first row names the columns, and rows are objects. */
  readonly header?: boolean
}

/** Rows of a CSV text; with a header, objects. Throws Error that names the row. */
export function readCsv(text: string, options: CsvOptions): string[][] | Record<string, string>[] {
  const rows = csvRows(text.replace(/^\uFEFF/, ''), options.delimiter ?? ',')
  if (options.header !== true) return rows
  const [names = [], ...data] = rows
  return data.map((row, index) => {
    if (row.length !== names.length) throw new Error(`CSV row ${index + 2} has ${row.length} fields, the header has ${names.length}`)
    return Object.fromEntries(names.map((name, column) => [name, row[column] ?? '']))
  })
}

function csvRows(text: string, delimiter: string): string[][] {
  if (delimiter.length !== 1 || '"\r\n'.includes(delimiter)) {
    throw new TypeError('CSV delimiter: give one character that is no quote or line end')
  }
  const plain = new RegExp(`[^${/\w/.test(delimiter) ? '' : '\\'}${delimiter}\r\n]*`, 'y')
  const plainField = (start: number): [field: string, end: number] => {
    plain.lastIndex = start
    const field = plain.exec(text)?.[0] ?? ''
    return [field, start + field.length]
  }
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  const endRow = (): void => {
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  while (at <= text.length) {
    const [field, end] = text[at] === '"' ? quotedField(text, at, rows.length + 1) : plainField(at)
    row.push(field)
    at = end
    if (text[at] === delimiter) at += 1
    else {
      if (at < text.length && text[at] !== '\n' && text[at] !== '\r') {
        throw new Error(`CSV row ${rows.length + 1}: text after a closing quote`)
      }
      endRow()
      at += text.startsWith('\r\n', at) ? 2 : 1
    }
  }
  return rows
}

function quotedField(text: string, start: number, row: number): [field: string, end: number] {
  let field = ''
  let from = start + 1
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote < 0) throw new Error(`CSV row ${row}: a quote is not closed`)
    field += text.slice(from, quote)
    if (text[quote + 1] !== '"') return [field, quote + 1]
    field += '"'
    from = quote + 2
  }
}
