import type { StepResult } from '../../model/load.ts';
import type { Distribution } from '../../model/observation.ts';
import type { Report } from '../../model/report.ts';
import { Histogram } from '../../stats/histogram.ts';
import { clean } from '../text.ts';
import { encodeHistogram } from './hdr-codec.ts';
import { loadOf } from './load-of.ts';

type Kind = keyof StepResult['distributions'];
const KINDS: readonly Kind[] = ['response', 'service', 'slip'];

/** Tags end at a comma or a space (HistogramLogWriter): what cannot stand in one is percent-encoded. */
function tagOf(name: string): string {
  return clean(name).replace(/[^!-~]|[%,"#]/gu, (character) => encodeURIComponent(character));
}

/** One interval: from the start of the measured part to its end. The maximum is in milliseconds, by convention. */
function line(tag: string | null, seconds: number, distribution: Distribution): readonly string[] {
  if (distribution.count === 0 || !distribution.histogram) return [];
  const fields = [
    '0.000',
    seconds.toFixed(3),
    (distribution.max * 1e3).toFixed(6),
    encodeHistogram(distribution.histogram),
  ];
  return [`${tag === null ? '' : `Tag=${tag},`}${fields.join(',')}`];
}

/**
 * The load's histograms as an HdrHistogram log (format 1.3), in nanoseconds. Without a tag: the response times of all steps,
 * which is what HdrHistogram's tools show by default. `Tag=service` and `Tag=slip` are the other two over all steps;
 * `Tag=response:STEP`, `Tag=service:STEP` and `Tag=slip:STEP` those of one.
 * @throws PitwallError REPORT_WITHOUT_LOAD
 */
export function renderHdrLog(report: Report): string {
  const load = loadOf(report, 'an HdrHistogram log');
  const started = Date.parse(report.loadStartedAt ?? report.run.startedAt);
  const epoch = (Number.isFinite(started) ? started : 0) / 1000;
  const all = (kind: Kind): Distribution =>
    Histogram.fromDistributions(load.steps.map(({ distributions }) => distributions[kind])).toDistribution();
  const lines = [
    `#[Logged by Pitwall ${clean(report.run.pitwallVersion)}, run ${clean(report.run.id)}]`,
    '#[Histogram log format version 1.3]',
    `#[BaseTime: ${epoch.toFixed(3)} (seconds since epoch)]`,
    `#[StartTime: ${epoch.toFixed(3)} (seconds since epoch), ${new Date(epoch * 1000).toUTCString()}]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ...KINDS.flatMap((kind) => line(kind === 'response' ? null : kind, load.duration, all(kind))),
    ...load.steps.flatMap(({ endpoint, distributions }) =>
      KINDS.flatMap((kind) => line(`${kind}:${tagOf(endpoint)}`, load.duration, distributions[kind])),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
