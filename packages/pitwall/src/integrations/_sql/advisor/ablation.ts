import { centre, centreInterval, type Interval } from '../../../stats/hodges-lehmann.ts';
import { NEGLIGIBLE, NOTICED } from './drop-pass.ts';
import { describeIndex, keyOf } from './key-of.ts';
import { brokenIn, effectOf } from './paired-effect.ts';
import type { IndexSpec } from './problem.ts';
import { type BuiltSet, builtSet, type Runs } from './runs.ts';

/** What one index does in its set: the set without it, beside the set with it. */
export interface Ablation {
  readonly spec: IndexSpec;
  /** Seconds in the window that the workload would take more without it, writes counted, and the 95 % interval. */
  readonly savedSeconds: number;
  readonly interval: Interval;
  /** The same ÷ the seconds without it, of the statements on its table. */
  readonly share: number;
  /** Less than anybody would notice: a thousandth of the whole workload, and of no call a tenth of a second. */
  readonly negligible: boolean;
  /** With it ÷ without it, by statement on its table. */
  readonly ratios: ReadonlyMap<string, number>;
  /** The most that a statement gains with certainty: high end of the best ratio's interval. */
  readonly best: number;
  /** There was no time for pairs: the contest's own runs say so, without an interval. */
  readonly glanced?: true;
}

/** Of the seconds of the statements on its table an index must save this share, or be clearly worth it to one statement. */
const SHARE = 0.01;
const CLEARLY = 0.9;

export async function ablate(spec: IndexSpec, set: BuiltSet, runs: Runs, rounds: number): Promise<Ablation> {
  const rest = without(spec, set);
  const statements = runs.touchedBy([spec]);
  const beside = await runs.sideBySide([rest, set], statements, rounds);
  const [left, withIt] = beside;
  const broken = new Set(brokenIn(beside));
  // One that only runs with the index at all is worth it.
  const rescued = statements.some((id) => !left!.get(id) && withIt!.get(id));
  const known = statements.filter((id) => left!.get(id) && withIt!.get(id));
  const pairs = Math.min(...known.map((id) => Math.min(left!.get(id)!.length, withIt!.get(id)!.length)));
  const saved = Array.from({ length: Number.isFinite(pairs) ? pairs : 0 }, (_, i) =>
    known.reduce((sum, id) => sum + runs.callsOf(id) * (left!.get(id)![i]! - withIt!.get(id)![i]!), 0),
  );
  const effects = new Map(known.map((id) => [id, effectOf(left!.get(id)!, withIt!.get(id)!)]));
  const ratios = new Map([...effects].map(([id, { ratio }]) => [id, ratio]));
  for (const id of broken) ratios.set(id, Number.POSITIVE_INFINITY);
  const best = Math.min(1, ...[...effects.values()].map(({ interval }) => interval[1]));
  const infinite = broken.size > 0 ? Number.NEGATIVE_INFINITY : rescued ? Number.POSITIVE_INFINITY : null;
  if (infinite !== null) {
    const interval: Interval = [Math.min(0, infinite), Math.max(0, infinite)];
    return { spec, savedSeconds: infinite, interval, share: Math.sign(infinite), negligible: false, ratios, best };
  }
  const before = known.reduce((sum, id) => sum + runs.callsOf(id) * effects.get(id)!.before, 0);
  const savedSeconds = saved.length > 0 ? centre(saved) : 0;
  const interval = centreInterval(saved, 0.95) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const ofACall = Math.max(0, ...[...effects.values()].map((effect) => effect.before - effect.after));
  const negligible = savedSeconds < NEGLIGIBLE * runs.recordedSeconds && ofACall < NOTICED;
  return { spec, savedSeconds, interval, share: before > 0 ? savedSeconds / before : 0, negligible, ratios, best };
}

/** The same where the time is over: of what could not be run, that it is worth it; the comparison with no index at all decides. */
export async function glance(spec: IndexSpec, set: BuiltSet, runs: Runs): Promise<Ablation> {
  const rest = without(spec, set);
  const statements = runs.touchedBy([spec]);
  for (const each of [rest, set]) await runs.ensure(each, statements, 1);
  const seconds = (each: BuiltSet, id: string) => runs.seconds(each, [id]);
  const isKnown = (value: number) => value > 0 && Number.isFinite(value);
  const known = statements.filter((id) => isKnown(seconds(rest, id)) && isKnown(seconds(set, id)));
  const before = known.reduce((sum, id) => sum + seconds(rest, id), 0);
  const savedSeconds = before - known.reduce((sum, id) => sum + seconds(set, id), 0);
  const ratios = new Map(known.map((id) => [id, seconds(set, id) / seconds(rest, id)]));
  const ofACall = Math.max(0, ...known.map((id) => (seconds(rest, id) - seconds(set, id)) / runs.callsOf(id)));
  return {
    spec,
    savedSeconds: known.length === 0 ? Number.POSITIVE_INFINITY : savedSeconds,
    interval: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    share: before > 0 ? savedSeconds / before : 0,
    negligible: savedSeconds < NEGLIGIBLE * runs.recordedSeconds && ofACall < NOTICED,
    ratios,
    best: Math.min(1, ...ratios.values()),
    glanced: true,
  };
}

function without(spec: IndexSpec, set: BuiltSet): BuiltSet {
  return builtSet(set.specs.filter((other) => keyOf(other) !== keyOf(spec)));
}

/** With certainty it saves time, and not next to none. */
export function isWorthIt({ savedSeconds, interval, share, negligible, best, glanced }: Ablation): boolean {
  if (savedSeconds === Number.POSITIVE_INFINITY) return true;
  return (
    (interval[0] > 0 || (glanced === true && savedSeconds > 0)) && !negligible && (share >= SHARE || best <= CLEARLY)
  );
}

export function whyDropped({ spec, savedSeconds, interval, share, negligible, glanced }: Ablation): string {
  const told = (seconds: number) =>
    Math.abs(seconds) < 1e-6 ? 'nothing' : `${Number((seconds * 1000).toPrecision(2))} ms`;
  if (savedSeconds === Number.NEGATIVE_INFINITY) {
    return `Measured on the copy, a statement fails or times out with ${describeIndex(spec)}.`;
  }
  if (glanced && !negligible) {
    return `Measured on the copy in a few runs, as the time was over, it saves ${told(savedSeconds)} in all: too little to keep an index for.`;
  }
  if ((interval[0] > 0 || glanced) && negligible) {
    return `Measured on the copy, it saves ${told(savedSeconds)} in all, less than a thousandth of the workload: too little to keep an index for.`;
  }
  if (interval[0] > 0) {
    return `Measured on the copy, it saves ${told(savedSeconds)} in all, ${(100 * share).toPrecision(2)} % of its statements' time: too little to keep an index for.`;
  }
  if (interval[0] === 0 && interval[1] === 0)
    return 'Measured on the copy, the workload is no faster with it than without it: beside the others it changes nothing.';
  return `Measured on the copy, the workload is no faster with it than without it: it saves ${told(savedSeconds)} (${Number.isFinite(interval[0] + interval[1]) ? `95 % between ${told(interval[0])} and ${told(interval[1])}` : 'too few runs for an interval'}).`;
}
