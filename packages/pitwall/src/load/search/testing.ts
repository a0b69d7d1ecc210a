import type { LoadTick } from '../../model/load.ts';
import type { SearchCheck, SearchPlan } from '../../model/search.ts';
import { nearestRank } from '../../stats/quantile.ts';
import type { Random } from '../../stats/random.ts';
import { bracketOf, type Tried } from './bracket.ts';
import { judgeStep, type StepView } from './judge-step.ts';
import { type Decision, inARow, nextStep } from './next-step.ts';
import { searchPlan, secondsOf } from './plan.ts';

export const PLAN: SearchPlan = searchPlan({});

/** Something that answers requests sent at a constant rate. */
export type Service = (rate: number, seconds: number, random: Random) => StepView;

export const exponential = (mean: number, random: Random): number => -mean * Math.log(1 - random());
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export const check = (indicator: string, unit: SearchCheck['unit'], value: number, limit: number): SearchCheck => ({
  indicator,
  labels: {},
  unit,
  direction: 'lower-is-better',
  limit,
  source: 'test',
  value,
  kept: value <= limit,
});

/** What a step looks like when a request that is due at `at` is answered at `at + response`. Two seconds are warm-up. */
export function viewOf(
  rate: number,
  seconds: number,
  responses: readonly number[],
  p99Limit: number,
  failed = 0,
): StepView {
  const warmup = Math.round(2 * rate);
  const arrivals = responses.map((response, i) => ({ due: (i - warmup) / rate, response }));
  const done = Array.from({ length: seconds }, (): number[] => []);
  const underWay = new Array<number>(seconds).fill(0);
  for (const { due, response } of arrivals) {
    const end = Math.floor(due + response);
    if (end >= 0 && end < seconds) done[end]!.push(response);
    for (let second = Math.max(0, Math.ceil(due) - 1); second < Math.min(end, seconds); second++) underWay[second]!++;
  }
  const ticks = done.map(
    (times, second): LoadTick => ({
      at: second + 1,
      completed: times.length,
      errors: 0,
      p50: nearestRank(times, 50),
      p90: nearestRank(times, 90),
      p99: nearestRank(times, 99),
      bytes: 0,
      inFlight: underWay[second]!,
      heat: [],
    }),
  );
  const counted = arrivals.filter(({ due }) => due >= 0 && due < seconds).map(({ response }) => response);
  const ratio = failed / Math.max(1, counted.length);
  return {
    rate,
    users: 1000,
    ticks,
    planned: counted.length,
    started: counted.length,
    sent: counted.length,
    ok: counted.length - failed,
    valid: true,
    invalidBecause: [],
    saturated: false,
    partial: null,
    danger: null,
    checks: [
      check('load.response.duration.p99', 's', nearestRank(counted, 99), p99Limit),
      check('load.error.ratio', '1', ratio, 0.01),
    ],
  };
}

/** Requests at equal distances, `servers` that take them in order, and what each one takes. */
export function queueing(servers: number, service: (random: Random) => number, p99Limit: number): Service {
  return (rate, seconds, random) => {
    const free = new Array<number>(servers).fill(Number.NEGATIVE_INFINITY);
    const responses = Array.from({ length: Math.round(rate * (seconds + 2)) }, (_, i) => {
      const due = i / rate;
      let first = 0;
      for (let k = 1; k < servers; k++) if (free[k]! < free[first]!) first = k;
      free[first] = Math.max(due, free[first]!) + service(random);
      return free[first]! - due;
    });
    return viewOf(rate, seconds, responses, p99Limit);
  };
}

/** Runs the pure part of a search against a service. */
export function search(
  service: Service,
  random: Random,
  plan: SearchPlan = PLAN,
): { readonly rates: readonly number[]; readonly decision: Decision; readonly bracket: ReturnType<typeof bracketOf> } {
  const history: Tried[] = [];
  for (;;) {
    const decision = nextStep(history, plan);
    if (decision.kind === 'done') {
      return { rates: history.map(({ rate }) => rate), decision, bracket: bracketOf(history) };
    }
    if (history.length > 10 * plan.mostSteps) throw new Error('the search does not end');
    const { rate } = decision;
    const holds = history.at(-1)?.rate === rate ? inARow(history, 'hold') : 0;
    const view = service(rate, Math.round(secondsOf(decision, plan)), random);
    history.push({ rate, verdict: judgeStep(view, holds, plan).verdict });
  }
}
