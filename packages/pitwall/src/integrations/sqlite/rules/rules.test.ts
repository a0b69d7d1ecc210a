import assert from 'node:assert/strict';
import test from 'node:test';
import type { Collector } from '../../../model/integration.ts';
import type { Fact } from '../../../model/observation.ts';
import type { FindingDraft, Rule, RuleResult } from '../../../model/rule.ts';
import { pragmas } from '../collectors/pragmas.ts';
import { queries } from '../collectors/queries.ts';
import { schema } from '../collectors/schema.ts';
import { space } from '../collectors/space.ts';
import { trialOnCopy } from '../confirmations/trial-on-copy.ts';
import type { SqliteConnection } from '../connection.ts';
import { collectContext, connect, databaseWith, SHOP, viewOf } from '../testing.ts';
import { foreignKeyWithoutIndex } from './foreign-key-without-index.ts';
import { missingIndex } from './missing-index.ts';
import { redundantIndex } from './redundant-index.ts';
import { staleStatistics } from './stale-statistics.ts';

/** Facts of a real database, then the rule, then what it asks to be tried, then the rule again: as the pipeline does. */
async function diagnose(connection: SqliteConnection, rule: Rule, thresholds: Record<string, number> = {}) {
  const facts: Fact[] = [];
  for (const collector of [space, pragmas, schema, queries] as Collector<SqliteConnection>[]) {
    facts.push(...((await collector.collect(connection, collectContext())).facts ?? []));
  }
  const first = rule.evaluate(viewOf(rule, facts, { thresholds }));
  for (const { confirm } of 'found' in first ? first.found : []) {
    if (!confirm) continue;
    assert.equal(confirm.probe, 'sqlite/trial-on-copy');
    // As JSON, because it may have been saved in between.
    const request = JSON.parse(JSON.stringify(confirm)) as typeof confirm;
    facts.push(...((await trialOnCopy.confirm(connection, request, collectContext())).facts ?? []));
  }
  return { first, second: rule.evaluate(viewOf(rule, facts, { thresholds })), facts };
}

function found(result: RuleResult): readonly FindingDraft[] {
  assert.ok('found' in result, JSON.stringify(result));
  return result.found;
}

function clear(result: RuleResult): string {
  assert.ok('clear' in result, JSON.stringify(result));
  return result.clear;
}

const options = { queryBudget: '30ms', runs: 5 };

test('missing-index: a scan with a condition is found, tried on a copy, and measured', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), {
    ...options,
    queries: {
      device: { sql: 'SELECT * FROM orders WHERE device_id = ? ORDER BY created_at DESC LIMIT 5', params: [[7], [12]] },
      open: "SELECT count(*) FROM orders o WHERE o.status = 'open' AND created_at BETWEEN 5 AND 900",
    },
  });
  const { first, second } = await diagnose(connection, missingIndex);
  const [suspicion] = found(first);
  assert.equal(suspicion?.subject, 'orders');
  assert.equal(suspicion?.confidence, 'medium');
  const indexes = found(second);
  assert.deepEqual(indexes.map((finding) => finding.subject).sort(), [
    'pitwall_orders_device_id_created_at',
    'pitwall_orders_status_created_at',
  ]);
  for (const finding of indexes) {
    assert.equal(finding.confidence, 'high');
    assert.equal(finding.confirm, undefined);
    const change = finding.changes?.[0];
    assert.ok(change?.predictedRatio !== undefined && change.predictedRatio < 0.9);
    assert.equal(change.tunable, 'sqlite/index');
    assert.deepEqual(change.affects.length, 1);
  }
  assert.deepEqual(indexes.find((finding) => finding.subject.includes('device'))?.changes?.[0]?.to, {
    table: 'orders',
    columns: [{ name: 'device_id' }, { name: 'created_at' }],
    unique: false,
    where: null,
  });
  assert.equal(connection.reader().prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'index'").get()?.n, 0);
});

test('missing-index: silent on small tables, on what has an index, and on what no index can serve', async (t) => {
  const connection = connect(t, databaseWith(t, `${SHOP} CREATE INDEX i ON orders (device_id)`), {
    ...options,
    queries: {
      device: { sql: 'SELECT * FROM orders WHERE device_id = ?', params: [[7]] },
      site: "SELECT * FROM devices WHERE site = 'site 1'",
    },
  });
  assert.match(clear((await diagnose(connection, missingIndex)).second), /no configured query reads a large table/);
  const everything = connect(t, connection.path, {
    ...options,
    queries: { all: 'SELECT sum(id) FROM orders WHERE upper(note) = 1' },
  });
  assert.match(
    clear((await diagnose(everything, missingIndex)).second),
    /orders: it is read in full, but no plain condition/,
  );
});

test('missing-index: what makes no difference on the copy is not proposed', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), {
    ...options,
    queries: { most: "SELECT sum(length(note)) FROM orders WHERE status <= 'z' AND created_at > -5" },
  });
  const { first, second } = await diagnose(connection, missingIndex);
  assert.equal(found(first).length, 1);
  assert.match(clear(second), /orders: on a copy/);
});

test('missing-index: does not apply without queries', async (t) => {
  const { second } = await diagnose(
    connect(t, databaseWith(t, SHOP), { queries: { w: 'DELETE FROM orders' } }),
    missingIndex,
  );
  assert.deepEqual(second, { notApplicable: 'no configured query could be run' });
});

test('missing-index: without room for a copy the suspicion stays a suspicion', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), {
    ...options,
    copyLimit: '4kB',
    queries: { device: { sql: 'SELECT * FROM orders WHERE device_id = ?', params: [[7]] } },
  });
  const [finding] = found((await diagnose(connection, missingIndex)).second);
  assert.equal(finding?.confidence, 'medium');
  assert.equal(finding?.changes?.[0]?.subject, 'pitwall_orders_device_id');
});

test('foreign-key-without-index: the look-up of a parent delete is timed with and without', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), options);
  const { first, second } = await diagnose(connection, foreignKeyWithoutIndex);
  assert.equal(found(first)[0]?.confidence, 'medium');
  const [finding] = found(second);
  assert.equal(finding?.subject, 'orders.device_id');
  assert.equal(finding?.confidence, 'high');
  const change = finding?.changes?.[0];
  assert.deepEqual(change?.affects, [
    { indicator: 'sqlite.query.duration.p50', labels: { query: 'fk:orders.device_id' } },
  ]);
  assert.deepEqual(change?.meter, [
    {
      query: 'fk:orders.device_id',
      sql: 'SELECT 1 FROM "orders" WHERE "device_id" = ? LIMIT 1',
      params: [[Number.MIN_SAFE_INTEGER], [1], [200]],
    },
  ]);
});

test('foreign-key-without-index: silent with an index or a small child, does not apply without keys', async (t) => {
  const covered = connect(t, databaseWith(t, `${SHOP} CREATE INDEX i ON orders (device_id, status)`), options);
  assert.match(clear((await diagnose(covered, foreignKeyWithoutIndex)).second), /every foreign key has an index/);
  const small = connect(t, databaseWith(t, `${SHOP} DELETE FROM orders WHERE id > 10`), options);
  assert.match(clear((await diagnose(small, foreignKeyWithoutIndex)).second), /only 10 rows/);
  const none = connect(t, databaseWith(t, 'CREATE TABLE t (a)'), options);
  assert.ok('notApplicable' in (await diagnose(none, foreignKeyWithoutIndex)).second);
});

/** Two indexes of which the planner, without statistics, takes the useless one: its columns are tested for equality twice. */
const MISLED = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER, pad TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO t SELECT i, 1, 1, i, 'some text to make rows wide enough ' || i FROM n;
  CREATE INDEX useless ON t (a, b);
  CREATE INDEX useful ON t (c);
`;

test('stale-statistics: found when ANALYZE makes a query faster on the copy', async (t) => {
  const connection = connect(t, databaseWith(t, MISLED), {
    ...options,
    queries: { q: { sql: 'SELECT pad FROM t WHERE a = 1 AND b = 1 AND c = ?', params: [[77]] } },
  });
  const { first, second } = await diagnose(connection, staleStatistics);
  assert.equal(found(first)[0]?.changes, undefined, 'nothing is proposed before it is tried');
  const [finding] = found(second);
  assert.equal(finding?.confidence, 'high');
  assert.deepEqual(finding?.changes?.[0]?.to, { analyze: true, analysisLimit: 1000 });
  assert.match(finding?.evidence[0]?.value as string, /never analysed/);
});

test('stale-statistics: says why not when no plan changes; silent when fresh; does not apply without indexes', async (t) => {
  const same = connect(t, databaseWith(t, `${SHOP} CREATE INDEX i ON orders (device_id)`), {
    ...options,
    queries: { q: { sql: 'SELECT * FROM orders WHERE device_id = ?', params: [[3]] } },
  });
  assert.match(clear((await diagnose(same, staleStatistics)).second), /but no configured query gets another plan/);
  const fresh = connect(t, databaseWith(t, `${MISLED} ANALYZE`), options);
  assert.match(clear((await diagnose(fresh, staleStatistics)).second), /statistics that fit/);
  const old = connect(t, databaseWith(t, `${MISLED} ANALYZE; DELETE FROM t WHERE id > 1500`), options);
  const [advice] = found((await diagnose(old, staleStatistics)).second);
  assert.match(advice?.evidence[0]?.value as string, /analysed with 20000 rows, has 1500/);
  assert.equal(advice?.advice?.code, 'PRAGMA optimize;');
  const bare = connect(t, databaseWith(t, SHOP), options);
  assert.ok('notApplicable' in (await diagnose(bare, staleStatistics)).second);
});

test('redundant-index: prefixes, doubles and a written-out rowid; the needed ones stay', async (t) => {
  const connection = connect(
    t,
    databaseWith(
      t,
      `${SHOP}
       CREATE INDEX prefix ON orders (device_id);
       CREATE INDEX wide ON orders (device_id, created_at);
       CREATE INDEX twin_a ON orders (note);
       CREATE INDEX twin_b ON orders (note);
       CREATE INDEX tail ON orders (status, id);
       CREATE INDEX short ON orders (status);
       CREATE UNIQUE INDEX only_one ON devices (id, site);
       CREATE INDEX nocase ON devices (site COLLATE NOCASE);
       CREATE INDEX binary ON devices (site, id);
       CREATE INDEX down ON devices (site DESC, id);
       CREATE INDEX part ON orders (created_at) WHERE status = 'open';
       CREATE INDEX created ON orders (created_at, note)`,
    ),
    options,
  );
  const { second } = await diagnose(connection, redundantIndex);
  const pairs = found(second).map((finding) => `${finding.subject} by ${finding.evidence[0]?.value}`);
  assert.deepEqual(pairs.sort(), ['prefix by wide', 'tail by short', 'twin_b by twin_a']);
  const change = found(second)[0]?.changes?.[0];
  assert.equal(change?.to, null);
  assert.deepEqual(change?.affects, [{ indicator: 'sqlite.index.size' }]);
  assert.ok(change?.predictedRatio && change.predictedRatio < 1);
});

test('redundant-index: an index like a constraint’s own goes, the constraint’s stays; nothing without indexes', async (t) => {
  const connection = connect(t, databaseWith(t, 'CREATE TABLE t (a UNIQUE, b); CREATE INDEX extra ON t (a)'), options);
  assert.deepEqual(
    found((await diagnose(connection, redundantIndex)).second).map(({ subject }) => subject),
    ['extra'],
  );
  const fine = connect(
    t,
    databaseWith(t, 'CREATE TABLE t (a, b); CREATE INDEX x ON t (a); CREATE INDEX y ON t (b, a)'),
    options,
  );
  assert.match(clear((await diagnose(fine, redundantIndex)).second), /no index is made needless/);
  const none = connect(t, databaseWith(t, 'CREATE TABLE t (a, b)'), options);
  assert.ok('notApplicable' in (await diagnose(none, redundantIndex)).second);
});
