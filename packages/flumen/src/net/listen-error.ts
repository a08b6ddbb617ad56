import { ComponentFailedError, codeOf, messageOf } from '../core/index.ts'
import { hostAndPort } from './address.ts'
import { portHolder } from './port-holder.ts'
import type { Protocol } from './socket-table.ts'

/** What a person needs to know when an address cannot be listened on: who has it, or what is wrong with it. */
export async function listenError(
  protocol: Protocol,
  host: string | undefined,
  port: number,
  cause: unknown,
): Promise<ComponentFailedError> {
  return new ComponentFailedError(await reason(protocol, host, port, cause), { cause })
}

async function reason(protocol: Protocol, host: string | undefined, port: number, cause: unknown): Promise<string> {
  const where = `${hostAndPort(host, port)} (${protocol})`
  switch (codeOf(cause)) {
    case 'EADDRINUSE': {
      const holder = await portHolder(protocol, host ?? '::', port)
      if (!holder) return `${where} is in use by another process`
      if (holder.pid === process.pid) return `${where} is in use by this process itself (pid ${holder.pid})`
      return `${where} is in use by ${holder.command} (pid ${holder.pid})`
    }
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${where}: that is no address of this machine`
    case 'EACCES':
      return `cannot listen on ${where}: a port below 1024 needs more rights`
    default:
      return `cannot listen on ${where}: ${messageOf(cause)}`
  }
}
