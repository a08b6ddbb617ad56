import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSecureContext } from 'node:tls'
import { readFields } from '../../config/field.ts'
import { noPlace, Problems } from '../../config/problem.ts'
import { Reading, Section } from '../../config/section.ts'
import { Settings } from '../../config/settings.ts'
import { checkTlsTerms, contextTermsOf, tlsTermsFields } from './tls-terms.ts'

async function read(values: Readonly<Record<string, string>>) {
  const problems = new Problems()
  const settings = new Settings()
  for (const [key, value] of Object.entries(values)) settings.set({ key, value, place: noPlace })
  const globals = { properties: new Map<string, string>(), environment: {} }
  const section = new Section(new Reading(settings, problems, '/', undefined, globals), '')
  const terms = await readFields(tlsTermsFields, section)
  checkTlsTerms(terms, section)
  return { terms, problems: problems.all.map(({ severity, key }) => `${severity} ${key}`) }
}

/** What Java 8 to 21 supports and OpenSSL does not, or not here. */
const notSpoken = [
  'SSL_RSA_WITH_RC4_128_MD5',
  'TLS_ECDHE_RSA_WITH_RC4_128_SHA',
  'SSL_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA',
  'SSL_RSA_WITH_3DES_EDE_CBC_SHA',
  'TLS_KRB5_EXPORT_WITH_DES_CBC_40_MD5',
  'TLS_ECDH_anon_WITH_NULL_SHA',
  'TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384',
]

test("Java's names are those of OpenSSL", async () => {
  for (const [java, openssl] of [
    ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
    ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
    ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384', 'ECDHE-RSA-AES256-SHA384'],
    ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
    ['TLS_DHE_RSA_WITH_AES_256_CBC_SHA256', 'DHE-RSA-AES256-SHA256'],
    ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
    ['SSL_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
    ['TLS_AES_256_GCM_SHA384', 'TLS_AES_256_GCM_SHA384'],
    ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ] as const) {
    const { terms, problems } = await read({ 'include-cipher-suites': java })
    assert.deepEqual(problems, [], java)
    assert.equal(contextTermsOf(terms).ciphers, openssl)
    createSecureContext(contextTermsOf(terms))
  }
})

test('a suite of Java that is not spoken here may be excluded, and is warned of where it is included', async () => {
  for (const name of notSpoken) {
    assert.deepEqual((await read({ 'exclude-cipher-suites': name })).problems, [], name)
    const included = `${name} TLS_AES_128_GCM_SHA256 TLS_EMPTY_RENEGOTIATION_INFO_SCSV`
    assert.deepEqual((await read({ 'include-cipher-suites': included })).problems, ['warning include-cipher-suites'])
  }
})

test('a name that nobody knows is an error in either list', async () => {
  for (const name of ['TLS_ECDHE_RSA_WITH_AES_128_GCM', 'AES', 'TLS_ECDHE_RSA_AES_128_GCM_SHA256', 'HIGH']) {
    for (const key of ['include-cipher-suites', 'exclude-cipher-suites']) {
      const other: Record<string, string> =
        key === 'include-cipher-suites' ? { [key]: `${name} TLS_AES_128_GCM_SHA256` } : { [key]: name }
      assert.deepEqual((await read(other)).problems, [`error ${key}`], name)
    }
  }
})

test('versions without a suite of theirs are not spoken', async () => {
  const versions = async (values: Readonly<Record<string, string>>) => {
    const { minVersion, maxVersion } = contextTermsOf((await read(values)).terms)
    return [minVersion, maxVersion]
  }
  assert.deepEqual(await versions({}), ['TLSv1.2', 'TLSv1.3'])
  assert.deepEqual(await versions({ 'include-cipher-suites': 'TLS_AES_128_GCM_SHA256' }), ['TLSv1.3', 'TLSv1.3'])
  assert.deepEqual(await versions({ 'include-cipher-suites': 'ECDHE-RSA-AES128-GCM-SHA256' }), ['TLSv1.2', 'TLSv1.2'])
  assert.deepEqual(await versions({ 'exclude-protocols': 'TLSv1.2' }), ['TLSv1.3', 'TLSv1.3'])
})
