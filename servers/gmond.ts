import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startProcess } from './process.ts'
import { commandVersion, freePort, type Running, type Server, temporaryDirectory } from './server.ts'

/** Ganglia's daemon, from Debian's package: takes metrics over UDP and tells them as XML over TCP. */
export const gmond: Server<object> = {
  name: 'gmond',
  missing: async () =>
    commandVersion(command, '--version') === undefined ? 'gmond is not there (Debian: ganglia-monitor)' : undefined,
  install: async () => undefined,
  start: async () => {
    const [metrics, xml] = [await freePort(), await freePort()]
    const home = temporaryDirectory('gmond')
    writeFileSync(join(home.path, 'gmond.conf'), configurationOf(metrics, xml))
    return startProcess({
      name: 'gmond',
      command,
      args: ['--foreground', '--conf', join(home.path, 'gmond.conf')],
      home,
      ports: { metrics, xml },
      answers: async () => (await xmlFrom(xml)).includes('</GANGLIA_XML>'),
    })
  },
}

const command = '/usr/sbin/gmond'

/** All that it knows, as XML. */
export function gangliaXml(server: Running): Promise<string> {
  return xmlFrom(server.ports.xml!)
}

async function xmlFrom(port: number): Promise<string> {
  let text = ''
  for await (const chunk of connect(port, '127.0.0.1')) text += String(chunk)
  return text
}

function configurationOf(metrics: number, xml: number): string {
  return `globals {
  daemonize = no
  setuid = no
  mute = yes
  deaf = no
  allow_extra_data = yes
}
cluster { name = "test" }
udp_recv_channel { port = ${metrics} bind = 127.0.0.1 }
tcp_accept_channel { port = ${xml} bind = 127.0.0.1 }
`
}
