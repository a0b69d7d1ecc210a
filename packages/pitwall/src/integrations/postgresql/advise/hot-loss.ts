import { counted } from '../../../model/plural.ts';
import { columnsIn } from '../../_sql/advisor/key-of.ts';
import type { AdvisorTable, IndexSpec, Problem } from '../../_sql/advisor/problem.ts';

/** From this share of updates on that are HOT a table lives by it, and losing it is told. [judgement] */
const HIGH = 0.5;

/**
 * A sentence where the index has a column (key, INCLUDE or predicate) that updates of the workload change, which were HOT without
 * it; null: it has none, or few updates of the table are HOT anyway.
 * https://www.postgresql.org/docs/current/storage-hot.html: no column of any index may be changed.
 */
export function hotLoss(
  spec: IndexSpec,
  { tables, statements }: Pick<Problem, 'tables' | 'statements'>,
): string | null {
  const table = tables.find(({ name }) => name === spec.table);
  if (table === undefined || table.hotShare === null || table.hotShare < HIGH) return null;
  const added = namedIn(spec, table);
  const already = new Set(
    table.indexes.flatMap((index) => (index.spec === null ? [] : [...namedIn(index.spec, table)])),
  );
  const ended = new Set<string>();
  let [count, rows] = [0, 0];
  for (const { writes, calls, rows: written } of statements) {
    const changed = writes.flatMap(({ table: name, kind, columns }) =>
      name === spec.table && kind === 'update' ? columns : [],
    );
    const concerned = changed.filter((column) => added.has(column));
    if (concerned.length === 0 || changed.some((column) => already.has(column))) continue;
    for (const column of concerned) ended.add(column);
    count++;
    rows += written ?? calls;
  }
  if (count === 0) return null;
  const share = `${Math.round(table.hotShare * 100)} %`;
  return `It ends HOT updates of ${[...ended].join(', ')} (${counted(count, 'statement')}, ${counted(rows, 'row')} written; ${share} of the table’s updates are HOT now): each of them writes all indexes then.`;
}

/** Columns of the table that an index names anywhere. Texts of expressions are the server's, or made from what it understood. */
function namedIn(spec: IndexSpec, { columns }: AdvisorTable): ReadonlySet<string> {
  const texts = [spec.where, ...spec.keys.map(({ expression }) => expression)].filter((text) => text !== null);
  const words = new Set(texts.flatMap(wordsIn));
  return new Set([...columnsIn(spec), ...columns.map(({ name }) => name).filter((name) => words.has(name))]);
}

/** Identifiers, quoted or not; not what constants say. */
function wordsIn(text: string): string[] {
  const code = text.replace(/'(?:[^']|'')*'/g, ' ');
  return [...code.matchAll(/"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*)/gu)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
  );
}
