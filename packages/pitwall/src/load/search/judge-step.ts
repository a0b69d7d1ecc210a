import type { LoadTick } from '../../model/load.ts';
import type { SearchCheck, SearchPlan, SearchVerdict, Steadiness } from '../../model/search.ts';
import { fewestNamed } from '../../stats/enough.ts';
import { checkText, fewText, isUndecided } from './check-text.ts';
import { restOf } from './steadiness.ts';
import { grouped } from './words.ts';

/** What is known of a step when it is over. */
export interface StepView {
  readonly rate: number;
  readonly users: number;
  readonly ticks: readonly LoadTick[];
  /** Iterations that were due, and those of them that were started: requests, where every flow is a single one. */
  readonly planned: number;
  readonly started: number;
  /** Requests. */
  readonly sent: number;
  readonly ok: number;
  readonly valid: boolean;
  readonly invalidBecause: readonly string[];
  /** All connections were taken: the service did not keep up. */
  readonly saturated: boolean;
  /** Why the load ended before its time. */
  readonly partial: string | null;
  /** A danger sign of the host, as a sentence. */
  readonly danger: string | null;
  readonly checks: readonly SearchCheck[];
  /** How many times as long the step could be measured; 1, the default: no longer than it was. */
  readonly stretch?: number;
}

export interface StepJudgement {
  readonly verdict: SearchVerdict;
  readonly steadiness: Steadiness;
  /** One sentence. */
  readonly because: string;
  /** What broke, a sentence each. */
  readonly broke: readonly string[];
}

/** Share of the planned iterations that have to be started; as in load/validity.ts. */
const STARTED = 0.99;

/**
 * Whether a service stood a rate. What an unwell generator does (sending late and in bunches, reading late) makes response
 * times longer and never shorter: a service that keeps its objectives in spite of it has kept them, as long as it was
 * sent what was planned; one that breaks them may be innocent, and there is no verdict. `holds`: how often in a row this rate was already measured without coming to rest; a step
 * that is not steady is measured again when that could turn the answer, and not otherwise: growing queues, objectives that
 * are kept while it becomes slower, objectives that are broken while it becomes faster (caches fill, code is compiled). So is one
 * with too few requests for a percentile that has an objective, where a longer step (`stretch`) has enough of them.
 */
export function judgeStep(view: StepView, holds: number, plan: Pick<SearchPlan, 'mostHolds'>): StepJudgement {
  const rest = restOf(view.ticks);
  const answer = (verdict: SearchVerdict, broke: readonly string[], because = broke[0]!): StepJudgement => ({
    verdict,
    steadiness: rest.steadiness,
    because,
    broke,
  });
  if (view.danger !== null) return answer('danger', [`${view.danger.replace(/\.$/, '')}.`]);
  const broken = brokenAltogether(view);
  if (broken !== null) return answer('fail', [broken]);
  const mayHold = holds < plan.mostHolds;
  const broke = view.checks.filter(({ kept }) => kept === false).map(checkText);
  const few = view.checks.filter(isUndecided);
  const kept = few.length === 0 ? 'all objectives' : 'all objectives that could be decided';
  const unwell = view.valid ? null : (view.invalidBecause[0] ?? 'The generator was not well.');
  if (unwell !== null) {
    const inSpite = broke.length === 0 && rest.steadiness !== 'growing' && view.started >= STARTED * view.planned;
    if (!inSpite) return answer('invalid', [], unwell);
    return answer(
      'pass',
      [],
      `It kept ${kept} although the generator was not well, which only adds to times: ${unwell}`,
    );
  }
  if (rest.steadiness === 'growing') {
    const queue = `The queue grew by ${rest.growth.toPrecision(2)} requests every second: the service completes fewer than are sent.`;
    if (broke.length === 0 && mayHold) return answer('hold', [], queue);
    return answer('fail', [...broke, queue]);
  }
  const drifting = rest.steadiness === 'drifting';
  const change = `The median response time changed by a factor of ${rest.drift.toFixed(2)} within the step`;
  if (broke.length > 0) {
    if (drifting && rest.drift < 1 && mayHold) return answer('hold', [], `${change}: it was still becoming faster.`);
    return answer('fail', broke);
  }
  if (drifting && rest.drift > 1 && mayHold) return answer('hold', [], `${change}: it was still becoming slower.`);
  const rough = drifting && rest.drift > 1 ? `, but did not come to rest in ${holds + 1} steps` : '';
  const { stretch = 1 } = view;
  const longer = few.find(({ indicator, count = 0 }) => count * stretch >= fewestNamed(indicator));
  if (longer && mayHold) return answer('hold', [], `Too few requests to tell: ${fewText(longer)}`);
  return answer('pass', [], `It kept ${kept}${rough}${few[0] ? `: ${fewText(few[0])}` : '.'}`);
}

/** What needs no objective and no rest to be seen. */
function brokenAltogether({ sent, ok, users, saturated, partial }: StepView): string | null {
  if (sent > 0 && ok === 0) return `None of the ${grouped(sent)} requests was answered with success.`;
  // No generator is so unwell that it makes a service fail every second request.
  if (ok < sent / 2) return `Only ${grouped(ok)} of ${grouped(sent)} requests were answered with success.`;
  if (partial !== null) return `The load was ended early: ${partial.replace(/\.$/, '')}.`;
  if (saturated) {
    return `All ${grouped(users)} connections were taken and requests waited for one: the service did not keep up.`;
  }
  return null;
}
