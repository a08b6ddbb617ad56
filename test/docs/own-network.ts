import { spawnSync } from 'node:child_process'

const script = 'ip link set lo up && exec "$@"'
const prefix = ['unshare', '--net', 'sh', '-c', script, 'sh']
let canMake: boolean | undefined

/**
 * The same command in a network of its own, with nothing but localhost: pages name fixed ports, which another test's
 * outgoing connection, or another run of these tests, may have. Where none can be made (only root can, with iproute2),
 * the command as it is.
 */
export function inOwnNetwork(command: readonly string[]): readonly string[] {
  canMake ??= spawnSync(prefix[0]!, [...prefix.slice(1), 'true'], { timeout: 30_000 }).status === 0
  return canMake ? [...prefix, ...command] : command
}
