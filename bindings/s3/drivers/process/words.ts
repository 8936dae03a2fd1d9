// What programs in Go and in Python say of a connection, as the codes node:net has for it: one list of advice serves all drivers.

const SAID: readonly (readonly [says: RegExp, code: string])[] = [
  [/connection refused|errno 111/i, 'ECONNREFUSED'], [/no such host|name or service not known|nodename nor servname|resolve/i, 'ENOTFOUND'],
  [/no route to host/i, 'EHOSTUNREACH'], [/network is unreachable/i, 'ENETUNREACH'], [/certificate has expired/i, 'CERT_HAS_EXPIRED'],
  [/doesn't contain any IP SANs|is valid for|hostname mismatch/i, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  [/x509|certificate verify failed|unknown authority/i, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
  [/server gave HTTP response to HTTPS client|wrong version number|first record does not look like a TLS/i, 'EPROTO'],
  [/too many open files/i, 'EMFILE'], [/i\/o timeout|connect timeout/i, 'ETIMEDOUT'],
]

/** An error of `node:net`'s kind for a connection that never came to be; undefined for words about anything else. */
export function connectErrorOf(words: string): Error | undefined {
  const code = SAID.find(([says]) => says.test(words))?.[1]
  return code === undefined ? undefined : Object.assign(new Error(words), { code })
}

/** True for words about a connection that was closed while it was used. */
export const saysCut = (words: string): boolean => /\bEOF\b|connection reset|broken pipe|connection was closed|incompleteread/i.test(words)
