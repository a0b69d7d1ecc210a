import type { Report } from '../../model/report.ts';
import { changeTexts, historyOf, historySentences, historyTitle, seriesName } from '../content/history.ts';
import { md, section, table } from './parts.ts';

export function historyLines(report: Report): readonly string[] {
  const history = historyOf(report);
  if (!history) return [];
  const rows = history.series.flatMap((series) =>
    changeTexts(series).map(({ run, when, before, after, effect, pValue, word }) => [
      md(seriesName(series)),
      md(run),
      md(when),
      before,
      after,
      effect,
      pValue,
      `**${word}**`,
    ]),
  );
  return [
    ...section('History', historyTitle(history)),
    ...historySentences(history).map((text) => `- ${md(text)}`),
    '',
    ...(rows.length > 0
      ? table(['Series', 'From run', 'When', 'Before', 'After', 'Change', 'p', 'Kind'], [3, 4, 5, 6], rows)
      : ['No change that chance does not explain.', '']),
  ];
}
