import { printable } from '../errors.ts';
import type { Indicator, IndicatorDefinition } from '../model/indicator.ts';
import type { Observation, Sample } from '../model/observation.ts';
import type { Target } from '../model/target.ts';
import { seriesKey } from '../stats/labels.ts';
import { deriveStatistic } from './series.ts';

/** Definitions by integration id. */
export type Definitions = ReadonlyMap<string, readonly IndicatorDefinition[]>;

/**
 * Derives every indicator that the targets' integrations define: one for each label set of its sample. One whose sample is
 * nowhere appears once, without labels, with value null and the reason: absent is never zero and never left out.
 * Order: as the targets appear, then as defined, then as sampled.
 */
export function deriveIndicators(observations: readonly Observation[], definitions: Definitions): Indicator[] {
  return targetsOf(observations).flatMap((target) => {
    const own = observations.filter((observation) => observation.target.id === target.id);
    const samples = Map.groupBy(
      own.flatMap((observation) => observation.samples),
      ({ name }) => name,
    );
    return (definitions.get(target.integration) ?? []).flatMap((definition) => {
      const found = samples.get(definition.from.sample);
      return found ? derive(target, definition, found) : [absent(target, definition, own)];
    });
  });
}

function targetsOf(observations: readonly Observation[]): Target[] {
  return [...new Map(observations.map(({ target }) => [target.id, target])).values()];
}

function derive(target: Target, definition: IndicatorDefinition, samples: readonly Sample[]): Indicator[] {
  const groups = Map.groupBy(samples, ({ name, labels }) => seriesKey(target.id, name, labels));
  return [...groups.values()].map((group) => {
    const { value, count, because } = deriveStatistic(group, definition.from.statistic);
    return {
      ...described(target, definition),
      labels: group[0]!.labels,
      value,
      count,
      ...(because === undefined ? {} : { because: `${group[0]!.name}: ${because}` }),
    };
  });
}

function absent(target: Target, definition: IndicatorDefinition, own: readonly Observation[]): Indicator {
  return {
    ...described(target, definition),
    labels: {},
    value: null,
    count: 0,
    because: whyAbsent(definition.from.sample, own),
  };
}

function described(target: Target, { name, unit, direction, countsFailures }: IndicatorDefinition) {
  return { target: target.id, name, unit, direction, ...(countsFailures ? { countsFailures } : {}) };
}

/** A gap that names the sample (or the group it belongs to) explains best; else a collector that failed; else nothing does. */
function whyAbsent(sample: string, own: readonly Observation[]): string {
  const gap = own
    .flatMap(({ gaps }) => gaps)
    .find(({ what }) => what === sample || sample.startsWith(`${what}.`) || what.split(/[\s,;:{]+/).includes(sample));
  if (gap) return printable(`${gap.what}: ${gap.why}`);
  const failed = own.map(failureReason).find((reason) => reason !== null);
  if (failed) return failed;
  return `nothing measured ${sample} in this run`;
}

/** How an absent indicator names the collector that failed; null when it did not. */
export function failureReason({ collector, failure }: Observation): string | null {
  if (!failure) return null;
  const message = failure.message.replace(/\.$/, '');
  return printable(message.includes(collector) ? message : `${collector} failed: ${message}`);
}
