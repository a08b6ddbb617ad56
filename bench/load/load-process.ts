// The process that holds the data and makes the load; it does what its parent asks, one thing at a time.
import { type Data, makeData } from '../data/lines.ts'
import { append } from './append.ts'
import { ask } from './ask.ts'
import type { LoadCommand, LoadReply } from './commands.ts'
import { hold, letGo } from './hold.ts'
import { post } from './post.ts'
import { send } from './send.ts'

let data: Data | undefined
let prepared = ''

process.on('message', (command: LoadCommand) => {
  void answer(command).then((reply) => process.send?.(reply))
})
process.on('disconnect', () => process.exit())

async function answer(command: LoadCommand): Promise<LoadReply> {
  try {
    return { ok: true, value: await perform(command) }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

async function perform(command: LoadCommand): Promise<Extract<LoadReply, { ok: true }>['value']> {
  switch (command.do) {
    case 'prepare': {
      const { bytes, lines, routes } = prepare(command.data)
      return { bytes: bytes.length, lines, routes }
    }
    case 'send':
      if (data === undefined) throw new Error('no data has been prepared')
      return send(data.bytes, command)
    case 'ask':
      return ask(command)
    case 'post':
      return post(command)
    case 'append':
      return append(command)
    case 'hold':
      await hold(command)
      return null
    case 'let go':
      await letGo()
      return null
  }
}

function prepare(options: Extract<LoadCommand, { do: 'prepare' }>['data']): Data {
  const key = JSON.stringify(options)
  if (data === undefined || key !== prepared) {
    data = undefined
    data = makeData(options)
    prepared = key
  }
  return data
}
