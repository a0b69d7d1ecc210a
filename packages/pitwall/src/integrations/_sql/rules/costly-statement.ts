import type { Evidence, RuleResult, RuleView, Threshold } from '../../../model/rule.ts';
import { type CountedStatement, percentOf, statementTitle } from './statement-text.ts';
import { type Counts, enoughCounted, youngCounts } from './young-counts.ts';

export const PG_EXTRAS = { title: 'ruby-pg-extras: outliers', url: 'https://github.com/pawurb/ruby-pg-extras' };

export const WHY_COSTLY =
  'Where one statement takes a third of the time, no change to any other helps as much. It may be slow, or only called very often: both are worth a look.';

/** Thresholds that do not depend on the dialect; `minimumSeconds` and `slowCall` do. */
export const costlyThresholds = {
  share: {
    value: 0.33,
    unit: '1',
    source: 'pg-extras diagnose: an outlier takes a third of the execution time or more.',
  },
  ...enoughCounted,
} as const satisfies Readonly<Record<string, Threshold>>;

/** @param value seconds in all statements; how long a usual one takes, the dialect knows */
export function minimumSeconds(value: number): Threshold {
  return { value, unit: 's', source: 'Own choice: of less time in statements, a single slow one makes any share.' };
}

/** What all statements took together, in seconds; the result of the rule where shares of that say nothing. */
export function judgedTime(
  view: RuleView,
  workload: Counts & { readonly seconds: number | null },
): number | { readonly notApplicable: string } | { readonly notYet: string } {
  const { seconds } = workload;
  if (seconds === null) return { notApplicable: 'nothing measures what statements take' };
  const young = youngCounts(view, workload);
  if (young !== null) return { notYet: young };
  return seconds < view.threshold('minimumSeconds')
    ? { notApplicable: `statements have taken ${seconds.toFixed(1)} s altogether: too little to judge shares by` }
    : seconds;
}

/** Statements that take much of `total` (`judgedTime`), and whether by what a call takes or by their number. */
export function costlyStatements<S extends CountedStatement>(
  view: RuleView,
  total: number,
  statements: Iterable<readonly [id: string, statement: S]>,
  evidenceOf: (statement: S) => readonly Evidence[],
): RuleResult {
  const found = [...statements].flatMap(([id, statement]) => {
    const seconds = statement.seconds ?? 0;
    const share = seconds / total;
    if (share < view.threshold('share')) return [];
    const isSlow = seconds / statement.calls >= view.threshold('slowCall');
    return [
      {
        subject: id,
        summary: `${percentOf(share)} of the execution time goes into one statement: ${statementTitle(statement.text)}`,
        severity: 'warning' as const,
        confidence: 'high' as const,
        evidence: [{ label: 'share of the execution time', value: share, unit: '1' }, ...evidenceOf(statement)],
        advice: {
          text: isSlow
            ? 'A call takes long: look at its plan (pitwall db explain), and at what index would help (pitwall db indexes).'
            : 'A call is quick, there are only many: ask for several rows at once, keep answers for a while, or leave out calls that nobody needs.',
        },
      },
    ];
  });
  return found.length > 0
    ? { found }
    : { clear: `no statement takes ${percentOf(view.threshold('share'))} of the execution time` };
}
