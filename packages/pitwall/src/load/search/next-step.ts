import type { SearchEnd, SearchPlan, SearchWhy } from '../../model/search.ts';
import { type Bracket, bracketOf, type Tried, type Votes } from './bracket.ts';

export type Decision =
  | { readonly kind: 'step'; readonly rate: number; readonly why: SearchWhy }
  | { readonly kind: 'done'; readonly end: Exclude<SearchEnd, 'interrupted'> };

/**
 * What a search does next, from what it has seen. First it doubles the rate until one fails; then it halves the gap (in
 * logarithms) between the highest passing and the lowest failing rate until it is as narrow as the resolution; then it
 * measures both ends until each has been seen `repeats` times. If the majority turns an end over, the gap opens again and it
 * goes on from there. Doubling and halving as in Nighthawk's adaptive load controller (envoyproxy/nighthawk,
 * docs/root/adaptive_load_controller.md); the repeats are ours: near its limit a service passes one time and fails the next.
 *
 * A step is at most twice a rate that passed, so the limit is overshot by more than its double at most once.
 */
export function nextStep(history: readonly Tried[], plan: SearchPlan): Decision {
  const last = history.at(-1);
  if (!last) return step(plan.from, 'start');
  if (last.verdict === 'danger') return done('danger');
  if (last.verdict === 'invalid') {
    return inARow(history, 'invalid') > plan.mostRetries ? done('generator') : step(last.rate, 'again');
  }
  if (history.length >= plan.mostSteps) return done('unsettled');
  if (last.verdict === 'hold') return step(last.rate, 'hold');
  const bracket = bracketOf(history);
  if (bracket.tied) return step(bracket.tied.rate, 'repeat');
  return upwards(bracket, plan) ?? downwards(bracket, plan) ?? between(bracket, plan);
}

/** Nothing has failed yet. */
function upwards({ passing, failing }: Bracket, plan: SearchPlan): Decision | null {
  if (failing || !passing) return null;
  if (passing.rate < plan.to) return step(Math.min(roundRate(2 * passing.rate), plan.to), 'double');
  return seen(passing) < plan.repeats ? step(passing.rate, 'repeat') : done('top');
}

/** Nothing has passed yet: that is believed when most of the repeats say so, because going on would only hurt. */
function downwards({ passing, failing }: Bracket, plan: SearchPlan): Decision | null {
  if (passing || !failing) return null;
  return failing.failed > plan.repeats / 2 ? done('none') : step(failing.rate, 'repeat');
}

function between({ passing, failing }: Bracket, plan: SearchPlan): Decision {
  const [low, high] = [passing!, failing!];
  const middle = roundRate(Math.sqrt(low.rate * high.rate));
  const narrow = high.rate / low.rate - 1 <= plan.resolution;
  if (!narrow && middle > low.rate && middle < high.rate) return step(middle, 'bisect');
  const rarest = seen(low) <= seen(high) ? low : high;
  return seen(rarest) < plan.repeats ? step(rarest.rate, 'repeat') : done('found');
}

const seen = ({ passed, failed }: Votes): number => passed + failed;
const step = (rate: number, why: SearchWhy): Decision => ({ kind: 'step', rate, why });
const done = (end: Exclude<SearchEnd, 'interrupted'>): Decision => ({ kind: 'done', end });

/** How many of the last steps, at one rate, came out so. */
export function inARow(history: readonly Tried[], verdict: Tried['verdict']): number {
  const rate = history.at(-1)?.rate;
  const other = history.findLastIndex((tried) => tried.verdict !== verdict || tried.rate !== rate);
  return history.length - 1 - other;
}

/** Three significant digits: finer is finer than any resolution, and a person can read it. */
function roundRate(rate: number): number {
  return Number(rate.toPrecision(3));
}
