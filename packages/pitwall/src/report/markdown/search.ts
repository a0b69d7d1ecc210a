import type { Report } from '../../model/report.ts';
import {
  demandRows,
  objectiveSources,
  scalabilityRows,
  searchOf,
  searchRows,
  searchSentences,
  searchTitle,
} from '../content/search.ts';
import { md, section, table } from './parts.ts';

export function searchLines(report: Report): readonly string[] {
  const search = searchOf(report);
  if (!search) return [];
  const steps = searchRows(search).map((row) => [
    row.rate,
    `**${row.word}**`,
    row.why,
    row.throughput,
    row.p50,
    row.p99,
    row.underWay,
    row.errors,
    md(row.fullest),
    md(row.because),
  ]);
  const head = ['Rate', 'Result', 'Why', 'Answers/s', 'p50', 'p99', 'Under way', 'Errors', 'Fullest', 'Because'];
  const demands = demandRows(search).map(({ resource, demand, bound }) => [md(resource), demand, bound]);
  const law = search.scalability;
  return [
    ...section('Search', searchTitle(search)),
    ...searchSentences(search).map(({ text, tone }) => `- ${tone === 'plain' ? md(text) : `**${md(text)}**`}`),
    ...objectiveSources(search).map((text) => `- ${md(text)}`),
    '',
    ...(steps.length > 0 ? table(head, [0, 3, 4, 5, 6, 7], steps) : []),
    ...(demands.length > 0 ? table(['Resource', 'A request takes', 'So at most'], [1, 2], demands) : []),
    ...(law
      ? table(
          ['Scalability law', 'Value', '95 % interval'],
          [1, 2],
          scalabilityRows(law).map(({ name, value, interval }) => [md(name), value, interval]),
        )
      : []),
  ];
}
