import type { Statement } from '../../../model/database.ts';
import type { SqliteConnection } from '../connection.ts';
import type { IndexUseFact, PlanReading } from '../facts.ts';

/** Tables that are told of by name; of what is beyond nothing is judged. */
const MOST_TABLES = 1000;
/** Its rest, and the tables in that, are not known. */
const CUT = /ends in the middle|longer than/;

/**
 * Which indexes the plans of a workload name, and of which tables that does not say all: SQLite keeps no count of an index’s use. What
 * has no plan is judged by the names in its text, and triggers too: EXPLAIN QUERY PLAN leaves them out.
 */
export function indexUse(
  connection: SqliteConnection,
  statements: readonly Statement[],
  plans: ReadonlyMap<string, PlanReading>,
): Omit<IndexUseFact, 'lastCallAgo'> {
  const schema = namesOf(connection);
  const tables = new Map<string, number>();
  const unknown = new Set<string>(schema.inTriggers);
  const used = new Set<string>();
  let planned = 0;
  for (const { id, text, tables: own, notUnderstood } of statements) {
    const plan = plans.get(id);
    const named = own.length > 0 ? own : schema.tablesIn(text);
    if (plan === undefined) {
      const isCut = notUnderstood !== null && CUT.test(notUnderstood);
      for (const table of isCut ? schema.tables : named) unknown.add(table);
      continue;
    }
    planned++;
    for (const index of plan.indexes ?? []) used.add(index.toLowerCase());
    for (const table of named) tables.set(table, (tables.get(table) ?? 0) + 1);
  }
  return {
    planned,
    unplanned: statements.length - planned,
    indexes: [...used].sort(),
    tables: Object.fromEntries(tables),
    unknown: [...unknown].sort(),
  };
}

interface Names {
  readonly tables: readonly string[];
  /** Tables that a text names, itself or through views. */
  tablesIn(text: string): readonly string[];
  readonly inTriggers: readonly string[];
}

function namesOf(connection: SqliteConnection): Names {
  const rows = connection
    .reader()
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'view', 'trigger') ORDER BY name")
    .all()
    .map(({ type, name, sql }) => ({ type, name: String(name), sql: String(sql ?? '') }));
  const tables = rows.flatMap(({ type, name }) => (type === 'table' ? [name] : [])).slice(0, MOST_TABLES);
  const views = rows.filter(({ type }) => type === 'view');
  const tablesIn = (text: string) => {
    const texts = [text];
    const open = new Set(views);
    // A view may be made of others: their texts join in until there are no more.
    for (let i = 0; i < texts.length; i++) {
      for (const view of open) {
        if (!mentions(texts[i]!, view.name)) continue;
        open.delete(view);
        texts.push(view.sql);
      }
    }
    const all = texts.join('\n');
    return tables.filter((name) => mentions(all, name));
  };
  const bodies = rows.filter(({ type }) => type === 'trigger').map(({ sql }) => sql.slice(Math.max(0, bodyIn(sql))));
  return { tables, tablesIn, inTriggers: bodies.length === 0 ? [] : tablesIn(bodies.join('\n')) };
}

/** Where what a trigger does begins. What stands before names its own table, which it need not read. */
function bodyIn(sql: string): number {
  return sql.search(/\b(?:when|begin)\b/i);
}

/** Whether a name stands in a text by itself. */
function mentions(text: string, name: string): boolean {
  const [within, wanted] = [text.toLowerCase(), name.toLowerCase()];
  for (let at = within.indexOf(wanted); at >= 0; at = within.indexOf(wanted, at + 1)) {
    const [before = '', after = ''] = [within[at - 1], within[at + wanted.length]];
    if (!/[\w$]/.test(before) && !/[\w$]/.test(after)) return true;
  }
  return false;
}
