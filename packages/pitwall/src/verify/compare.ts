import { type Comparison, type ComparisonVerdict, FEWEST_BLOCKS, type Selector } from '../model/change.ts';
import type { Indicator } from '../model/indicator.ts';
import { holm } from '../stats/holm.ts';
import { labelsInclude, seriesTitle } from '../stats/labels.ts';
import { seededRandom } from '../stats/random.ts';
import { compareSeries, type Draft } from './compare-series.ts';
import { withoutCommonMoves } from './control-group.ts';
import { decide, effectSize } from './decide.ts';
import { type Series, seriesOf } from './series.ts';

export interface CompareInput {
  /** `repeated`: all blocks before, then all after. `interleaved`: block i of one next to block i of the other. */
  readonly design: 'repeated' | 'interleaved';
  /** One list of indicators a block, in the order they ran. The block is the unit: never a request. */
  readonly before: readonly (readonly Indicator[])[];
  readonly after: readonly (readonly Indicator[])[];
  /** What must improve. Everything else is a guard. Empty: nothing in particular; then harm shows, and the verdict is never `improved`. */
  readonly affects: readonly Selector[];
  /** What cannot have been touched; for the repeated design, see control-group.ts. Absent: nothing known. */
  readonly controls?: readonly Selector[];
  /** Relative change below which two states are the same, 0–1. */
  readonly tolerance: number;
  /** Of the resampling behind the noise floor: the same blocks and seed give the same result. */
  readonly seed: number;
}

export interface CompareResult {
  /** Affected first, then the worst, then the largest effect. */
  readonly comparisons: readonly Comparison[];
  /** `improved` only when the change may be kept, see decide.ts. */
  readonly verdict: ComparisonVerdict;
  readonly because: string;
  /** Of the affected indicator with the largest effect (of any, without affected ones); null when nothing was comparable. */
  readonly noiseFloor: number | null;
}

/**
 * Compares blocks measured before and after a change.
 *
 * Each indicator: Hodges–Lehmann estimate of the ratio of block values (differences of logarithms, transformed back) and a
 * 95 % interval (contrast.ts). `improved` or `regressed` needs all of: corrected p < 0.05, an interval without 1, and a change larger
 * than both the tolerance and this machine's noise floor. `unchanged` needs the interval inside the tolerance. All else is
 * `inconclusive`.
 *
 * Holm's correction is made within two families that share the 5 % evenly: the affected indicators, which answer the question
 * the trial was made for, and the guards, which watch for harm. In one family a dozen guards would take the power from the
 * question, and the trial could never prove anything; clinical trials keep safety checks apart from the primary hypothesis for
 * the same reason (EMA, "Points to consider on multiplicity issues in clinical trials", CPMP/EWP/908/99; R. Bender, S. Lange,
 * "Adjusting for multiple testing: when and how?", Journal of Clinical Epidemiology 54 (2001)). So any false verdict in a
 * whole trial comes at most 1 time in 20, drift aside (simulation.test.ts has the rates).
 *
 * With controls, what moved those alike is taken off first (control-group.ts).
 *
 * A growing share of failed requests is no noise to be outvoted: see failures.ts. A guard in bytes is a cost and not a harm until it more than doubles (compare-series.ts); `because` names what it costs.
 */
export function compareBlocks(input: CompareInput): CompareResult {
  const found = seriesOf(input.before, input.after);
  const isAffected = (one: Series) => input.affects.some((selector) => selects(selector, one));
  const isControl = (one: Series) =>
    !isAffected(one) && (input.controls ?? []).some((selector) => selects(selector, one));
  // Interleaved blocks see the same moves in both arms already.
  const controlled = input.design === 'repeated' ? withoutCommonMoves(found, isControl) : null;
  const series = controlled?.series ?? found;
  const first = drafted(series, input, false);
  const commonDrift = input.design === 'repeated' && driftsTogether(first.map(({ draft }) => draft));
  const drafts = commonDrift ? drafted(series, input, true) : first;
  const comparisons = corrected(drafts).sort(byWorth);

  const compared = new Set(drafts.map((entry) => entry.series));
  const unmatched = input.affects.filter((selector) => !drafts.some((entry) => selects(selector, entry.series)));
  const lost = series.filter((one) => !compared.has(one) && one.before.length >= FEWEST_BLOCKS).map(lostTitle);
  const failing = drafts
    .filter(({ draft }) => draft.failsMore)
    .map(({ draft: { comparison } }) => seriesTitle(comparison.indicator, comparison.labels));
  const decision = decide({ comparisons, unmatched, lost, failing });
  const drifting = drafts.filter(({ draft, affected }) => draft.drift !== 0 && (affected || commonDrift));
  const incomplete = drafts.filter(
    ({ draft: { comparison } }) =>
      comparison.blocks.before < input.before.length || comparison.blocks.after < input.after.length,
  );
  const asides = [
    controlNote(controlled?.controls ?? 0),
    spaceNote(drafts),
    driftNote(drifting.length),
    gapNote(incomplete.length),
  ].filter((aside) => aside !== '');
  return {
    comparisons,
    verdict: decision.verdict,
    because: [decision.because, ...asides].join(' '),
    noiseFloor: decision.headline?.noiseFloor ?? null,
  };
}

interface Entry {
  readonly series: Series;
  readonly draft: Draft;
  readonly affected: boolean;
}

function drafted(series: readonly Series[], input: CompareInput, commonDrift: boolean): Entry[] {
  const { design, tolerance, seed, affects } = input;
  const settings = { design, tolerance, blocksBefore: input.before.length, commonDrift };
  const random = seededRandom(seed);
  return series.flatMap((one) => {
    const affected = affects.some((selector) => selects(selector, one));
    const draft = compareSeries(one, affected, settings, random);
    return draft ? [{ series: one, draft, affected }] : [];
  });
}

/** A machine that heats up or a neighbour that wakes shows in many indicators at once, each alone too faint to be sure. */
function driftsTogether(drafts: readonly Draft[]): boolean {
  const random = drafts.filter((draft) => draft.random && draft.comparison.direction !== 'neutral');
  const most = Math.max(...[-1, 1].map((way) => random.filter(({ drift }) => drift === way).length));
  return random.length >= 3 && most > 0.4 * random.length;
}

function selects(selector: Selector, series: Series): boolean {
  return selector.indicator === series.indicator && labelsInclude(series.labels, selector.labels);
}

function corrected(entries: readonly Entry[]): Comparison[] {
  // No test is made where nothing varies or nothing is judged: they are no part of a family.
  const tested = ({ draft }: Entry) => draft.random && draft.comparison.direction !== 'neutral';
  const families = [true, false]
    .map((affected) => entries.filter((entry) => entry.affected === affected))
    .filter((family) => family.length > 0);
  const ofFailures = ({ draft }: Entry) => !Number.isNaN(draft.failureChance);
  const sharing = families.filter((family) => family.some((entry) => tested(entry) || ofFailures(entry))).length;
  return families.flatMap((family) => {
    // Failures are tested twice, block by block and exactly: both are of the family.
    const adjusted = holm([
      ...family.map((entry) => (tested(entry) ? entry.draft.comparison.pValue : Number.NaN)),
      ...family.map(({ draft }) => draft.failureChance),
    ]).map((pValue) => Math.min(1, sharing * pValue));
    return family.map((entry, i): Comparison => {
      const { comparison } = entry.draft;
      const pValue = tested(entry) ? adjusted[i]! : comparison.pValue;
      return { ...comparison, pValue, verdict: entry.draft.verdict(pValue, adjusted[family.length + i]!) };
    });
  });
}

const ORDER: readonly ComparisonVerdict[] = ['regressed', 'improved', 'inconclusive', 'unchanged'];

function byWorth(a: Comparison, b: Comparison): number {
  return (
    Number(b.affected) - Number(a.affected) ||
    ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) ||
    effectSize(b) - effectSize(a)
  );
}

function lostTitle({ indicator, labels, before, after }: Series): string {
  return `${seriesTitle(indicator, labels)} (${before.length} blocks before, ${after.length} after)`;
}

function spaceNote(entries: readonly Entry[]): string {
  return entries
    .filter(({ draft }) => draft.costsSpace)
    .map(
      ({ series, draft }) =>
        `It costs space: ${seriesTitle(series.indicator, series.labels)} at ${draft.comparison.ratio.toFixed(2)} ×.`,
    )
    .join(' ');
}

function controlNote(controls: number): string {
  return controls > 0
    ? `Taken off is what ${controls} indicators that it cannot have touched did alike in the same blocks.`
    : '';
}

function driftNote(drifting: number): string {
  return drifting > 0 ? 'Blocks of one and the same state may have drifted; the intervals allow for it.' : '';
}

function gapNote(incomplete: number): string {
  if (incomplete === 0) return '';
  return `${incomplete} ${incomplete === 1 ? 'indicator has' : 'indicators have'} blocks without a value; those were left out.`;
}
