// Writes test/golden/java-dates.jsonl: what Joda-Time and SimpleDateFormat of Flume's class path do.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flumeClassPath } from '../../servers/flume.ts'

const zones = ['UTC', 'America/New_York', 'Asia/Kolkata']
const cases: Record<string, unknown>[] = []

const texts: readonly (readonly [pattern: string, ...texts: string[]])[] = [
  [
    'yyyy-MM-dd HH:mm',
    '2012-10-18 18:47',
    '2012-3-1 1:2',
    '2012-13-01 00:00',
    '2012-02-30 00:00',
    '2012-02-29 24:00',
    'garbage',
    '',
    '2012-10-18',
    '2012-10-18 18:47x',
    '-0005-01-01 00:00',
    '12012-01-01 00:00',
  ],
  [
    "yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    '2012-10-18T18:47:57.614+0200',
    '2012-10-18T18:47:57.614Z',
    '2012-10-18T18:47:57.614-05:30',
    '2012-10-18t18:47:57.6-0000',
    '2012-10-18T18:47:57.614',
    '2012-10-18T18:47:57.614+2',
  ],
  [
    "yyyy-MM-dd'T'HH:mm:ssZZ",
    '2012-10-18T18:47:57+02:00',
    '2012-10-18T18:47:57+0200',
    '2012-10-18T18:47:57Z',
    '2012-10-18T18:47:57+02',
  ],
  [
    'EEE MMM d HH:mm:ss yyyy',
    'Thu Oct 18 18:47:57 2012',
    'THU OCT 18 18:47:57 2012',
    'thursday october 18 18:47:57 2012',
    'tHu Oct 18 18:47:57 2012',
    'Mon Oct 18 18:47:57 2012',
    'Thu Foo 18 18:47:57 2012',
  ],
  [
    'dd/MMM/yyyy:HH:mm:ss Z',
    '10/Oct/2000:13:55:36 -0700',
    '1/Jan/1970:00:00:00 +0000',
    '10/October/2000:13:55:36 -0700',
  ],
  ['yy-MM-dd', '12-01-01', '99-01-01', '2012-01-01', '5-01-01', '70-12-31'],
  ['yyMMdd', '120101', '991231', '1201', '12010'],
  ['yyyyMMddHHmmss', '20121018184757', '2012101818475', '201210181847577'],
  ['yyyyMMddHHmmssSSS', '20121018184757123'],
  ['HH:mm', '00:00', '23:59', '24:00', '1:1', '12:60'],
  ['MM-dd', '02-29', '12-31', '02-30'],
  ['hh:mm a', '12:00 AM', '12:00 pm', '01:30 PM', '13:00 AM', '0:00 AM'],
  ['KK:mm a', '00:00 AM', '11:59 PM', '12:00 PM'],
  ['kk:mm', '24:00', '1:00', '0:00'],
  ['yyyy DDD', '2012 366', '2013 366', '2012 1'],
  ["xxxx-'W'ww-e", '2012-W42-4', '2015-W53-7', '2012-W1-1'],
  ['yyyy', '2012', '12', '+2012', '1234567890'],
  ["yyyy 'at' HH", '2012 at 10', '2012 AT 10', '2012 in 10'],
  ["h 'o''clock' a", "5 o'clock PM"],
  ['ss.S', '12.3', '12.', '12.34', '12.x'],
  ['ss.SSSSSS', '12.345678', '12.3'],
  ['G yyyy', 'AD 2012', 'BC 0010', 'CE 2012'],
  ['Y-MM-dd', '2012-01-02', '-5-01-01'],
  [
    'yyyy-MM-dd HH:mm',
    '2012-03-11 02:30',
    '2012-03-11 01:59',
    '2012-03-11 03:00',
    '2012-11-04 01:30',
    '2012-11-04 00:30',
  ],
  ['MMM dd HH:mm:ss', 'Oct  8 01:02:03', 'Oct 08 01:02:03', 'Feb 29 00:00:00'],
  ['yyyy-MM-dd HH:mm:ss z', '2012-10-18 18:47:57 EST', '2012-10-18 18:47:57 UTC', '2012-10-18 18:47:57 XXX'],
  ['d.M.y', '1.2.2012', '01.02.2012', '1.2.12'],
  ['dd MMMM yyyy', '18 October 2012', '18 Oct 2012', '18 octobers 2012'],
]
for (const [pattern, ...all] of texts)
  for (const text of all) for (const zone of zones) cases.push({ pattern, zone, text })

const patterns = [
  'yyyy-MM-dd',
  'yy/M/d',
  'yyyy-MM-dd HH:mm:ss.SSS',
  'EEE, d MMM yyyy HH:mm:ss Z',
  'EEEE MMMM',
  'D w W F u E',
  'k K h H a',
  'G y',
  'X XX XXX',
  "yyyy.MM.dd 'at' HH:mm",
  "h 'o''clock' a",
  'yyyyMMddHHmmss',
  'YYYY-ww',
  'S SS SSSS',
  'LLL LL L',
  'yyyyy.MMMMM.dd',
  'z',
  'MM',
  'q',
  "'open",
]
const moments = [
  0, 1, 1357872222123, 1331449199999, 1331449200000, 1352005200000, 1352008800000, 951782400000, 1735603200000,
  1735689599999, 4102444800000, -86400000, 1709164800000,
]
for (const pattern of patterns)
  for (const ms of moments)
    for (const zone of zones) if (pattern !== 'z' || zone !== 'Asia/Kolkata') cases.push({ pattern, zone, ms })

const directory = mkdtempSync(join(tmpdir(), 'dates-'))
const classPath = await flumeClassPath()
execFileSync('javac', [
  '-nowarn',
  '-cp',
  classPath,
  '-d',
  directory,
  join(import.meta.dirname, 'java/DatesOracle.java'),
])
const answers = execFileSync('java', ['-cp', `${directory}:${classPath}`, 'DatesOracle'], {
  input: cases.map((each) => JSON.stringify(each)).join('\n'),
  maxBuffer: 1e9,
})
writeFileSync(join(import.meta.dirname, '../golden/java-dates.jsonl'), answers)
rmSync(directory, { recursive: true })
