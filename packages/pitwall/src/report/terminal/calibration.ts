import type { Report } from '../../model/report.ts';
import { calibratedGroups, calibrationOf, calibrationSentences, calibrationTitle } from '../content/calibration.ts';
import { wrap } from '../text.ts';
import { shortName } from './comparison.ts';
import type { Screen } from './paint.ts';
import { type Column, type Row, table, titleLine } from './table.ts';

const COLUMNS: readonly Column[] = [
  { header: 'INDICATOR', align: 'left', grows: true },
  { header: 'LEVEL', align: 'right' },
  { header: 'BLOCKS', align: 'right' },
  { header: 'RUNS', align: 'right' },
  { header: 'NOISE', align: 'right' },
  { header: 'SEEN FROM', align: 'right' },
];

/** Cells from which there is room for all columns. */
const USUAL = 76;

const LEGEND =
  'BLOCKS and RUNS: standard deviation from block to block of a run, and from run to run. NOISE: how far two runs of the unchanged service differ, 19 times of 20. SEEN FROM: the smallest change that 4 of 5 comparisons of two runs find.';

/** The noise of this machine. `BLOCKS` and `RUNS`: standard deviation within and between runs; `NOISE`: of two runs, 19 times of 20. */
export function calibrationSection(report: Report, screen: Screen): readonly string[] {
  const calibration = calibrationOf(report);
  if (!calibration) return [];
  const rows = calibratedGroups(calibration)
    .map(({ title, rows: all }) => ({ title, shown: all.filter(({ ofLoad }) => screen.details || ofLoad) }))
    .filter(({ shown }) => shown.length > 0)
    .flatMap(({ title, shown }): readonly Row[] => [
      { note: title, style: 'title' },
      ...shown.map(
        ({ name, level, betweenBlocks, betweenRuns, noise, minimum }): Row => ({
          cells: [
            { text: `  ${name}`, short: shortName(name), above: true, style: 'plain' },
            level,
            screen.width < USUAL ? '' : betweenBlocks,
            screen.width < USUAL ? '' : betweenRuns,
            noise,
            minimum,
          ],
        }),
      ),
    ]);
  const legend = screen.width < USUAL ? [] : [LEGEND];
  const sentences = [...calibrationSentences(calibration), ...legend].flatMap((text, k) =>
    wrap(text, screen.width - 4).map(
      (part, i) => `  ${i === 0 ? '' : '  '}${screen.paint(k === 0 ? 'plain' : 'dim', part)}`,
    ),
  );
  return [
    '',
    ...titleLine('CALIBRATION', calibrationTitle(calibration), screen),
    '',
    ...table(COLUMNS, rows, screen),
    '',
    ...sentences,
  ];
}
