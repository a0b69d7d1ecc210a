import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { startEngine as startPostgresql, withoutEngine as withoutPostgresql } from '../engines/postgresql.ts';
import { startEngine as startSqlite } from '../engines/sqlite.ts';
import type { Engine, EngineId } from '../types.ts';
import { WORKLOADS } from './index.ts';
import { distinctStatements, manyStatements } from './many-tables.ts';
import { tables } from './tpch/generate.ts';
import { reportStatements } from './tpch/index.ts';
import { counts } from './tpch/schema.ts';

const SCALE = 0.01;
const started = new Map<EngineId, Promise<Engine>>();
const engine = (id: EngineId): Promise<Engine> => {
  const at =
    started.get(id) ??
    (id === 'sqlite'
      ? Promise.resolve(startSqlite())
      : startPostgresql({ shared_preload_libraries: 'pg_stat_statements' }));
  started.set(id, at);
  return at;
};
after(async () => {
  for (const each of started.values()) await (await each).close();
});

for (const workload of WORKLOADS) {
  for (const id of workload.engines) {
    const skip = id === 'postgresql' && withoutPostgresql();
    test(`${workload.id} on ${id}: every statement runs with every set of its values`, { skip }, async () => {
      const at = await engine(id);
      await at.load(workload, SCALE);
      const copy = await at.copy('all');
      try {
        for (const { name, text, params } of workload.statements(id, SCALE)) {
          assert.ok(params.length > 0, name);
          for (const values of params) assert.notEqual(await copy.run(text, values, 30), null, name);
        }
      } finally {
        await copy.remove();
      }
    });
  }
}

test('the 22 reports of TPC-H have rows, the same on both engines', { skip: withoutPostgresql() }, async () => {
  const tpch = WORKLOADS.find(({ id }) => id === 'tpch')!;
  const rows = async (id: EngineId): Promise<number[]> => {
    const at = await engine(id);
    await at.load(tpch, 0.1);
    const copy = await at.copy('reports');
    try {
      const found: number[] = [];
      for (const { text, params } of reportStatements(id))
        found.push((await copy.rows(inlined(text, params[0]!))).length);
      return found;
    } finally {
      await copy.remove();
    }
  };
  const [one, other] = [await rows('postgresql'), await rows('sqlite')];
  assert.equal(one.length, 22);
  assert.deepEqual(other, one);
  // Those that pick one part of very many may find none at so small a size.
  assert.ok(one.filter((n) => n > 0).length >= 19, JSON.stringify(one));
});

const inlined = (text: string, values: readonly unknown[]): string =>
  text.replace(/\$(\d+)/g, (_, at) => {
    const value = values[Number(at) - 1];
    return typeof value === 'number' ? String(value) : `'${value}'`;
  });

test('TPC-H-like rows are the same each time, and as many as the specification says', () => {
  const n = counts(0.001);
  const digest = () =>
    tables(n).map(([table, rows]) => {
      const hash = createHash('sha256');
      let count = 0;
      for (const row of rows) {
        hash.update(JSON.stringify(row));
        count++;
      }
      return [table, count, hash.digest('hex')] as const;
    });
  const made = digest();
  assert.deepEqual(digest(), made);
  const count = new Map(made.map(([table, rows]) => [table, rows]));
  assert.deepEqual([count.get('orders'), count.get('part'), count.get('partsupp')], [1500, 200, 800]);
  const lines = count.get('lineitem')! / 1500;
  assert.ok(lines > 3.8 && lines < 4.2, `${lines} lines an order`);
});

test('statements of the speed bench: 500 and 10,000, all different', () => {
  assert.equal(new Set(manyStatements().map(({ text }) => text)).size, 500);
  assert.equal(new Set(distinctStatements(10_000)).size, 10_000);
});
