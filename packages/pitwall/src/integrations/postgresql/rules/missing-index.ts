import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import type { Confidence, Evidence, FindingDraft, RuleView } from '../../../model/rule.ts';
import { enoughCounted } from '../../_sql/rules/young-counts.ts';
import { adviceRequest } from '../advise/contract.ts';
import type { EffectFact, IndexAdviceFact, IndexProposalFact } from '../facts/advice.ts';
import { factsOf } from '../facts/define.ts';
import type { TableFact } from '../facts/schema.ts';
import type { StatementFact } from '../facts/statements.ts';
import { mayTouch } from '../may-touch.ts';
import { indexChange, MEAN } from './index-change.ts';
import { ageText } from './schema-view.ts';
import { percentOf, ratioOf, statementTitle, type WorkloadView, workloadOf } from './statement-view.ts';

/** A planner's saving of this much is hardly ever wrong in its sign (bar of the bench: 98 %). */
const CLEAR_GAIN = 0.1;

export const missingIndex = defineRule({
  id: 'postgresql/missing-index',
  meta: {
    title: 'Statements read large tables in full',
    why: 'Without an index that fits, PostgreSQL reads every row of the table for each call, or sorts all to return the first few. The time grows with the table. Which indexes pay is decided for all statements together, because each one costs every write.',
    sources: [
      { title: 'PostgreSQL: Indexes', url: 'https://www.postgresql.org/docs/current/indexes.html' },
      { title: 'PostgreSQL: Using EXPLAIN', url: 'https://www.postgresql.org/docs/current/using-explain.html' },
      { title: 'HypoPG: usage', url: 'https://hypopg.readthedocs.io/en/rel1_stable/usage.html' },
    ],
    needs: { facts: ['postgresql.table', 'postgresql.statement'] },
    uses: { facts: ['postgresql.workload', 'postgresql.index-advice', 'postgresql.server'] },
    doesNotApplyWhen:
      'No statement of the workload is known, or all tables that statements read in full are small. Statements were counted for too short a time, or too few of them, to say how often each is called: after a start, or a reset of the counters. Those of files are what the files say.',
    confirmedBy:
      'Asking the planner what each index would do (HypoPG), and building them on a copy where there is one: each statement is timed there with and without, alternately. Only then the confidence is high; what the planner alone expects is low, or medium where it expects a tenth of the cost or less.',
    thresholds: {
      minimumRows: {
        value: 10_000,
        unit: 'rows',
        source: 'PgHero: indexes are reported missing from 10,000 live rows on.',
      },
      minimumReadPerScan: {
        value: 1000,
        unit: 'rows',
        source: 'pg_qualstats’ advisor: conditions that filter at least 1,000 rows.',
      },
      ...enoughCounted,
      minimumSeconds: {
        value: 10,
        unit: 's',
        source: 'Own choice: few calls that take ten seconds together are what the database is for (reports).',
      },
    },
  },

  evaluate(view) {
    const read = workloadOf(view);
    if (!('workload' in read)) return read;
    const few = tooLittleCounted(view, read);
    if (few !== null) return { notYet: few };
    const advice = factsOf(view, 'postgresql.index-advice').get(adviceRequest().key);
    if (advice) {
      if (advice.proposals.length === 0) return { clear: printable(advice.nothingToDo ?? 'no index would help') };
      return { found: advice.proposals.map((proposal) => proposed(proposal, advice, view)) };
    }
    const suspects = suspectsIn(view);
    if (suspects.length === 0) return { clear: 'no statement of the workload reads a large table in full' };
    return { found: [suspicion(suspects)] };
  },
});

interface Suspect {
  readonly key: string;
  readonly table: TableFact;
  readonly statements: readonly StatementFact[];
}

/** Nothing counted it yet: counters cannot say what it would read. */
function isFromFile({ sources }: StatementFact): boolean {
  return sources.length > 0 && sources.every((source) => source.startsWith('file:'));
}

/** Why how often statements are called is not known yet, as a sentence; null: it is, or files say it. */
function tooLittleCounted(view: RuleView, { workload, statements }: WorkloadView): string | null {
  const { window, calls, seconds } = workload;
  if (window === null || statements.some(([, statement]) => isFromFile(statement))) return null;
  const least = view.threshold('minimumWindow');
  if (window < least) {
    return `statements have been counted for ${ageText(window)}, and to say how often each is called takes ${ageText(least)} (minimumWindow)`;
  }
  if (calls >= view.threshold('minimumCalls') || (seconds ?? 0) >= view.threshold('minimumSeconds')) return null;
  return `${counted(calls, 'call')} of statements ${either(calls, 'was', 'were')} counted, and to say how often each is called takes ${counted(view.threshold('minimumCalls'), 'call')} (minimumCalls)`;
}

/** Large tables that are read in full, or may be by statements of files, and which statements may be the ones. */
function suspectsIn(view: RuleView): readonly Suspect[] {
  const statements = [...factsOf(view, 'postgresql.statement').values()].filter(
    ({ kind, notUnderstood }) => notUnderstood === null && ['select', 'update', 'delete', 'merge'].includes(kind),
  );
  return [...factsOf(view, 'postgresql.table')]
    .filter(([, { rows, liveRows }]) => Math.max(rows ?? 0, liveRows) >= view.threshold('minimumRows'))
    .map(([key, table]) => ({
      key,
      table,
      statements: statements.filter((statement) => mayTouch(statement, key)),
    }))
    .filter(({ table: { seqScans, seqRowsRead }, statements: its }) => {
      const isRead = seqScans > 0 && seqRowsRead / seqScans >= view.threshold('minimumReadPerScan');
      return its.length > 0 && (isRead || its.some(isFromFile));
    })
    .sort((a, b) => b.table.seqRowsRead - a.table.seqRowsRead);
}

/** One for the whole database: the question is asked once. */
function suspicion(suspects: readonly Suspect[]): FindingDraft {
  const names = suspects.slice(0, 3).map(({ key }) => key);
  const isCounted = suspects.some(({ table }) => table.seqScans > 0);
  const more = suspects.length > names.length ? ` and ${suspects.length - names.length} more` : '';
  return {
    subject: 'workload',
    summary: printable(`Large tables ${isCounted ? 'are' : 'may be'} read in full: ${names.join(', ')}${more}`),
    severity: 'warning',
    confidence: 'low',
    evidence: suspects.slice(0, 10).flatMap(({ key, table, statements }): Evidence[] => [
      {
        label: printable(`rows that a full scan of ${key} reads`),
        value:
          table.seqScans > 0
            ? Math.round(table.seqRowsRead / table.seqScans)
            : Math.max(table.rows ?? 0, table.liveRows),
      },
      { label: printable(`full scans of ${key}`), value: table.seqScans },
      { label: printable(`statements that may be why (${key})`), value: statements.length },
    ]),
    advice: {
      text: 'Which index would help is found by asking the planner. That takes HypoPG in the database (CREATE EXTENSION hypopg) and a role that may read the tables, or a restored copy of the database, named in pitwall.yaml among the options of its target: `copy: { url: … }`.',
    },
    confirm: adviceRequest(),
  };
}

function proposed(proposal: IndexProposalFact, advice: IndexAdviceFact, view: RuleView): FindingDraft {
  const best = [...proposal.statements].sort((a, b) => ratioOf(a) - ratioOf(b))[0];
  const measured = best?.measured ?? null;
  const confidence = confidenceIn(proposal);
  const text = best === undefined ? 'statements are served by it' : `${effectText(best)}: ${statementTitle(best.text)}`;
  return {
    subject: proposal.subject,
    summary: printable(`An index on ${proposal.table} ${proposal.definition} helps: ${text}`),
    severity: 'warning',
    confidence,
    evidence: [
      ...proposal.statements.map((effect) => ({ label: statementTitle(effect.text), value: effectText(effect) })),
      ...proposal.writes.map((effect) => ({
        label: `write: ${statementTitle(effect.text)}`,
        value: effectText(effect),
      })),
      ...(proposal.bytes === null ? [] : [{ label: 'size of the index', value: proposal.bytes, unit: 'By' }]),
      ...(proposal.savedSeconds === null
        ? []
        : [{ label: 'saved in the workload, writes counted', value: proposal.savedSeconds, unit: 's' }]),
      ...(proposal.buildSeconds === null
        ? []
        : [{ label: 'build time on the copy', value: proposal.buildSeconds, unit: 's' }]),
      { label: 'asked', value: printable(advice.whatIf) },
      { label: 'lock', value: proposal.lock },
    ],
    ...(best === undefined
      ? {}
      : {
          impact: {
            indicator: MEAN,
            labels: { statement: best.statement },
            expectedRatio: ratioOf(best),
            text: measured ? `${effectText(best)} on a copy` : `${effectText(best)}, as the planner expects`,
          },
        }),
    changes: [indexChange(proposal, view)],
  };
}

/** High: a statement is faster with 95 % certainty, where it was built. */
function confidenceIn({ statements }: IndexProposalFact): Confidence {
  if (statements.some(({ measured }) => measured !== null && measured.high < 1)) return 'high';
  return statements.some(({ planner }) => planner !== null && planner <= CLEAR_GAIN) ? 'medium' : 'low';
}

/** `12 times faster (95 %: 10 to 14)`, `3 % slower`, `40 times less cost for the planner`. */
function effectText({ planner, measured }: EffectFact): string {
  if (measured !== null) {
    const { ratio, low, high, atLeast } = measured;
    if (high < 1 && ratio < 0.5) {
      return atLeast
        ? `at least ${figure(1 / ratio)} times faster (it was given up without)`
        : `${figure(1 / ratio)} times faster (95 %: ${figure(1 / high)} to ${figure(1 / low)})`;
    }
    const change = `${percentOf(Math.abs(1 - ratio))} ${ratio <= 1 ? 'faster' : 'slower'}`;
    return low <= 1 && high >= 1 ? `no difference that is certain (${change})` : change;
  }
  return planner === null ? 'not known' : costText(planner);
}

/** Its cost is no time, and is not said to be. */
function costText(ratio: number): string {
  if (ratio < 0.5) return `${figure(1 / ratio)} times less cost for the planner`;
  return `${percentOf(Math.abs(1 - ratio))} ${ratio <= 1 ? 'less' : 'more'} cost for the planner`;
}

function figure(value: number): string {
  return Number(value.toPrecision(2)).toString();
}
