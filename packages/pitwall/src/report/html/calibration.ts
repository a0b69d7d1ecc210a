import type { Report } from '../../model/report.ts';
import { calibratedGroups, calibrationOf, calibrationSentences, calibrationTitle } from '../content/calibration.ts';
import { type Child, el } from './element.ts';
import { details, section, table } from './parts.ts';

const COLUMNS = [
  { label: 'Indicator' },
  { label: 'Level', figure: true },
  { label: 'Between blocks', figure: true },
  { label: 'Between runs', figure: true },
  { label: 'Noise of two runs', figure: true },
  { label: 'Seen from', figure: true },
] as const;

export function calibrationSection(report: Report): Child {
  const calibration = calibrationOf(report);
  if (!calibration) return null;
  return section(
    'calibration',
    'Calibration',
    calibrationTitle(calibration),
    calibrationSentences(calibration).map((text, i) => el('p', { class: i === 0 ? undefined : 'soft small' }, text)),
    calibratedGroups(calibration).map(({ title, rows }): Child => {
      const drawn = table(
        title,
        COLUMNS,
        rows.map(({ name, level, betweenBlocks, betweenRuns, noise, minimum }) => ({
          cells: [name, level, betweenBlocks, betweenRuns, noise, minimum],
        })),
      );
      return rows.some(({ ofLoad }) => ofLoad) ? [el('h3', {}, title), drawn] : details(title, drawn);
    }),
  );
}
