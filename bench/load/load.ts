import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { DataOptions } from '../data/lines.ts'
import type {
  AppendCommand,
  Appended,
  AskCommand,
  Asked,
  HoldCommand,
  LoadCommand,
  LoadReply,
  PostCommand,
  Posted,
  Prepared,
  SendCommand,
  Sent,
} from './commands.ts'

/** The load process, seen from the bench. */
export class Load implements Disposable {
  readonly #child: ChildProcess

  constructor() {
    this.#child = fork(join(import.meta.dirname, 'load-process.ts'), { execArgv: [] })
  }

  /** The data of the sends that follow; kept until other data is asked for. */
  prepare(data: DataOptions): Promise<Prepared> {
    return this.#ask({ do: 'prepare', data }) as Promise<Prepared>
  }

  send(command: Omit<SendCommand, 'do'>): Promise<Sent> {
    return this.#ask({ do: 'send', ...command }) as Promise<Sent>
  }

  ask(command: Omit<AskCommand, 'do'>): Promise<Asked> {
    return this.#ask({ do: 'ask', ...command }) as Promise<Asked>
  }

  post(command: Omit<PostCommand, 'do'>): Promise<Posted> {
    return this.#ask({ do: 'post', ...command }) as Promise<Posted>
  }

  append(command: Omit<AppendCommand, 'do'>): Promise<Appended> {
    return this.#ask({ do: 'append', ...command }) as Promise<Appended>
  }

  async hold(command: Omit<HoldCommand, 'do'>): Promise<void> {
    await this.#ask({ do: 'hold', ...command })
  }

  async letGo(): Promise<void> {
    await this.#ask({ do: 'let go' })
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }

  #ask(command: LoadCommand): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the load process has ended'))
      this.#child.once('exit', ended)
      this.#child.once('message', (reply: LoadReply) => {
        this.#child.removeListener('exit', ended)
        if (reply.ok) resolve(reply.value)
        else reject(new Error(reply.message))
      })
      this.#child.send(command)
    })
  }
}
