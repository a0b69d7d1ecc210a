/** Misestimates from the plan that shows them to the change that ends them, on a server of the test's own. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sharedPostgresql, withoutPostgresql } from '../../../test/support/postgresql.ts';
import type { Statement, StatementSample } from '../../model/database.ts';
import type { Fact } from '../../model/observation.ts';
import type { ConfirmRequest, FindingDraft, Rule } from '../../model/rule.ts';
import { liveContext, viewFor } from '../_proc/testing.ts';
import { counters } from './collectors/counters.ts';
import { tables } from './collectors/tables.ts';
import { factsFrom } from './collectors/workload.ts';
import { columnPairs } from './confirmations/column-pairs.ts';
import { runPlans } from './confirmations/run-plans.ts';
import { connectPostgresql, type PostgresqlConnection } from './connection.ts';
import { postgresqlOptions } from './options.ts';
import { coarseStatistics } from './rules/coarse-statistics.ts';
import { correlatedColumns } from './rules/correlated-columns.ts';
import { misestimatedRows } from './rules/misestimated-rows.ts';
import { spillsToDisk } from './rules/spills-to-disk.ts';
import { extendedStatistics } from './tunables/extended-statistics.ts';
import { write } from './tunables/fixtures/write.ts';
import { analyze } from './tunables/maintenance.ts';
import { statisticsTarget } from './tunables/statistics-target.ts';
import { keepWorkload } from './workload/kept.ts';
import { statementReader } from './workload/reader.ts';

const ROWS = 50_000;

/** Tables without a fault: independent columns, few values, new statistics. */
const HEALTHY = `
  CREATE TABLE people (id int PRIMARY KEY, city int NOT NULL, zip int NOT NULL, plan int NOT NULL, colour int NOT NULL, at timestamptz NOT NULL, note text);
  INSERT INTO people SELECT i, i % 20, i % 20 * 2 + i / 20 % 2, i % 7, i % 11, '2026-01-01'::timestamptz + i * interval '1 second', repeat('x', 20)
    FROM generate_series(1, ${ROWS}) i;
  ANALYZE people`;
/** 150 values of 0.4 % each, 1,850 that share the rest: more frequent ones than 100 places. */
const SKEWED = [
  'CREATE UNLOGGED TABLE visits (id int, page int NOT NULL)',
  `INSERT INTO visits SELECT i, CASE WHEN i % 10 < 6 THEN (i / 10 * 6 + i % 10) % 150 ELSE 150 + (i / 10 * 4 + i % 10 - 6) % 1850 END
     FROM generate_series(1, 400000) i`,
  'ANALYZE visits',
];

const COUNT = 'SELECT count(*) FROM people WHERE city = $1 AND zip = $2';

let databases = 0;

suite('estimates', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const shared = sharedPostgresql({}, async (server) => {
    await server.createDatabase('healthy');
    await server.query(HEALTHY, [], 'healthy');
  });

  const connect = (name: string) =>
    connectPostgresql(postgresqlOptions.parse({ url: shared.server.url(name), maxLoad: 1 }), '/');

  /** A copy of the healthy one, with what spoils it. */
  async function database(
    spoil: readonly string[],
    work: (connection: PostgresqlConnection, name: string) => Promise<void>,
  ) {
    const name = `spoilt${++databases}`;
    await shared.server.query(`CREATE DATABASE ${name} TEMPLATE healthy`);
    for (const statement of spoil) await shared.server.query(statement, [], name);
    const connection = await connect(name);
    try {
      await work(connection, name);
    } finally {
      await connection.close();
    }
  }

  /** A workload as it would have been read: each statement takes a part of the time that matters. */
  async function calls(
    connection: PostgresqlConnection,
    ...given: readonly [string, ...StatementSample['params'][]][]
  ) {
    const read = await statementReader();
    const statements = given.map(([text, ...params]): Statement => {
      const known = read(text);
      return {
        ...known,
        calls: 100,
        seconds: 10,
        planSeconds: null,
        maxSeconds: 0.5,
        rows: 100,
        io: null,
        callers: [],
        samples: params.map((one) => ({ text, params: one, seconds: 0.1 })),
        sources: ['log:/x'],
      };
    });
    const workload = { statements, window: 86_400, sources: [], loops: [], snapshot: null };
    const statistics = { missing: null, evictions: 0, age: 86_400, most: 5000 };
    const kept = { workload, plans: new Map(), activity: new Map(), statistics };
    keepWorkload(connection, kept);
    return { facts: factsFrom(kept), ids: statements.map(({ id }) => id) };
  }

  /** As the engine does: rules, what they ask, rules again. */
  async function diagnose(connection: PostgresqlConnection, workload: readonly Fact[], rules: readonly Rule[] = RULES) {
    const context = liveContext();
    const facts = [...workload];
    for (const { collect } of [counters, tables]) facts.push(...((await collect(connection, context)).facts ?? []));
    const evaluate = () =>
      rules.map((rule) => {
        const result = rule.evaluate(viewFor(rule, {}, facts));
        return 'found' in result ? result.found.map((one) => ({ ...one, rule: rule.id })) : [];
      });
    const requests = evaluate()
      .flat()
      .flatMap(({ confirm }): ConfirmRequest[] => (confirm ? [confirm] : []));
    for (const { probe, key, input } of requests) {
      const confirmation = [runPlans, columnPairs].find(({ id }) => id === probe)!;
      facts.push(...((await confirmation.confirm(connection, { key, input }, context)).facts ?? []));
    }
    return { found: evaluate().flat(), asked: requests.map(({ probe }) => probe), facts };
  }
  const RULES = [misestimatedRows, coarseStatistics, correlatedColumns];

  const expected = async (name: string, sql: string): Promise<number> => {
    const [row] = await shared.server.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
      `EXPLAIN (FORMAT JSON) ${sql}`,
      [],
      name,
    );
    return row!['QUERY PLAN'][0].Plan['Plan Rows'];
  };
  const only = <T extends FindingDraft>(found: readonly T[]): T => {
    assert.equal(found.length, 1, JSON.stringify(found.map(({ summary }) => summary)));
    return found[0]!;
  };

  test('columns of which one decides the other: named, mended by extended statistics, undone, and not named again', () =>
    database([], async (connection, name) => {
      const { facts, ids } = await calls(connection, [COUNT, [7, 15]]);
      const { found, asked } = await diagnose(connection, facts);
      assert.deepEqual(asked, ['postgresql/run-plans', 'postgresql/column-pairs']);
      const finding = only(found);
      assert.deepEqual(
        [finding.rule, finding.confidence, finding.severity],
        ['postgresql/correlated-columns', 'high', 'warning'],
      );
      assert.match(
        finding.summary,
        /people.*city, zip depend on each other, and a plan expected [\d,]+ rows and got 1,250: (19|20|21) times more/,
      );
      const [change] = finding.changes!;
      assert.equal(change!.tunable, 'postgresql/extended-statistics');
      assert.deepEqual(change!.to, {
        table: { schema: 'public', name: 'people' },
        columns: ['city', 'zip'],
        kinds: ['dependencies', 'mcv'],
      });
      assert.deepEqual(change!.affects, [
        { indicator: 'postgresql.statement.duration.p50', labels: { statement: ids[0] } },
      ]);
      assert.deepEqual(change!.meter!.at(-1), { measure: 'postgresql.statement.duration', statement: ids[0] });
      const sql = 'SELECT 1 FROM people WHERE city = 7 AND zip = 15';
      const before = await expected(name, sql);
      assert.ok(before < 100, String(before));
      const { original, context } = await write(extendedStatistics, connection, change!);
      const after = await expected(name, sql);
      assert.ok(after > 1000 && after < 1500, String(after));
      assert.deepEqual((await diagnose(connection, facts)).found, []);
      await extendedStatistics.undo(connection, change!, original, context);
      assert.equal((await expected(name, sql)) < 100, true);
      assert.equal((await diagnose(connection, facts)).found.length, 1);
    }));

  test('independent columns, ranges, groups that are what they seem: silent', () =>
    database([], async (connection) => {
      const { facts } = await calls(
        connection,
        ['SELECT count(*) FROM people WHERE plan = $1 AND colour = $2', [3, 4]],
        ['SELECT count(*) FROM people WHERE plan = $1 AND at < $2', [3, '2026-01-01 12:00:00Z']],
        ['SELECT plan, colour, count(*) FROM people GROUP BY plan, colour', []],
      );
      const { found, facts: all } = await diagnose(connection, facts);
      assert.deepEqual(found, []);
      const run = all.find(({ kind }) => kind === 'postgresql.plans-run')!.value as {
        plans: unknown[];
        left: unknown[];
      };
      assert.deepEqual([run.plans.length, run.left], [3, []]);
    }));

  test('groups of columns that depend on each other: ndistinct', () =>
    database(
      ['UPDATE people SET plan = id % 300, colour = id % 300 * 7', 'ANALYZE people'],
      async (connection, name) => {
        const { facts } = await calls(connection, [
          'SELECT plan, colour, count(*) FROM people GROUP BY plan, colour',
          [],
        ]);
        const finding = only((await diagnose(connection, facts)).found);
        assert.equal(finding.rule, 'postgresql/correlated-columns');
        assert.deepEqual((finding.changes![0]!.to as { kinds: unknown }).kinds, ['ndistinct']);
        const sql = 'SELECT plan, colour FROM people GROUP BY plan, colour';
        assert.ok((await expected(name, sql)) > 4000);
        await write(extendedStatistics, connection, finding.changes![0]!);
        assert.ok((await expected(name, sql)) < 400);
      },
    ));

  test('a frequent value beyond the list of common ones: a higher target, and the estimate is right', () =>
    database(SKEWED, async (connection, name) => {
      const count = (page: number) => `SELECT 1 FROM visits WHERE page = ${page}`;
      const [row] = await shared.server.query<{ missed: number }>(
        `SELECT min(p) AS missed FROM generate_series(0, 149) p
          WHERE p <> ALL (SELECT unnest(most_common_vals::text::int[]) FROM pg_stats WHERE tablename = 'visits' AND attname = 'page')`,
        [],
        name,
      );
      const { missed } = row!;
      assert.ok((await expected(name, count(missed))) < 160);
      const { facts } = await calls(connection, ['SELECT count(*) FROM visits WHERE page = $1', [missed]]);
      const finding = only((await diagnose(connection, facts)).found);
      assert.deepEqual([finding.rule, finding.subject], ['postgresql/coarse-statistics', 'public.visits.page']);
      const [change] = finding.changes!;
      assert.equal(change!.tunable, 'postgresql/statistics-target');
      const { target } = change!.to as { target: number };
      assert.ok(target >= 200 && target <= 1000, String(target));
      await write(statisticsTarget, connection, change!);
      const after = await expected(name, count(missed));
      assert.ok(after > 1000 && after < 2500, String(after));
      assert.deepEqual((await diagnose(connection, facts)).found, []);
    }));

  test('statistics that are old: ANALYZE and nothing else', () =>
    database(['UPDATE people SET plan = 99 WHERE id % 3 = 0'], async (connection) => {
      const { facts } = await calls(connection, ['SELECT count(*) FROM people WHERE plan = $1', [99]]);
      const finding = only((await diagnose(connection, facts)).found);
      assert.equal(finding.rule, 'postgresql/misestimated-rows');
      assert.match(finding.summary, /public\.people changed by 16,666 rows since its last ANALYZE/);
      assert.deepEqual(
        finding.changes!.map(({ tunable, subject }) => [tunable, subject]),
        [['postgresql/analyze', 'public.people']],
      );
      await write(analyze, connection, finding.changes![0]!);
      assert.deepEqual((await diagnose(connection, facts)).found, []);
    }));

  test('an expression: advice that says why', () =>
    database(
      ["UPDATE people SET note = CASE WHEN id % 10 < 9 THEN 'Same' ELSE 'n' || id END", 'ANALYZE people'],
      async (connection, name) => {
        const { facts } = await calls(connection, ['SELECT count(*) FROM people WHERE lower(note) = $1', ['same']]);
        const finding = only((await diagnose(connection, facts)).found);
        assert.match(finding.advice!.text, /no statistics of this expression/);
        const sql = "SELECT 1 FROM people WHERE lower(note) = 'same'";
        assert.ok((await expected(name, sql)) < 1000);
        for (const one of finding.advice!.code!.split('\n')) await shared.server.query(one, [], name);
        assert.ok((await expected(name, sql)) > 40_000);
        assert.deepEqual((await diagnose(connection, facts)).found, []);
      },
    ));

  test('what may do more than read, is slow or has no values is not run; nothing that was called with leaves', () =>
    database(["CREATE FUNCTION f(int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT $1'"], async (connection) => {
      const secret = 'geheim-4711';
      const { facts, ids } = await calls(
        connection,
        ['SELECT f(id) FROM people WHERE id = $1', [7]],
        ['SELECT id FROM people WHERE id = $1 FOR UPDATE', [7]],
        ['SELECT id FROM people WHERE id > $1'],
        ['SELECT count(*) FROM people WHERE note <> $1 AND id < $2', [secret, 1000]],
        [`SELECT count(*) FROM people WHERE note <> '${secret}' AND city = 1 AND zip = 6 AND at > '2026-01-01'`, []],
      );
      const asked = { key: 'plans-run', input: { statements: ids } };
      const told = await runPlans.confirm(connection, asked, liveContext());
      const { plans, left, cost } = told.facts![0]!.value as {
        plans: { statement: string }[];
        left: { statement: string; because: string }[];
        cost: { statements: number };
      };
      assert.deepEqual(
        plans.map(({ statement }) => statement),
        [ids[3], ids[4]],
      );
      assert.deepEqual(
        left.map(({ because }) => because.replace(/ \(.*/, '')),
        ['it calls f, which may do more than read', 'it locks rows', 'no values of real calls are known'],
      );
      assert.ok(cost.statements > 5);
      const pairs = await columnPairs.confirm(
        connection,
        { key: 'column-pairs', input: { statements: ids } },
        liveContext(),
      );
      assert.ok(!JSON.stringify([told, pairs, facts]).includes(secret));
    }));

  test('a sort on disk: the memory that it takes', () =>
    database([], async (_, name) => {
      await shared.server.query(`ALTER DATABASE ${name} SET work_mem = '1MB'`);
      const fresh = await connect(name);
      try {
        const { facts, ids } = await calls(fresh, ['SELECT * FROM people ORDER BY note, colour', []]);
        const { facts: all } = await diagnose(fresh, facts);
        const spilled = all.map((one) =>
          one.kind === 'postgresql.statement' || one.kind === 'postgresql.workload'
            ? { ...one, value: { ...(one.value as object), tempWritten: 100 * 2 ** 20 } }
            : one,
        ) as Fact[];
        const result = spillsToDisk.evaluate(viewFor(spillsToDisk, {}, spilled));
        assert.ok('found' in result);
        const finding = only(result.found);
        assert.equal(finding.subject, ids[0]);
        assert.ok(finding.evidence.some(({ label }) => label === 'work_mem that the sort takes'));
        const [, megabytes] = /work_mem = '(\d+)MB'/.exec(finding.advice!.code!)!;
        await shared.server.query(`ALTER DATABASE ${name} SET work_mem = '${megabytes}MB'`);
        const [row] = await shared.server.query<{ 'QUERY PLAN': [{ Plan: { 'Sort Space Type': string } }] }>(
          'EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM people ORDER BY note, colour',
          [],
          name,
        );
        assert.equal(row!['QUERY PLAN'][0].Plan['Sort Space Type'], 'Memory', `${megabytes} MB`);
        assert.ok(Number(megabytes) < 64);
      } finally {
        await fresh.close();
      }
    }));
});
