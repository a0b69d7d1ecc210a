import type { Report } from '../../model/report.ts';
import {
  comparedGroups,
  comparisonSentences,
  comparisonTally,
  comparisonTitle,
  shapeRows,
  sideTexts,
} from '../content/comparison.ts';
import { md, section, table } from './parts.ts';

export function comparisonLines({ comparison }: Report): readonly string[] {
  if (!comparison) return [];
  const rows = comparedGroups(comparison).flatMap(({ title, rows: found }) =>
    found.map(({ word, tone, name, a, b, change, interval, noise, minimum, blocks }) => [
      md(title),
      md(name),
      a,
      b,
      change,
      interval,
      blocks,
      noise,
      minimum,
      tone === 'bad' || tone === 'good' ? `**${word}**` : word,
    ]),
  );
  const head = ['Where', 'Indicator', 'A', 'B', 'Change', '95 % interval', 'Blocks', 'Noise', 'Seen from', 'Verdict'];
  const shapes = shapeRows(comparison).map(({ endpoint, distance, noise, word, text }) => [
    md(endpoint),
    distance,
    noise,
    word,
    md(text),
  ]);
  const [verdict, ...others] = comparisonSentences(comparison);
  return [
    ...section('Comparison', `${comparisonTitle(comparison)}: ${comparisonTally(comparison)}`),
    `**${md(verdict!.text)}**`,
    '',
    ...sideTexts(comparison).map(({ name, text }) => `- ${md(name)}: ${md(text)}`),
    ...others.map(({ text }) => `- ${md(text)}`),
    '',
    ...(rows.length > 0 ? table(head, [2, 3, 4, 5, 6, 7, 8], rows) : []),
    ...(shapes.length > 0
      ? table(['Shape of', 'Distance', 'Noise', 'Verdict', 'What is different'], [1, 2], shapes)
      : []),
  ];
}
