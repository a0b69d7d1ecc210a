import type { Statement } from '../../../model/database.ts';
import { defineCollector } from '../../../model/define.ts';
import type { Fact } from '../../../model/observation.ts';
import { counted } from '../../../model/plural.ts';
import { shortened } from '../../_sql/shortened.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import { gatherWorkload } from '../workload/index.ts';
import type { KeptWorkload, SeenActivity } from '../workload/kept.ts';

/** Statements that become facts, by each kind of cost: what is behind them is in the totals. */
const MOST = 100;
/** Of a text, for people. */
const LONGEST = 1000;
const SHAPES = 6;

export const workload = defineCollector<PostgresqlConnection>({
  id: 'workload',
  title: 'Statements: calls, time, I/O, endpoints, plans, waits (pg_stat_statements, logs, sessions)',
  kind: 'collector',
  timeLimit: 60,
  async collect(connection, context) {
    const kept = await gatherWorkload(connection, { previous: null, watch: context.window, sinceReset: true }, context);
    return { facts: factsFrom(kept), gaps: gapsOf(kept) };
  },
});

/** Facts of a workload: no value of a call is in them. */
export function factsFrom({
  workload: { statements, window, sources, loops },
  plans,
  activity,
  statistics,
}: KeptWorkload): Fact[] {
  const texts = new Map(statements.map(({ id, text }) => [id, shortened(text, LONGEST)]));
  const unknown = statements.filter(({ notUnderstood }) => notUnderstood !== null);
  return [
    fact('postgresql.workload', '', {
      window,
      statements: statements.length,
      calls: statements.reduce((sum, { calls }) => sum + calls, 0),
      seconds: total(statements.map(({ seconds }) => seconds)),
      read: total(statements.map(({ io }) => io?.read ?? null)),
      tempWritten: total(statements.map(({ io }) => io?.tempWritten ?? null)),
      sources: sources.map(({ id, title, calls, missing }) => ({ id, title, calls, missing })),
      noStatistics: statistics.missing,
      evictions: statistics.evictions,
      most: statistics.most,
      notUnderstood: { statements: unknown.length, seconds: total(unknown.map(({ seconds }) => seconds)) ?? 0 },
    }),
    ...expensive(statements, [...activity.keys()]).map((statement) =>
      fact('postgresql.statement', statement.id, {
        text: shortened(statement.text, LONGEST),
        kind: statement.kind,
        tables: statement.tables,
        calls: statement.calls,
        seconds: statement.seconds,
        maxSeconds: statement.maxSeconds,
        rows: statement.rows,
        read: statement.io?.read ?? null,
        cacheHit: statement.io?.cacheHit ?? null,
        tempWritten: statement.io?.tempWritten ?? null,
        callers: statement.callers.slice(0, 5).map(({ endpoint, calls }) => ({ endpoint, calls })),
        sources: statement.sources,
        samples: statement.samples.length,
        activity: seenOf(activity.get(statement.id)),
        notUnderstood: statement.notUnderstood,
      }),
    ),
    ...loops.slice(0, MOST).map((loop) =>
      fact('postgresql.loop', JSON.stringify([loop.statement, loop.endpoint]), {
        ...loop,
        text: texts.get(loop.statement) ?? '',
      }),
    ),
    ...[...plans.values()].slice(0, 2 * MOST).map(({ statement, shapes }) =>
      fact('postgresql.plan', statement, {
        text: texts.get(statement) ?? '',
        shapes: shapes.slice(0, SHAPES).map(({ seconds: { median, max }, marks, ...shape }) => ({
          ...shape,
          median,
          max,
          marks: marks.map((mark) => ({ ...mark })),
        })),
      }),
    ),
  ];
}

function seenOf(activity: SeenActivity | undefined) {
  return activity === undefined ? null : { sessions: activity.sessions, waits: activity.waits };
}

function gapsOf({ statistics, workload: { sources } }: KeptWorkload) {
  const [first] = sources;
  const gap = (why: string) => [{ what: 'postgresql.statement', why }];
  if (statistics.missing !== null) return gap(first?.missing[0] ?? statistics.missing);
  const hidden = sources.reduce((sum, source) => sum + (source.hidden ?? 0), 0);
  const what = counted(hidden, 'entry of another role', 'entries of other roles');
  return hidden === 0
    ? []
    : gap(`the role may not see ${what} in pg_stat_statements: GRANT pg_read_all_stats (or pg_monitor) TO it`);
}

function expensive(statements: readonly Statement[], seen: readonly string[]): readonly Statement[] {
  const by = (cost: (statement: Statement) => number) =>
    statements
      .filter((statement) => cost(statement) > 0)
      .sort((a, b) => cost(b) - cost(a))
      .slice(0, MOST);
  const watched = new Set(seen.slice(0, MOST));
  return [
    ...new Set([
      ...by(({ seconds }) => seconds ?? 0),
      ...by(({ calls }) => calls),
      ...by(({ io }) => io?.read ?? 0),
      ...by(({ io }) => io?.tempWritten ?? 0),
      ...by(({ notUnderstood, seconds, calls }) => (notUnderstood === null ? 0 : (seconds ?? 0) + calls / 1e9)).slice(
        0,
        20,
      ),
      ...statements.filter(({ id }) => watched.has(id)),
    ]),
  ];
}

function total(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
