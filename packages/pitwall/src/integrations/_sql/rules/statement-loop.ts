import { printable } from '../../../errors.ts';
import type { Advice, FindingDraft, RuleResult, RuleView, Threshold } from '../../../model/rule.ts';
import { MORE_THAN } from '../workload/loops.ts';
import { statementTitle } from './statement-text.ts';

export const N_PLUS_ONE = {
  title: 'Sentry: N+1 queries',
  url: 'https://docs.sentry.io/product/issues/issue-details/performance-issues/n-one-queries/',
};

export const LOOP_TITLE = 'The application asks in a loop what it could ask at once (N+1)';

export const loopThresholds = {
  calls: {
    value: MORE_THAN,
    unit: 'calls',
    source: 'Sentry: more than 5 similar, non-overlapping statements in a request.',
  },
  secondsPerRequest: {
    value: 0.05,
    unit: 's',
    source: 'Sentry: 50 ms altogether. Here it decides between a warning and a remark.',
  },
} as const satisfies Readonly<Record<string, Threshold>>;

export const ASK_AT_ONCE =
  'Ask for all of them at once: a join, or one statement with a list of keys; in an ORM, eager loading.';

/** Calls of one statement within a request, one after the other. Texts and endpoints are hostile. */
interface SeenLoop {
  readonly statement: string;
  readonly text: string;
  readonly endpoint: string | null;
  readonly requests: number;
  readonly callsPerRequest: number;
  readonly secondsPerRequest: number | null;
}

/** Loops of enough calls, each as `findingOf` has it. `isCostly`: whether its calls take long enough for a warning. */
export function judgeLoops<L extends SeenLoop>(
  view: RuleView,
  loops: Iterable<L>,
  findingOf: (loop: L, isCostly: boolean) => FindingDraft,
): RuleResult {
  const found = [...loops].filter(({ callsPerRequest }) => callsPerRequest > view.threshold('calls'));
  if (found.length === 0) return { clear: 'no request asks in a loop, as far as can be seen' };
  const least = view.threshold('secondsPerRequest');
  return { found: found.map((loop) => findingOf(loop, (loop.secondsPerRequest ?? 0) >= least)) };
}

/** What findings of a loop share, proven or not: the same statement in two endpoints is two loops. @param counted what `requests` counts */
export function loopDraft(loop: SeenLoop, counted: string): Pick<FindingDraft, 'subject' | 'evidence'> {
  const { statement, text, endpoint, requests, callsPerRequest, secondsPerRequest } = loop;
  return {
    subject: endpoint === null ? statement : `${statement} ${printable(endpoint)}`,
    evidence: [
      { label: 'statement', value: printable(text) },
      { label: 'calls in a request (median)', value: callsPerRequest },
      { label: counted, value: requests },
      secondsPerRequest === null
        ? { label: 'time of them in a request', value: 'not measured' }
        : { label: 'time of them in a request', value: secondsPerRequest, unit: 's' },
    ],
  };
}

/** The finding of a loop that the trace of its requests proves. */
export function provenLoop(loop: SeenLoop, isCostly: boolean, advice: Advice): FindingDraft {
  const who = loop.endpoint === null ? 'a request' : printable(loop.endpoint);
  return {
    ...loopDraft(loop, 'requests seen to do so'),
    summary: `${who} asks the same ${Math.round(loop.callsPerRequest)} times in a row: ${statementTitle(loop.text)}`,
    severity: isCostly ? 'warning' : 'info',
    confidence: 'high',
    advice,
  };
}
