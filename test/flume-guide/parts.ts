/** The other half of a flow whose source is `r1` and whose channel is `c1`. */
export const behindSource = `
a1.sinks = k1
a1.sinks.k1.type = logger
a1.sinks.k1.channel = c1
a1.channels.c1.type = memory
`

/** The other half of a flow whose sink is `k1` and whose channel is `c1`. */
export const beforeSink = `
a1.sources = r1
a1.sources.r1.type = seq
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
`

/** A whole flow. */
export const flow = `
a1.sources = r1
a1.channels = c1
a1.sources.r1.type = seq
a1.sources.r1.channels = c1
${behindSource}`

/** A flow of two sinks, `k1` and `k2`, which the guide groups. */
export const twoSinks = `
a1.sources = r1
a1.channels = c1
a1.sinks = k1 k2
a1.sources.r1.type = seq
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = logger
a1.sinks.k1.channel = c1
a1.sinks.k2.type = null
a1.sinks.k2.channel = c1
`

/** Memory channels with a null sink each. */
export function drained(agent: string, ...channels: readonly string[]): string {
  const sinks = channels.map((channel) => `sink-of-${channel}`)
  const parts = channels.map(
    (channel, index) =>
      `${agent}.channels.${channel}.type = memory\n${agent}.sinks.${sinks[index]}.type = null\n${agent}.sinks.${sinks[index]}.channel = ${channel}`,
  )
  return `\n${agent}.sinks = ${sinks.join(' ')}\n${parts.join('\n')}\n`
}
