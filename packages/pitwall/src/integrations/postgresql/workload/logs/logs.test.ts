import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '../../../../stats/random.ts';
import { meaningOf } from './message.ts';
import { loggedParameters } from './parameters.ts';
import { guessPrefix, linePrefix } from './prefix.ts';
import { readLog } from './read.ts';
import { timeOf } from './record.ts';
import type { LoggedCall } from './session.ts';

async function read(
  t: TestContext,
  name: string,
  text: string | Buffer,
  more: { tail?: number; database?: string; prefixes?: string[] } = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-log-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, name);
  writeFileSync(path, text);
  const calls: LoggedCall[] = [];
  const result = await readLog(
    {
      path,
      database: more.database ?? 'shop',
      prefixes: more.prefixes ?? [],
      tail: more.tail ?? 2 ** 26,
      signal: AbortSignal.timeout(10_000),
    },
    (call) => calls.push(call),
  );
  return { calls, missing: result.missing.join(' ') };
}

const P = '2026-11-20 10:00:00.123 UTC [42] app@shop ';

test('stderr: several lines, parameters, what belongs to others', async (t) => {
  const { calls, missing } = await read(
    t,
    'a.log',
    `${P}LOG:  duration: 1.500 ms  execute <unnamed>: SELECT *\n\tFROM t\n\tWHERE a = $1 AND b = $2\n${P}DETAIL:  parameters: $1 = 'it''s', $2 = NULL
${P}LOG:  duration: 0.100 ms  parse <unnamed>: SELECT *
${P}LOG:  duration: 2 ms  statement: SELECT 1
${P}ERROR:  duration: 9 ms  statement: SELECT 'forged'
${P}STATEMENT:  LOG:  duration: 9 ms  statement: SELECT 'forged'
2026-11-20 10:00:01.000 UTC [43] app@other LOG:  duration: 2 ms  statement: SELECT 2
2026-11-20 10:00:01.000 UTC [44] LOG:  checkpoint starting: time
Traceback of another program
`,
  );
  assert.deepEqual(
    calls.map(({ text, params, seconds }) => [text, params, seconds]),
    [
      ['SELECT *\nFROM t\nWHERE a = $1 AND b = $2', ["it's", null], 0.0015],
      ['SELECT 1', [], 0.002],
    ],
  );
  assert.equal(calls[0]!.at, Date.UTC(2026, 10, 20, 10, 0, 0, 123) / 1000);
  assert.match(missing, /^1 line of .* is not understood/);
});

test('a text and a time in two entries are one call; so are a plan and a time, in either order', async (t) => {
  const { calls } = await read(
    t,
    'a.log',
    `${P}LOG:  execute s1: SELECT $1
${P}DETAIL:  Parameters: $1 = '5'
${P}LOG:  duration: 3.000 ms
${P}LOG:  duration: 1.000 ms  plan:\n\tQuery Text: SELECT a\n\tFROM t\n\tSeq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual time=0.1..0.9 rows=1 loops=1)
${P}LOG:  duration: 1.200 ms  statement: SELECT a\n\tFROM t
${P}LOG:  duration: 1.300 ms  execute <unnamed>: SELECT b
${P}LOG:  duration: 1.100 ms  plan:\n\t{\n\t  "Query Text": "SELECT b",\n\t  "Plan": {"Node Type": "Result"}\n\t}
${P}LOG:  duration: 9.000 ms  plan:\n\tQuery Text: SELECT a\n\tFROM t\n\tSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)
${P}LOG:  duration: 8.000 ms  statement: SELECT a\n\tFROM t
${P}LOG:  duration: 8.000 ms  plan:\n\tQuery Text: SELECT broken
${P}LOG:  duration: 1.000 ms  statement: EXECUTE p(1)
${P}DETAIL:  prepare: PREPARE p AS SELECT p WHERE x = $1
`,
  );
  assert.deepEqual(
    calls.map(({ text, params, seconds, plan }) => [text, params, seconds, plan !== null]),
    [
      ['SELECT $1', ['5'], 0.003, false],
      ['SELECT a\nFROM t', [], 0.0012, true],
      ['SELECT b', [], 0.0013, true],
      ['SELECT a\nFROM t', [], 0.009, true],
      ['SELECT a\nFROM t', [], 0.008, false],
      ['SELECT p WHERE x = $1', [], 0.001, false],
    ],
  );
});

const csv = (message: string, detail = '', database = 'shop', application = 'app') =>
  `2026-11-20 10:00:00.123 UTC,"app","${database}",42,"[local]",6560.2a,1,"SELECT",2026-11-20 09:00:00 UTC,3/4,0,LOG,00000,"${message.replaceAll('"', '""')}","${detail}",,,,,,,,"${application}","client backend",,123\n`;

test('csvlog: lines and quotes within values, ours and others left out, reading that begins in the middle', async (t) => {
  const text =
    csv('duration: 1 ms  statement: SELECT "a"\n2026-11-20 10:00:00.123 UTC,"app","shop",42,forged') +
    csv('duration: 2 ms  execute x: SELECT $1', "parameters: $1 = '7'") +
    csv('duration: 2 ms  statement: SELECT 3', '', 'other') +
    csv('duration: 2 ms  statement: SELECT 4', '', 'shop', 'pitwall');
  const { calls, missing } = await read(t, 'a.csv', text);
  assert.deepEqual(
    calls.map(({ text, params, session }) => [text, params, session]),
    [
      ['SELECT "a"\n2026-11-20 10:00:00.123 UTC,"app","shop",42,forged', [], '6560.2a'],
      ['SELECT $1', ['7'], '6560.2a'],
    ],
  );
  assert.equal(missing, '');
  const tail = await read(t, 'a.csv', csv('duration: 1 ms  statement: SELECT 0').repeat(20_000), { tail: 4096 });
  assert.ok(tail.calls.length > 10 && tail.calls.length < 30, `${tail.calls.length}`);
  assert.match(tail.missing, /only the last .* MiB/);
});

test('jsonlog', async (t) => {
  const line = (more: object) =>
    `${JSON.stringify({ timestamp: '2026-11-20 10:00:00.123 CET', dbname: 'shop', session_id: 'a.b', error_severity: 'LOG', ...more })}\n`;
  const { calls, missing } = await read(
    t,
    'a.json',
    `${line({ message: 'duration: 5.5 ms  statement: SELECT 1' })}{broken\n[]\n${line({ message: 'duration: 1 ms  execute a: SELECT $1', detail: "Parameters: $1 = 'x'" })}`,
  );
  assert.deepEqual(
    calls.map(({ text, params, at }) => [text, params, at]),
    [
      ['SELECT 1', [], Date.UTC(2026, 10, 20, 9, 0, 0, 123) / 1000],
      ['SELECT $1', ['x'], Date.UTC(2026, 10, 20, 9, 0, 0, 123) / 1000],
    ],
  );
  assert.match(missing, /^2 lines/);
});

test('values: all of them or none', () => {
  assert.deepEqual(loggedParameters("$1 = 'a, $2 = ''b''', $2 = NULL, $3 = ''"), ["a, $2 = 'b'", null, '']);
  for (const bad of ['', '$1 = ', "$1 = 'a", "$2 = 'a'", "$1 = 'a'$2", "$1 = 'abc...'", '$1 = 5', "$1 = 'a', "]) {
    assert.equal(loggedParameters(bad), null, bad);
  }
});

test('prefixes: as set, guessed, and with the escapes of a name', () => {
  const rds = linePrefix('%t:%r:%u@%d:[%p]:').read('2026-11-20 10:00:00 UTC:10.0.0.1(5432):app@shop:[42]:LOG:  x')!;
  assert.deepEqual([rds.user, rds.database, rds.process], ['app', 'shop', '42']);
  const padded = linePrefix('%-10u|%d.%d%% (%q) ').read('app       |shop.shop% () LOG:  x')!;
  assert.deepEqual([padded.user, padded.database], ['app', 'shop']);
  const lines = ['2026-11-20 10:00:00 UTC [7]: [1-1] user=a,db=shop,app=web,client=1.2.3.4 LOG:  x', 'nonsense'];
  const guessed = guessPrefix(lines, ['%m [%p] '])!;
  assert.equal(guessed.read(lines[0]!)!.application, 'web');
  assert.equal(guessPrefix(['nonsense'], []), null);
});

test('times with zones', () => {
  const utc = Date.UTC(2026, 10, 20, 10, 0, 0) / 1000;
  assert.equal(timeOf('2026-11-20 10:00:00 UTC'), utc);
  assert.equal(timeOf('2026-11-20 12:00:00.500 +02'), utc + 0.5);
  assert.equal(timeOf('2026-11-20 11:00:00 CET'), utc);
  assert.equal(timeOf('2026-11-20 05:00:00 EST'), utc);
  assert.equal(timeOf('yesterday'), null);
});

test('other messages say nothing', () => {
  for (const message of [
    'duration: x ms',
    'duration: 5 ms  fastpath function call: "f" (OID 1)',
    'duration: 5 ms  execute fetch from a: SELECT 1',
    'connection received',
    '',
  ]) {
    assert.equal(meaningOf({ severity: 'LOG', message, detail: null }), null, message);
  }
  assert.equal(
    meaningOf({ severity: 'LOG', message: 'duration: 5 ms  plan:\n<explain/>', detail: null })?.kind,
    'unreadable',
  );
});

test('a log that is cut, shuffled or overwritten anywhere is read to its end', { timeout: 30_000 }, async (t) => {
  const random = seededRandom(7);
  const seeds = [
    `${P}LOG:  duration: 1.5 ms  execute <unnamed>: SELECT $1\n${P}DETAIL:  parameters: $1 = 'x'\n${P}LOG:  duration: 1.000 ms  plan:\n\tQuery Text: SELECT a\n\tSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n`.repeat(
      5,
    ),
    csv('duration: 1 ms  statement: SELECT "a"\nFROM t').repeat(5),
    `{"message": "duration: 1 ms  statement: SELECT 1", "error_severity": "LOG"}\n`.repeat(5),
  ];
  for (let round = 0; round < 150; round++) {
    const bytes = Buffer.from(seeds[round % 3]!);
    for (let change = 0; change < 1 + random() * 20; change++) {
      const at = Math.floor(random() * bytes.length);
      const kind = random();
      if (kind < 0.5) bytes[at] = Math.floor(random() * 256);
      else if (kind < 0.8) bytes[at] = '"\t\n\'$,{['.charCodeAt(Math.floor(random() * 8));
      else bytes.copyWithin(at, Math.floor(random() * bytes.length));
    }
    const { calls } = await read(
      t,
      ['a.log', 'a.csv', 'a.json'][round % 3]!,
      bytes.subarray(0, Math.floor(random() * bytes.length)),
    );
    for (const { text, params, seconds } of calls) {
      assert.ok(typeof text === 'string' && Array.isArray(params) && (seconds === null || Number.isFinite(seconds)));
    }
  }
});

test('a line of many megabytes is cut, and what follows is read', async (t) => {
  const { calls, missing } = await read(
    t,
    'a.log',
    `${P}LOG:  duration: 1 ms  statement: SELECT 1\n${P}LOG:  duration: 1 ms  statement: SELECT '${'x'.repeat(5 * 2 ** 20)}'\n${P}LOG:  duration: 1 ms  statement: SELECT 2\n`,
  );
  assert.equal(calls.length, 3);
  assert.match(missing, /1 line .* was cut/);
});
