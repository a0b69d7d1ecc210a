import type { CostShare, LedgerRow, LoadLedger, StepCost } from '../../model/ledger.ts';
import type { Report } from '../../model/report.ts';
import { countOf, formatDuration, formatNumber, formatPercent, formatValue, NOTHING } from '../format.ts';
import { clean } from '../text.ts';
import { truthSentences } from './server-truth.ts';
import { labelText, sentence } from './words.ts';

/** What one request used up of something. */
export interface CostRow {
  readonly target: string;
  readonly what: string;
  readonly each: string;
  readonly total: string;
  /** `± 10 %`; empty when it is below 1 %. */
  readonly uncertainty: string;
  /** Nothing of it was used. */
  readonly none: boolean;
}

/** Above this the reader has to know. */
const WORTH_SAYING = 0.01;

export function costRows({ ledger }: Report): readonly CostRow[] {
  return (ledger?.rows ?? []).map((row) => ({
    target: clean(row.target),
    what: whatOf(row),
    each: formatValue(row.perRequest, row.unit),
    total: formatValue(row.total, row.unit),
    uncertainty: row.uncertainty >= WORTH_SAYING && row.total > 0 ? `± ${formatPercent(row.uncertainty)}` : '',
    none: row.total === 0,
  }));
}

function whatOf({ title, labels }: Pick<LedgerRow, 'title' | 'labels'>): string {
  const where = labelText(labels);
  return where === '' ? clean(title) : `${clean(title)} (${where})`;
}

/** What can be told of one step. */
export interface StepCostRow {
  readonly step: string;
  readonly requests: string;
  readonly bytes: string;
  readonly server: string;
  readonly database: string;
  /** CPU time of the service; with its 95 % interval. */
  readonly cpu: string;
  readonly cpuInterval: string;
  /** Half of that, beside the share: `± 31 %`. */
  readonly cpuReach: string;
}

const isCpu = ({ name }: CostShare): boolean => name === 'process.cpu.time';

export function stepCostRows({ ledger }: Report): readonly StepCostRow[] {
  const time = (seconds: number | null): string => (seconds === null ? NOTHING : formatDuration(seconds));
  return (ledger?.steps ?? []).map(({ step, requests, bytes, server, database, shares }) => {
    const cpu = shares.find(isCpu);
    return {
      step: clean(step),
      requests: formatNumber(requests),
      bytes: formatValue(bytes, 'By'),
      server: time(server),
      database: time(database),
      cpu: cpu ? formatValue(cpu.perRequest, cpu.unit) : NOTHING,
      cpuInterval: cpu ? intervalText(cpu) : '',
      cpuReach:
        cpu && cpu.perRequest > 0 ? `± ${formatPercent((cpu.interval[1] - cpu.interval[0]) / 2 / cpu.perRequest)}` : '',
    };
  });
}

export interface ShareRow {
  readonly step: string;
  readonly target: string;
  readonly what: string;
  readonly each: string;
  readonly interval: string;
}

/** Everything that could be told apart by step. */
export function shareRows({ ledger }: Report): readonly ShareRow[] {
  if (!ledger) return [];
  return ledger.steps.flatMap(({ step, shares }) =>
    shares.map((share) => ({
      step: clean(step),
      target: clean(share.target),
      what: whatOf({ title: titleOf(ledger, share), labels: share.labels }),
      each: formatValue(share.perRequest, share.unit),
      interval: intervalText(share),
    })),
  );
}

function titleOf({ rows }: LoadLedger, { target, name }: CostShare): string {
  return rows.find((row) => row.target === target && row.name === name)?.title ?? name;
}

function intervalText({ interval: [low, high], unit }: CostShare): string {
  return `${formatValue(low, unit)} to ${formatValue(high, unit)}`;
}

/** `1,234 requests that ended while it was measured`. */
export function costTitle({ requests }: LoadLedger): string {
  return `over ${countOf(requests, 'request')} that ended in the measured part`;
}

/** How the figures are to be read. */
export function costSentences(report: Report): readonly string[] {
  const { ledger } = report;
  if (!ledger) return [];
  const has = (test: (row: LedgerRow) => boolean): boolean => ledger.rows.some(test);
  const apart = ledger.steps.some(({ shares }: StepCost) => shares.length > 0);
  return [
    ...truthSentences(report),
    ...(costRows(report).some(({ uncertainty }) => uncertainty !== '')
      ? [
          '± up to: how far off a figure may be, because its counter moves in steps (clock ticks, seconds); a longer load makes that smaller.',
        ]
      : []),
    ...(has(({ name }) => name.startsWith('process.') || name.startsWith('postgresql.'))
      ? ['What the service does in the background is in these figures, too: at low rates it is a larger part of them.']
      : []),
    ...(has(({ name }) => name.startsWith('host.')) && report.load?.generator.sharedCores
      ? ['Figures of the host hold the load generator, which ran on it.']
      : []),
    ...(apart
      ? [
          'CPU by step is worked out from seconds with more of one step and less of another, with the 95 % interval of that; bytes, and what server and databases took, were told for each answer.',
        ]
      : []),
    ...(ledger.notToldApart === null
      ? []
      : [
          sentence(
            `what the processes used cannot be told apart by step: ${ledger.notToldApart}. To see what one step costs, load it alone`,
          ),
        ]),
    ...ledger.notes.map(sentence),
  ];
}
