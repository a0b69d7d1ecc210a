import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sharedPostgresql, withoutPostgresql } from '../../../../test/support/postgresql.ts';
import { connectPostgresql } from '../connection.ts';
import { postgresqlOptions } from '../options.ts';
import { readSchema } from './schema.ts';

suite('Tables as the advisor knows them', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql({}, async (server) => {
    await server.query(`CREATE TABLE kinds (
      id bigint, short varchar(64), long varchar(4000), code char(8), note text, data jsonb, bits bytea, tags text[], price numeric, at timestamptz)`);
    await server.query('CREATE TEMPORARY TABLE passing (id int)');
  });

  test('which columns may hold what no index entry can; catalogues and temporary tables are none of ours', async () => {
    const connection = await connectPostgresql(postgresqlOptions.parse({ url: postgresql.server.url() }), '/');
    try {
      const { tables } = await connection.analyse(
        (session) =>
          readSchema(session, [
            'kinds',
            'pg_class',
            'pg_catalog.pg_class',
            'information_schema.sql_features',
            'passing',
          ]),
        new AbortController().signal,
      );
      assert.deepEqual(
        tables.map(({ name }) => name),
        ['public.kinds'],
      );
      const unbounded = tables[0]!.columns.filter((column) => column.unbounded).map(({ name }) => name);
      assert.deepEqual(unbounded, ['long', 'note', 'data', 'bits', 'tags']);
    } finally {
      await connection.close();
    }
  });
});
