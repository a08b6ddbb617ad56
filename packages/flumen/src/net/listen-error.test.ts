import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { codeOf } from '../core/index.ts'
import { listenError } from './listen-error.ts'

const inUse = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' })
const isLinux = process.platform === 'linux'

test('a port in use is said with the process that has it, and without the arguments of that process', async () => {
  const script = 'const s=require("node:net").createServer().listen(0,"127.0.0.1",()=>console.log(s.address().port))'
  const holder = spawn(process.execPath, ['-e', script, 'a-secret-password'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(holder.stdout, 'data')) as [Buffer]
    const error = await listenError('tcp', '127.0.0.1', Number(line.toString()), inUse)
    const where = `127\\.0\\.0\\.1:${Number(line.toString())} \\(tcp\\) is in use by `
    assert.match(
      error.message,
      new RegExp(isLinux ? `${where}node \\(pid ${holder.pid}\\)$` : `${where}another process$`),
    )
    assert.equal(codeOf(error), 'COMPONENT_FAILED')
    assert.equal(error.cause, inUse)
  } finally {
    holder.kill()
    await once(holder, 'exit')
  }
})

test('a port that this process has itself is said to be its own', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  const { port } = server.address() as AddressInfo
  const error = await listenError('tcp', '127.0.0.1', port, inUse)
  server.close()
  assert.match(error.message, isLinux ? /by this process itself \(pid \d+\)/ : /by another process/)
})

test('a holder that cannot be found is another process', async () => {
  assert.match((await listenError('udp', '::1', 0, inUse)).message, /^\[::1\]:0 \(udp\) is in use by another process$/)
})

test('other reasons are said in words', async () => {
  const because = async (code: string): Promise<string> =>
    (await listenError('tcp', undefined, 514, Object.assign(new Error('listen failed'), { code }))).message
  assert.equal(await because('EADDRNOTAVAIL'), 'cannot listen on *:514 (tcp): that is no address of this machine')
  assert.equal(await because('EACCES'), 'cannot listen on *:514 (tcp): a port below 1024 needs more rights')
  assert.equal(await because('EMFILE'), 'cannot listen on *:514 (tcp): listen failed')
})
