import type { Json } from '../../../model/json.ts';
import { nameOf } from '../identifiers.ts';

/** One change to try a tunable with, on a database of its own. */
interface ConformanceCase {
  readonly tunable: string;
  readonly title: string;
  readonly subject: string;
  readonly to: Json;
  readonly needs: 'postgresql';
  /** There is no way back, and none is needed: the state is the same before and after. */
  readonly oneWay?: boolean;
  /** Given a function that makes a database by statements, and says its URL: the options to connect with. */
  setUp(directory: string, database: (sql: string) => Promise<string>): Promise<Json>;
}

const SCHEMA = `
  CREATE TABLE devices (id int PRIMARY KEY, "serial number" text NOT NULL UNIQUE, city text, postcode text);
  CREATE TABLE orders (id int PRIMARY KEY, device int REFERENCES devices, state varchar(20), at timestamptz, total numeric) WITH (autovacuum_vacuum_threshold = 77);
  INSERT INTO devices SELECT i, 'S' || i, 'city ' || i % 10, 'post ' || i % 10 FROM generate_series(1, 50) i;
  INSERT INTO orders SELECT i, 1 + i % 50, CASE WHEN i % 7 = 0 THEN 'open' ELSE 'done' END, now() - i * interval '1 min', i FROM generate_series(1, 2000) i;
  CREATE INDEX "orders by State" ON orders (lower(state) COLLATE "C" DESC NULLS LAST, at) INCLUDE (total) WITH (fillfactor = 70) WHERE state <> 'done';
  ALTER INDEX "orders by State" ALTER COLUMN 1 SET STATISTICS 321;
  COMMENT ON INDEX "orders by State" IS 'it''s \\ "ours"';
  CREATE TABLE events (at date NOT NULL, kind text, note text) PARTITION BY RANGE (at);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
  CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (kind);
  CREATE TABLE "events 2 a" PARTITION OF events_2 FOR VALUES IN ('a');
  CREATE TABLE events_2_b PARTITION OF events_2 DEFAULT;
  INSERT INTO events SELECT '2026-01-01'::date + i % 59, CASE i % 2 WHEN 0 THEN 'a' ELSE 'b' END, i::text FROM generate_series(1, 500) i;
  DELETE FROM orders WHERE id > 1500`;

/** Names that have to be quoted, each with what joins and quotes names. */
const STRANGE = { schema: 'we.ird', name: 'My.Table "x"' };
const STRANGE_SQL = [
  'CREATE SCHEMA "we.ird"',
  'CREATE TABLE "we.ird"."My.Table ""x""" (id int PRIMARY KEY, "se lect" int, "No.te" text)',
  'INSERT INTO "we.ird"."My.Table ""x""" SELECT i, i % 9, i FROM generate_series(1, 500) i',
  'CREATE INDEX "In.dex ""y""" ON "we.ird"."My.Table ""x""" ("se lect", lower("No.te"))',
];

const orders = { schema: 'public', name: 'orders' };

const made =
  (...more: readonly string[]): ConformanceCase['setUp'] =>
  async (_directory, database) => ({ url: await database([SCHEMA, ...more].join(';')), lockTimeout: 2 });

const CASES: readonly Omit<ConformanceCase, 'needs'>[] = [
  {
    tunable: 'postgresql/index',
    title: 'create',
    subject: nameOf('public', 'orders "by" device'),
    to: { table: orders, keys: [{ column: 'device' }, { column: 'at', desc: true, nullsFirst: false }] },
    setUp: made(),
  },
  {
    tunable: 'postgresql/index',
    title: 'create on expressions, partial, covering',
    subject: 'public.orders_open',
    to: {
      table: orders,
      keys: [
        { expression: 'lower(state)', collate: 'pg_catalog.C' },
        { column: 'state', opclass: 'varchar_pattern_ops' },
      ],
      include: ['total'],
      where: "state IN ('open', 'new') AND at IS NOT NULL",
    },
    setUp: made(),
  },
  {
    tunable: 'postgresql/index',
    title: 'create on all partitions',
    subject: 'public.events_kind',
    to: { table: { schema: 'public', name: 'events' }, keys: [{ column: 'kind' }, { expression: 'length(note)' }] },
    setUp: made(),
  },
  {
    tunable: 'postgresql/index',
    title: 'create under strange names',
    subject: nameOf('we.ird', 'by "se lect"'),
    to: { table: STRANGE, keys: [{ column: 'se lect', desc: true }], include: ['No.te'] },
    setUp: made(...STRANGE_SQL),
  },
  {
    tunable: 'postgresql/index',
    title: 'drop under strange names',
    subject: nameOf('we.ird', 'In.dex "y"'),
    to: null,
    setUp: made(...STRANGE_SQL),
  },
  { tunable: 'postgresql/index', title: 'drop', subject: 'public.orders by State', to: null, setUp: made('ANALYZE') },
  {
    tunable: 'postgresql/invalid-index',
    title: 'remove',
    subject: 'public.half',
    to: { drop: true },
    oneWay: true,
    setUp: made(
      'CREATE INDEX half ON orders (at)',
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'half'::regclass",
    ),
  },
  {
    tunable: 'postgresql/reindex',
    title: 'rebuild',
    subject: 'public.orders by State',
    to: { reindex: true },
    oneWay: true,
    setUp: made(),
  },
  {
    tunable: 'postgresql/vacuum',
    title: 'with ANALYZE',
    subject: 'public.orders',
    to: { vacuum: true, analyze: true },
    oneWay: true,
    setUp: made(),
  },
  {
    tunable: 'postgresql/analyze',
    title: 'of a table',
    subject: 'public.orders',
    to: { analyze: true },
    oneWay: true,
    setUp: made(),
  },
  {
    tunable: 'postgresql/table-option',
    title: 'set and reset',
    subject: 'public.orders',
    to: { fillfactor: 85, autovacuum_vacuum_scale_factor: '0.01', autovacuum_vacuum_threshold: null },
    setUp: made(),
  },
  {
    tunable: 'postgresql/setting',
    title: 'first',
    subject: 'work_mem',
    to: '12MB',
    setUp: made(),
  },
  {
    tunable: 'postgresql/setting',
    title: 'again',
    subject: 'random_page_cost',
    to: 1.1,
    setUp: (directory, database) =>
      made(
        'ALTER SYSTEM SET random_page_cost = 3.50',
        'SELECT pg_reload_conf()',
        'SELECT pg_sleep(0.3)',
      )(directory, database),
  },
  {
    tunable: 'postgresql/setting',
    title: 'for the next start',
    subject: 'wal_buffers',
    to: '4MB',
    setUp: made(),
  },
  {
    tunable: 'postgresql/statistics-target',
    title: 'of a column',
    subject: 'public.orders.state',
    to: { target: 500 },
    setUp: made('ALTER TABLE orders ALTER COLUMN state SET STATISTICS 50'),
  },
  {
    tunable: 'postgresql/extended-statistics',
    title: 'create',
    subject: 'public.devices_place',
    to: {
      table: { schema: 'public', name: 'devices' },
      columns: ['postcode', 'city'],
      kinds: ['ndistinct', 'dependencies', 'mcv'],
    },
    setUp: made(),
  },
];

/** What the conformance suite (test/conformance/tunables.test.ts) tries with these tunables. */
export const conformance: readonly ConformanceCase[] = CASES.map((one) => ({ ...one, needs: 'postgresql' }));
