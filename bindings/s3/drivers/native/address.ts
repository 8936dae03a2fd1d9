// Where a connection leads to, and the socket that goes there.
import { connect as connectTcp, type OnReadOpts, type Socket, type TcpSocketConnectOpts } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'

/** How a connection is made; `tls` = options of its own where the endpoint speaks TLS. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly tls: ConnectionOptions | undefined
  /** The address of this machine to come from. */
  readonly localAddress?: string | undefined
}

/** A socket on its way; one that speaks TLS emits 'secureConnect' and 'session' too. */
export function openSocket({ host, port, tls, localAddress }: Address, onread: OnReadOpts): Socket {
  const to: TcpSocketConnectOpts = {
    host, port, noDelay: true, keepAlive: true, onread,
    ...(localAddress === undefined ? {} : { localAddress }),
  }
  return tls === undefined ? connectTcp(to) : connectTls({ ...to, ...tls })
}
