import type { Report } from '../../model/report.ts';
import { searchChart } from '../charts/search.ts';
import { uslChart } from '../charts/usl.ts';
import {
  demandRows,
  objectiveSources,
  scalabilityRows,
  searchOf,
  searchRows,
  searchSentences,
  searchTitle,
} from '../content/search.ts';
import { type Child, el } from './element.ts';
import { badge, figure, section, table } from './parts.ts';

const STEPS = [
  { label: 'Step', figure: true },
  { label: 'Rate', figure: true },
  { label: 'Result', words: true },
  { label: 'Why', words: true },
  { label: 'Answers/s', figure: true },
  { label: 'p50', figure: true },
  { label: 'p99', figure: true },
  { label: 'Under way', figure: true },
  { label: 'Errors', figure: true },
  { label: 'Fullest', words: true },
  { label: 'Because' },
] as const;

const DEMANDS = [
  { label: 'Resource' },
  { label: 'A request takes', figure: true },
  { label: 'So at most', figure: true },
] as const;

const LAW = [
  { label: 'Scalability law' },
  { label: 'Value', figure: true },
  { label: '95 % interval', figure: true },
] as const;

export function searchSection(report: Report): Child {
  const search = searchOf(report);
  if (!search) return null;
  const law = search.scalability;
  const sentences = searchSentences(search).map(({ text, tone }) =>
    el('p', { class: tone === 'plain' ? 'soft small' : `banner ${tone}` }, text),
  );
  const steps = searchRows(search).map(({ word, tone, ...row }, i) => ({
    cells: [
      i + 1,
      row.rate,
      badge({ word, tone }),
      row.why,
      row.throughput,
      row.p50,
      row.p99,
      row.underWay,
      row.failed ? { content: row.errors, style: 'bad' } : row.errors,
      row.fullest,
      row.reason,
    ],
  }));
  const demands = demandRows(search).map(({ resource, demand, bound }) => ({ cells: [resource, demand, bound] }));
  const path = searchChart(search);
  return section(
    'search',
    'Search',
    searchTitle(search),
    sentences,
    path === null
      ? null
      : el(
          'figure',
          {},
          el(
            'figcaption',
            {},
            el('b', {}, 'The way to the limit'),
            'Above the rate of every step, below its p99. Dots passed, red crosses failed, rings have no verdict; the lines are the answer and the objective.',
          ),
          path,
        ),
    law === null
      ? null
      : figure(
          'Throughput by requests under way',
          'Dots were measured; the line is the Universal Scalability Law with its 95 % band, drawn to twice the largest concurrency and no further.',
          uslChart(law),
        ),
    steps.length === 0 ? null : table('Steps of the search', STEPS, steps),
    demands.length === 0 ? null : table('What a request costs', DEMANDS, demands),
    law === null
      ? null
      : table(
          'Scalability law',
          LAW,
          scalabilityRows(law).map(({ name, value, interval }) => ({ cells: [name, value, interval] })),
        ),
    objectiveSources(search).map((text) => el('p', { class: 'soft small' }, text)),
  );
}
