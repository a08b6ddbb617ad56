import type { Section } from '../../component/kit.ts'

/** Under these names a component is told to speak TLS. */
const switches = ['ssl', 'enableSSL']

/**
 * Warns of settings of TLS that a component has of its own and that does not speak it: who wrote them believes that it
 * does. Where TLS is switched off in so many words it is something to know.
 * @param fix how TLS is switched on
 */
export function checkWithoutTls(names: readonly string[], section: Section, fix: string): void {
  const settingOf = (name: string): string | undefined => section.reading.settings.get(section.key(name))?.value
  const written = names.filter((name) => settingOf(name) !== undefined)
  const [first] = written
  if (first === undefined) return
  const say = written.length === 1 ? 'says' : 'say'
  const message = `no TLS is spoken, whatever ${written.join(', ')} ${say}: all goes over the network as it is`
  if (switches.some((name) => /^false$/i.test(settingOf(name) ?? ''))) section.note(first, message, fix)
  else section.warning(first, message, fix)
}

/** Warns of a setting that another one has taken the place of. */
export function checkReplaced(name: string, by: string, section: Section): void {
  const { settings } = section.reading
  if (!settings.get(section.key(name)) || !settings.get(section.key(by))) return
  section.warning(
    name,
    `${name} does nothing: ${by} takes its place`,
    `remove ${section.key(name)} or ${section.key(by)}`,
  )
}
