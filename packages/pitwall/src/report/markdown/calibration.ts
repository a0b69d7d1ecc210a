import type { Report } from '../../model/report.ts';
import { calibratedGroups, calibrationOf, calibrationSentences, calibrationTitle } from '../content/calibration.ts';
import { md, section, table } from './parts.ts';

export function calibrationLines(report: Report): readonly string[] {
  const calibration = calibrationOf(report);
  if (!calibration) return [];
  const rows = calibratedGroups(calibration).flatMap(({ title, rows: all }) =>
    all.map((row) => [md(title), md(row.name), row.level, row.betweenBlocks, row.betweenRuns, row.noise, row.minimum]),
  );
  return [
    ...section('Calibration', calibrationTitle(calibration)),
    ...calibrationSentences(calibration).map((text) => `- ${md(text)}`),
    '',
    ...table(
      ['Where', 'Indicator', 'Level', 'Between blocks', 'Between runs', 'Noise of two runs', 'Seen from'],
      [2, 3, 4, 5, 6],
      rows,
    ),
  ];
}
