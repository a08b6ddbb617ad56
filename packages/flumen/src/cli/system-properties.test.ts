import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { noPlace } from '../config/problem.ts'
import { Settings } from '../config/settings.ts'
import { applyFlumenProperties, propertiesOfEnvironment, systemPropertiesOf } from './system-properties.ts'

describe('system properties', () => {
  test('a word is a name and a value, the later of two wins, and no = is an empty value', () => {
    const { values } = systemPropertiesOf(['a=1', 'b=x=y', 'a=2', 'c', '=nothing'])
    assert.deepEqual(
      [...values],
      [
        ['a', '2'],
        ['b', 'x=y'],
        ['c', ''],
      ],
    )
  })

  test('flumen. ones win over the agent-wide settings of the file, others touch nothing', () => {
    const settings = new Settings()
    settings.set({ key: 'a1.flumen.onFailure', value: 'restart', place: noPlace })
    applyFlumenProperties(
      systemPropertiesOf(['flumen.onFailure=stop', 'flume.root.logger=x', 'other=1']),
      'a1',
      settings,
    )
    assert.deepEqual(
      [...settings].map(({ key, value, place }) => [key, value, place.file]),
      [['a1.flumen.onFailure', 'stop', '-D']],
    )
  })

  test("Flume's monitoring properties are keys of the agent's monitoring section", () => {
    const settings = new Settings()
    applyFlumenProperties(
      systemPropertiesOf(['flume.monitoring.type=http', 'flume.monitoring.port=5653']),
      'a1',
      settings,
    )
    assert.deepEqual(
      [...settings].map(({ key, value }) => [key, value]),
      [
        ['a1.flumen.monitoring.type', 'http'],
        ['a1.flumen.monitoring.port', '5653'],
      ],
    )
  })

  test('those of JAVA_OPTS come before those of FLUME_JAVA_OPTS, and what is not -D is left', () => {
    const environment = { JAVA_OPTS: '-Xmx1g  -Da=1', FLUME_JAVA_OPTS: '-Da=2 -Db=3' }
    assert.deepEqual(propertiesOfEnvironment(environment), ['a=1', 'a=2', 'b=3'])
    assert.deepEqual(propertiesOfEnvironment({}), [])
  })
})
