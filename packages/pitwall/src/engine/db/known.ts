import type { PitwallError } from '../../errors.ts';
import type { IndexAdvice, NotConsidered, Workload } from '../../model/database.ts';
import { counted, either } from '../../model/plural.ts';

/** From this share of the time on that nothing is known of, "nothing to do" would be said of the smaller part. [judgement] */
const MOST = 0.5;

/** Advice that could not be had at all: the reason, and what to do. What else is known of the database stands. */
export function noAdvice({ message, hint }: PitwallError): IndexAdvice {
  return {
    proposals: [],
    rejected: [],
    notConsidered: [],
    notKnown: [message, hint],
    whatIf: '',
    nothingToDo: null,
    cost: { statements: 0, seconds: 0 },
    sweep: [],
  };
}

/** The advice with the weight of what was not considered, and with why it is not known whether there is something to do. */
export function weighedAdvice(workload: Workload, advice: IndexAdvice): IndexAdvice {
  const { statements } = workload;
  const isTimed = statements.some(({ seconds }) => (seconds ?? 0) > 0);
  const weights = new Map(statements.map(({ id, seconds, calls }) => [id, isTimed ? (seconds ?? 0) : calls]));
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const notUnderstood = new Set(statements.filter((one) => one.notUnderstood !== null).map(({ id }) => id));
  const notConsidered = advice.notConsidered
    .map((one): NotConsidered => {
      const share = total > 0 ? (weights.get(one.statement) ?? 0) / total : null;
      return {
        ...one,
        ...(one.unknown || notUnderstood.has(one.statement) ? { unknown: true } : {}),
        ...(share === null ? {} : { share }),
      };
    })
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
  const weighed = { ...advice, notConsidered };
  if (advice.proposals.length > 0 || advice.notKnown !== undefined) return weighed;
  const notKnown = whyNotKnown(workload, notConsidered, total);
  return notKnown === null ? weighed : { ...weighed, notKnown, nothingToDo: null };
}

function whyNotKnown(
  { statements, sources, window }: Workload,
  notConsidered: readonly NotConsidered[],
  total: number,
): readonly string[] | null {
  const missing = sources.flatMap((source) => source.missing);
  if (statements.length === 0) {
    if (missing.length > 0) return ['No statement of it is known.', ...missing];
    return window === null
      ? ['No statement of it is known: nothing counts or logs them, and no file names any.']
      : ['No statement ran in the time that was looked at.'];
  }
  const hidden = sources.reduce((sum, source) => sum + (source.hidden ?? 0), 0);
  if (hidden / (hidden + statements.length) >= MOST) {
    return [
      `Of ${counted(hidden + statements.length, 'statement')} ${hidden} ${either(hidden, 'is', 'are')} hidden from the role of Pitwall.`,
      ...missing,
    ];
  }
  const unknown = notConsidered.filter((one) => one.unknown);
  const share =
    total > 0 ? unknown.reduce((sum, one) => sum + (one.share ?? 0), 0) : unknown.length / statements.length;
  if (share < MOST) return null;
  // The others stand with what was not considered.
  return [
    `${unknown.length} of ${counted(statements.length, 'statement')}, with ${percent(share)} of the time, could not be considered.`,
    unknown[0]!.because,
  ];
}

function percent(share: number): string {
  return share > 0.995 ? 'all' : `${Math.round(share * 100)} %`;
}
