import type { Command } from './command.ts'

/** The commands of `flumen`; each is loaded when it is asked for. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  agent: async () => (await import('./commands/agent.ts')).agentCommand,
  check: async () => (await import('./commands/check.ts')).checkCommand,
  plan: async () => (await import('./commands/plan.ts')).planCommand,
  pipe: async () => (await import('./commands/pipe.ts')).pipeCommand,
  channel: async () => (await import('./commands/channel.ts')).channelCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  tail: async () => (await import('./commands/tail.ts')).tailCommand,
  top: async () => (await import('./commands/top.ts')).topCommand,
  version: async () => (await import('./commands/version.ts')).versionCommand,
  help: async () => (await import('./commands/help.ts')).helpCommand,
}
