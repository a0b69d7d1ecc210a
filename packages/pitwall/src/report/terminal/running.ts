import type { Running } from '../../model/running.ts';
import { runningTally, runningTexts } from '../content/database/running.ts';
import { countOf } from '../format.ts';
import { clean, cutEnd, displayWidth } from '../text.ts';
import type { Screen } from './paint.ts';
import { type Column, type Row, table, titleLine } from './table.ts';

const COLUMNS: readonly Column[] = [
  { header: 'OPEN', align: 'right' },
  { header: 'PID', align: 'right' },
  { header: 'WHAT IT DOES', align: 'left' },
];
/** How far in a statement stands. */
const UNDER = 4;
/** Cells before and between columns. */
const GAP = 2;

/** What runs at this moment, a line of figures and one of its statement for each session; what `db --watch` draws first. */
export function runningLines(target: string, running: Running, screen: Screen): readonly string[] {
  const { paint, width } = screen;
  const texts = runningTexts(running);
  const widest = (header: string, cells: readonly string[]) => Math.max(header.length, ...cells.map(displayWidth));
  const figures =
    widest(
      'OPEN',
      texts.map(({ open }) => open),
    ) +
    widest(
      'PID',
      texts.map(({ id }) => id),
    );
  const room = Math.max(0, width - figures - 3 * GAP);
  const rows = texts.flatMap(({ open, id, doing, isHeldUp, text }): Row[] => [
    { cells: [open, id, { text: cutEnd(doing, room), style: isHeldUp ? 'warn' : 'plain' }] },
    { note: cutEnd(text, width - UNDER - GAP), style: 'title', indent: UNDER - GAP },
  ]);
  const more = running.total - texts.length;
  return [
    '',
    ...titleLine(`RUNNING NOW on ${clean(target)}`, runningTally(running), screen),
    '',
    ...(rows.length > 0 ? table(COLUMNS, rows, screen) : [`  ${paint('dim', 'Nothing at this moment.')}`]),
    ...(more > 0 ? [`  ${paint('dim', `… ${countOf(more, 'more session')}, younger than these.`)}`] : []),
  ];
}
