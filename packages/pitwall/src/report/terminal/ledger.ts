import type { Report } from '../../model/report.ts';
import { costRows, costSentences, costTitle, stepCostRows } from '../content/ledger.ts';
import { hasPercentiles, truthRows } from '../content/server-truth.ts';
import { NOTHING } from '../format.ts';
import { cutEnd, wrap } from '../text.ts';
import type { Screen } from './paint.ts';
import { type Column, table, titleLine } from './table.ts';

const COSTS: readonly Column[] = [
  { header: 'TARGET', align: 'left' },
  { header: 'WHAT', align: 'left', grows: true },
  { header: 'EACH', align: 'right' },
  { header: 'TOTAL', align: 'right' },
  { header: '± UP TO', align: 'right' },
];

const STEPS: readonly Column[] = [
  { header: 'STEP', align: 'left', grows: true },
  { header: 'BYTES', align: 'right' },
  { header: 'SERVER', align: 'right' },
  { header: 'DATABASE', align: 'right' },
  { header: 'CPU', align: 'right' },
  { header: '95 %', align: 'right' },
];

/** What does not fit into fewer columns than 80; it is in --json and in HTML. */
const WIDE = 80;

const TRUTH: readonly Column[] = [
  { header: 'STEP', align: 'left', grows: true },
  { header: 'FROM', align: 'left' },
  { header: 'CLIENT', align: 'right' },
  { header: 'SERVER', align: 'right' },
  { header: 'BETWEEN', align: 'right' },
  { header: 'P50', align: 'right' },
  { header: 'P99', align: 'right' },
];

/** Targets are named by people, and stand in a column that does not give way. */
const LONGEST_TARGET = { wide: 16, narrow: 12 };

/** What one request cost the targets, by step where that can be told, and the service's own view of time. */
export function ledgerSection(report: Report, screen: Screen): readonly string[] {
  const { ledger } = report;
  if (!ledger) return [];
  const longest = screen.width >= WIDE ? LONGEST_TARGET.wide : LONGEST_TARGET.narrow;
  const costs = costRows(report).filter(({ none }) => screen.details || !none);
  return [
    '',
    ...titleLine('COST PER REQUEST', costTitle(ledger), screen),
    '',
    ...table(
      COSTS,
      costs.map(({ target, what, each, total, uncertainty }) => ({
        cells: [{ text: cutEnd(target, longest), style: 'dim' }, what, each, total, uncertainty],
      })),
      screen,
    ),
    ...stepLines(report, screen),
    ...truthLines(report, screen),
    '',
    ...costSentences(report).flatMap((text) =>
      wrap(text, screen.width - 4).map((part, i) => `  ${i === 0 ? '' : '  '}${screen.paint('dim', part)}`),
    ),
  ];
}

/** A single step of which only its bytes are known says no more than the table above. */
function stepLines(report: Report, screen: Screen): readonly string[] {
  const rows = stepCostRows(report);
  const known = rows.some(({ server, database, cpu }) => [server, database, cpu].some((figure) => figure !== NOTHING));
  if (rows.length === 0 || (rows.length === 1 && !known)) return [];
  const unless = (none: boolean, text: string): string => (none ? '' : text);
  const none = (pick: (row: (typeof rows)[number]) => string): boolean => rows.every((row) => pick(row) === NOTHING);
  const [noServer, noDatabase, noCpu] = [
    none((row) => row.server),
    none((row) => row.database),
    none((row) => row.cpu),
  ];
  const cells = rows.map(({ step, bytes, server, database, cpu, cpuReach }) => ({
    cells: [step, bytes, unless(noServer, server), unless(noDatabase, database), unless(noCpu, cpu), cpuReach],
  }));
  return ['', ...table(STEPS, cells, screen)];
}

function truthLines(report: Report, screen: Screen): readonly string[] {
  const wide = screen.width >= WIDE;
  const truth = truthRows(report);
  const percentiles = wide && hasPercentiles(truth);
  const rows = truth.map(({ step, source, client, server, between, betweenP50, betweenP99 }) => ({
    cells: [step, source, client, server, between, percentiles ? betweenP50 : '', percentiles ? betweenP99 : ''],
  }));
  return rows.length === 0 ? [] : ['', ...table(TRUTH, rows, screen)];
}
