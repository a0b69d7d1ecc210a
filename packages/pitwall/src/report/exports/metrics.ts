import type { Report } from '../../model/report.ts';
import { fewestNamed, probabilityOf } from '../../stats/enough.ts';
import { STATUS_ORDER } from '../content/words.ts';
import { clean } from '../text.ts';
import { type ExpositionFormat, expose, type Family, labelName } from './exposition.ts';
import { loadFamilies } from './load-metrics.ts';

/** Labels of an indicator beside our own, under names that the format allows. */
function labelsOf(
  own: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>>,
): Record<string, string> {
  const labels: Record<string, string> = Object.fromEntries(
    Object.entries(own).map(([key, value]) => [key, clean(value)]),
  );
  for (const [key, value] of Object.entries(others)) {
    const name = labelName(key);
    labels[name in labels ? `label_${name}` : name] = clean(value);
  }
  return labels;
}

function runFamilies({ run }: Report): readonly Family[] {
  const { id, command, service, pitwallVersion } = run;
  const labels = labelsOf({ run: id, command, service, version: pitwallVersion }, {});
  return [
    { name: 'pitwall_run', type: 'info', help: 'The run that these numbers are of.', samples: [{ labels, value: 1 }] },
    {
      name: 'pitwall_run_finished_timestamp_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'When the run ended, in seconds since the epoch.',
      samples: [{ labels: {}, value: Date.parse(run.finishedAt) / 1000 }],
    },
  ];
}

function judgedFamilies({ indicators, verdicts }: Report): readonly Family[] {
  return [
    {
      name: 'pitwall_indicator',
      type: 'gauge',
      help: 'What was measured, in the unit that the label says: seconds (s), bytes (By), ratios 0 to 1 (1), counts, or any of them a second.',
      samples: indicators.map(({ target, name, unit, labels, value, count }) => ({
        labels: labelsOf({ target, indicator: name, unit }, labels),
        // A verdict on a percentile of too few says so; a number alone cannot.
        value: probabilityOf(name) === null || count >= fewestNamed(name) ? (value ?? Number.NaN) : Number.NaN,
      })),
    },
    {
      name: 'pitwall_objective_status',
      type: 'gauge',
      help: 'How the objective was judged: 1 for the status that it has, 0 for the others.',
      samples: verdicts.flatMap(({ target, indicator, labels, status }) =>
        STATUS_ORDER.map((one) => ({
          labels: labelsOf({ target, indicator, status: one }, labels),
          value: one === status ? 1 : 0,
        })),
      ),
    },
    {
      name: 'pitwall_objective_limit',
      type: 'gauge',
      help: 'Where the limits of the objective are, in the unit of its indicator.',
      samples: verdicts.flatMap(({ target, indicator, labels, limits, unit }) =>
        Object.entries(limits).map(([limit, value]) => ({
          labels: labelsOf({ target, indicator, limit, unit }, labels),
          value,
        })),
      ),
    },
  ];
}

/** Every number of the report that fits: run, indicators, objectives, and the load in detail. */
export function renderMetrics(report: Report, format: ExpositionFormat): string {
  const families = [
    ...runFamilies(report),
    ...judgedFamilies(report),
    ...(report.load ? loadFamilies(report.load) : []),
  ];
  return expose(families, format);
}
