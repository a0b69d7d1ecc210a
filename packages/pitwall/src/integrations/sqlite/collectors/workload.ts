import { printable } from '../../../errors.ts';
import type { Statement } from '../../../model/database.ts';
import { defineCollector } from '../../../model/define.ts';
import type { Fact } from '../../../model/observation.ts';
import { shortened } from '../../_sql/shortened.ts';
import type { SqliteConnection } from '../connection.ts';
import { type ConnectionFact, fact, type PlanReading } from '../facts.ts';
import { rememberSettings } from '../what-if/copy-settings.ts';
import { callsOf } from '../workload/calls.ts';
import { type GatheredWorkload, gatherWorkload } from '../workload/index.ts';
import type { LoggedConnection } from '../workload/log-line.ts';
import { indexUse } from './index-use.ts';
import { plansOf } from './plan-reading.ts';

/** Statements that become facts, by time and by calls; loops; processes. */
const MOST = 100;
/** Statements that are planned: milliseconds for each. */
const MOST_PLANNED = 2000;
/** Of those that are not understood. */
const EXAMPLES = 20;
/** Of a text, for people. */
const LONGEST = 1000;

export const workload = defineCollector<SqliteConnection>({
  id: 'workload',
  title: 'Statements of the application: calls, time, plans, endpoints, loops (its logs, files of SQL)',
  kind: 'collector',
  timeLimit: 60,
  async collect(connection, context) {
    const { logs, files } = connection.sources;
    if (logs.length + files.length === 0) return {};
    const gathered = await gatherWorkload(connection, { previous: null, watch: 0 }, context);
    rememberSettings(connection, gathered.connections);
    const { statements } = gathered.workload;
    const told = expensive(statements);
    // Who uses an index may be called once a day, and takes no time.
    const asked = [...new Set([...told, ...statements])];
    const plans = await plansOf(connection, asked.slice(0, MOST_PLANNED), context.signal);
    const use = indexUse(connection, asked, plans);
    const lastCallAgo = gathered.until === null ? null : Math.max(0, context.environment.now() - gathered.until);
    return { facts: [...factsFrom(gathered, told, plans), fact('sqlite.index-use', '', { ...use, lastCallAgo })] };
  },
});

/** Facts of a workload: no value of a call is in them. */
function factsFrom(
  { workload, connections, errors, dropped }: GatheredWorkload,
  told: readonly Statement[],
  plans: ReadonlyMap<string, PlanReading>,
): Fact[] {
  const { statements, window, sources, loops } = workload;
  const texts = new Map(statements.map(({ id, text }) => [id, shortened(text, LONGEST)]));
  return [
    fact('sqlite.workload', '', {
      window,
      ...sumOf(statements),
      sources: sources.map(({ id, title, calls, missing }) => ({ id, title, calls, missing })),
      errors: Object.fromEntries(errors),
      dropped,
      notUnderstood: sumOf(statements.filter(({ notUnderstood }) => notUnderstood !== null)),
    }),
    ...told.map((statement) =>
      fact('sqlite.statement', statement.id, {
        text: shortened(statement.text, LONGEST),
        kind: statement.kind,
        tables: statement.tables,
        calls: statement.calls,
        seconds: statement.seconds,
        maxSeconds: statement.maxSeconds,
        rows: statement.rows,
        callers: statement.callers.slice(0, 5).map(({ endpoint, calls }) => ({ endpoint, calls })),
        samples: callsOf(statement).reduce((sum, { params }) => sum + Math.max(1, params.length), 0),
        notUnderstood: statement.notUnderstood,
        plan:
          statement.notUnderstood === null && statement.tables.length > 0 ? (plans.get(statement.id) ?? null) : null,
      }),
    ),
    ...loops.slice(0, MOST).map(({ proof: _, ...loop }) =>
      fact('sqlite.loop', JSON.stringify([loop.statement, loop.endpoint]), {
        ...loop,
        text: texts.get(loop.statement) ?? '',
      }),
    ),
    ...connectionsOf(connections),
  ];
}

/** @returns `seconds` null: nothing measures */
function sumOf(statements: readonly Statement[]) {
  const seconds = statements.flatMap((statement) => statement.seconds ?? []);
  return {
    statements: statements.length,
    calls: statements.reduce((sum, { calls }) => sum + calls, 0),
    seconds: seconds.length === 0 ? null : seconds.reduce((sum, value) => sum + value, 0),
  };
}

function expensive(statements: readonly Statement[]): readonly Statement[] {
  const by = (cost: (statement: Statement) => number) =>
    statements
      .filter((statement) => cost(statement) > 0)
      .sort((a, b) => cost(b) - cost(a))
      .slice(0, MOST);
  return [
    ...new Set([
      ...by(({ seconds }) => seconds ?? 0),
      ...by(({ calls }) => calls),
      // Some of those that are not understood, however cheap they are: why is to be told.
      ...by(({ notUnderstood, seconds, calls }) => (notUnderstood === null ? 0 : (seconds ?? 0) + calls / 1e9)).slice(
        0,
        EXAMPLES,
      ),
    ]),
  ];
}

/**
 * One a program and way that it is set: many processes of one program, or connections of a pool, are one finding. The newest word
 * of each program is kept: what an older run had is past.
 */
function connectionsOf(connections: readonly LoggedConnection[]): readonly Fact[] {
  const told = connections.filter(({ pragmas }) => pragmas !== null);
  const newest = new Map<string, number>();
  for (const { program, at } of told) newest.set(program, Math.max(newest.get(program) ?? 0, at ?? 0));
  const ways = new Map<string, { readonly value: ConnectionFact; readonly who: string; readonly pids: Set<number> }>();
  for (const { program, library, pid, at, pragmas } of told) {
    // Processes of one program are started within minutes of each other.
    if ((at ?? 0) < newest.get(program)! - RESTART) continue;
    const value = judged(pragmas!);
    const key = JSON.stringify([program, library, Object.entries(value).sort()]);
    const way = ways.get(key) ?? {
      value,
      who: printable(`${program || 'a program'} (${library || 'SQLite'})`),
      pids: new Set(),
    };
    if (pid !== null) way.pids.add(pid);
    ways.set(key, way);
  }
  return [...ways.values()].slice(-MOST).map(({ value, who, pids }) => {
    const [first] = pids;
    const processes =
      pids.size === 0 ? '' : pids.size === 1 ? `, process ${first}` : `, ${pids.size} processes, ${first} first`;
    return fact('sqlite.connection', `${who}${processes}`, value);
  });
}

/** Seconds. */
const RESTART = 300;
/** What is a number wherever it is told at all. */
const NUMBERS = [
  ...[
    'busy_timeout',
    'synchronous',
    'cache_size',
    'page_size',
    'temp_store',
    'mmap_size',
    'foreign_keys',
    'query_only',
  ],
  ...['wal_autocheckpoint', 'journal_size_limit', 'automatic_index', 'threads', 'secure_delete', 'analysis_limit'],
  'cell_size_check',
];

function judged(pragmas: Readonly<Record<string, string | number>>): ConnectionFact {
  return Object.fromEntries(
    Object.entries(pragmas).filter(([name, value]) => typeof value === 'number' || !NUMBERS.includes(name)),
  );
}
