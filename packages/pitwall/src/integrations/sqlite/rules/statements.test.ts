import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import type { Rule } from '../../../model/rule.ts';
import { workload } from '../collectors/workload.ts';
import { fact } from '../facts.ts';
import { collectContext, connect, databaseWith, SHOP, viewOf } from '../testing.ts';
import { fileWith, jsonLines } from '../workload/testing.ts';
import { connectionSettings } from './connection-settings.ts';
import { costlyStatement } from './costly-statement.ts';
import { lockedStatements } from './locked-statements.ts';
import { statementLoop } from './statement-loop.ts';
import { clear, fileFacts, found } from './testing.ts';

const T0 = 1_790_000_000;
const SLOW = 'SELECT * FROM orders WHERE note = ?';
const QUICK = 'SELECT * FROM devices WHERE id = ?';

/** Facts of a log of these entries on the shop's database. */
async function factsOf(t: test.TestContext, ...entries: readonly object[]): Promise<readonly Fact[]> {
  const connection = connect(t, databaseWith(t, SHOP), { logs: [fileWith(t, jsonLines(...entries))] });
  return (await workload.collect(connection, collectContext())).facts ?? [];
}

const judge = (rule: Rule, facts: readonly Fact[]) => rule.evaluate(viewOf(rule, facts));

const calls = (text: string, count: number, seconds: number, more: object = {}) =>
  Array.from({ length: count }, (_, i) => ({ text, at: T0 + i * 1.1 * seconds, seconds, params: ['secret'], ...more }));

/** The same evenly over `over` seconds. */
const spread = (text: string, count: number, seconds: number, more: object = {}, over = 610) =>
  calls(text, count, seconds, more).map((call, i) => ({ ...call, at: T0 + (i * over) / (count - 1) }));

test('the statement that takes most of the time is found, with who asks; values are in no fact', async (t) => {
  const quick = spread(QUICK, 200, 0.01, { endpoint: 'GET /devices/:id' });
  const facts = await factsOf(t, ...spread(SLOW, 20, 1, { endpoint: 'GET /search' }), ...quick);
  const [finding, ...others] = found(judge(costlyStatement, facts));
  assert.deepEqual(others, []);
  assert.match(
    finding!.summary,
    /^91 % of the execution time goes into one statement: SELECT \* FROM orders WHERE note = \?/,
  );
  assert.ok(finding!.evidence.some(({ label, value }) => label === 'called by' && value === 'GET /search (20 calls)'));
  assert.match(finding!.advice!.text, /takes long/);
  assert.ok(!JSON.stringify(facts).includes('secret'));

  const even = await factsOf(
    t,
    ...['note', 'status', 'created_at', 'device_id'].flatMap((name) => spread(`SELECT ${name} FROM orders`, 30, 0.1)),
  );
  assert.match(clear(judge(costlyStatement, even)), /no statement takes 33 %/);
  const idle = await factsOf(t, ...calls(SLOW, 100, 0.1), { text: QUICK, at: T0 + 86_400, seconds: 0.001 });
  assert.match(clear(judge(costlyStatement, idle)), /less than a hundredth/);
});

test('a string in double quotes is a value, too: it is in no fact, and makes no other statement', async (t) => {
  const asked = ['secret', 'hidden'].flatMap((note) =>
    calls(`SELECT "id" FROM "orders" WHERE "note" = "${note}"`, 5, 0.1),
  );
  const facts = await factsOf(t, ...asked);
  const statements = facts.filter(({ kind }) => kind === 'sqlite.statement');
  assert.equal(statements.length, 1);
  assert.match(JSON.stringify(statements), /SELECT \\"id\\" FROM \\"orders\\" WHERE \\"note\\" = \?/);
  assert.ok(!/secret|hidden/.test(JSON.stringify(facts)));
});

test('shares of the time are not judged by a short log, few calls or next to no time', async (t) => {
  const why = async (...entries: readonly object[]) => {
    const result = judge(costlyStatement, await factsOf(t, ...entries));
    if ('notYet' in result) return `not yet: ${result.notYet}`;
    return 'notApplicable' in result ? result.notApplicable : JSON.stringify(result);
  };
  assert.match(await why(...spread(SLOW, 200, 0.1, {}, 590)), /^not yet: .* counted for 590 s.* takes 600 s$/);
  assert.match(
    await why(...spread(SLOW, 99, 0.1)),
    /^not yet: 99 calls of statements were counted .* takes 100 calls$/,
  );
  assert.match(await why(...spread(SLOW, 200, 0.001)), /taken 0\.2 s altogether/);
  assert.ok('notApplicable' in judge(costlyStatement, []));
});

test('a loop of a request is found with its endpoint; a warning when it takes long', async (t) => {
  const loop = (count: number, seconds: number) =>
    calls(QUICK, count, seconds, { endpoint: 'GET /planograms/:id', request: 'r1' });
  const [slow] = found(judge(statementLoop, await factsOf(t, ...loop(20, 0.01))));
  assert.equal(slow!.severity, 'warning');
  assert.match(slow!.summary, /^GET \/planograms\/:id asks the same 20 times in a row: SELECT \* FROM devices/);
  const [quick] = found(judge(statementLoop, await factsOf(t, ...loop(20, 0.0001))));
  assert.equal(quick!.severity, 'info');
  clear(judge(statementLoop, await factsOf(t, ...loop(5, 0.01))));
  clear(judge(statementLoop, await factsOf(t, ...calls(QUICK, 50, 0.01))));
  assert.ok('notApplicable' in judge(statementLoop, []));
});

test('statements that failed because of a lock are counted, others are not', async (t) => {
  const failed = { text: QUICK, at: T0, seconds: 0.001, error: 'SQLITE_BUSY' };
  const [finding] = found(judge(lockedStatements, await factsOf(t, ...calls(QUICK, 100, 0.001), failed, failed)));
  assert.match(finding!.summary, /^2 statements failed/);
  assert.equal(finding!.severity, 'warning');
  const [rare] = found(judge(lockedStatements, await factsOf(t, ...calls(QUICK, 5000, 0.001), failed)));
  assert.equal(rare!.severity, 'info');
  clear(
    judge(lockedStatements, await factsOf(t, ...calls(QUICK, 100, 0.001), { ...failed, error: 'SQLITE_CONSTRAINT' })),
  );
});

test('what the application says of its connections is judged: the newest word of each program, one finding for all alike', async (t) => {
  const say = (id: string, pid: number, at: number, pragmas: object) => ({
    kind: 'connection',
    version: 1,
    id,
    pid,
    program: 'server.js',
    library: 'node:sqlite',
    database: '/x/test.db',
    at,
    pragmas,
  });
  const bad = { busy_timeout: 0, synchronous: 2, cache_size: -2000, journal_mode: 'wal' };
  const good = { busy_timeout: 5000, synchronous: 1, cache_size: -16_000, journal_mode: 'wal' };
  const wal = fileFacts({}, { journal_mode: 'wal' });
  const [finding, ...others] = found(
    judge(connectionSettings, [
      ...wal,
      ...(await factsOf(t, say('a', 11, T0, bad), say('b', 12, T0 + 1, bad), say('c', 13, T0 + 2, good))),
    ]),
  );
  assert.deepEqual(others, []);
  assert.equal(finding!.subject, 'server.js (node:sqlite), 2 processes, 11 first');
  assert.match(finding!.summary, /a busy_timeout of 0 ms, synchronous FULL in WAL mode, a page cache of 2 MiB/);
  // Mended and started again: what the older run had is past.
  clear(
    judge(connectionSettings, [...wal, ...(await factsOf(t, say('a', 11, T0, bad), say('c', 13, T0 + 3600, good)))]),
  );
  // A text where a number belongs is no value.
  const texts = await factsOf(t, say('a', 11, T0, { busy_timeout: '0', cache_size: '\u001b[2J' }));
  assert.ok('notApplicable' in judge(connectionSettings, [...wal, ...texts]));
});

test('without logs nothing is said', async (t) => {
  assert.deepEqual(await workload.collect(connect(t, databaseWith(t, SHOP)), collectContext()), {});
  const nothing = fact('sqlite.workload', '', {
    window: null,
    statements: 0,
    calls: 0,
    seconds: null,
    sources: [],
    errors: {},
    dropped: 0,
  });
  for (const rule of [costlyStatement, statementLoop, lockedStatements])
    assert.ok('notApplicable' in judge(rule, [nothing]));
});
