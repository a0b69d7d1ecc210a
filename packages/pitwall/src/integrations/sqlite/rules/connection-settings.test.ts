import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
// @ts-expect-error It brings no types.
import Better from 'better-sqlite3';
import type { Fact } from '../../../model/observation.ts';
import type { Rule } from '../../../model/rule.ts';
import { connectionLines } from '../connection-lines.ts';
import { type ConnectionFact, fact, type StatementFact } from '../facts.ts';
import { temporaryFolder, viewOf } from '../testing.ts';
import { connectionCheckpoints } from './connection-checkpoints.ts';
import { connectionSettings } from './connection-settings.ts';
import { clear, fileFacts, found } from './testing.ts';
import { unsafeConnection } from './unsafe-connection.ts';

const judgedBy = (
  rule: Rule,
  mode: string,
  connections: Record<string, ConnectionFact>,
  more: readonly Fact[] = [],
  networkFileSystem: string | null = null,
) =>
  rule.evaluate(
    viewOf(rule, [
      ...fileFacts({ networkFileSystem }, { journal_mode: mode }),
      ...Object.entries(connections).map(([process, value]) => fact('sqlite.connection', process, value)),
      ...more,
    ]),
  );
const judged = (mode: string, connections: Record<string, ConnectionFact>) =>
  judgedBy(connectionSettings, mode, connections);

const GOOD: ConnectionFact = {
  journal_mode: 'wal',
  page_size: 4096,
  busy_timeout: 5000,
  synchronous: 1,
  cache_size: -16_000,
  temp_store: 0,
  mmap_size: 0,
  foreign_keys: 1,
  wal_autocheckpoint: 1000,
  journal_size_limit: 67_108_864,
  locking_mode: 'normal',
  automatic_index: 1,
  query_only: 0,
  threads: 0,
  secure_delete: 0,
  analysis_limit: 400,
  cell_size_check: 0,
};

const foreignKey = fact('sqlite.foreign-key', 'orders.device', {
  ...{ child: 'orders', columns: ['device'], parent: 'devices', parentColumns: ['id'] },
  ...{ coveredBy: null, absentKey: {} },
});
const statement = (plan: Partial<NonNullable<StatementFact['plan']>>) =>
  fact('sqlite.statement', 's', {
    ...{ text: 'SELECT 1', kind: 'select', tables: ['t'], calls: 1, seconds: 1, maxSeconds: 1, rows: 1 },
    ...{ callers: [], samples: 1, notUnderstood: null },
    plan: { scans: [], automaticIndexes: [], tempBtrees: [], ...plan },
  });

type Case = readonly [rule: Rule, settings: ConnectionFact, severity: 'info' | 'warning', says: RegExp, line: string];

/** Each changes one thing of GOOD: what is said of it, how gravely, and the line of code that mends it. */
const BAD: readonly Case[] = [
  [connectionSettings, { busy_timeout: 0 }, 'warning', /busy_timeout of 0 ms/, 'timeout: 5000'],
  [connectionSettings, { busy_timeout: 999 }, 'warning', /busy_timeout of 999 ms/, 'timeout=5'],
  [connectionSettings, { synchronous: 2 }, 'info', /synchronous FULL in WAL mode/, 'synchronous = NORMAL'],
  [connectionSettings, { synchronous: 3 }, 'info', /synchronous EXTRA in WAL mode/, 'synchronous = NORMAL'],
  [connectionSettings, { cache_size: -2000 }, 'info', /page cache of 2 MiB/, 'cache_size = -16000'],
  [connectionSettings, { cache_size: 2000, page_size: 1024 }, 'info', /page cache of 2 MiB/, 'cache_size = -16000'],
  [connectionSettings, { cache_size: 0 }, 'info', /page cache of 0 KiB/, 'cache_size = -16000'],
  [connectionSettings, { locking_mode: 'exclusive' }, 'warning', /locking_mode EXCLUSIVE/, 'locking_mode = NORMAL'],
  [connectionSettings, { automatic_index: 0 }, 'info', /automatic_index off$/, 'automatic_index = ON'],
  [connectionSettings, { threads: 5 }, 'info', /5 helper threads/, 'threads = 0'],
  [connectionSettings, { secure_delete: 1 }, 'info', /secure_delete on/, 'secure_delete = FAST'],
  [connectionSettings, { analysis_limit: 1 }, 'info', /analysis_limit of 1 row$/, 'analysis_limit = 400'],
  [unsafeConnection, { synchronous: 0 }, 'warning', /synchronous OFF/, 'synchronous = NORMAL'],
  [unsafeConnection, { synchronous: 0, journal_mode: 'delete' }, 'warning', /OFF/, 'synchronous = FULL'],
  [unsafeConnection, { journal_mode: 'delete' }, 'info', /NORMAL without WAL mode/, 'synchronous = FULL'],
  [
    unsafeConnection,
    { journal_mode: 'MEMORY', synchronous: 2 },
    'warning',
    /journal_mode MEMORY/,
    'journal_mode = WAL',
  ],
  [unsafeConnection, { journal_mode: 'off', synchronous: 2 }, 'warning', /journal_mode OFF/, 'journal_mode = WAL'],
  [unsafeConnection, { mmap_size: 2 ** 38 }, 'info', /mmap_size of 256 GiB/, 'mmap_size = 0'],
  [unsafeConnection, { mmap_size: 2 ** 28 + 1 }, 'info', /mmap_size of 256 MiB/, 'mmap_size = 0'],
  [connectionCheckpoints, { wal_autocheckpoint: 0 }, 'warning', /wal_autocheckpoint 0/, 'wal_autocheckpoint = 1000'],
  [connectionCheckpoints, { wal_autocheckpoint: 99 }, 'info', /after 99 pages/, 'wal_autocheckpoint = 1000'],
  [connectionCheckpoints, { wal_autocheckpoint: 10_001 }, 'info', /10,001 pages/, 'wal_autocheckpoint = 1000'],
  [connectionCheckpoints, { journal_size_limit: 0 }, 'info', /less than the 3.9 MiB/, 'journal_size_limit = 67108864'],
];

for (const [rule, settings, severity, says, line] of BAD) {
  test(`${rule.id} names ${JSON.stringify(settings)}`, () => {
    const findings = found(judgedBy(rule, 'wal', { good: GOOD, bad: { ...GOOD, ...settings } }));
    assert.deepEqual(
      findings.map(({ subject }) => subject),
      ['bad'],
    );
    const [{ summary, severity: is, advice }] = findings as [(typeof findings)[0]];
    assert.match(summary, says);
    // Beside a connection that checkpoints, one that does not is no danger.
    assert.equal(is, settings.wal_autocheckpoint === 0 ? 'info' : severity);
    const code = advice?.code ?? '';
    assert.ok(code.includes(line), code);
    for (const library of ['node:sqlite', 'better-sqlite3', 'Python sqlite3', 'SQLAlchemy'])
      assert.ok(code.includes(library), library);
    const [alone] = found(judgedBy(rule, 'wal', { bad: { ...GOOD, ...settings } }));
    assert.equal(alone?.severity, severity);
  });
}

const FINE: readonly ConnectionFact[] = [
  { busy_timeout: 1000 },
  { synchronous: 2, journal_mode: 'delete' },
  { cache_size: 4096 },
  { cache_size: 2_000_000 },
  { temp_store: 1 },
  { temp_store: 2 },
  { mmap_size: 2 ** 28 },
  { foreign_keys: 0 },
  { wal_autocheckpoint: 100 },
  { wal_autocheckpoint: 10_000 },
  { wal_autocheckpoint: 0, journal_mode: 'delete', synchronous: 2 },
  { journal_size_limit: -1 },
  { threads: 4 },
  { secure_delete: 2 },
  { analysis_limit: 0 },
  { analysis_limit: 100 },
  { cell_size_check: 1 },
  // Nothing of writing is asked of who cannot write.
  { query_only: 1, synchronous: 0, foreign_keys: 0, wal_autocheckpoint: 0, secure_delete: 1 },
];

for (const settings of FINE) {
  test(`${JSON.stringify(settings)} is left alone`, () => {
    const connection = { ...GOOD, ...settings };
    clear(judgedBy(connectionSettings, 'wal', { connection }));
    clear(judgedBy(unsafeConnection, 'wal', { connection }));
    const checkpoints = judgedBy(connectionCheckpoints, 'wal', { connection });
    assert.ok(!('found' in checkpoints), JSON.stringify(checkpoints));
  });
}

test('foreign keys, temporary files, automatic indexes and memory maps are judged by what they are for', () => {
  const bad = { ...GOOD, foreign_keys: 0, temp_store: 1, automatic_index: 0, mmap_size: 2 ** 20 };
  const [unenforced] = found(judgedBy(unsafeConnection, 'wal', { bad }, [foreignKey]));
  assert.match(unenforced?.summary ?? '', /foreign_keys off \(the foreign key of the schema is not enforced\)/);
  assert.match(unenforced?.advice?.text ?? '', /foreign_key_check/);
  assert.equal(unenforced?.severity, 'warning');
  const [mapped] = found(judgedBy(unsafeConnection, 'wal', { bad }, [], 'NFS'));
  assert.match(mapped?.summary ?? '', /has an mmap_size of 1 MiB on a network file system$/);
  const plans = [statement({ tempBtrees: ['ORDER BY'], automaticIndexes: ['t'] })];
  const [sorting] = found(judgedBy(connectionSettings, 'wal', { bad }, plans));
  assert.match(
    sorting?.summary ?? '',
    /automatic_index off \(1 statement would be run with one\), temp_store FILE \(1 st/,
  );
  assert.equal(sorting?.severity, 'warning');
});

test('it says what was checked and what the application did not tell, and judges no word where a number belongs', () => {
  const few: ConnectionFact = { busy_timeout: 5000, synchronous: 1 };
  const text = clear(judged('wal', { 'node server.js': few }));
  assert.match(
    text,
    /^the connection that the application told of is set well: busy_timeout, synchronous; not told by it: /,
  );
  assert.match(text, /cache_size, locking_mode, automatic_index/);
  assert.match(
    clear(judged('wal', { a: GOOD, b: few })),
    /^the 2 connections .* are set well.*not told by all: cache_size/,
  );
  const none = judgedBy(connectionCheckpoints, 'wal', { a: few });
  assert.match(
    'notApplicable' in none ? none.notApplicable : '',
    /did not tell wal_autocheckpoint, journal_size_limit/,
  );
  const [finding] = found(judged('wal', { a: { ...few, busy_timeout: 0 } }));
  assert.match(JSON.stringify(finding?.evidence), /"not told by the application","value":"cache_size, locking_mode/);
  const strange = judged('wal', { a: { ...GOOD, automatic_index: 'off\u001b[31m', locking_mode: 3 } });
  clear(strange);
});

test('several things of one connection are one finding, with the gravest severity and the lines for just these', () => {
  const [finding] = found(judged('wal', { a: GOOD, b: { ...GOOD, busy_timeout: 0, synchronous: 2, cache_size: 500 } }));
  assert.equal(finding?.subject, 'b');
  assert.equal(finding.severity, 'warning');
  assert.match(finding.summary, /busy_timeout of 0 ms, synchronous FULL in WAL mode, a page cache of 2 MiB/);
  assert.ok(!finding.advice?.code?.includes('foreign_keys'));
  assert.doesNotMatch(JSON.stringify(finding.evidence), /foreign_keys|not as it should be/);
});

test('without the application’s word it says that nothing can be seen from outside, with the lines of code', () => {
  const [finding] = found(judged('wal', {}));
  assert.equal(finding?.confidence, 'low');
  for (const library of ['node:sqlite', 'better-sqlite3', 'Python sqlite3', 'SQLAlchemy']) {
    assert.ok(finding.advice?.code?.includes(library), library);
  }
  for (const pragma of Object.keys(GOOD).filter((name) => !/journal_mode|page_size|query_only/.test(name)))
    assert.match(JSON.stringify(finding.evidence), new RegExp(pragma));
  assert.doesNotMatch(finding.advice?.code ?? '', /foreign_keys/);
  const code = found(judgedBy(connectionSettings, 'wal', {}, [foreignKey]))[0]?.advice?.code ?? '';
  for (const pragma of 'temp_store mmap_size foreign_keys wal_autocheckpoint journal_size_limit'.split(' '))
    assert.equal(code.split(pragma).length, 5, `${pragma} for each of the four libraries`);
  assert.ok('notApplicable' in judged('delete', {}));
  assert.ok('notApplicable' in judgedBy(unsafeConnection, 'wal', {}));
});

test('the lines for the library that the application uses come first', () => {
  for (const library of ['node:sqlite', 'better-sqlite3', 'Python sqlite3']) {
    const [finding] = found(judged('wal', { [`app (${library}), process 7`]: { busy_timeout: 0 } }));
    assert.match(finding?.advice?.code ?? '', new RegExp(`^(//|#) ${library}\n`));
  }
});

const SET = [
  ['busy_timeout', 7000],
  ['synchronous', 'NORMAL'],
  ['mmap_size', 0],
  ['wal_autocheckpoint', 500],
] as const;
const EXPECTED = [7000, 1, 0, 500];
const [NODE = '', BETTER = '', PYTHON = '', ALCHEMY = ''] = connectionLines(SET).split('\n\n');

test('the lines of code do in node:sqlite and better-sqlite3 what they say', (t) => {
  const path = join(temporaryFolder(t), 'lines.db');
  for (const [name, library, lines] of [
    ['DatabaseSync', DatabaseSync, NODE],
    ['Database', Better, BETTER],
  ] as const) {
    const db = new Function(name, 'path', `${lines}\nreturn db;`)(library, path) as DatabaseSync;
    const values = SET.map(([pragma]) => Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
    db.close();
    assert.deepEqual(values, EXPECTED, name);
  }
});

const python = existsSync('/usr/bin/python3');
const alchemy = existsSync('/usr/lib/python3/dist-packages/sqlalchemy');

test('and in Python', { skip: python ? false : 'python3 is not installed' }, (t) => {
  const path = join(temporaryFolder(t), 'lines.db');
  const names = JSON.stringify(SET.map(([pragma]) => pragma));
  const ask = `print([db.execute('PRAGMA ' + name).fetchone()[0] for name in ${names}])`;
  const codes = [`import sqlite3\n${PYTHON}\n${ask}`];
  if (alchemy) {
    const engine = "from sqlalchemy import create_engine, event\nengine = create_engine('sqlite:///' + path)";
    codes.push(`${engine}\n${ALCHEMY}\nconnection = engine.raw_connection()\ndb = connection.cursor()\n${ask}`);
  }
  for (const code of codes) {
    const ran = spawnSync('/usr/bin/python3', ['-c', `path = ${JSON.stringify(path)}\n${code}`], { encoding: 'utf8' });
    assert.equal(ran.stdout.trim(), `[${EXPECTED.join(', ')}]`, ran.stderr);
  }
});
