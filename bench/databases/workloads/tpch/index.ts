/** TPC-H-like: 22 shapes of reports and the specification's two refresh functions, on both engines. */
import { draws } from '../../draws.ts';
import type { BenchStatement, EngineId, Value, WorkloadDefinition } from '../../types.ts';
import { order, tables } from './generate.ts';
import { reports as first } from './reports-1-11.ts';
import { reports as second } from './reports-12-22.ts';
import { type Counts, counts, schema } from './schema.ts';

/** Scale factor at scale 1. */
const FACTOR = 0.2;
/** Sets of substitution values of each report. */
const SETS = 2;

export const tpch: WorkloadDefinition = {
  id: 'tpch',
  title: `TPC-H-like (scale factor ${FACTOR} at scale 1)`,
  engines: ['postgresql', 'sqlite'],
  cap: 10,
  async load(target, scale) {
    await target.exec(schema(target.engine));
    for (const [table, rows] of tables(counts(FACTOR * scale))) await target.fill(table, rows);
  },
  statements: (engine, scale) => [...reportStatements(engine), ...refreshStatements(counts(FACTOR * scale))],
};

export function reportStatements(engine: EngineId): readonly BenchStatement[] {
  return [...first(engine), ...second(engine)].map(({ text, sample }, i) => ({
    name: `q${String(i + 1).padStart(2, '0')}`,
    kind: 'select',
    text: text.replace(/\n\s+/g, ' ').trim(),
    calls: 1,
    endpoint: null,
    params: Array.from({ length: SETS }, (_, set) => sample(draws(1000 + 10 * i + set))),
  }));
}

/** §2.5: a thousandth of the orders is added, and as many are deleted, for each run of the 22 reports. */
function refreshStatements(n: Counts): readonly BenchStatement[] {
  const calls = Math.max(1, Math.round(n.orders / 1000));
  const draw = draws(1999);
  // Behind the last order, so that the keys are free; those added are deleted again.
  const made = Array.from({ length: 40 }, (_, i) => order(draw, n.orders + 1 + i, n));
  const keys = made.map(({ row }) => [row[0]!]);
  const values = (count: number): string => Array.from({ length: count }, (_, i) => `$${i + 1}`).join(', ');
  const write = (
    name: string,
    kind: BenchStatement['kind'],
    times: number,
    text: string,
    params: readonly (readonly Value[])[],
  ): BenchStatement => ({ name, kind, text, calls: calls * times, endpoint: null, params });
  return [
    write(
      'rf1-order',
      'insert',
      1,
      `INSERT INTO orders VALUES (${values(9)})`,
      made.map(({ row }) => row),
    ),
    write(
      'rf1-line',
      'insert',
      4,
      `INSERT INTO lineitem VALUES (${values(16)})`,
      made.map(({ lines }) => lines[0]!),
    ),
    write('rf2-lines', 'delete', 1, 'DELETE FROM lineitem WHERE l_orderkey = $1', keys),
    write('rf2-order', 'delete', 1, 'DELETE FROM orders WHERE o_orderkey = $1', keys),
  ];
}
