/** A log_line_prefix as a reader of it. */
export interface LinePrefix {
  readonly written: string;
  /** What stands before the severity; null when the line does not begin so. */
  read(line: string): PrefixFields | null;
}

export interface PrefixFields {
  /** As written. */
  readonly time: string | null;
  /** Epoch seconds, where it is written so (%n). */
  readonly epoch: string | null;
  readonly user: string | null;
  readonly database: string | null;
  readonly process: string | null;
  readonly session: string | null;
  readonly application: string | null;
  readonly queryId: string | null;
  /** Where the severity begins. */
  readonly length: number;
}

/** Names are of 63 bytes at most; application names as well. Bounded, so that no line can keep the reader busy. */
const NAME = '[^\\n]{0,63}?';
const STAMP = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})? [A-Za-z0-9+:_/-]{1,40}';

/** https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX */
const ESCAPES: Readonly<Record<string, string>> = {
  a: `(?<application>${NAME})`,
  u: `(?<user>${NAME})`,
  d: `(?<database>${NAME})`,
  r: '[^\\s]{0,300}?',
  h: '[^\\s]{0,300}?',
  L: '[^\\s]{0,300}?',
  b: NAME,
  p: '(?<process>\\d{1,10})',
  P: '\\d{0,10}',
  t: `(?<time>${STAMP})`,
  m: `(?<time>${STAMP})`,
  n: '(?<epoch>\\d{1,12}\\.\\d{1,6})',
  i: NAME,
  e: '[0-9A-Z]{5}',
  c: '(?<session>[0-9a-f]{1,16}\\.[0-9a-f]{1,8})',
  l: '\\d{1,20}',
  s: STAMP,
  v: '[^\\s]{0,30}?',
  x: '\\d{0,20}',
  Q: '(?<queryId>-?\\d{1,20})',
  '%': '%',
};

/** The longest prefix that is looked for in a line. Characters. */
const LONGEST = 1000;
/** What follows the prefix: always in English, unless lc_messages is of another language. */
const SEVERITY =
  '(?=(?:DEBUG\\d?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|LOCATION|STATEMENT|BACKTRACE):  )';

/** A reader for lines that begin as `log_line_prefix` says. */
export function linePrefix(written: string): LinePrefix {
  const pattern = new RegExp(`^${patternOf(written)}${SEVERITY}`);
  return {
    written,
    read(line) {
      const match = pattern.exec(line.slice(0, LONGEST));
      if (!match) return null;
      const { time, epoch, user, database, process, session, application, queryId } = match.groups ?? {};
      return {
        time: time ?? null,
        epoch: epoch ?? null,
        user: known(user),
        database: known(database),
        process: process ?? null,
        session: session ?? null,
        application: known(application),
        queryId: queryId ?? null,
        length: match[0].length,
      };
    },
  };
}

function known(name: string | undefined): string | null {
  return name === undefined || name === '' || name === '[unknown]' ? null : name;
}

function patternOf(written: string): string {
  let pattern = '';
  let optional = 0;
  const seen = new Set<string>();
  for (const [whole, padding, letter] of written.slice(0, 300).matchAll(/%(-?\d{1,3})?([a-zA-Z%])|[^%]|%/g)) {
    if (letter === 'q') {
      // Here the prefix of processes without a session ends.
      pattern += '(?:';
      optional++;
      continue;
    }
    const wanted = letter === undefined ? undefined : ESCAPES[letter];
    if (wanted === undefined) {
      pattern += whole.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
      continue;
    }
    const name = /^\(\?<(\w+)>/.exec(wanted)?.[1];
    // A second one of a name is not read: a pattern may name a group once.
    const once = name !== undefined && seen.has(name) ? wanted.replace(/^\(\?<\w+>/, '(?:') : wanted;
    if (name !== undefined) seen.add(name);
    pattern += padding === undefined ? once : ` {0,40}${once} {0,40}`;
  }
  return `${pattern}${')?'.repeat(optional)}`;
}

/** What servers are often set to: Debian's, the default, pgBadger's advice, Amazon's. */
const USUAL = [
  '%m [%p] %q%u@%d ',
  '%m [%p] ',
  '%m [%p] %q%u@%d/%a ',
  '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: [%l-1] ',
  '%t:%r:%u@%d:[%p]:',
  '%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:',
  '%t ',
  '%m ',
  '',
];

/** The prefix that most of these lines begin with, that of the server first; null when none fits any. */
export function guessPrefix(lines: readonly string[], preferred: readonly string[]): LinePrefix | null {
  let best: { readonly prefix: LinePrefix; readonly fits: number; readonly fields: number } | null = null;
  for (const written of [...preferred, ...USUAL]) {
    const prefix = linePrefix(written);
    let [fits, fields] = [0, 0];
    for (const line of lines) {
      const found = prefix.read(line);
      if (!found) continue;
      fits++;
      fields += Object.values(found).filter((value) => value !== null).length;
    }
    if (fits > 0 && (!best || fits > best.fits || (fits === best.fits && fields > best.fields)))
      best = { prefix, fits, fields };
  }
  return best?.prefix ?? null;
}
