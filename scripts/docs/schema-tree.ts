import type { JsonSchema } from '../../packages/flumen/src/component/kit.ts'

export interface PropertySchemas {
  readonly properties?: JsonSchema | undefined
  readonly patternProperties?: JsonSchema | undefined
}

/** A key of a map: what its value may be, and the keys below it. */
interface Node {
  value?: JsonSchema
  readonly children: Map<string, Node>
  /** Any key may stand below. */
  isOpen: boolean
}

/**
 * The schema of a map whose keys are written with dots (`sink.directory`), so that each may also be a map of its own
 * (`sink: {directory: …}`), or a map with dotted keys.
 */
export function nestedObject({ properties = {}, patternProperties = {} }: PropertySchemas): JsonSchema {
  const root = newNode()
  const others: Record<string, unknown> = {}
  for (const [key, schema] of Object.entries(properties)) nodeAt(root, key).value = schema as JsonSchema
  for (const [pattern, schema] of Object.entries(patternProperties)) {
    const open = /^\^([\w.-]+)\\\.\.\+\$$/.exec(pattern)
    if (open) nodeAt(root, open[1]!).isOpen = true
    else others[pattern] = schema
  }
  return objectSchema(root, others)
}

function newNode(): Node {
  return { children: new Map(), isOpen: false }
}

function nodeAt(root: Node, key: string): Node {
  let node = root
  for (const part of key.split('.')) {
    const next = node.children.get(part) ?? newNode()
    node.children.set(part, next)
    node = next
  }
  return node
}

function objectSchema(node: Node, others: Readonly<Record<string, unknown>> = {}): JsonSchema {
  const properties: Record<string, JsonSchema> = {}
  const patternProperties: Record<string, unknown> = { ...others }
  for (const [key, child] of descendants(node)) {
    const value = valueSchema(child)
    if (value !== undefined && (child.value !== undefined || !key.includes('.'))) properties[key] = value
    if (child.isOpen) patternProperties[`^${key.replaceAll('.', '\\.')}\\..+$`] = {}
  }
  return {
    type: 'object',
    properties,
    ...(Object.keys(patternProperties).length > 0 && { patternProperties }),
    additionalProperties: node.isOpen,
  }
}

function valueSchema({ value, children, isOpen }: Node): JsonSchema | undefined {
  if (children.size === 0) {
    if (isOpen && value?.type !== 'object') return value ?? { type: 'object' }
    return value
  }
  const map = objectSchema({ children, isOpen })
  if (value === undefined || value.type === 'object') return { ...value, ...map }
  const { description, ...rest } = value
  const scalar = Array.isArray(rest.type) ? { ...rest, type: rest.type.filter((type) => type !== 'object') } : rest
  return { ...(description !== undefined && { description }), anyOf: [scalar, map] }
}

/** All nodes below one, by their dotted keys. */
function* descendants(node: Node, prefix = ''): Iterable<readonly [string, Node]> {
  for (const [key, child] of node.children) {
    yield [prefix + key, child]
    yield* descendants(child, `${prefix}${key}.`)
  }
}
