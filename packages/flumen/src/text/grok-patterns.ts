const hex = '[0-9a-fA-F]'
const group = `${hex}{1,4}`
const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const ipv4 = `${octet}(?:\\.${octet}){3}`

/** An IPv6 address: whole, or shortened by `::` at any place; its last two groups may be an IPv4 address. */
function ipv6(): string {
  const forms = [`(?:${group}:){7}${group}`, `(?:${group}:){6}${ipv4}`]
  for (let before = 0; before <= 6; before++) {
    const head = before === 0 ? ':' : before === 1 ? `${group}:` : `(?:${group}:){${before}}`
    const most = 7 - before
    if (most >= 2) forms.push(`${head}:(?:${group}:){0,${most - 2}}${ipv4}`)
    forms.push(`${head}(?::${group}){1,${most}}`, `${head}:`)
  }
  forms.push(`(?:${group}:){7}:`)
  return `(?<![0-9a-fA-F:.])(?:${forms.join('|')})(?![0-9a-fA-F]|:[0-9a-fA-F:]|\\.[0-9])`
}

/**
 * The patterns that grok knows by name, in Java's syntax: the names that people know from other tools, the patterns
 * written anew. They are made so that a text can be read in few ways, since that is what makes a search fast.
 */
export const grokPatterns: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // Words and numbers
    WORD: '\\b\\w+\\b',
    NOTSPACE: '\\S+',
    SPACE: '\\s*',
    DATA: '.*?',
    GREEDYDATA: '.*',
    QUOTEDSTRING: '(?:"(?:[^"\\\\]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'|`(?:[^`\\\\]|\\\\.)*`)',
    QS: '%{QUOTEDSTRING}',
    INT: '[+-]?[0-9]+',
    POSINT: '\\b[1-9][0-9]*\\b',
    NONNEGINT: '\\b[0-9]+\\b',
    BASE10NUM: '(?<![0-9.])[+-]?(?:[0-9]+(?:\\.[0-9]+)?|\\.[0-9]+)(?![0-9])',
    NUMBER: '%{BASE10NUM}',
    BASE16NUM: '(?<![0-9a-fA-F])[+-]?(?:0[xX])?[0-9a-fA-F]+(?![0-9a-fA-F])',
    BASE16FLOAT: '\\b[+-]?(?:0[xX])?(?:[0-9a-fA-F]+(?:\\.[0-9a-fA-F]*)?|\\.[0-9a-fA-F]+)\\b',
    BOOLEAN: '(?i:\\b(?:true|false)\\b)',
    USERNAME: '[a-zA-Z0-9._-]+',
    USER: '%{USERNAME}',
    EMAILLOCALPART: "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]+",
    EMAILADDRESS: '%{EMAILLOCALPART}@%{HOSTNAME}',
    UUID: `\\b${hex}{8}-(?:${hex}{4}-){3}${hex}{12}\\b`,
    URN: 'urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[^\\s"<>]+',

    // Networks
    CISCOMAC: `(?:${hex}{4}\\.){2}${hex}{4}`,
    WINDOWSMAC: `(?:${hex}{2}-){5}${hex}{2}`,
    COMMONMAC: `(?:${hex}{2}:){5}${hex}{2}`,
    MAC: '(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})',
    IPV4: `(?<![0-9.])${ipv4}(?![0-9]|\\.[0-9])`,
    IPV6: ipv6(),
    IP: '(?:%{IPV4}|%{IPV6})',
    HOSTNAME: '\\b[0-9A-Za-z_][0-9A-Za-z_-]*(?:\\.[0-9A-Za-z_][0-9A-Za-z_-]*)*\\b',
    IPORHOST: '(?:%{IP}|%{HOSTNAME})',
    HOSTPORT: '%{IPORHOST}:%{POSINT}',

    // Paths and addresses
    UNIXPATH: '(?:/[^\\s/:,;"\'<>|]*)+',
    WINPATH: '(?:[A-Za-z]:|\\\\)(?:\\\\[^\\\\/:*?"<>|\\r\\n]*)+',
    PATH: '(?:%{UNIXPATH}|%{WINPATH})',
    TTY: '/dev/(?:pts/[0-9]+|tty[A-Za-z]{0,4}[0-9]*|console)',
    URIPROTO: '[A-Za-z][A-Za-z0-9+.-]*',
    URIHOST: '(?:\\[[0-9a-fA-F:.]+\\]|%{IPORHOST})(?::[0-9]{1,5})?',
    URIPATH: '/[^\\s?#"<>]*',
    URIQUERY: '[^\\s#"<>]*',
    URIPARAM: '\\?%{URIQUERY}',
    URIPATHPARAM: '%{URIPATH}(?:\\?[^\\s#"<>]*)?(?:#[^\\s"<>]*)?',
    URI: '%{URIPROTO}://(?:[^\\s:@/"<>]{1,64}(?::[^\\s@/"<>]{0,64})?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?',

    // Times
    MONTH:
      '\\b(?:[Jj]an(?:uary)?|[Ff]eb(?:ruary)?|[Mm]ar(?:ch)?|[Aa]pr(?:il)?|[Mm]ay|[Jj]une?|[Jj]uly?|[Aa]ug(?:ust)?|[Ss]ep(?:tember)?|[Oo]ct(?:ober)?|[Nn]ov(?:ember)?|[Dd]ec(?:ember)?)\\b',
    MONTHNUM: '(?:1[0-2]|0?[1-9])',
    MONTHNUM2: '(?:0[1-9]|1[0-2])',
    MONTHDAY: '(?:3[01]|[12][0-9]|0?[1-9])',
    DAY: '\\b(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)\\b',
    YEAR: '(?<![0-9])(?:[0-9]{4}|[0-9]{2})(?![0-9])',
    HOUR: '(?:2[0-3]|[01]?[0-9])',
    MINUTE: '[0-5][0-9]',
    SECOND: '(?:60|[0-5]?[0-9])(?:[.,:][0-9]+)?',
    TIME: '(?<![0-9])%{HOUR}:%{MINUTE}(?::%{SECOND})?(?![0-9])',
    TZ: '(?:[A-Z]{3,5}|[+-][0-9]{2}:?[0-9]{2})',
    ISO8601_TIMEZONE: '(?:Z|[+-]%{HOUR}(?::?%{MINUTE})?)',
    ISO8601_SECOND: '%{SECOND}',
    DATE_US: '%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}',
    DATE_EU: '%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}',
    DATE: '(?:%{DATE_US}|%{DATE_EU})',
    DATESTAMP: '%{DATE}[- ]%{TIME}',
    TIMESTAMP_ISO8601:
      '(?<![0-9])[0-9]{4}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?',
    DATESTAMP_RFC822: '%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}',
    DATESTAMP_RFC2822: '%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}',
    DATESTAMP_OTHER: '%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}',
    DATESTAMP_EVENTLOG: '[0-9]{4}%{MONTHNUM2}(?:3[01]|[12][0-9]|0[1-9])%{HOUR}%{MINUTE}[0-5][0-9]',
    HTTPDATE: '%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}',
    HTTPDERROR_DATE: '%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{YEAR}',
    NGINX_ERROR_DATE: '[0-9]{4}/%{MONTHNUM2}/%{MONTHDAY} %{TIME}',

    // Syslog
    SYSLOGTIMESTAMP: '%{MONTH} +%{MONTHDAY} %{TIME}',
    PROG: '[!-Z\\\\^-~]+',
    SYSLOGPROG: '%{PROG:program}(?:\\[%{POSINT:pid}\\])?',
    SYSLOGHOST: '%{IPORHOST}',
    SYSLOGFACILITY: '<%{NONNEGINT:facility}.%{NONNEGINT:priority}>',
    SYSLOGBASE: '%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:logsource} %{SYSLOGPROG}:',
    SYSLOGLINE: '%{SYSLOGBASE} *%{GREEDYDATA:message}',

    // Programs
    LOGLEVEL:
      '(?i:\\b(?:trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|alert|fatal|severe|emerg(?:ency)?|panic)\\b)',
    JAVACLASS: '(?:[a-zA-Z$_][a-zA-Z$_0-9]*\\.)*[a-zA-Z$_][a-zA-Z$_0-9]*',
    JAVAFILE: '[a-zA-Z$_0-9. -]+',
    JAVAMETHOD: '(?:<(?:cl)?init>|[a-zA-Z$_][a-zA-Z$_0-9]*)',
    JAVASTACKTRACEPART: '\\s+at %{JAVACLASS:class}\\.%{JAVAMETHOD:method}\\(%{JAVAFILE:file}(?::%{INT:line})?\\)',

    // Web servers
    HTTPDUSER: '(?:%{EMAILADDRESS}|%{USER})',
    COMMONAPACHELOG:
      '%{NOTSPACE:clientip} %{NOTSPACE:ident} %{NOTSPACE:auth} \\[%{HTTPDATE:timestamp}\\] ' +
      '"(?:%{WORD:verb} (?<request>[^\\s"]+)(?: HTTP/%{NUMBER:httpversion})?|(?<rawrequest>(?:[^"\\\\]|\\\\.)*))" ' +
      '(?:-|%{NONNEGINT:response}) (?:-|%{NONNEGINT:bytes})',
    COMBINEDAPACHELOG:
      '%{COMMONAPACHELOG} "(?:-|(?<referrer>(?:[^"\\\\]|\\\\.)*))" "(?:-|(?<agent>(?:[^"\\\\]|\\\\.)*))"',
    HTTPD_COMMONLOG: '%{COMMONAPACHELOG}',
    HTTPD_COMBINEDLOG: '%{COMBINEDAPACHELOG}',
  }),
)
