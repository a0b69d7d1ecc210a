import { printable } from '../errors.ts';
import type { Indicator, IndicatorDefinition, Limits, Objective, Verdict, VerdictStatus } from '../model/indicator.ts';
import type { Observation } from '../model/observation.ts';
import { fewestFor } from '../stats/enough.ts';
import { labelsInclude, seriesKey } from '../stats/labels.ts';
import { type Definitions, failureReason } from './indicators.ts';
import { percentOf } from './series.ts';

const WORST_FIRST: readonly VerdictStatus[] = ['critical', 'error', 'warning', 'off-target', 'no-data', 'pass'];

/**
 * Judges indicators. Objectives from the configuration come first; of several that match an indicator the most specific ones
 * (most labels, a named target) count. Where none matches, the default of the indicator's definition does; without one there is no verdict.
 * An objective that matches nothing is shown as `no-data`, one whose collector failed as `error`. Worst first, then by target,
 * indicator and labels. `observations` tell which collectors failed and what the targets are.
 */
export function judge(
  indicators: readonly Indicator[],
  objectives: readonly Objective[],
  definitions: Definitions,
  observations: readonly Observation[],
): Verdict[] {
  const context: Context = {
    failures: new Set(observations.map((observation) => failureKey(observation.target.id, failureReason(observation)))),
    integration: new Map(observations.map(({ target }) => [target.id, target.integration])),
    definitions,
  };
  const verdicts: Verdict[] = [];
  const used = new Set<Objective>();
  for (const indicator of indicators) {
    const matching = objectives.filter((objective) => matches(objective, indicator));
    for (const objective of matching) used.add(objective);
    const highest = Math.max(...matching.map(specificity));
    const chosen = matching.filter((objective) => specificity(objective) === highest);
    const definition = definitionOf(indicator, context);
    const fallback = definition?.defaultObjective;
    if (chosen.length > 0) verdicts.push(...chosen.map((objective) => verdictOf(indicator, objective, context)));
    else if (fallback && !covered(indicator, objectives, indicators)) {
      verdicts.push(verdictOf(indicator, fallback, context));
    }
  }
  for (const objective of objectives)
    if (!used.has(objective)) verdicts.push(unmatched(objective, indicators, context));
  const keyed = verdicts.map((verdict) => ({
    verdict,
    key: seriesKey(verdict.target, verdict.indicator, verdict.labels),
  }));
  keyed.sort((a, b) => rank(a.verdict) - rank(b.verdict) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ verdict }) => verdict);
}

interface Context {
  /** failureKey() of every collector that failed. */
  readonly failures: ReadonlySet<string>;
  /** Integration by target id. */
  readonly integration: ReadonlyMap<string, string>;
  readonly definitions: Definitions;
}

function rank({ status }: Verdict): number {
  return WORST_FIRST.indexOf(status);
}

function matches(objective: Objective, indicator: Indicator): boolean {
  return (
    objective.indicator === indicator.name &&
    (objective.on === undefined || objective.on === indicator.target) &&
    labelsInclude(indicator.labels, objective.labels)
  );
}

function specificity({ labels, on }: Objective): number {
  return Object.keys(labels ?? {}).length + (on === undefined ? 0 : 1);
}

/** An indicator that is absent altogether has no labels; an objective that asks for some speaks for it (`unmatched`). */
function covered(indicator: Indicator, objectives: readonly Objective[], all: readonly Indicator[]): boolean {
  return (
    indicator.value === null &&
    objectives.some(
      (objective) =>
        objective.indicator === indicator.name &&
        (objective.on ?? indicator.target) === indicator.target &&
        !all.some((other) => matches(objective, other)),
    )
  );
}

function definitionOf(
  { name, target }: Pick<Indicator, 'name' | 'target'>,
  context: Context,
): IndicatorDefinition | undefined {
  return context.definitions.get(context.integration.get(target) ?? '')?.find((definition) => definition.name === name);
}

function verdictOf(
  indicator: Indicator,
  { source, ...limits }: Limits & { source: string },
  context: Context,
): Verdict {
  const { target, name, labels, unit, value } = indicator;
  const base = { target, indicator: name, labels, unit, value, limits: limitsOf(limits), source };
  if (value === null) {
    const status = isFailure(indicator, context) ? 'error' : 'no-data';
    return { ...base, status, because: printable(indicator.because ?? 'nothing was measured') };
  }
  const higherIsBetter = better(indicator, limits);
  const because = [assumed(indicator, higherIsBetter), fewFor(indicator, context)].filter((text) => text !== '');
  return {
    ...base,
    status: statusOf(value, limits, higherIsBetter),
    ...(because.length > 0 ? { because: because.join('; ') } : {}),
  };
}

/** A gap explains itself; what is absent because a collector failed carries that failure as its reason. */
function isFailure({ target, because }: Indicator, { failures }: Context): boolean {
  return because !== undefined && failures.has(failureKey(target, because));
}

function failureKey(target: string, reason: string | null): string {
  return JSON.stringify([target, reason]);
}

/** A limit that is just met is kept. */
function statusOf(value: number, limits: Limits, higherIsBetter: boolean): VerdictStatus {
  const beyond = (limit: number | undefined) => limit !== undefined && (higherIsBetter ? value < limit : value > limit);
  if (beyond(limits.critical)) return 'critical';
  if (beyond(limits.warning)) return 'warning';
  return beyond(limits.target) ? 'off-target' : 'pass';
}

/** Neutral indicators have limits only if somebody set them: the order of the limits then tells which way is better. */
function better({ direction }: Indicator, { target, warning, critical }: Limits): boolean {
  if (direction !== 'neutral') return direction === 'higher-is-better';
  const given = [target, warning, critical].filter((limit) => limit !== undefined);
  return given.length > 1 && given[0]! > given.at(-1)!;
}

function assumed({ direction }: Indicator, higherIsBetter: boolean): string {
  return direction === 'neutral' ? `judged as if ${higherIsBetter ? 'higher' : 'lower'} were better` : '';
}

/** A percentile of too few measurements (stats/enough.ts) is judged all the same, and says so. */
function fewFor(indicator: Indicator, context: Context): string {
  const percent = percentOf(definitionOf(indicator, context)?.from.statistic ?? 'last');
  // The median of one is that one; the tail of a few is not a tail.
  const fewest = percent === null || percent < 90 ? 0 : fewestFor(percent / 100);
  if (indicator.count >= fewest) return '';
  const times = indicator.count === 1 ? 'measurement' : 'measurements';
  return `rests on ${indicator.count} ${times}; a p${percent} needs ${fewest} to mean much`;
}

function unmatched(objective: Objective, indicators: readonly Indicator[], context: Context): Verdict {
  const { indicator: name, labels, on, source, ...limits } = objective;
  const known = [...context.definitions.values()].flat().find((definition) => definition.name === name);
  const named = indicators.filter((indicator) => indicator.name === name);
  const absent = named.find(({ value, target }) => value === null && (on ?? target) === target);
  const wanted = Object.entries(labels ?? {}).map(([label, value]) => `${label}=${value}`);
  const because = absent
    ? (absent.because ?? 'nothing was measured')
    : named.length > 0
      ? `${name} was measured, but not ${[on === undefined ? '' : `on ${on}`, wanted.join(', ')].filter(Boolean).join(' with ')}`
      : known
        ? `no target of this run has ${name}`
        : `nothing in this run is called ${name}`;
  return {
    target: absent?.target ?? on ?? '',
    indicator: name,
    labels: labels ?? {},
    unit: known?.unit ?? '1',
    status: absent && isFailure(absent, context) ? 'error' : 'no-data',
    value: null,
    limits: limitsOf(limits),
    source,
    because: printable(because),
  };
}

function limitsOf({ target, warning, critical }: Limits): Limits {
  return {
    ...(target === undefined ? {} : { target }),
    ...(warning === undefined ? {} : { warning }),
    ...(critical === undefined ? {} : { critical }),
  };
}
