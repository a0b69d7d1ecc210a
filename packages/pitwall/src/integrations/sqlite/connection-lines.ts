/** Settings of a connection in SQL, by the pragma's name, in the order in which they are to be made. */
type ConnectionSettings = readonly (readonly [pragma: string, value: string | number])[];

/** What suits most web services in WAL mode; each value's source is in the rules that judge it. */
export const USUAL_SETTINGS: ConnectionSettings = [
  ['busy_timeout', 5000],
  ['synchronous', 'NORMAL'],
  ['cache_size', -16_000],
  ['wal_autocheckpoint', 1000],
  ['journal_size_limit', 67_108_864],
  ['temp_store', 'MEMORY'],
  ['mmap_size', 0],
];

/**
 * How settings of a connection are made in the application's own code, for each client library.
 * `busy_timeout` (milliseconds) becomes the option of the library where it has one: it then holds from the first statement on.
 * @param process what the application is called with its library, as in the facts: that library's lines come first
 * @param settings names and values of ours, never text from outside: they are code
 */
export function connectionLines(settings: ConnectionSettings, process = ''): string {
  const [timeout] = settings.flatMap(([name, value]) => (name === 'busy_timeout' ? [Number(value)] : []));
  const assignments = settings.map(([name, value]) => `${name} = ${value}`);
  const others = assignments.filter((text) => !text.startsWith('busy_timeout'));
  const option = timeout === undefined ? '' : `, { timeout: ${timeout} }`;
  const seconds = timeout === undefined ? '' : `, timeout=${timeout / 1000}`;
  const lines = (made: readonly string[], line: (text: string) => string) =>
    made.map((text) => `\n${line(text)}`).join('');
  const blocks = [
    [
      'node:sqlite',
      `// node:sqlite
const db = new DatabaseSync(path${option});${lines(others, (text) => `db.exec('PRAGMA ${text}');`)}`,
    ],
    [
      'better-sqlite3',
      `// better-sqlite3
const db = new Database(path${option});${lines(others, (text) => `db.pragma('${text}');`)}`,
    ],
    [
      'Python sqlite3',
      `# Python sqlite3
db = sqlite3.connect(path${seconds})${lines(others, (text) => `db.execute('PRAGMA ${text}')`)}`,
    ],
    [
      'SQLAlchemy',
      `# SQLAlchemy
@event.listens_for(engine, 'connect')
def settings(connection, record):${lines(assignments, (text) => `    connection.execute('PRAGMA ${text}')`)}`,
    ],
  ] as const;
  const isIts = ([library]: readonly [string, string]) => Number(process.includes(`(${library})`));
  return blocks
    .toSorted((a, b) => isIts(b) - isIts(a))
    .map(([, code]) => code)
    .join('\n\n');
}
