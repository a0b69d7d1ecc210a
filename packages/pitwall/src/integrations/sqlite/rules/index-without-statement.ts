import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import type { Evidence, RuleResult, RuleView } from '../../../model/rule.ts';
import { ageText, DAY, unusedFor } from '../../_sql/rules/age.ts';
import { type PlanNode, stepsOf } from '../eqp.ts';
import { factsOf, type IndexFact, type IndexUseFact, type QueryFact, type WorkloadFact } from '../facts.ts';

/** Sentences on what the logs lack, in the evidence. */
const MOST_MISSING = 5;

export const indexWithoutStatement = defineRule({
  id: 'sqlite/index-without-statement',
  meta: {
    title: 'An index that no plan of the captured workload names',
    why: 'Every insert and delete, and every update of its columns, writes it. SQLite does not count how often an index is used, so that nothing uses it cannot be known from outside: only that no statement which was told of does, and how long that was watched.',
    sources: [
      { title: 'SQLite: EXPLAIN QUERY PLAN', url: 'https://sqlite.org/eqp.html' },
      { title: 'SQLite: PRAGMA index_list', url: 'https://sqlite.org/pragma.html#pragma_index_list' },
    ],
    needs: { facts: ['sqlite.table'] },
    uses: { facts: ['sqlite.index', 'sqlite.query', 'sqlite.workload', 'sqlite.index-use', 'sqlite.foreign-key'] },
    doesNotApplyWhen:
      'The logs of the application cover less than 35 days, or have ended: what asks once a month is not in them. Without logs, or where they do not tell when statements were called: there are few configured queries, or few on the very table. Indexes that are unique, partial, of a constraint, or that find the children of a foreign key are never named, nor those of tables that a trigger or a statement without a plan reads.',
    confirmedBy: 'Nothing: it is a question to who knows the application, not a change.',
    thresholds: {
      logAge: unusedFor,
      logEnded: {
        value: 7 * DAY,
        unit: 's',
        source: 'Own choice: of an application that was silent for more than a week the log may be switched off.',
      },
      minimumCalls: {
        value: 100,
        unit: 'calls in the logs',
        source: 'Own choice: fewer are trials of a developer and no workload.',
      },
      minimumQueries: {
        value: 10,
        unit: 'queries with a plan',
        source: 'Own choice: fewer are examples and no workload. Only for configured queries.',
      },
      minimumOnTable: {
        value: 3,
        unit: 'queries whose plans read the table',
        source: 'Own choice, as above. Of a table that logs tell of, one statement is enough.',
      },
      minimumBytes: {
        value: 2 ** 20,
        unit: 'bytes',
        source: 'pg-extras names unused indexes from 1 MB on: a smaller one costs little.',
      },
    },
  },

  evaluate(view) {
    const indexes = factsOf(view, 'sqlite.index');
    if (indexes.size === 0) return { notApplicable: 'the database has no indexes' };
    const queries = [...factsOf(view, 'sqlite.query').values()].filter(({ plan }) => plan.length > 0);
    const use = factsOf(view, 'sqlite.index-use').get('');
    const workload = factsOf(view, 'sqlite.workload').get('');
    const logged = use && workload && workload.calls > 0 ? { use, workload } : null;
    if (logged === null && queries.length === 0) {
      return { notApplicable: 'no log, file of SQL or configured query tells what is asked' };
    }
    const named = new Set(use?.indexes);
    for (const { plan } of queries) for (const index of indexesIn(plan)) named.add(index);
    const needed = new Set([...factsOf(view, 'sqlite.foreign-key').values()].map(({ coveredBy }) => coveredBy));
    const idle = [...indexes].filter(
      ([name, index]) =>
        isOnlyForSpeed(index) &&
        !needed.has(name) &&
        !named.has(name.toLowerCase()) &&
        (index.bytes ?? 0) >= view.threshold('minimumBytes'),
    );
    if (idle.length === 0) return { clear: 'every large index that only finds rows is named by a plan' };
    const basis = basisOf(view, queries, logged);
    return 'basis' in basis ? judge(idle, basis.basis, new Set(use?.unknown)) : basis;
  },
});

/** What it is judged by that nothing uses an index. */
interface Basis {
  /** `the 40 statements that the logs tell of in 36 days`. */
  readonly what: string;
  /** Statements on a table, and how many make one that is asked about. */
  readonly on: (table: string) => number;
  readonly least: number;
  readonly confidence: 'low' | 'medium';
  readonly evidence: readonly Evidence[];
}

interface Logged {
  readonly use: IndexUseFact;
  readonly workload: WorkloadFact;
}

type Answer = { readonly basis: Basis } | Exclude<RuleResult, { found: unknown }>;

/** Logs that tell when statements were called decide, by how long that was watched; else what somebody has written down. */
function basisOf(view: RuleView, queries: readonly QueryFact[], logged: Logged | null): Answer {
  const window = logged?.workload.window ?? null;
  const dated = logged !== null && window !== null && logged.use.lastCallAgo !== null;
  if (dated) return ofLogs(view, logged, window, logged.use.lastCallAgo, queries.length);
  if (queries.length >= view.threshold('minimumQueries')) {
    const texts = queries.map(({ sql }) => sql.toLowerCase());
    const on = (table: string) => texts.filter((sql) => sql.includes(table.toLowerCase())).length;
    const evidence = [{ label: 'captured queries', value: queries.length }];
    const least = view.threshold('minimumOnTable');
    const files =
      logged === null ? '' : ` and ${counted(logged.use.planned, 'statement')} of logs and files without times`;
    const what = `the ${queries.length} captured queries${files}`;
    return { basis: { what, on, least, confidence: 'low', evidence } };
  }
  if (logged !== null) {
    return {
      notApplicable: 'the logs and files do not tell when statements were called: how long they cover is not known',
    };
  }
  return {
    notApplicable: `${counted(queries.length, 'query has', 'queries have')} a plan: too few to say what is not used`,
  };
}

function ofLogs(
  view: RuleView,
  { use, workload }: Logged,
  window: number,
  lastCallAgo: number,
  queries: number,
): Answer {
  if (lastCallAgo > view.threshold('logEnded')) {
    return {
      notApplicable: `the last call in the logs is ${ageText(lastCallAgo)} old: what was asked since then is not known`,
    };
  }
  const least = view.threshold('logAge');
  if (window < least) {
    return { notYet: `the logs cover ${ageText(window)}, and to call an index unused takes ${ageText(least)} of them` };
  }
  const leastCalls = view.threshold('minimumCalls');
  // Without what configured queries are said to be called.
  const calls = workload.sources.reduce((sum, source) => sum + (source.id.startsWith('log:') ? source.calls : 0), 0);
  if (calls < leastCalls) {
    return {
      notYet: `the logs have ${counted(calls, 'call')}, and to call an index unused takes ${leastCalls}`,
    };
  }
  const missing = workload.sources.flatMap((source) => source.missing);
  const also = queries === 0 ? '' : ` and of ${counted(queries, 'configured query', 'configured queries')}`;
  return {
    basis: {
      what: `the ${counted(use.planned, 'statement')} that the logs tell of in ${ageText(window)}${also}`,
      on: (table) => use.tables[table] ?? 0,
      least: 1,
      // A call that was lost may be the one.
      confidence: workload.dropped > 0 || missing.length > 0 ? 'low' : 'medium',
      evidence: [
        { label: 'the logs cover', value: window, unit: 's' },
        { label: 'last call in them', value: lastCallAgo, unit: 's' },
        { label: 'calls in them', value: calls },
        { label: 'statements without a plan', value: use.unplanned },
        ...missing.slice(0, MOST_MISSING).map((sentence) => ({ label: 'not in them', value: printable(sentence) })),
      ],
    },
  };
}

function judge(
  idle: readonly (readonly [name: string, index: IndexFact])[],
  { what, on, least, confidence, evidence }: Basis,
  unknown: ReadonlySet<string>,
): RuleResult {
  const found = idle.filter(([, { table }]) => !unknown.has(table) && on(table) >= least);
  if (found.length === 0) {
    const hidden = idle.filter(([, { table }]) => unknown.has(table)).map(([name, { table }]) => `${name} on ${table}`);
    return {
      clear: printable(
        hidden.length === 0
          ? 'every large index is named by a plan, or its table has too few queries to say'
          : `no plan names ${hidden.join(', ')}, but a trigger or a statement without a plan reads the table and may use it`,
      ),
    };
  }
  return {
    found: found.map(([name, { table, bytes }]) => ({
      subject: name,
      summary: printable(`${name} on ${table} is named by no plan of ${what} (SQLite keeps no count of use)`),
      severity: 'info',
      confidence,
      evidence: [
        { label: 'size', value: bytes, unit: 'By' },
        { label: `captured statements on ${table}`, value: on(table) },
        ...evidence,
      ],
      advice: {
        text: 'If no other program, report or job that uses the file needs it, drop it. Keep its CREATE INDEX text: that is the way back. When it was made SQLite does not tell: one that is new may be for what is still to come.',
      },
    })),
  };
}

function indexesIn(plan: readonly PlanNode[]): readonly string[] {
  return [...stepsOf(plan)].flatMap((step) =>
    'index' in step && step.index !== null ? [step.index.toLowerCase()] : [],
  );
}

/** Whether a partial index is used depends on values, which the calls that were planned need not have. */
function isOnlyForSpeed({ origin, unique, partial }: IndexFact): boolean {
  return origin === 'create' && !unique && !partial;
}
