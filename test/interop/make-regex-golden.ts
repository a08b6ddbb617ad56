// Writes test/golden/java-regex.jsonl: what java.util.regex does with patterns and texts, some made by hand, some by chance.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const texts = [
  '',
  'a',
  'abc',
  'aaa',
  'foo bar',
  'a1 b2_c3',
  'x\ny\n',
  'x\r\n',
  'l1\nl2\r\nl3',
  'é日😀',
  'Äß',
  'a.b*c',
  '-_^]',
  '2026-11-21 18:47:57,614 ERROR [main] web1: disk is full',
  'key=value; k2=v2',
  'aAbB',
  '\t x \u00a0',
  'a\u0301b',
  'abab',
  '12px 13em',
  'x\u0085',
  '\u2028',
]

const byHand = String.raw`
a|b	(a)(b)?	(a|ab)(c|bcd)?	^a	a$	^$	$	^	\A.	.\z	.\Z	\bfoo\b	\Boo	\w+	\W	\d+	\D	\s+	\S+	\h	\H	\v	\V	\R	.	..	(?s).+	(?m)^.	(?m).$	(?m)$	(?d)x$	(?dm)^l	(?i)ABC	(?i)[a-c]+	(?i:A)b	(?-i)a	(?i)a(?-i)B	(?iu)É	(?iu)ä	(?x) a b # c	(?x)[a b]	(?u)\w	(?U)\w+	(?U)\d	(?U)\s
[abc]	[^abc]	[a-c]+	[a-z&&[^b]]+	[a-z&&[b-d]]	[a-d[m-p]]	[^a&&b]	[]a]	[^]a]	[-a]	[a-]	[a\-c]	[\w&&[^a]]	[\d\s]	[\Qa-c\E]	[a&&b]	[&]	[a&b]	[^\w\s]	[\p{Lu}a]	[.*+]	[\]]	[\[]	[[a]]	[a-c&&[a-b]&&[b]]	[$^]	[#]	[\t ]	[é-ö]	[😀]	[^😀]+
\p{L}	\p{Lu}	\P{L}	\pL	\p{Alpha}	\p{Lower}+	\p{Upper}	\p{Punct}	\p{Alnum}+	\p{Space}	\p{Blank}	\p{XDigit}+	\p{Cntrl}	\p{Graph}	\p{Print}	\p{ASCII}+	\p{IsAlphabetic}	\p{IsLatin}	\p{IsHan}	\p{InGreek}	\p{InLatin-1Supplement}	\p{javaLowerCase}	\p{javaWhitespace}	\p{IsWhite_Space}	\p{IsDigit}	\p{L1}+	\p{sc=Latin}	\p{blk=BasicLatin}	\p{gc=Lu}	\p{N}	\p{Sc}	\p{Nope}	\p{	\p{}	\p{IsNope}	\p{InNope}	\p
a*	a+	a?	a*?	a+?	a??	a{2}	a{2,}	a{1,2}	a{1,2}?	a*+	a++	a?+	a*+a	(?>a|ab)c	(?>a+)b	(a+)+	(ab)*	(ab)+	(a|b)+	(?:a|b)*c	x*	(x)?y	(a*)(a*)	(a+?)(a*)	(\w+)=(\w+)	(\w+)\s(\w+)	^(\S+) (\S+)	^(\d{4})-(\d\d)-(\d\d)	(ERROR|WARN)	\[([^\]]*)\]	(.*):(.*)	(.*?):(.*)
(a)\1	(a)(b)\2	(?<x>a)\k<x>	\1(a)	(a)\11	(?<n>\d+)	(?<a>.)(?<b>.)	(a(b(c)))	(?:a)(b)	((a)|b)	(a)|(b)	(?i)(a)\1	\2(a)(b)
a(?=b)	a(?!b)	(?<=a)b	(?<!a)b	(?<=\s)\w	(?=a)\w	(?!a)\w	\d+(?=px)	(?<=k\d=)v\d	(?<=a|bc)d
\Qa.b\E	\Qa.b	\Q\E	a\Q*\Ec	\\	\.	\*	\t	\n	\r	\f	\a	\e	\cA	\x41	\x{41}	\x{1F600}	\u0061	\uD83D\uDE00	\0101	\07	\0	\08	\-	\_	\é	\y	\i	\q	\x4	\x{110000}	\u12	\c
(	)	(a	a)	[	[a	]	}	{	a{	a{1	a{1,	a{,2}	a{2,1}	*	+	?	a**	a+*	a{2}{3}	(?	(?a)	(?<	(?<1a>x)	(?<a>x)(?<a>y)	(?<a	\k<a>	\k	[z-a]	[a-\d]	[\d-z]	(?P<n>x)	\	[\	a|*	(*)	(?:	(?=	^*	$+	\b+	[]	[^]	[a&&]	[&&a]	[&&&]	(?i	(?z)	\Z+	(?i)*	()	()*	(|a)	(a|)	a||b	|	(?:)	(?:)+
\G\d	\Ga	a\G	\X	\N{LATIN SMALL LETTER A}	\b{g}	(?m)^	(?m)^$	(?m)\n^	$\n	\Z\n	.$	(?s).$	x$	(?m)x$	\r$	^\n	\R$	\R+	[^\n]+	\s*$	^\s*	(^|,)(\w)	(?m)(^l)(\d)$	\w+@\w+	"([^"]*)"	(\S+)\s*=\s*(\S+);?
`
  .split(/[\n\t]/)
  .filter((pattern) => pattern !== '')

/** The same patterns each time: a small generator of numbers. */
let seed = 42
const random = (below: number): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return (seed >> 8) % below
}
const pick = <T>(from: readonly T[]): T => from[random(from.length)]!
const atoms = [
  'a',
  'b',
  'x',
  '.',
  '\\d',
  '\\w',
  '\\s',
  '[ab]',
  '[^a]',
  '\\b',
  '^',
  '$',
  '(a)',
  '(b|a)',
  '(?:ab)',
  '(?=a)',
  '(?!b)',
  '\\p{L}',
  '=',
  ' ',
  '[a-z&&[^b]]',
  '(?i:A)',
  '\\R',
  '\\.',
  '(\\w)',
  '(?<=a)',
  '\\W',
  '[\\d_]',
  'é',
  '\\h',
]
const quantifiers = ['', '', '', '*', '+', '?', '*?', '+?', '{2}', '{1,2}', '?+']
const byChance = Array.from({ length: 700 }, () => {
  const sequence = (): string => Array.from({ length: 1 + random(4) }, () => pick(atoms) + pick(quantifiers)).join('')
  return random(4) === 0
    ? `${sequence()}|${sequence()}`
    : random(5) === 0
      ? `(${sequence()})${pick(quantifiers)}`
      : sequence()
})

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
const questions = [
  ...byHand.map((pattern) => ['M', pattern, ...texts]),
  ...byChance.map((pattern) => ['M', pattern, ...Array.from({ length: 8 }, () => pick(texts))]),
]
const input = questions.map((fields) => fields.map(escaped).join('\t')).join('\n')
const answers = execFileSync('java', ['-Dfile.encoding=UTF-8', join(import.meta.dirname, 'java/RegexOracle.java')], {
  input,
  maxBuffer: 1e9,
})
writeFileSync(join(import.meta.dirname, '../golden/java-regex.jsonl'), answers)
