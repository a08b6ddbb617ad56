import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { readFields } from '../../config/field.ts'
import { noPlace, Problems } from '../../config/problem.ts'
import { Reading, Section } from '../../config/section.ts'
import { Settings } from '../../config/settings.ts'
import { makeCertificates, missingOpenSsl, openssl } from '../../testing/certificates.ts'
import { createForTest, type Harness } from '../../testing/harness.ts'
import { settle } from '../../testing/manual-clock.ts'
import { checkServerTls, serverTlsFields } from './server-tls.ts'
import syslogTcp from './syslog-tcp/syslog-tcp.ts'

// Keys, certificates and clients are those of the command openssl.
const folder = mkdtempSync(join(tmpdir(), 'flumen-tls-'))
after(() => rmSync(folder, { recursive: true }))
const missing = missingOpenSsl()

function file(name: string): string {
  return join(folder, name)
}

if (missing === undefined) {
  makeCertificates(folder, 'authority', 'server', 'client')
  makeCertificates(folder, 'stranger', 'intruder')
  const store = ['-inkey', 'server.key', '-out', 'server.p12', '-passout', 'pass:secret']
  openssl(folder, 'pkcs12', '-export', '-in', 'server.pem', ...store)
  makeExpired()
}

/** Only the command `ca` takes dates in the past. */
function makeExpired(): void {
  writeFileSync(file('index.txt'), '')
  writeFileSync(file('serial'), '77')
  writeFileSync(
    file('ca.cnf'),
    '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n' +
      '[p]\ncommonName=supplied\n',
  )
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z']
  const by = ['-cert', 'authority.pem', '-keyfile', 'authority.key']
  openssl(folder, 'ca', '-batch', '-config', 'ca.cnf', '-in', 'client.csr', ...by, ...dates, '-out', 'expired.pem')
}

const pem = { ssl: 'true', certificate: file('server.pem'), certificateKey: file('server.key') }

async function running(
  context: TestContext,
  values: Readonly<Record<string, string>>,
): Promise<Harness<'source'> & { readonly port: number }> {
  const source = await createForTest(syslogTcp, { host: '127.0.0.1', port: '0', ...values })
  await source.instance.start()
  context.after(() => source.instance.stop(0))
  const { address } = source.observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return { ...source, port: Number(/:(\d+)$/.exec(String(address))![1]) }
}

/** Sends a line by `openssl s_client`; what that has said. */
async function sendByOpenSsl(port: number, line: string, ...words: string[]): Promise<string> {
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...words], { cwd: folder })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  child.stdin.on('error', () => undefined)
  child.stdin.end(`${line}\n`)
  await once(child, 'close')
  return said
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settle()
}

// Where nothing may be skipped the tests fail without it.
const skip = process.env.FLUMEN_NO_SKIP === '1' ? false : (missing ?? false)

test('PEM files make a server that openssl verifies', { skip }, async (context) => {
  const source = await running(context, pem)
  const said = await sendByOpenSsl(source.port, '<13>- h hello', '-CAfile', 'authority.pem', '-verify_return_error')
  await source.stored(1)
  assert.deepEqual(source.bodies(), ['hello'])
  assert.match(said, /Verify return code: 0 \(ok\)|Verification: OK/)
})

test('a PKCS12 store that openssl wrote makes a server', { skip }, async (context) => {
  const source = await running(context, { ssl: 'true', keystore: file('server.p12'), 'keystore-password': 'secret' })
  await sendByOpenSsl(source.port, '<13>- h hello', '-CAfile', 'authority.pem', '-verify_return_error', '-tls1_2')
  await source.stored(1)
})

test('with authorities for clients only a client with a valid certificate of theirs is served', {
  skip,
}, async (context) => {
  const source = await running(context, { ...pem, clientAuthorities: file('authority.pem') })
  const failures = (): number => source.observed.counts.get('tlsFailures') ?? 0
  for (const [index, words] of [
    [],
    ['-cert', 'intruder.pem', '-key', 'intruder.key'],
    ['-cert', 'expired.pem', '-key', 'client.key'],
    ['-cert', 'client.pem', '-key', 'client.key', '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'],
  ].entries()) {
    await sendByOpenSsl(source.port, `<13>- h ${index}`, ...words)
    await until(() => failures() > index)
  }
  await sendByOpenSsl(source.port, '<13>- h known', '-cert', 'client.pem', '-key', 'client.key')
  await source.stored(1)
  assert.deepEqual(source.bodies(), ['known'])
  assert.equal(failures(), 4)
  await until(() => source.observed.counts.get('openConnections') === 0)
})

test('without TLS 1.3 among the cipher suites it is not spoken, whatever the client asks', {
  skip,
}, async (context) => {
  const only = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_EMPTY_RENEGOTIATION_INFO_SCSV'
  const source = await running(context, { ...pem, 'include-cipher-suites': only })
  assert.match(await sendByOpenSsl(source.port, '<13>- h a'), /TLSv1\.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384/)
  const three = 'TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256 TLS_CHACHA20_POLY1305_SHA256'
  const without = await running(context, { ...pem, 'exclude-cipher-suites': three })
  assert.match(await sendByOpenSsl(without.port, '<13>- h a'), /New, TLSv1\.2/)
})

test('a certificate that is none, one of another key, and an enciphered key are no start', {
  skip,
}, async (context) => {
  writeFileSync(file('empty.pem'), '')
  openssl(folder, 'ec', '-aes128', '-in', 'server.key', '-out', 'locked.key', '-passout', 'pass:x')
  for (const wrong of [
    { certificate: file('empty.pem') },
    { certificateKey: file('client.key') },
    { certificateKey: file('locked.key') },
    { certificateKey: file('nowhere.key') },
    { clientAuthorities: file('nowhere.pem') },
  ]) {
    await assert.rejects(running(context, { ...pem, ...wrong }), /TLS cannot be set up/, JSON.stringify(wrong))
  }
})

async function read(values: Readonly<Record<string, string>>, properties: object, environment: Record<string, string>) {
  const problems = new Problems()
  const settings = new Settings()
  for (const [key, value] of Object.entries(values)) settings.set({ key, value, place: noPlace })
  const globals = { properties: new Map<string, string>(Object.entries(properties)), environment }
  const section = new Section(new Reading(settings, problems, '/', undefined, globals), '')
  const options = await readFields(serverTlsFields, section)
  checkServerTls(options, section)
  return { options, problems: problems.all.map(({ severity, key }) => `${severity} ${key}`) }
}

test('what the component does not set comes from -D, or else from the environment', async () => {
  const environment = {
    FLUME_SSL_KEYSTORE_PATH: '/environment',
    FLUME_SSL_KEYSTORE_PASSWORD: 'of the environment',
    FLUME_SSL_INCLUDE_PROTOCOLS: 'TLSv1.2,TLSv1.3',
    FLUME_SSL_EXCLUDE_PROTOCOLS: 'TLSv1.3, SSLv3',
  }
  const properties = {
    'javax.net.ssl.keyStore': '/property',
    'flume.ssl.exclude.cipherSuites': 'TLS_AES_128_GCM_SHA256,SSL_RSA_WITH_RC4_128_MD5',
  }
  const { options, problems } = await read({ ssl: 'true' }, properties, environment)
  assert.equal(options.keystore, '/property')
  assert.equal(options['keystore-password']?.reveal(), 'of the environment')
  assert.deepEqual(options['include-protocols'], ['TLSv1.2', 'TLSv1.3'])
  assert.deepEqual(options['exclude-protocols'], ['TLSv1.3', 'SSLv3'])
  assert.deepEqual(options['exclude-cipher-suites'], ['TLS_AES_128_GCM_SHA256', 'SSL_RSA_WITH_RC4_128_MD5'])
  assert.deepEqual(problems, [])
  const own = await read({ ssl: 'true', keystore: '/own', 'exclude-protocols': 'TLSv1.2' }, properties, environment)
  assert.deepEqual([own.options.keystore, own.options['exclude-protocols']], ['/own', ['TLSv1.2']])
  const none = await read({ ssl: 'true' }, {}, {})
  assert.deepEqual(none.problems, ['error keystore'])
})

test('a list that leaves nothing to speak is a problem', async () => {
  const problemsOf = async (values: Readonly<Record<string, string>>): Promise<readonly string[]> =>
    (await read({ ssl: 'true', keystore: 'k', ...values }, {}, {})).problems
  assert.deepEqual(await problemsOf({ 'include-protocols': 'TLSv1.1' }), ['error include-protocols'])
  const thirteen = { 'include-protocols': 'TLSv1.3', 'include-cipher-suites': 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384' }
  assert.deepEqual(await problemsOf(thirteen), ['error include-protocols'])
  const unknown = { 'include-cipher-suites': 'TLS_RSA_WITH_RC4_128_MD5' }
  assert.deepEqual(await problemsOf(unknown), ['warning include-cipher-suites', 'error include-protocols'])
})
