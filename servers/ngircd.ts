import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startProcess } from './process.ts'
import { commandVersion, freePort, type Server, temporaryDirectory } from './server.ts'

export interface NgircdOptions {
  readonly password?: string
}

/** A server of IRC, from Debian's package. */
export const ngircd: Server<NgircdOptions> = {
  name: 'ngircd',
  missing: async () =>
    commandVersion(command, '--version') === undefined ? 'ngircd is not there (Debian: ngircd)' : undefined,
  install: async () => undefined,
  start: async ({ password }) => {
    const irc = await freePort()
    const home = temporaryDirectory('ngircd')
    writeFileSync(join(home.path, 'ngircd.conf'), configurationOf(irc, password))
    return startProcess({
      name: 'ngircd',
      command,
      args: ['--nodaemon', '--config', join(home.path, 'ngircd.conf')],
      home,
      ports: { irc },
      answers: () => accepts(irc),
    })
  },
}

const command = '/usr/sbin/ngircd'

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function configurationOf(port: number, password: string | undefined): string {
  return `[Global]
  Name = irc.example.net
  AdminInfo1 = test
  Info = test
  Listen = 127.0.0.1
  Ports = ${port}
  MotdPhrase = "hello"
  ServerUID = nobody
  ServerGID = nogroup
  ${password === undefined ? '' : `Password = ${password}`}
[Limits]
  MaxConnectionsIP = 0
  MaxJoins = 10
  MaxNickLength = 9
[Options]
  DNS = no
  Ident = no
  PAM = no
`
}
