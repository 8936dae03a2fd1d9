// `HOST:PORT` or a port alone.
import { OutputError } from './output.ts'

const PORT_MAX = 65_535

/** Throws OutputError for what is none. An IPv6 address stands in brackets. */
export function addressOf(text: string, hostDefault: string): { readonly host: string; readonly port: number } {
  const [, host, digits = ''] = /^(?:(.*):)?(\d+)$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === '' || port > PORT_MAX) throw new OutputError(`'${text}' is no address: write HOST:PORT or PORT`)
  return { host: host === undefined || host === '' ? hostDefault : host.replace(/^\[(.*)\]$/, '$1'), port }
}
