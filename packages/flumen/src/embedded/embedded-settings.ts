import { didYouMean } from '../config/did-you-mean.ts'
import type { Place, Problem, Problems } from '../config/problem.ts'
import { someOf } from '../config/problem-text.ts'
import { trimAsJava } from '../config/properties-reader.ts'
import { Settings } from '../config/settings.ts'

/** The keys of an embedded agent, as Flume has them. Numbers and booleans are read as their texts. */
export type EmbeddedProperties = Readonly<Record<string, string | number | boolean>>

/** What the parts of an embedded agent are called, in metrics and in a selector's mapping. */
export interface EmbeddedNames {
  readonly source: string
  readonly channel: string
  readonly group: string
}

/** The name of the agent in the settings that are made; its own name may have blanks. */
export const settingsAgent = 'embedded-agent'

/** Flume takes the white space out of the agent's name. */
export function embeddedNames(agent: string): EmbeddedNames {
  const name = agent.replaceAll(/[ \t\n\v\f\r]+/g, '')
  return { source: `source-${name}`, channel: `channel-${name}`, group: `sink-group-${name}` }
}

/**
 * The settings of a whole agent from the few keys of an embedded one. What is against Flume's rules becomes a problem
 * under the key that the program wrote.
 * @param anyType leaves out the rules about which types a channel, a sink and a sink processor may have
 */
export function embeddedSettings(
  agent: string,
  properties: EmbeddedProperties,
  anyType: boolean,
  problems: Problems,
): Settings {
  return new EmbeddedReader(agent, properties, anyType, problems).read()
}

/** A problem of the whole agent's settings, in the words of the embedded one's. */
export function asWritten(problem: Problem, agent: string): Problem {
  const names = embeddedNames(agent)
  const prefixes: readonly (readonly [whole: string, written: string])[] = [
    [`${settingsAgent}.sources.${names.source}`, 'source'],
    [`${settingsAgent}.channels.${names.channel}`, 'channel'],
    [`${settingsAgent}.sinkgroups.${names.group}.`, ''],
    [`${settingsAgent}.sinks.`, ''],
    [`${settingsAgent}.`, ''],
  ]
  const written = (text: string): string =>
    prefixes.reduce((changed, [whole, short]) => changed.replaceAll(whole, short), text)
  return {
    ...problem,
    place: placeOf(agent),
    key: written(problem.key),
    message: written(problem.message),
    fix: written(problem.fix),
  }
}

/** Flume's class of the source; its alias is `embedded`. */
export const embeddedSourceClass = 'org.apache.flume.agent.embedded.EmbeddedSource'

const sourceTypes = ['embedded', embeddedSourceClass]
const channelTypes = ['memory', 'file']
const sinkTypes = ['avro']
const processorTypes = ['default', 'failover', 'load_balance']
const forbiddenSinkNames = ['source', 'channel', 'processor']
const ownKeys = ['source.type', 'channel.type', 'sinks', 'processor.type']

function placeOf(agent: string): Place {
  return { file: `embedded agent ${agent}`, line: 0, column: 0 }
}

class EmbeddedReader {
  readonly #values: ReadonlyMap<string, string>
  readonly #names: EmbeddedNames
  readonly #anyType: boolean
  readonly #problems: Problems
  readonly #place: Place
  readonly #settings = new Settings()

  constructor(agent: string, properties: EmbeddedProperties, anyType: boolean, problems: Problems) {
    this.#names = embeddedNames(agent)
    this.#anyType = anyType
    this.#problems = problems
    this.#place = placeOf(agent)
    this.#values = new Map(Object.entries(properties).map(([key, value]) => [key.trim(), trimAsJava(String(value))]))
  }

  read(): Settings {
    const { source, channel, group } = this.#names
    this.#checkType('source.type', sourceTypes)
    this.#require('channel.type', 'memory', channelTypes)
    const sinks = this.#readSinks()
    this.#require('processor.type', sinks.length > 1 ? 'failover' : 'default', processorTypes)
    for (const [key, value] of this.#values) this.#take(key, value, sinks)
    this.#set('sources', source)
    this.#set(`sources.${source}.type`, 'embedded')
    this.#set(`sources.${source}.channels`, channel)
    this.#set('channels', channel)
    this.#set('sinks', sinks.join(' '))
    for (const sink of sinks) this.#set(`sinks.${sink}.channel`, channel)
    this.#set('sinkgroups', group)
    this.#set(`sinkgroups.${group}.sinks`, sinks.join(' '))
    return this.#settings
  }

  #readSinks(): readonly string[] {
    const listed = this.#values.get('sinks')
    if (!listed) return this.#meantSinks()
    const sinks = listed.split(/[\s,]+/).filter((name) => name !== '')
    if (listed.includes(',')) {
      this.#error('sinks', 'names are separated by blanks, not by commas', `write sinks = ${sinks.join(' ')}`)
    }
    for (const [index, name] of sinks.entries()) {
      if (forbiddenSinkNames.includes(name.toLowerCase())) {
        const fix = `call it k${index + 1}; ${someOf(forbiddenSinkNames)} are taken by other keys`
        this.#error('sinks', `a sink cannot be called ${name}`, fix)
      } else if (name.includes('.')) {
        this.#error('sinks', `the name ${name} has a dot, as a key's parts have between them`, 'call it otherwise')
      } else if (sinks.indexOf(name) < index) {
        this.#error('sinks', `${name} stands there more than once`, 'name each sink once')
      } else this.#require(`${name}.type`, 'avro', sinkTypes)
    }
    return sinks
  }

  /** There is no list: what has a type counts as a sink, so that its keys are not problems too. */
  #meantSinks(): readonly string[] {
    const typed = Array.from(this.#values.keys(), (key) => key.split('.'))
      .filter(
        ([name = '', rest]) =>
          rest === 'type' && !forbiddenSinkNames.includes(name) && !didYouMean(name, forbiddenSinkNames),
      )
      .map(([name = '']) => name)
    const fix = typed.length > 0 ? `add sinks = ${typed.join(' ')}` : 'add sinks = k1, and k1.type = avro'
    this.#problems.missing(this.#place, 'sinks', 'no sink is named', fix)
    return typed
  }

  #require(key: string, example: string, allowed: readonly string[]): void {
    if (this.#values.has(key)) this.#checkType(key, allowed)
    else this.#problems.missing(this.#place, key, `${key} is needed`, `add ${key} = ${example}`)
  }

  #checkType(key: string, allowed: readonly string[]): void {
    const type = this.#values.get(key)
    if (type === undefined || type === '') return
    if (allowed.some((each) => each.toLowerCase() === type.toLowerCase())) return
    if (this.#anyType && key !== 'source.type') return
    const near = didYouMean(type, allowed)
    const more = key === 'source.type' ? '' : ', or give the agent the option anyType'
    const choice = allowed.length === 1 ? allowed[0] : `one of ${someOf(allowed)}`
    const fix = near === undefined ? `write ${choice}${more}` : `did you mean ${near}?`
    this.#error(key, `an embedded agent cannot have the type ${type} here`, fix)
  }

  #take(key: string, value: string, sinks: readonly string[]): void {
    if (key === 'sinks' || key === 'source.type') return
    if (value === '') {
      this.#error(key, `${key} has no value`, 'give it one, or leave it out')
      return
    }
    const [first = '', second = ''] = key.split('.')
    if (second === '') this.#sayUnknown(key, sinks)
    else if (key === 'source.channels') {
      this.#error(key, `the source's channel is always ${this.#names.channel}`, 'remove it')
    } else if (sinks.includes(first) && key === `${first}.channel`) {
      this.#problems.warning(this.#place, key, `the sink's channel is always ${this.#names.channel}`, 'remove it')
    } else if (first === 'source') this.#set(`sources.${this.#names.source}${key.slice(first.length)}`, value)
    else if (first === 'channel') this.#set(`channels.${this.#names.channel}${key.slice(first.length)}`, value)
    else if (first === 'processor') this.#set(`sinkgroups.${this.#names.group}.${key}`, value)
    else if (sinks.includes(first)) this.#set(`sinks.${key}`, value)
    else if (first === 'flumen') this.#set(key, value)
    else this.#sayUnknown(key, sinks)
  }

  /** Names what was meant, or all that there is. A key that is missing under its right name is one problem, not two. */
  #sayUnknown(key: string, sinks: readonly string[]): void {
    const [first = '', ...rest] = key.split('.')
    const near = didYouMean(first, [
      'source',
      'channel',
      'processor',
      ...sinks,
      ...(rest.length === 0 ? ['sinks'] : []),
    ])
    const meant = near === undefined ? undefined : [near, ...rest].join('.')
    if (meant !== undefined && !this.#values.has(meant)) {
      this.#problems.foundElsewhere(meant)
      this.#error(key, 'unknown key', `did you mean ${meant}?`)
    } else if (this.#values.has(`${first}.type`)) {
      if (rest.join('.') === 'type')
        this.#error(key, `there is no sink ${first} in sinks`, `add it: sinks = ${[...sinks, first].join(' ')}`)
    } else {
      const known = [
        ...ownKeys,
        'source.*',
        'channel.*',
        'processor.*',
        ...sinks.map((sink) => `${sink}.*`),
        'flumen.*',
      ]
      this.#error(key, 'unknown key', `known are ${someOf(known)}`)
    }
  }

  #error(key: string, message: string, fix: string): void {
    this.#problems.error(this.#place, key, message, fix)
  }

  #set(key: string, value: string): void {
    this.#settings.set({ key: `${settingsAgent}.${key}`, value, place: this.#place })
  }
}
