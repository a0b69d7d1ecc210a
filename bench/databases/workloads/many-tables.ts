/** Many tables and many fingerprints: not for index choices, but for how long advice and reading take. */
import { draws } from '../draws.ts';
import type { BenchStatement, Target } from '../types.ts';

const LETTERS = 'abcdefghij';
/** By letters: fingerprints leave out numbers of two digits in the names of tables, because they are of partitions. */
export const TABLES: readonly string[] = [...LETTERS].flatMap((a) => [...LETTERS].map((b) => `t_${a}${b}`));
const ROWS = 2000;
/** Of each table, beside its key: `parent` names a row of the table before it. */
const COLUMNS = ['parent', 'kind', 'state', 'owner', 'amount', 'at', 'label'] as const;

export async function loadManyTables(target: Target): Promise<void> {
  for (const [i, table] of TABLES.entries()) {
    await target.exec(
      `CREATE TABLE ${table} (id integer PRIMARY KEY, parent integer NOT NULL, kind integer NOT NULL, state text NOT NULL,
         owner integer NOT NULL, amount integer NOT NULL, at integer NOT NULL, label text NOT NULL)`,
    );
    const { whole, chance } = draws(5000 + i);
    const rows = Array.from({ length: ROWS }, (_, row) => [
      row + 1,
      whole(1, ROWS),
      whole(1, 20),
      chance(0.98) ? 'done' : 'open',
      whole(1, 300),
      whole(1, 10_000),
      row,
      `label ${row} of a row with some words`,
    ]);
    await target.fill(table, rows);
  }
}

/** Five shapes a table: search, range, feed, join with the table before, report. Half a million calls in all. */
export function manyStatements(): readonly BenchStatement[] {
  return TABLES.flatMap((own, i) => {
    const { whole } = draws(6000 + i);
    const other = TABLES.at(i - 1)!;
    const shapes: readonly (readonly [name: string, text: string, make: () => readonly (number | string)[]])[] = [
      ['search', `SELECT id, label FROM ${own} WHERE owner = $1 AND kind = $2`, () => [whole(1, 300), whole(1, 20)]],
      [
        'range',
        `SELECT id, amount FROM ${own} WHERE amount BETWEEN $1 AND $2`,
        () => [whole(1, 5000), whole(5000, 5100)],
      ],
      ['feed', `SELECT id, label, at FROM ${own} WHERE state = $1 ORDER BY at DESC LIMIT 20`, () => ['open']],
      [
        'join',
        `SELECT a.id, b.label FROM ${own} a JOIN ${other} b ON b.id = a.parent WHERE a.owner = $1 AND b.kind = $2`,
        () => [whole(1, 300), whole(1, 20)],
      ],
      [
        'report',
        `SELECT kind, count(*) AS n, sum(amount) AS sum FROM ${own} WHERE at >= $1 GROUP BY kind`,
        () => [ROWS - 50],
      ],
    ];
    return shapes.map(
      ([name, text, make]): BenchStatement => ({
        name: `${own}-${name}`,
        kind: 'select',
        text,
        calls: whole(100, 2000),
        endpoint: null,
        params: [make(), make(), make()],
      }),
    );
  });
}

const TESTED = ['id', 'parent', 'kind', 'owner', 'amount', 'at'] as const;

/**
 * So many statements that differ in more than values, aliases and the order of what they select: fingerprints leave these out.
 * At most 12,600.
 */
export function* distinctStatements(count: number): Iterable<string> {
  let made = 0;
  for (const selected of COLUMNS)
    for (const tested of TESTED)
      for (const [i, operator] of ['=', '<', '>'].entries())
        for (const table of TABLES) {
          if (made++ >= count) return;
          yield `SELECT ${selected} AS one FROM ${table} WHERE ${tested} ${operator} ${i === 1 ? 2 : ROWS * 10} AND id > 0`;
        }
}
