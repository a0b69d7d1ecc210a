import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { sharedPostgresql, withoutPostgresql } from '../../../test/support/postgresql.ts';
import type { Fact, Gap } from '../../model/observation.ts';
import type { Rule } from '../../model/rule.ts';
import { liveContext } from '../_proc/testing.ts';
import { indexesUpTo } from './collectors/indexes.ts';
import { structureCollectors } from './collectors/structure.ts';
import { tablesUpTo } from './collectors/tables.ts';
import { measureBloat } from './confirmations/measure-bloat.ts';
import { connectPostgresql, type PostgresqlConnection } from './connection.ts';
import { postgresqlOptions } from './options.ts';
import { structureRules } from './rules/structure.ts';
import { found, run } from './rules/structure-testing.ts';

/** A shop that has nothing wrong with it: the template of each test's database. */
const SHOP = `
  CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
  CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers,
    status text NOT NULL, created_at timestamptz NOT NULL, total numeric);
  CREATE INDEX orders_customer ON orders (customer_id);
  CREATE INDEX orders_status ON orders (status, created_at);
  INSERT INTO customers (name) SELECT 'customer ' || i FROM generate_series(1, 2000) i;
  INSERT INTO orders (customer_id, status, created_at, total)
    SELECT 1 + i % 2000, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END, '2026-01-01'::timestamptz + i * interval '1 minute', i / 7.0
      FROM generate_series(1, 20000) i;`;
/** Counters are not copied with a template: each database uses its indexes anew. */
const USE = `SET enable_seqscan = off; SET enable_bitmapscan = off;
  SELECT count(*) FROM orders WHERE customer_id = 7; SELECT count(*) FROM orders WHERE status = 'open' AND created_at > now();
  SELECT count(*) FROM orders WHERE id = 3; SELECT count(*) FROM customers WHERE id = 3`;
/** Counters cannot become days old in a test. */
const OLD_ENOUGH = { 'postgresql/unused-index': { counterAge: 0 }, 'postgresql/few-hot-updates': { counterAge: 0 } };
const SMALL_BLOAT = { minimumWasted: 2 ** 20 };

interface Fault {
  readonly rule: string;
  readonly subject: string;
  /** Statements, each in a transaction of its own. */
  readonly build: readonly string[];
  readonly thresholds?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const FAULTS: readonly Fault[] = [
  {
    rule: 'postgresql/unused-index',
    subject: 'public.orders_total',
    build: ['CREATE INDEX orders_total ON orders (total)'],
    thresholds: OLD_ENOUGH,
  },
  {
    rule: 'postgresql/duplicate-index',
    subject: 'public.orders_customer_again',
    build: ['CREATE INDEX orders_customer_again ON orders (customer_id)'],
  },
  {
    rule: 'postgresql/redundant-index',
    subject: 'public.orders_customer',
    build: ['CREATE INDEX orders_wide ON orders (customer_id, status) INCLUDE (total)'],
  },
  {
    rule: 'postgresql/invalid-index',
    subject: 'public.orders_broken',
    build: ['CREATE UNIQUE INDEX CONCURRENTLY orders_broken ON orders (customer_id, status)'],
  },
  {
    rule: 'postgresql/foreign-key-without-index',
    subject: 'public.payments.payments_order_id_fkey',
    // The partial index of refunds serves its key, that of payments does not.
    build: [
      `CREATE TABLE payments (id bigint PRIMARY KEY, order_id bigint REFERENCES orders, amount int);
       CREATE TABLE refunds (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
       CREATE INDEX ON payments (order_id) WHERE amount > 0; CREATE INDEX ON refunds (order_id) WHERE order_id IS NOT NULL;
       INSERT INTO payments SELECT i, i, i FROM generate_series(1, 3000) i; INSERT INTO refunds SELECT i, i FROM generate_series(1, 3000) i`,
      'DELETE FROM orders WHERE id > 19990',
      'VACUUM ANALYZE',
    ],
  },
  {
    rule: 'postgresql/few-hot-updates',
    subject: 'public.orders',
    build: ["UPDATE orders SET status = status || '!'", 'VACUUM ANALYZE orders'],
    thresholds: OLD_ENOUGH,
  },
  {
    rule: 'postgresql/bloated-table',
    subject: 'public.events',
    build: [
      `CREATE TABLE events (id int PRIMARY KEY, what text); INSERT INTO events SELECT i, repeat('x', 80) FROM generate_series(1, 60000) i`,
      'DELETE FROM events WHERE id % 10 <> 0',
      'VACUUM ANALYZE events',
      'REINDEX TABLE events',
    ],
    thresholds: { 'postgresql/bloated-table': SMALL_BLOAT, 'postgresql/bloated-index': SMALL_BLOAT },
  },
  {
    rule: 'postgresql/bloated-index',
    subject: 'public.events_pkey',
    // The table's space is used again; the keys are new ones, so the old pages of the index stay nearly empty.
    build: [
      'CREATE TABLE events (id int PRIMARY KEY); INSERT INTO events SELECT i FROM generate_series(1, 150000) i',
      'DELETE FROM events WHERE id % 20 <> 0',
      'VACUUM events',
      'INSERT INTO events SELECT i FROM generate_series(200001, 220000) i',
      'VACUUM FULL ANALYZE customers',
      'VACUUM ANALYZE events',
    ],
    thresholds: {
      'postgresql/bloated-index': SMALL_BLOAT,
      'postgresql/bloated-table': { minimumWasted: 2 ** 40 },
    },
  },
  {
    rule: 'postgresql/vacuum-debt',
    subject: 'public.orders',
    build: ['DELETE FROM orders WHERE id % 4 <> 0', 'ANALYZE orders'],
  },
  {
    rule: 'postgresql/stale-statistics',
    subject: 'public.customers',
    build: ["INSERT INTO customers (name) SELECT 'new ' || i FROM generate_series(1, 5000) i"],
  },
  {
    rule: 'postgresql/sequence-near-end',
    subject: 'public.tickets_number_seq',
    build: [
      `CREATE TABLE tickets (id bigint PRIMARY KEY, number serial); SELECT setval('tickets_number_seq', 2000000000);
       CREATE TABLE small (id smallint PRIMARY KEY); CREATE SEQUENCE used_by_small; SELECT setval('used_by_small', 20000);
       ALTER TABLE small ALTER COLUMN id SET DEFAULT nextval('used_by_small')`,
    ],
  },
  {
    rule: 'postgresql/table-without-primary-key',
    subject: 'public.log',
    build: ['CREATE TABLE log (at timestamptz, line text)'],
  },
];

suite('PostgreSQL structure', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql(
    {
      settings: {
        // On, as everywhere; but it does not come around while the tests run.
        autovacuum: 'on',
        autovacuum_naptime: '2147483s',
        track_commit_timestamp: 'on',
        max_prepared_transactions: '2',
        wal_level: 'logical',
      },
    },
    async (server) => {
      await server.createDatabase('shop');
      await server.query(SHOP, [], 'shop');
      await server.query('VACUUM ANALYZE', [], 'shop');
    },
  );

  /** A copy of the shop, its indexes used, and then spoilt. */
  async function shop(name: string, build: readonly string[] = []): Promise<string> {
    await postgresql.server.query(`CREATE DATABASE "${name}" TEMPLATE shop`);
    await postgresql.server.query(USE, [], name);
    for (const statement of build) {
      await postgresql.server.query(statement, [], name).catch((error: Error) => {
        if (!/could not create unique index/.test(error.message)) throw error;
      });
    }
    return postgresql.server.url(name);
  }

  async function using<T>(url: string, work: (connection: PostgresqlConnection) => Promise<T>): Promise<T> {
    const connection = await connectPostgresql(postgresqlOptions.parse({ url }), '/');
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  async function collect(connection: PostgresqlConnection): Promise<{ facts: Fact[]; gaps: Gap[] }> {
    const facts: Fact[] = [];
    const gaps: Gap[] = [];
    for (const collector of structureCollectors) {
      const collected = await collector.collect(connection, liveContext());
      facts.push(...(collected.facts ?? []));
      gaps.push(...(collected.gaps ?? []));
    }
    return { facts, gaps };
  }

  /** `rule subject` of all that is found. */
  const findings = (facts: readonly Fact[], thresholds: NonNullable<Fault['thresholds']> = {}) =>
    structureRules.flatMap((rule: Rule) => {
      const result = run(rule, facts, thresholds[rule.id]);
      return 'found' in result ? result.found.map(({ subject }) => `${rule.id} ${subject}`) : [];
    });
  const valuesOf = (facts: readonly Fact[], kind: string) =>
    // biome-ignore lint/suspicious/noExplicitAny: JSON of several shapes, compared below.
    new Map<string, any>(facts.filter((one) => one.kind === kind).map((one) => [one.key, one.value]));

  test('every rule is silent on a healthy database', async () => {
    const { facts, gaps } = await using(await shop('healthy'), collect);
    assert.deepEqual(findings(facts, OLD_ENOUGH), []);
    assert.deepEqual(gaps, []);
    for (const rule of structureRules) {
      const result = run(rule, facts, { ...OLD_ENOUGH }[rule.id as keyof typeof OLD_ENOUGH]);
      assert.ok('clear' in result || /no (table|index) is large enough|days/.test(JSON.stringify(result)), rule.id);
    }
  });

  for (const { rule, subject, build, thresholds } of FAULTS) {
    test(`${rule} is found, and nothing else`, async () => {
      const { facts } = await using(await shop(rule.split('/')[1]!, build), collect);
      assert.deepEqual(findings(facts, thresholds), [`${rule} ${subject}`]);
    });
  }

  test('every rule but that of wraparound has a database with its fault', () => {
    const without = structureRules.map(({ id }) => id).filter((id) => !FAULTS.some(({ rule }) => rule === id));
    assert.deepEqual(without, ['postgresql/wraparound-near']);
  });

  test('ages, and who holds the oldest transaction', async () => {
    const url = await shop('holders');
    const other = new pg.Client({ connectionString: url, application_name: 'holder' });
    await other.connect();
    try {
      // First: making a slot waits for all that write.
      await postgresql.server.query("SELECT pg_create_logical_replication_slot('a_slot', 'pgoutput')", [], 'holders');
      const prepare = "BEGIN; UPDATE customers SET name = name; PREPARE TRANSACTION 'two-phase'";
      await postgresql.server.query(prepare, [], 'holders');
      await other.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT txid_current()');
      const { facts } = await using(url, collect);
      const holders = valuesOf(facts, 'postgresql.xmin').get('').holders as {
        kind: string;
        name: string;
        detail: string;
      }[];
      const kinds = holders.map(({ kind }) => kind);
      assert.deepEqual(kinds.toSorted(), ['prepared transaction', 'replication slot', 'session']);
      assert.match(holders.find(({ kind }) => kind === 'session')!.detail, /idle in transaction, pitwall, holder/);
      assert.match(holders.find(({ kind }) => kind === 'replication slot')!.detail, /catalogues only/);
      const rule = structureRules.find(({ id }) => id === 'postgresql/wraparound-near')!;
      const finding = found(run(rule, facts, { overdue: 1e-9 })).find(({ subject }) => subject === 'holders')!;
      assert.ok(finding.evidence.some(({ label }) => label === 'age of public.orders'));
    } finally {
      await other.end();
      await postgresql.server.query("ROLLBACK PREPARED 'two-phase'", [], 'holders');
      await postgresql.server.query("SELECT pg_drop_replication_slot('a_slot')", [], 'holders');
    }
  });

  test('an index that is being built is not called invalid', async () => {
    const url = await shop('building');
    const [writer, builder] = [new pg.Client(url), new pg.Client(url)];
    await Promise.all([writer.connect(), builder.connect()]);
    try {
      await writer.query("BEGIN; UPDATE orders SET status = 'x' WHERE id = 1");
      const building = builder.query('CREATE INDEX CONCURRENTLY orders_new ON orders (total)');
      const seen = async () =>
        (await postgresql.server.query('SELECT 1 FROM pg_index WHERE NOT indisvalid', [], 'building')).length > 0;
      for (let tries = 0; tries < 200 && !(await seen()); tries++) await setTimeout(10);
      const { facts } = await using(url, collect);
      assert.deepEqual(
        [valuesOf(facts, 'postgresql.index').get('public.orders_new').beingBuilt, findings(facts)],
        [true, []],
      );
      await writer.query('ROLLBACK');
      await building;
    } finally {
      await Promise.all([writer.end(), builder.end()]);
    }
  });

  test('a table that somebody has locked for himself is not waited for', async () => {
    const url = await shop('locked');
    const other = new pg.Client(url);
    await other.connect();
    try {
      await other.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
      const from = performance.now();
      const { facts, gaps } = await using(url, collect);
      assert.ok(performance.now() - from < 900, 'it waited');
      assert.match(gaps[0]!.why, /^1 table that somebody has locked for himself alone is left out/);
      assert.deepEqual([...valuesOf(facts, 'postgresql.index').keys()], ['public.customers_pkey']);
      assert.ok(valuesOf(facts, 'postgresql.table').get('public.orders').bytes > 1e6);
    } finally {
      await other.end();
    }
  });

  test('bloat is measured on request, and said to be an estimate without the extension', async () => {
    const url = await shop('measured', [
      'CREATE TABLE events (id int PRIMARY KEY); INSERT INTO events SELECT i FROM generate_series(1, 60000) i',
      'DELETE FROM events WHERE id % 10 <> 0',
      'VACUUM ANALYZE events',
    ]);
    await using(url, async (connection) => {
      const { facts } = await collect(connection);
      for (const name of ['bloated-table', 'bloated-index']) {
        const rule = structureRules.find(({ id }) => id === `postgresql/${name}`)!;
        const thresholds = { minimumWasted: 2 ** 19 };
        const [estimated] = found(run(rule, facts, thresholds));
        const request = { key: estimated!.confirm!.key, input: estimated!.confirm!.input };
        const without = await measureBloat.confirm(connection, request, liveContext());
        assert.match(without.gaps![0]!.why, /pgstattuple is not installed/);
        await postgresql.server.query('CREATE EXTENSION pgstattuple', [], 'measured');
        const answer = await measureBloat.confirm(connection, request, liveContext());
        await postgresql.server.query('DROP EXTENSION pgstattuple', [], 'measured');
        const [measured] = found(run(rule, [...facts, ...answer.facts!], thresholds));
        assert.equal(measured!.confidence, 'high');
        const wasted = (finding: typeof measured) => Number(finding!.evidence[0]!.value);
        assert.ok(
          Math.abs(wasted(measured) / wasted(estimated) - 1) < 0.15,
          `${wasted(estimated)} ${wasted(measured)}`,
        );
      }
    });
  });

  test('pg_monitor is enough, and what even it may not see is said', async () => {
    const url = await shop('rights', FAULTS.find(({ rule }) => rule.endsWith('sequence-near-end'))!.build);
    await postgresql.server.query("CREATE ROLE watcher LOGIN PASSWORD 'w'; GRANT pg_monitor TO watcher");
    await postgresql.server.query('CREATE INDEX orders_total ON orders (total)', [], 'rights');
    const asWatcher = new URL(url);
    asWatcher.username = 'watcher';
    asWatcher.password = 'w';
    const { facts, gaps } = await using(asWatcher.href, collect);
    assert.deepEqual(findings(facts, OLD_ENOUGH), ['postgresql/unused-index public.orders_total']);
    assert.deepEqual(gaps.map(({ what }) => what).toSorted(), ['postgresql.bloat', 'postgresql.sequence']);
    assert.match(gaps.find(({ what }) => what === 'postgresql.sequence')!.why, /4 of the sequences: GRANT SELECT/);
    await postgresql.server.query('GRANT pg_read_all_data TO watcher');
    const more = await using(asWatcher.href, collect);
    assert.deepEqual(more.gaps, []);
    assert.ok(findings(more.facts).includes('postgresql/sequence-near-end public.tickets_number_seq'));
  });

  test('odd names, partitions, expressions', async () => {
    const url = await shop('odd', [
      `CREATE SCHEMA "Odd.one"; CREATE TABLE "Odd.one"."T""x" (id int PRIMARY KEY, "A b" text);
       CREATE INDEX e ON "Odd.one"."T""x" (lower("A b") text_pattern_ops, id DESC NULLS LAST) INCLUDE ("A b") WHERE id > 3;
       CREATE TABLE parts (at date, id int, customer_id bigint REFERENCES customers, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
       CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') WITH (fillfactor = 80);
       CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
       CREATE INDEX ON parts_1 (customer_id);
       CREATE TEMP TABLE gone (a int)`,
    ]);
    const { facts } = await using(url, collect);
    const index = valuesOf(facts, 'postgresql.index').get('"Odd.one".e');
    assert.deepEqual(
      index.keys.map((one: Record<string, unknown>) => [
        one.column,
        one.expression,
        one.desc,
        one.nullsFirst,
        one.opclass,
      ]),
      [
        [null, 'lower("A b")', false, false, 'pg_catalog.text_pattern_ops'],
        ['id', null, true, false, 'pg_catalog.int4_ops'],
      ],
    );
    assert.deepEqual([index.include, index.where, index.table], [['A b'], '(id > 3)', '"Odd.one"."T""x"']);
    assert.ok(index.madeAgo >= 0 && index.madeAgo < 60);
    const tables = valuesOf(facts, 'postgresql.table');
    assert.deepEqual(
      [tables.get('public.parts').kind, tables.get('public.parts_1').parent, tables.get('public.parts_1').fillfactor],
      ['partitioned', 'public.parts', 80],
    );
    assert.ok(![...tables.keys()].some((name) => name.includes('gone')));
    const covered = () => valuesOf(facts, 'postgresql.foreign-key').get('public.parts.parts_customer_id_fkey').covered;
    assert.equal(covered(), false, 'one partition has no index');
    await postgresql.server.query('CREATE INDEX ON parts_2 (customer_id)', [], 'odd');
    const again = await using(url, collect);
    const keys = valuesOf(again.facts, 'postgresql.foreign-key');
    assert.equal(keys.get('public.parts.parts_customer_id_fkey').covered, true);
    assert.deepEqual([...keys.keys()].toSorted(), [
      'public.orders.orders_customer_id_fkey',
      'public.parts.parts_customer_id_fkey',
    ]);
  });

  test('of many tenants the largest tables are looked at, and the rest is told of', async () => {
    const url = await shop('tenants', [
      `DO $$ BEGIN FOR i IN 1..150 LOOP EXECUTE format('CREATE SCHEMA t%s; CREATE TABLE t%s.a (id int PRIMARY KEY); CREATE TABLE t%s.b (id int PRIMARY KEY)', i, i, i); END LOOP; END $$`,
    ]);
    await using(url, async (connection) => {
      const tables = await tablesUpTo(20).collect(connection, liveContext());
      const names = tables.facts!.filter(({ kind }) => kind === 'postgresql.table').map(({ key }) => key);
      assert.deepEqual(names.slice(0, 2), ['public.orders', 'public.customers']);
      assert.equal(names.length, 20);
      assert.match(tables.gaps![0]!.why, /^282 smaller tables were left out/);
      const indexes = await indexesUpTo(1).collect(connection, liveContext());
      assert.equal(indexes.facts!.filter(({ kind }) => kind === 'postgresql.index').length, 3);
      const { facts, gaps } = await collect(connection);
      assert.deepEqual([valuesOf(facts, 'postgresql.table').size, gaps], [302, []]);
    });
  });
});
