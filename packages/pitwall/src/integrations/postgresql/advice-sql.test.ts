/** What rules tell people to run is run: on a server of the test's own, whatever they print has to be taken. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import pg from 'pg';
import { sharedPostgresql, withoutPostgresql } from '../../../test/support/postgresql.ts';
import type { Fact } from '../../model/observation.ts';
import { fact } from './facts/define.ts';
import type { ColumnPairFact, StepFact } from './facts/estimates.ts';
import type { BloatFact, SequenceFact, XminHolder } from './facts/schema.ts';
import integration from './index.ts';
import { healthyServer, lockTree, machine, role, setting, spoilt, transaction } from './rules/server-testing.ts';
import { SETTING_FAULTS, webServer } from './rules/settings-testing.ts';
import { statement, workload } from './rules/statement-testing.ts';
import { DAY, foreignKey, healthy, index, run, table } from './rules/structure-testing.ts';

const MB = 2 ** 20;
const GB = 2 ** 30;
/** No process of this number is there: it is told so, and nobody is ended. */
const PID = 2_000_000_000;

/** What the facts below speak of. */
const SHOP = `
  CREATE TABLE customers (id int PRIMARY KEY);
  CREATE TABLE orders (id serial PRIMARY KEY, customer_id int REFERENCES customers, a int, b int, note text, "C d" int);
  CREATE TABLE tickets (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number smallserial);
  CREATE TABLE log (at timestamptz, line text);
  CREATE TABLE named (id int UNIQUE);
  CREATE SCHEMA "Odd.one";
  CREATE TABLE "Odd.one"."T""x" (id int PRIMARY KEY, "A b" text, "${'c'.repeat(60)}" int, "${'d'.repeat(60)}" int, "${'e'.repeat(60)}" int);
  ${['a', 'b', 'redundant', 'unread', 'one', 'two', 'half'].map((name) => `CREATE INDEX orders_${name} ON orders (a);`).join(' ')}
  INSERT INTO customers SELECT generate_series(1, 100);
  INSERT INTO orders (customer_id, a, b, note) SELECT i, i, i, 'n' || i FROM generate_series(1, 100) i`;

const step = (more: Partial<StepFact>): Fact =>
  fact('postgresql.plans-run', 'plans-run', {
    plans: [
      {
        statement: 'abc',
        text: 'SELECT 1',
        runs: 1,
        seconds: 0.1,
        spills: [],
        steps: [
          {
            title: 'Seq Scan on orders',
            kind: 'scan',
            table: 'public.orders',
            expected: 1,
            actual: 5000,
            factor: 5000,
            columns: [],
            expressions: [],
            ...more,
          },
        ],
      },
    ],
    left: [],
    stopped: null,
    cost: { statements: 1, seconds: 0.1 },
  });
const pairs = (...all: Partial<ColumnPairFact>[]): Fact =>
  fact('postgresql.column-pairs', 'column-pairs', {
    pairs: all.map((more) => ({
      table: { schema: 'public', name: 'orders' },
      columns: ['a', 'b'] as const,
      use: 'conditions',
      range: false,
      statements: ['abc'],
      rows: 50_000,
      whole: false,
      distinct: [20, 40] as const,
      together: 40,
      typical: 5,
      worst: 5,
      dependency: 1,
      covered: [],
      ...more,
    })),
    left: [],
    cost: { statements: 1, seconds: 0.1 },
  });
const sequence = (name: string, column: string, columnType: string): Fact =>
  fact('postgresql.sequence', `public.${name}`, {
    schema: 'public',
    name,
    last: 32_000,
    end: 32_767,
    used: 0.977,
    increment: 1,
    cycles: false,
    limitedBy: 'column',
    column,
    columnType,
  } satisfies SequenceFact);
const holder = (kind: XminHolder['kind'], name: string) =>
  healthy({ holders: [{ kind, name, age: 5000, seconds: 7200, detail: 'idle in transaction, shop' }] });
const debt = (held: readonly Fact[] = healthy()) => [...held, table('orders', { deadRows: 600_000 })];
const waits = (pid: number, state: string): Fact => lockTree(5, 1, { pid, state });
const shape = (name: string, median: number) => ({
  ...{ shape: name, text: name, calls: 9, median, max: 1, first: 1, last: 2, marks: [], indexes: [] },
});
const bloat = (name: string, of: BloatFact['of']): Fact =>
  fact('postgresql.bloat', `public.${name}`, {
    ...{ schema: 'public', name, of, table: of === 'index' ? 'public.orders' : null },
    ...{ bytes: GB, neededBytes: GB / 10 },
  });
const invalid = { valid: false, scans: 0 };
const server = (...bad: Fact[]) => spoilt(healthyServer(), ...bad);
const OFF = { autovacuum: { enabled: false } };
const ODD = { schema: 'Odd.one', name: 'T"x' };
const LONG = ['c', 'd', 'e'].map((letter) => letter.repeat(60));

type Case = readonly [rule: string, facts: readonly Fact[]];
const CASES: readonly Case[] = [
  ['correlated-columns', [workload(), ...healthy(), table('orders'), statement('abc'), pairs({})]],
  [
    'correlated-columns',
    [
      ...[workload(), ...healthy(), statement('abc')],
      pairs(
        { table: ODD, columns: ['A b', LONG[0]!] },
        { table: ODD, columns: [LONG[0]!, LONG[1]!] },
        { table: ODD, columns: [LONG[1]!, LONG[2]!], dependency: 0 },
      ),
    ],
  ],
  ['correlated-columns', [workload(), ...healthy(), table('orders'), statement('abc'), pairs({ use: 'groups' })]],
  ['misestimated-rows', [workload(), ...healthy(), statement('abc'), step({ expressions: ['lower(note)'] })]],
  [
    'misestimated-rows',
    [...[workload(), ...healthy(), statement('abc')], step({ table: '"Odd.one"."T""x"', expressions: ['(id + 1)'] })],
  ],
  ['foreign-key-without-index', [...healthy(), table('orders'), foreignKey(['customer_id'], { covered: false })]],
  [
    'unused-index',
    [
      ...[...healthy(), table('orders', { seqScans: 0, indexScans: 0 })],
      index('orders_unread', ['b'], { scans: 0, madeAgo: 90 * DAY }),
    ],
  ],
  [
    'unused-index',
    [
      ...[...healthy({ counters: { replicas: 1 } }), table('orders')],
      index("it's \\odd", ['b'], { scans: 0, madeAgo: 90 * DAY }),
    ],
  ],
  [
    'duplicate-index',
    [
      ...[...healthy(), table('orders')],
      ...['one', 'two'].map((name) => index(`orders_${name}`, ['a'], { unique: true })),
    ],
  ],
  [
    'redundant-index',
    [...healthy(), table('orders'), index('orders_redundant', ['a']), index('orders_ab', ['a', 'b'])],
  ],
  ['invalid-index', [...healthy(), index('orders_half', ['b'], { ...invalid, beingBuilt: null })]],
  ['invalid-index', [...healthy(), index('orders_a', ['a'], { ...invalid, constraint: 'c' })]],
  [
    'invalid-index',
    [...healthy(), index('gone', ['a'], { ...invalid, definition: 'CREATE INDEX gone ON public.orders (a)' })],
  ],
  ['sequence-near-end', [...healthy(), sequence('orders_id_seq', 'public.orders.id', 'integer')]],
  ['sequence-near-end', [...healthy(), sequence('tickets_id_seq', 'public.tickets.id', 'integer')]],
  ['sequence-near-end', [...healthy(), sequence('tickets_number_seq', 'public.tickets.number', 'smallint')]],
  ['bloated-table', [...healthy(), bloat('orders', 'table')]],
  ['bloated-index', [...healthy(), bloat('orders_a', 'index')]],
  ['table-without-primary-key', [...healthy(), table('log', { primaryKey: false })]],
  [
    'table-without-primary-key',
    [
      ...[...healthy(), table('named', { primaryKey: false })],
      index('named_id', ['id'], { table: 'public.named', tableName: 'named' }),
    ],
  ],
  ['vacuum-debt', debt()],
  ['vacuum-debt', [...healthy(OFF), table('orders', { deadRows: 600_000 }), setting('autovacuum', 'off')]],
  ['vacuum-debt', debt(holder('session', String(PID)))],
  ['vacuum-debt', debt(holder('replication slot', 'a_slot'))],
  ['vacuum-debt', debt(holder('prepared transaction', "it's"))],
  ['vacuum-debt', debt(holder('standby feedback', 'replica'))],
  ...(['shop', 'elsewhere'] as const).map((name): Case => {
    const current = name === 'shop';
    const age = fact('postgresql.wraparound', name, { xidAge: 1e9, multixactAge: 0, current });
    return ['wraparound-near', [...healthy(), table('orders'), age]];
  }),
  ['lock-wait', server(waits(PID, 'active'))],
  ['lock-wait', server(waits(PID, 'idle in transaction'))],
  ['lock-wait', server(waits(0, ''))],
  ['long-transaction', server(transaction({ pid: PID, querySeconds: 61, seconds: 61 }))],
  ['idle-in-transaction', server(transaction({ pid: PID, state: 'idle in transaction', stateSeconds: 61 }))],
  ['pending-restart', server(setting('shared_buffers', GB, { pendingRestart: true }))],
  ['fsync-off', server(setting('fsync', 'off'), setting('full_page_writes', 'off'))],
  ['autovacuum-off', server(setting('autovacuum', 'off'), setting('track_counts', 'off'))],
  ['memory-overcommitted', server(machine({ memory: 6 * GB }))],
  ['superuser-role', server(role({ superuser: true, database: 'shop', name: 'pitwall' }))],
  ['superuser-role', server(role({ superuser: true, database: 'shop', name: 'pitwall', version: 130_010 }))],
  ...SETTING_FAULTS.map(([, , bad]): Case => ['settings-far-from-start', webServer(bad)]),
  [
    'checkpoints-requested',
    server(
      fact('postgresql.checkpoints', '', {
        ...{ timed: 1000, requested: 9000, age: 100 * DAY },
        wal: { bytes: 9000 * 2.2 * GB, fullPages: 0, buffersFull: 0, age: 100 * DAY },
      }),
    ),
  ],
  ['spills-to-disk', [workload(), statement('abc', { tempWritten: 1000 * MB })]],
  ['statistics-lost', [workload({ evictions: 9 })]],
  [
    'plan-flip',
    [workload(), fact('postgresql.plan', 'abc', { text: 'SELECT 1', shapes: [shape('a', 0.01), shape('b', 1)] })],
  ],
  ['no-statement-statistics', [workload({ noStatistics: 'too old' })]],
];
/** Rules whose advice is words, changes of tunables alone, or a form to fill in (`…`, `<what>`). */
const NOT_RUN = [
  ...['costly-statement', 'reads-much', 'not-understood', 'statement-loop', 'coarse-statistics', 'missing-index'],
  ...['connections-near-limit', 'no-connection-pool', 'pool-waits', 'temporary-files', 'cache-misses'],
  ...['stale-statistics', 'few-hot-updates'],
];

suite('advice as SQL', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const shared = sharedPostgresql({
    settings: { max_prepared_transactions: '2', shared_preload_libraries: 'pg_stat_statements' },
    extensions: ['pg_stat_statements'],
  });

  test('every rule that tells SQL is here, and the others are named', () => {
    const known = new Set([...CASES.map(([name]) => name), ...NOT_RUN]);
    assert.deepEqual(integration.rules.map(({ id }) => id.split('/')[1]!).toSorted(), [...known].toSorted());
  });

  test('nothing that is told is refused', async () => {
    const url = await shared.server.createDatabase('shop');
    await shared.server.query(SHOP, [], 'shop');
    await shared.server.query('CREATE EXTENSION pg_stat_statements', [], 'shop');
    await shared.server.query("SELECT pg_create_physical_replication_slot('a_slot')");
    await shared.server.query("BEGIN; CREATE TABLE two (a int); PREPARE TRANSACTION 'it''s'", [], 'shop');
    const told = new Map<string, string[]>();
    for (const [name, facts] of CASES) {
      const rule = integration.rules.find(({ id }) => id === `postgresql/${name}`)!;
      const result = run(rule, facts);
      assert.ok('found' in result, `${name}: ${JSON.stringify(result)}`);
      const codes = result.found.flatMap(({ advice }) => advice?.code ?? []);
      assert.ok(codes.length > 0 || name === 'settings-far-from-start', `${name}: tells nothing`);
      told.set(name, [...(told.get(name) ?? []), ...codes]);
    }
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const settings = await client.query<{ name: string }>('SELECT name FROM pg_settings');
    const has = new Set(settings.rows.map(({ name }) => name));
    const refused: string[] = [];
    try {
      for (const [name, codes] of told) {
        for (const sql of new Set(codes.flatMap(statementsOf))) {
          const [, changed] = /^ALTER SYSTEM SET "?([\w.]+)/.exec(sql) ?? [];
          // Of a newer server than this one.
          if (changed !== undefined && !has.has(changed)) continue;
          await client.query(sql).catch((error: Error) => refused.push(`${name}: ${sql}: ${error.message}`));
        }
      }
    } finally {
      await client.end();
      await shared.server.query('ALTER SYSTEM RESET ALL');
    }
    assert.deepEqual(refused, []);
  });
});

/** Without comments; none of ours has a semicolon in a text. */
function statementsOf(code: string): string[] {
  return code
    .replace(/--.*$/gm, '')
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
