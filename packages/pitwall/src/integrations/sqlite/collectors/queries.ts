import { defineCollector } from '../../../model/define.ts';
import type { Fact, Gap, Sample } from '../../../model/observation.ts';
import type { SqliteConnection } from '../connection.ts';
import { parsePlan } from '../eqp.ts';
import { fact, type QueryFact } from '../facts.ts';
import { isBusy, isCorrupt, sqliteError, sqliteFailure } from '../failures.ts';
import type { ConfiguredQuery } from '../options.ts';
import { type TimingResult, timeQuery, timingSample } from '../query-timing.ts';
import { readPlan } from './plan-reading.ts';

/** Parameter sets that go into the fact; all of them are used for timing. */
const SAMPLED_SETS = 5;

export const queries = defineCollector<SqliteConnection>({
  id: 'queries',
  title: 'Times and plans of the configured queries',
  kind: 'probe',
  cost: 'Runs each configured query on the live file, read-only, up to `runs` times within `queryBudget`; a query that takes longer than `queryTimeout` is ended.',
  timeLimit: 600,
  async collect(connection, context) {
    const { queries: configured, runs, queryBudget, queryTimeout } = connection.options;
    const effort = {
      runs: { least: 1, most: runs },
      budgetSeconds: queryBudget,
      firstCounts: true,
      timeoutSeconds: queryTimeout,
    };
    const names = Object.keys(configured);
    if (names.length === 0) {
      return { gaps: [{ what: 'sqlite.query.duration', why: 'no queries are configured for this database' }] };
    }
    const samples: Sample[] = [];
    const facts: Fact[] = [];
    const gaps: Gap[] = [];
    const broken: Error[] = [];
    await connection.runner().during(async () => {
      for (const name of names) {
        const query = configured[name]!;
        const result = await timeQuery(connection, query, effort, context.signal);
        facts.push(fact('sqlite.query', name, factOf(query, result)));
        const sample = timingSample(name, context.environment.now(), result);
        if (sample) samples.push(sample);
        const why = whyNot(result);
        if (why !== null) gaps.push({ what: `sqlite.query.duration of ${name}`, why });
        if ('failed' in result && result.errcode !== null) broken.push(sqliteError(result.failed, result.errcode));
      }
      // A damaged file is no matter of one query; a lock is, unless no other was answered either.
      const reason = broken.find(isCorrupt) ?? (samples.length === 0 ? broken.find(isBusy) : undefined);
      if (reason !== undefined) throw sqliteFailure(reason, connection.path);
    });
    return { samples, facts, gaps };
  },
});

function whyNot(result: TimingResult): string | null {
  if ('refused' in result) return `it was not run: ${result.refused}`;
  if ('failed' in result) return result.failed;
  return 'unanswered' in result ? `${result.unanswered}; it counts as that` : null;
}

function factOf(query: ConfiguredQuery, result: TimingResult): QueryFact {
  const plan = parsePlan('timing' in result ? result.timing.plan : 'unanswered' in result ? result.plan : []);
  return {
    sql: query.sql,
    params: query.params.slice(0, SAMPLED_SETS),
    calls: query.calls ?? null,
    refused: 'refused' in result ? result.refused : null,
    plan,
    ...readPlan(plan),
    rows: 'timing' in result ? result.timing.rows : null,
  };
}
