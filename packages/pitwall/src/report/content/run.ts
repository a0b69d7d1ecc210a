import type { Report } from '../../model/report.ts';
import { countOf, formatBytes, formatDuration, formatInstant, formatPercent } from '../format.ts';
import { clean, cleanProse } from '../text.ts';
import { sentence } from './words.ts';

/** The head of a report, as text: which service, what was done, when, where, by what. */
export function runText(report: Report) {
  const { run } = report;
  const seconds = (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000;
  return {
    service: clean(run.service),
    command: clean(run.command),
    when: formatInstant(run.startedAt),
    duration: formatDuration(seconds),
    id: clean(run.id),
    host: `${clean(run.host.name)}, ${countOf(run.host.cpus, 'CPU')}, ${formatBytes(run.host.memoryBytes)}, ${clean(run.host.kernel)}`,
    versions: `Pitwall ${clean(run.pitwallVersion)}, Node ${clean(run.nodeVersion)}`,
    replayed:
      run.replayedFrom === undefined
        ? null
        : `Judged again from the saved observation ${clean(run.replayedFrom)}; nothing was measured in this run.`,
  };
}

/** What Pitwall itself used: `21.4 s of CPU in 87.4 s (24.5 % of one core), at most 142 MiB of memory`. */
export function costText({ cost }: Report): string {
  const share = cost.wallSeconds > 0 ? ` (${formatPercent(cost.cpuSeconds / cost.wallSeconds)} of one core)` : '';
  return `${formatDuration(cost.cpuSeconds)} of CPU in ${formatDuration(cost.wallSeconds)}${share}, at most ${formatBytes(cost.maxRssBytes)} of memory`;
}

/** `Asking db cost it 211 statements and 420 ms of its time, 3 % of one connection over 14 s (copies not counted; …).` */
export function askedTexts({ cost: { asked = [] } }: Report): readonly string[] {
  return asked.map(({ target, statements, seconds, over, most }) => {
    const share = over > 0 ? `, ${formatPercent(seconds / over)} of one connection over ${formatDuration(over)}` : '';
    return `Asking ${clean(target)} cost it ${countOf(statements, 'statement')} and ${formatDuration(seconds)} of its time${share} (copies not counted; its analysis may take ${formatPercent(most)}, by maxLoad).`;
  });
}

export interface Unmeasured {
  readonly target: string;
  /** One thing or several. */
  readonly what: string;
  readonly why: string;
  /** What to do about it, if known. */
  readonly hint: string | null;
}

/** Messages of collectors often begin with the collector's name, which already stands before them. */
function withoutPrefix(message: string, name: string): string {
  return message.startsWith(`${name} `) ? message.slice(name.length + 1) : message;
}

/** Collectors that failed and gaps, those for the same reason as one: all that this run does not know. */
export function unmeasured(report: Report): readonly Unmeasured[] {
  const failed = report.collectors.flatMap(({ target, collector, failure }) =>
    failure
      ? [
          {
            target: clean(target),
            what: clean(collector),
            why: sentence(withoutPrefix(cleanProse(failure.message), clean(collector))),
            hint: failure.hint === undefined ? null : sentence(failure.hint),
          },
        ]
      : [],
  );
  const alike = Map.groupBy(report.gaps, ({ target, why }) => JSON.stringify([target, why]));
  const gaps = [...alike.values()].map((same) => ({
    target: clean(same[0]!.target),
    what: [...new Set(same.map(({ what }) => clean(what)))].join(', '),
    why: sentence(cleanProse(same[0]!.why).replace(/^not measurable here: /i, '')),
    hint: null,
  }));
  return [...failed, ...gaps];
}
