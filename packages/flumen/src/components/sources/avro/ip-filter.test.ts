import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccepted, parseIpRules } from './ip-filter.ts'

function rulesOf(text: string) {
  const parsed = parseIpRules(text)
  assert.ok('rules' in parsed, text)
  return parsed.rules
}

const names = {
  nameOf: async (address: string) => (address === '10.0.0.1' ? 'web1.example.org' : address),
  isOwn: async (address: string) => address === '127.0.0.1',
}

test('the first rule that fits decides, and who fits none is let in', () => {
  const rules = rulesOf('allow:ip:10.1.*, deny:ip:10.*,deny:ip:192.168.?.1')
  const answers = ['10.1.2.3', '10.2.0.1', '192.168.7.1', '192.168.17.1', '10x1.2'].map((each) =>
    isAccepted(rules, each),
  )
  assert.deepEqual(answers, [true, false, false, true, true])
})

test('a dot and other signs are themselves', () => {
  assert.equal(isAccepted(rulesOf('deny:ip:1.1.1.1'), '1x1.1.1'), true)
  assert.equal(isAccepted(rulesOf('deny:ip:(a+)+$|x'), 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'), true)
})

test('names are looked up only where a rule asks for one', async () => {
  const rules = rulesOf('deny:ip:10.9.*,deny:name:web*.example.org,allow:name:localhost,deny:ip:*')
  assert.equal(isAccepted(rules, '10.9.0.1', names), false)
  assert.equal(await isAccepted(rules, '10.0.0.1', names), false)
  assert.equal(await isAccepted(rules, '127.0.0.1', names), true)
  assert.equal(await isAccepted(rules, '10.0.0.2', names), false)
})

test('what is no rule is named', () => {
  for (const wrong of ['', 'allow', 'allow:ip:', 'Allow:ip:*', 'allow:host:*', 'permit:ip:*']) {
    assert.deepEqual(parseIpRules(wrong), { wrong })
  }
  assert.deepEqual(parseIpRules('allow:ip:*,nonsense'), { wrong: 'nonsense' })
})
