import type { Statement, Workload } from '../../../model/database.ts';
import type { StatementEvent } from '../../_sql/workload/events.ts';
import { Gathering } from '../../_sql/workload/gather.ts';
import { ranked } from '../../_sql/workload/rank.ts';
import type { SqliteConnection } from '../connection.ts';
import type { ConfiguredQuery } from '../options.ts';
import { readSchema } from '../schema.ts';
import { statementReader } from './read-statement.ts';

/** A source of statements: the configured queries, and later logs and files. */
interface StatementSource {
  readonly id: string;
  readonly title: string;
  /** Seconds that its calls cover; null: they are no counts over time. */
  readonly seconds: number | null;
  readonly missing: readonly string[];
  readonly events: Iterable<StatementEvent>;
}

type NamedQuery = Pick<ConfiguredQuery, 'sql' | 'params'> & { readonly calls?: number | undefined };

export const HOUR = 3600;
const MOST_TABLES = 2000;

/** The configured queries: as often as `calls` says (an hour), else once each; each set of parameters is a sample. */
export function configuredSource({ options }: SqliteConnection): StatementSource {
  return queriesSource(options.queries);
}

/** As the caller of a statement, and back. */
const CALLER = 'query ';
export function queryOf(caller: string): string {
  return caller.startsWith(CALLER) ? caller.slice(CALLER.length) : caller;
}

export function queriesSource(named: Readonly<Record<string, NamedQuery>>): StatementSource {
  const queries = Object.entries(named);
  const counted = queries.some(([, { calls }]) => calls !== undefined);
  const bare = queries.filter(([, { calls }]) => calls === undefined).map(([name]) => name);
  return {
    id: 'configured',
    title: 'Configured queries',
    seconds: counted ? HOUR : null,
    missing:
      counted && bare.length > 0 ? [`${bare.join(', ')} have no \`calls\` an hour: each counts as one call.`] : [],
    events: queries.flatMap(([name, { sql, params, calls }]): StatementEvent[] => {
      const sets = params.length > 0 ? params : [[]];
      // The first stands for all calls; the other sets only show values.
      return sets.map((set, i) => ({
        text: sql,
        params: set,
        seconds: null,
        rows: null,
        at: null,
        endpoint: `${CALLER}${name}`,
        request: null,
        session: null,
        calls: i === 0 ? (calls ?? 1) : 0,
      }));
    }),
  };
}

/** Statements of one source, read against the schema as it is now. */
export function workloadOf(connection: SqliteConnection, source: StatementSource, seed: number): Workload {
  const gathering = new Gathering(source.id, statementReader(tableFinder(connection)), seed);
  for (const event of source.events) gathering.add(event);
  const { statements, loops, calls, missing } = gathering.result();
  return {
    statements: ranked(statements.filter(isOfApplication)),
    window: source.seconds,
    sources: [
      {
        id: source.id,
        title: source.title,
        calls,
        seconds: source.seconds,
        since: null,
        missing: [...source.missing, ...missing],
      },
    ],
    loops,
    snapshot: null,
  };
}

/** Transactions and settings move no rows. */
export function isOfApplication({ kind, notUnderstood }: Statement): boolean {
  return notUnderstood !== null || (kind !== 'utility' && kind !== 'ddl');
}

/** Tables and their columns by name, without regard to case, as the schema spells them. */
export function tableFinder(connection: SqliteConnection) {
  const tables = new Map(
    readSchema(connection.reader(), MOST_TABLES).tables.map(({ name, columns }) => [
      name.toLowerCase(),
      { name, columns: columns.map((column) => column.name) },
    ]),
  );
  return (name: string) => tables.get(name.toLowerCase()) ?? null;
}
