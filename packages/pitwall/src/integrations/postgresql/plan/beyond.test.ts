import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { sharedPostgresql, withoutPostgresql } from '../../../../test/support/postgresql.ts';
import type { Explained } from '../../../model/database.ts';
import { liveContext } from '../../_proc/testing.ts';
import { connectPostgresql, type PostgresqlConnection } from '../connection.ts';
import { postgresqlOptions } from '../options.ts';
import { explainStatement } from './explain.ts';

/** Parents, children with and without an index, and a table that has the same name elsewhere. */
const PARENTS = [
  'CREATE TABLE public.parent (id int PRIMARY KEY)',
  'CREATE SCHEMA shop',
  'SET search_path = shop',
  'CREATE TABLE parent (id int PRIMARY KEY, code int UNIQUE, note text)',
  'CREATE TABLE "a.child" (id int PRIMARY KEY, "Parent" int REFERENCES parent ON DELETE CASCADE)',
  'CREATE TABLE grand (id int PRIMARY KEY, child_id int REFERENCES "a.child", at int)',
  'CREATE INDEX pitwall_grand_child_id ON grand (at)',
  'CREATE TABLE served (id int PRIMARY KEY, parent_id int REFERENCES parent)',
  'CREATE INDEX ON served (parent_id, id)',
  'CREATE TABLE small (id int PRIMARY KEY, parent_id int REFERENCES parent)',
  'INSERT INTO "a.child" SELECT i, NULL FROM generate_series(1, 3000) i',
  'INSERT INTO grand SELECT i, NULL FROM generate_series(1, 4000) i',
  'INSERT INTO served SELECT i, NULL FROM generate_series(1, 3000) i',
  'INSERT INTO small SELECT i, NULL FROM generate_series(1, 999) i',
  'ANALYZE "a.child", grand, served, small',
];

suite('What a plan does not show', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql({ settings: { work_mem: '1MB' } });

  /** The tables of `parents`, and what is said of a statement beyond its plan. */
  async function explaining(
    work: (
      explained: (text: string, params?: readonly string[]) => Promise<Explained>,
      client: pg.Client,
    ) => Promise<void>,
  ): Promise<void> {
    const url = await postgresql.server.createDatabase();
    const client = new pg.Client(url);
    await client.connect();
    let connection: PostgresqlConnection | null = null;
    try {
      for (const sql of PARENTS) await client.query(sql);
      connection = await connectPostgresql(postgresqlOptions.parse({ url, searchPath: 'shop, public' }), '/');
      const asked = connection;
      await work(
        (text, params = []) => explainStatement(asked, { text, params: [...params], run: false }, liveContext()),
        client,
      );
    } finally {
      await connection?.close();
      await client.end();
    }
  }

  test('a DELETE says which foreign keys its rows are looked for by, without an index', async () => {
    await explaining(async (explained, client) => {
      const { beyond, notes } = await explained('DELETE FROM parent WHERE id = 1');
      assert.deepEqual(beyond, [
        {
          because:
            'each row of shop."a.child" that is deleted with it (shop.parent → shop."a.child", ON DELETE CASCADE) reads all of shop.grand (about 4,000 rows) for those that refer to it: no index begins with child_id (foreign key grand_child_id_fkey, ON DELETE NO ACTION)',
          ddl: 'CREATE INDEX CONCURRENTLY "pitwall_grand_child_id_2" ON "shop"."grand" ("child_id");',
        },
        {
          because:
            'each row that it deletes from shop.parent reads all of shop."a.child" (about 3,000 rows) for those that refer to it: no index begins with Parent (foreign key a.child_Parent_fkey, ON DELETE CASCADE)',
          ddl: beyond![1]!.ddl,
        },
      ]);
      assert.match(
        beyond![1]!.ddl!,
        /^CREATE INDEX CONCURRENTLY "pitwall_a_child_\w+" ON "shop"."a\.child" \("Parent"\);$/,
      );
      assert.ok(!notes.some((note) => /foreign/.test(note)));
      for (const { ddl } of beyond!) await client.query(ddl!);
      assert.equal((await explained('DELETE FROM parent WHERE id = 1')).beyond, undefined);
    });
  });

  test('so does an UPDATE of the key, a placeholder, a common table expression; what looks nothing up says nothing', async () => {
    await explaining(async (explained, client) => {
      const tables = async (text: string, params?: readonly string[]) =>
        ((await explained(text, params)).beyond ?? []).map(({ because }) => /reads all of (\S+) \(/.exec(because)![1]);
      const all = ['shop.grand', 'shop."a.child"'];
      assert.deepEqual(await tables('DELETE FROM shop.parent WHERE id = $1'), all);
      assert.deepEqual(await tables('DELETE FROM parent WHERE id = $1', ['1']), all);
      assert.deepEqual(await tables('WITH d AS (DELETE FROM parent RETURNING id) SELECT count(*) FROM d'), all);
      assert.deepEqual(await tables('UPDATE parent SET id = id + 1'), ['shop."a.child"']);
      assert.deepEqual(
        await tables('MERGE INTO parent p USING served s ON p.id = s.id WHEN MATCHED THEN DELETE'),
        all,
        'MERGE',
      );
      await client.query('CREATE VIEW above AS SELECT * FROM parent WHERE id NOT IN (SELECT id FROM "a.child")');
      await client.query('CREATE VIEW over AS SELECT id AS number FROM above');
      assert.deepEqual(await tables('DELETE FROM over WHERE number = 1'), all, 'views over the parent');
      await client.query(
        "CREATE RULE kept AS ON DELETE TO above DO INSTEAD UPDATE parent SET note = '-' WHERE id = old.id",
      );
      assert.deepEqual(await tables('DELETE FROM above'), [], 'a rule');
      await client.query('CREATE OR REPLACE RULE kept AS ON DELETE TO above DO INSTEAD NOTHING');
      await assert.rejects(tables('DELETE FROM above'), { code: 'POSTGRESQL_NOT_EXPLAINED' });
      assert.match(
        (await explained('UPDATE parent SET id = 1')).beyond![0]!.because,
        /whose id it changes.*ON UPDATE NO ACTION/,
      );
      const silent = [
        "UPDATE parent SET note = 'x'",
        'DELETE FROM public.parent',
        'DELETE FROM grand',
        'SELECT * FROM parent',
      ];
      for (const sql of silent) assert.deepEqual(await tables(sql), [], sql);
      await client.query('DROP TABLE grand, "a.child" CASCADE');
      await client.query('ALTER TABLE served ADD FOREIGN KEY (parent_id) REFERENCES parent');
      assert.deepEqual(await tables('DELETE FROM parent'), [], 'two keys that one index serves');
    });
  });

  test('rows of a child are estimated as the planner does: by pages, also after it has grown; counters only where nobody looked', async () => {
    await explaining(async (explained, client) => {
      await client.query('DROP TABLE grand, small, "a.child"');
      const { database } = client;
      // Each in a session of its own: what it did is counted when it ends.
      const alone = (sql: string) => postgresql.server.query(sql, [], database);
      for (const [name, rows] of Object.entries({ grown: 1500, sprouted: 900 })) {
        await alone(`CREATE TABLE shop.${name} (id int, parent_id int REFERENCES shop.parent)`);
        await alone(`INSERT INTO shop.${name} SELECT i, NULL FROM generate_series(1, ${rows}) i`);
        await alone(`ANALYZE shop.${name}`);
        await alone(`INSERT INTO shop.${name} SELECT i, NULL FROM generate_series(1, 1000) i`);
      }
      await alone('CREATE TABLE shop.unseen (id int, parent_id int REFERENCES shop.parent)');
      await alone('INSERT INTO shop.unseen SELECT i, NULL FROM generate_series(1, 1300) i');
      // Loaded and analysed in one session: what it inserted is counted once more as it ends.
      const once = new pg.Client(postgresql.server.url(database));
      await once.connect();
      await once.query('CREATE TABLE shop.loaded (id int, parent_id int REFERENCES shop.parent)');
      await once.query('INSERT INTO shop.loaded SELECT i, NULL FROM generate_series(1, 6000) i');
      await once.query('ANALYZE shop.loaded');
      await once.end();
      const told = ['loaded 6,000', 'grown 2,600', 'sprouted 2,000', 'unseen 1,300'];
      // Before PostgreSQL 15 counters arrive a moment later.
      const until = performance.now() + 3000;
      for (;;) {
        const { beyond = [] } = await explained('DELETE FROM parent');
        const rows = beyond.map(({ because }) => {
          const [, name, count] = /reads all of shop\.(\S+) \(about (\S+) rows\)/.exec(because)!;
          return `${name} ${count}`;
        });
        const [{ live }] = (
          await client.query("SELECT n_live_tup AS live FROM pg_stat_all_tables WHERE relname = 'loaded'")
        ).rows as [{ live: string }];
        if (isDeepStrictEqual(rows, told) && Number(live) > 6000) break;
        assert.ok(performance.now() < until, `${rows.join(', ')}; ${live} counted`);
      }
    });
  });

  test('actions of foreign keys are followed: CASCADE, SET NULL, cycles, keys of a table to itself', async () => {
    await explaining(async (explained, client) => {
      await client.query(`CREATE TABLE a (id int PRIMARY KEY, code int UNIQUE, up int REFERENCES a ON DELETE CASCADE);
        CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a ON DELETE CASCADE, c_id int);
        CREATE TABLE c (id int PRIMARY KEY, b_id int REFERENCES b ON DELETE CASCADE, code int UNIQUE REFERENCES a (code) ON UPDATE CASCADE);
        ALTER TABLE b ADD FOREIGN KEY (c_id) REFERENCES c ON DELETE CASCADE;
        CREATE TABLE d (id int PRIMARY KEY, c_id int UNIQUE REFERENCES c ON DELETE SET NULL);
        CREATE TABLE e (id int PRIMARY KEY, d_c_id int REFERENCES d (c_id), d_id int REFERENCES d);
        CREATE TABLE f (id int PRIMARY KEY, c_code int REFERENCES c (code));
        CREATE INDEX ON b (a_id); CREATE INDEX ON b (c_id); CREATE INDEX ON c (b_id)`);
      for (const name of ['a', 'e', 'f'])
        await client.query(`INSERT INTO ${name} SELECT i FROM generate_series(1, 2000) i`);
      await client.query('ANALYZE a, e, f');
      const told = async (text: string) =>
        ((await explained(text)).beyond ?? [])
          .map(({ because }) => because.replaceAll('shop.', '').replace(/ \(about.*begins with/, ':'))
          .sort();
      assert.deepEqual(await told('DELETE FROM a WHERE id = 1'), [
        'each row of c that is deleted with it (a → b → c, ON DELETE CASCADE) reads all of f: c_code (foreign key f_c_code_fkey, ON DELETE NO ACTION)',
        'each row of d whose c_id is set with it (a → b (ON DELETE CASCADE) → c (ON DELETE CASCADE) → d (ON DELETE SET NULL)) reads all of e: d_c_id (foreign key e_d_c_id_fkey, ON UPDATE NO ACTION)',
        'each row that it deletes from a reads all of a: up (foreign key a_up_fkey, ON DELETE CASCADE)',
      ]);
      assert.deepEqual(await told('UPDATE a SET code = 5 WHERE id = 1'), [
        'each row of c whose code is set with it (a → c, ON UPDATE CASCADE) reads all of f: c_code (foreign key f_c_code_fkey, ON UPDATE NO ACTION)',
      ]);
      assert.deepEqual(await told('DELETE FROM e'), []);
    });
  });

  test('INSERT … ON CONFLICT DO UPDATE of a key, and MERGE that changes one', async () => {
    await explaining(async (explained) => {
      const conflict = (set: string) => `INSERT INTO parent (id) VALUES (1) ON CONFLICT (id) DO ${set}`;
      const [found, ...more] = (await explained(conflict('UPDATE SET id = excluded.id + 1'))).beyond!;
      assert.match(found!.because, /^each row of shop\.parent whose id it changes reads all of shop\."a\.child"/);
      assert.deepEqual(more, []);
      for (const set of ["UPDATE SET note = 'x', code = 3", 'NOTHING'])
        assert.equal((await explained(conflict(set))).beyond, undefined, set);
      assert.equal((await explained('INSERT INTO parent (id) VALUES (1)')).beyond, undefined);
      const merge = (then: string) => `MERGE INTO parent p USING served s ON p.id = s.id WHEN MATCHED THEN ${then}`;
      assert.equal((await explained(merge('UPDATE SET id = s.id + 1'))).beyond?.length, 1);
      assert.equal((await explained(merge("UPDATE SET note = 'x'"))).beyond, undefined);
    });
  });

  test("triggers that run for each row are named: the users' own that are enabled and that the statement sets off", async () => {
    await explaining(async (explained, client) => {
      await client.query(`DROP TABLE grand, small;
        CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(new, old); END';
        CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON parent FOR EACH ROW EXECUTE FUNCTION noted();
        CREATE TRIGGER coded BEFORE UPDATE OF code ON parent FOR EACH ROW WHEN (new.code > 3) EXECUTE FUNCTION noted();
        CREATE TRIGGER off BEFORE DELETE ON parent FOR EACH ROW EXECUTE FUNCTION noted();
        ALTER TABLE parent DISABLE TRIGGER off;
        CREATE TRIGGER whole AFTER DELETE ON parent FOR EACH STATEMENT EXECUTE FUNCTION noted();
        CREATE TRIGGER child AFTER DELETE ON "a.child" FOR EACH ROW EXECUTE FUNCTION noted();
        CREATE INDEX ON "a.child" ("Parent")`);
      const told = async (text: string) => (await explained(text)).beyond?.map(({ because, ddl }) => ddl ?? because);
      assert.deepEqual(await told('INSERT INTO parent (id) VALUES (1)'), [
        'each row that it inserts into shop.parent runs 1 trigger, whose work the plan does not contain: audit',
      ]);
      assert.deepEqual(await told('UPDATE parent SET code = 4'), [
        'each row of shop.parent that it changes runs 2 triggers, whose work the plan does not contain: audit, coded (where its WHEN holds)',
      ]);
      assert.match((await told("UPDATE parent SET note = 'x'"))![0]!, /runs 1 trigger, .*: audit$/);
      assert.deepEqual(await told('DELETE FROM parent'), [
        'each row that it deletes from shop.parent runs 1 trigger, whose work the plan does not contain: audit',
        'each row of shop."a.child" that is deleted with it (shop.parent → shop."a.child", ON DELETE CASCADE) runs 1 trigger, whose work the plan does not contain: child',
      ]);
      const both = await told('INSERT INTO parent (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET note = excluded.note');
      assert.deepEqual(both?.map((text) => text.replace(/ runs.*/, '')).sort(), [
        'each row of shop.parent that it changes',
        'each row that it inserts into shop.parent',
      ]);
      for (const none of ['SELECT * FROM parent', 'INSERT INTO served VALUES (1)', 'INSERT INTO "a.child" VALUES (9)'])
        assert.equal(await told(none), undefined, none);
    });
  });

  test('a partitioned child: what is run builds an index on each partition', async () => {
    await explaining(async (explained, client) => {
      await client.query('CREATE TABLE event (at int, code int REFERENCES parent (code)) PARTITION BY RANGE (at)');
      for (const at of [0, 1])
        await client.query(`CREATE TABLE event${at} PARTITION OF event FOR VALUES FROM (${at}) TO (${at + 1})`);
      await client.query('INSERT INTO event SELECT i % 2, NULL FROM generate_series(1, 5000) i');
      await client.query('ANALYZE event0, event1');
      const [first] = (await explained('DELETE FROM parent')).beyond!;
      assert.match(first!.because, /reads all of shop\.event \(about 5,000 rows\) for/);
      for (const sql of first!.ddl!.split(';\n')) await client.query(sql);
      assert.doesNotMatch(JSON.stringify((await explained('DELETE FROM parent')).beyond), /shop\.event/);
    });
  });

  test('a child that somebody has locked is left out, and said to be: nobody waits', async () => {
    await explaining(async (explained, client) => {
      await explained('DELETE FROM parent');
      await client.query('BEGIN; LOCK TABLE "a.child", grand IN ACCESS EXCLUSIVE MODE');
      const startedAt = performance.now();
      const { beyond, notes } = await explained('DELETE FROM parent');
      assert.ok(performance.now() - startedAt < 900, 'less than lock_timeout');
      assert.equal(beyond, undefined);
      assert.match(notes.join('\n'), /^foreign keys that refer to it: 2 tables that somebody has locked/m);
      await client.query('ROLLBACK');
    });
  });
});
