import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import { Secret } from './secret.ts'

test('a secret says its value when it is asked for it, and in no other way', () => {
  const secret = new Secret('hunter2')
  assert.equal(secret.reveal(), 'hunter2')
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ secret }, { depth: null, showHidden: true }),
    format('%s %o %j', secret, secret, secret),
    Object.keys(secret).join(),
  ].join('\n')
  assert.doesNotMatch(shown, /hunter2/)
  assert.match(shown, /\(secret\)/)
})
