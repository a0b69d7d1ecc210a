import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sharedPostgresql, withoutExtension, withoutPostgresql } from '../../../../test/support/postgresql.ts';
import type { CollectContext } from '../../../model/integration.ts';
import { indexAdvice } from '../confirmations/index-advice.ts';
import { connectPostgresql, type PostgresqlConnection } from '../connection.ts';
import type { IndexAdviceFact } from '../facts/advice.ts';
import { postgresqlOptions } from '../options.ts';
import { loadGrammar } from '../parse/load.ts';
import { postgresqlIndex } from '../tunables/index.ts';
import { keepWorkload } from '../workload/kept.ts';
import { adviceRequest } from './contract.ts';
import { advise } from './index.ts';
import { prepare } from './problem.ts';
import { request, statement } from './testing.ts';

const context = { signal: new AbortController().signal, environment: { attended: true } };
const SCHEMAS = 200;
/** Each tenant's tables in a schema of their own. */
const TENANTS = `DO $$ BEGIN FOR i IN 1..${SCHEMAS} LOOP
  EXECUTE format('CREATE SCHEMA tenant_%s', i);
  FOR j IN 1..5 LOOP EXECUTE format('CREATE TABLE tenant_%s.t%s (id int PRIMARY KEY, owner int, label text)', i, j); END LOOP;
  IF i % 50 = 0 THEN
    EXECUTE format('INSERT INTO tenant_%s.t1 SELECT i, i %% 3000, repeat(''x'', 60) FROM generate_series(1, 9000) i', i);
    EXECUTE format('ANALYZE tenant_%s.t1', i);
  END IF;
END LOOP; END $$`;
const EVENTS = [
  'CREATE TABLE events (id int, at date NOT NULL, kind int NOT NULL, label text) PARTITION BY RANGE (at)',
  "CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
  "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
  "INSERT INTO events SELECT i, date '2025-01-01' + i % 700, i % 5000, repeat('x', 60) FROM generate_series(1, 40000) i",
  'ANALYZE events',
];
const KIND = 'SELECT id, label FROM events WHERE kind = $1';
/** Some servers come without: there what-if is on a copy. */
const withoutHypopg = Boolean(withoutExtension('hypopg'));
const HYPOPG = withoutHypopg ? [] : ['CREATE EXTENSION hypopg'];

suite('Where index advice is asked for on PostgreSQL', { skip: withoutPostgresql(), timeout: 120_000 }, () => {
  const postgresql = sharedPostgresql({}, async (server) => {
    await server.createDatabase('events');
    for (const text of [...HYPOPG, ...EVENTS]) await server.query(text, [], 'events');
  });

  async function using<T>(written: object, work: (connection: PostgresqlConnection) => Promise<T>): Promise<T> {
    const connection = await connectPostgresql(postgresqlOptions.parse({ maxLoad: 1, ...written }), '/');
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }
  const databases = async () =>
    (
      await postgresql.server.query<{ datname: string }>(
        "SELECT datname FROM pg_database WHERE datname LIKE 'pitwall_copy%'",
      )
    ).map(({ datname }) => datname);

  test('a partitioned table: what HypoPG says of its partitions, DDL part by part that can be run', async () => {
    await using({ url: postgresql.server.url('events'), allowCopy: withoutHypopg }, async (connection) => {
      const advice = await advise(connection, request([statement('kind', KIND, [['5'], ['77']])]), context);
      const [create] = advice.proposals;
      assert.match(create!.definition, /^\(kind\)/, advice.nothingToDo ?? '');
      assert.ok(create!.statements[0]!.planner!.after < create!.statements[0]!.planner!.before / 10);
      const indexes = () =>
        postgresql.server.query(
          "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'events%' ORDER BY 1",
          [],
          'events',
        );
      for (const text of create!.ddl.split(';\n')) await postgresql.server.query(text, [], 'events');
      const asShown = await indexes();
      assert.ok(asShown.length >= 3, JSON.stringify(asShown));
      const [built] = await postgresql.server.query<{ valid: boolean; parts: number }>(
        `SELECT indisvalid AS valid, (SELECT count(*)::int FROM pg_inherits WHERE inhparent = indexrelid) AS parts
           FROM pg_index WHERE indexrelid = '${create!.name}'::regclass`,
        [],
        'events',
      );
      assert.deepEqual(built, { valid: true, parts: 2 });
      await postgresql.server.query(create!.undo, [], 'events');
      // What is shown is what is run: the same indexes, with the same names.
      const { subject, to } = create!.change;
      const { apply, undo } = postgresqlIndex.preview({ subject, to }, null);
      assert.match(
        apply,
        /CONCURRENTLY .* \(on each partition\); then at once CREATE INDEX .* ON ONLY "public"\."events"/,
      );
      assert.equal(undo, create!.undo);
      await postgresqlIndex.write(
        connection,
        { subject, to, from: null },
        { ...context, keepDirectory: '/nowhere', exclusive: false },
      );
      assert.deepEqual(await indexes(), asShown);
      await postgresql.server.query(undo, [], 'events');
    });
  });

  test('constants that a partial index may rest on: the same in every call, or written beside placeholders', async () => {
    const grammar = await loadGrammar();
    const constantsOf = (texts: readonly string[], params: readonly string[] = []) =>
      using({ url: postgresql.server.url('events') }, async (connection) => {
        const samples = texts.map((text) => ({ text, params: [...params], seconds: null }));
        const asked = request([
          statement('one', 'SELECT id FROM events WHERE kind = $1 AND label = $2', [], { samples }),
        ]);
        const { problem } = await connection.analyse((session) => prepare(session, grammar, asked), context.signal);
        return problem.statements[0]!.uses.flatMap(({ constants }) => constants.map(({ predicate }) => predicate));
      });
    const call = (kind: string, label: string) => `SELECT id FROM events WHERE kind = ${kind} AND label = '${label}'`;
    assert.deepEqual(await constantsOf([call('1', 'a'), call('2', 'a')]), ["label = 'a'"]);
    assert.deepEqual(await constantsOf([call('1', 'a')]), [], 'one call does not say what the next one holds');
    assert.deepEqual(await constantsOf([call('$1', 'a')], ['1']), ["label = 'a'"]);
    assert.deepEqual(await constantsOf([call('$1', 'a'), call('$1', 'b')], ['1']), []);
  });

  test('a copy that an end in between has left is removed, a young one and anything else is not', async () => {
    const { server } = postgresql;
    const young = `pitwall_copy_1_${Math.floor(Date.now() / 1000)}`;
    for (const name of ['pitwall_copy_1_1700000000', young, 'pitwall_copy_of_mine'])
      await server.query(`CREATE DATABASE ${name}`);
    try {
      await using({ url: server.url('events'), allowCopy: true, whatIf: 'copy' }, async (connection) => {
        const advice = await advise(connection, request([statement('kind', KIND, [['5']])]), context);
        assert.match(advice.whatIf, /^indexes built on a copy/);
        assert.match(advice.proposals[0]!.definition, /^\(kind\)/);
      });
      assert.deepEqual((await databases()).sort(), [young, 'pitwall_copy_of_mine'].sort());
    } finally {
      for (const name of await databases()) await server.query(`DROP DATABASE ${name}`);
    }
  });

  test('a restored copy by its address: built and timed there, left as it was, the original untouched', async () => {
    const { server } = postgresql;
    await server.query('CREATE DATABASE restored TEMPLATE events');
    const made = (database: string) =>
      server.query("SELECT relname FROM pg_class WHERE relname LIKE 'pitwall%'", [], database);
    await using({ url: server.url('events'), copy: { url: server.url('restored') } }, async (connection) => {
      const advice = await advise(
        connection,
        request([statement('kind', KIND, [['5'], ['77']])], { measure: true }),
        context,
      );
      const [create] = advice.proposals;
      const [kind] = create!.statements;
      assert.ok(kind!.measured!.interval[1] < 0.8, JSON.stringify(kind));
      assert.ok(create!.bytes.measured! > 100_000 && create!.buildSeconds! > 0);
    });
    assert.deepEqual([await made('events'), await made('restored')], [[], []]);
    assert.deepEqual(await databases(), []);
  });

  test('on a primary that nobody attends HypoPG is left alone: a copy is taken, or the option that allows it is named', {
    skip: withoutExtension('hypopg'),
  }, async () => {
    const url = postgresql.server.url('events');
    const asked = request([statement('kind', KIND, [['5'], ['77']])]);
    const alone = { ...context, environment: {} };
    await using({ url }, async (connection) => {
      await assert.rejects(advise(connection, asked, alone), {
        code: 'POSTGRESQL_NO_WHAT_IF',
        message:
          /: it is a primary, and nobody attends \(no terminal\), so HypoPG is not used .*, and there is no copy/,
        hint: /^Write `whatIf: allowed` into the options of its target in pitwall\.yaml, run it in a terminal, or name a/,
      });
      assert.match((await advise(connection, asked, context)).whatIf, /^HypoPG/);
    });
    await using({ url, whatIf: 'allowed' }, async (connection) => {
      assert.match((await advise(connection, asked, alone)).whatIf, /^HypoPG/);
    });
    await using({ url, allowCopy: true }, async (connection) => {
      assert.match((await advise(connection, asked, alone)).whatIf, /^indexes built on a copy/);
    });
  });

  test('the confirmation answers with facts of the workload that was read, or says that none was', async () => {
    const input = adviceRequest();
    const asked = { window: 60, ...context } as unknown as CollectContext;
    await using({ url: postgresql.server.url('events'), allowCopy: withoutHypopg }, async (connection) => {
      const ask = () => indexAdvice.confirm(connection, input, asked as never);
      assert.match((await ask()).gaps![0]!.why, /no workload was read/);
      const { workload } = request([statement('kind', KIND, [['5'], ['77']])]);
      const statistics = { missing: null, evictions: null, age: null, most: null };
      keepWorkload(connection, { workload, plans: new Map(), activity: new Map(), statistics });
      const [told] = (await ask()).facts!;
      assert.equal(told!.kind, 'postgresql.index-advice');
      assert.equal(told!.key, input.key);
      const { proposals } = told!.value as unknown as IndexAdviceFact;
      assert.match(proposals[0]!.definition, /^\(kind\)/);
      assert.ok(!JSON.stringify(told).includes('"77"'), 'no value of a call is in a fact');
      await using({ url: postgresql.server.url('events'), whatIf: 'off' }, async (off) => {
        keepWorkload(off, { workload, plans: new Map(), activity: new Map(), statistics });
        const { gaps } = await indexAdvice.confirm(off, input, asked as never);
        assert.match(gaps![0]!.why, /`whatIf` is off\. Take `whatIf: off` out of .* pitwall\.yaml/);
      });
    });
  });

  test('the confirmation of a role that may read nothing says so, and no fact says that there is nothing to do', {
    skip: withoutExtension('hypopg'),
  }, async () => {
    const { server } = postgresql;
    for (const text of ["CREATE ROLE blind LOGIN PASSWORD 'blind'", 'CREATE TABLE open AS SELECT 1 AS a'])
      await server.query(text, [], 'events');
    await server.query('GRANT SELECT ON open TO blind', [], 'events');
    const url = new URL(server.url('events'));
    [url.username, url.password] = ['blind', 'blind'];
    const asked = { window: 60, ...context } as unknown as CollectContext;
    const confirmed = async (seconds: number) => {
      const all = [
        statement('kind', KIND, [['5']], { seconds }),
        statement('open', 'SELECT a FROM open', [[]], { seconds: 8 }),
      ];
      const { workload } = request(all);
      const statistics = { missing: null, evictions: null, age: null, most: null };
      return using({ url: url.href, whatIf: 'allowed' }, async (connection) => {
        keepWorkload(connection, { workload, plans: new Map(), activity: new Map(), statistics });
        return indexAdvice.confirm(connection, adviceRequest(), asked as never);
      });
    };
    const most = await confirmed(8);
    assert.equal(most.facts, undefined);
    assert.match(
      most.gaps![0]!.why,
      /^Of 2 statements 1, with 50 % of the \w+, could not be considered\. .*GRANT SELECT/,
    );
    const part = await confirmed(2);
    assert.equal(part.facts!.length, 1);
    assert.match(part.gaps![0]!.why, /with 20 % of the/);
  });

  test('hundreds of schemas: tables of one name are told apart, and nothing times out', async () => {
    await postgresql.server.createDatabase('tenants');
    for (const text of [...HYPOPG, TENANTS]) await postgresql.server.query(text, [], 'tenants');
    await using(
      { url: postgresql.server.url('tenants'), statementTimeout: '5s', allowCopy: withoutHypopg },
      async (connection) => {
        const startedAt = performance.now();
        const statements = Array.from({ length: SCHEMAS }, (_, i) =>
          statement(`s${i + 1}`, `SELECT label FROM tenant_${i + 1}.t${i % 50 === 49 ? 1 : 2} WHERE owner = $1`, [
            ['7'],
          ]),
        );
        const advice = await advise(connection, request(statements), context);
        assert.deepEqual(advice.proposals.map(({ table }) => table).sort(), [
          'tenant_100.t1',
          'tenant_150.t1',
          'tenant_200.t1',
          'tenant_50.t1',
        ]);
        assert.ok(performance.now() - startedAt < 20_000);
      },
    );
  });
});
