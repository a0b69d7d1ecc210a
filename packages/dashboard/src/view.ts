import type { Comparison, Outcome } from '../../pitwall/src/model/change.ts';
import type { Verdict, VerdictStatus } from '../../pitwall/src/model/indicator.ts';
import { formatRatio, formatValue } from './format.ts';
import type { Shown } from './read-report.ts';

type Cell = string | { readonly text: string; readonly style: string };

const STATUS: Readonly<Record<VerdictStatus, { text: string; style: string }>> = {
  critical: { text: 'CRIT', style: 'bad' },
  error: { text: 'ERROR', style: 'bad' },
  warning: { text: 'WARN', style: 'warn' },
  'off-target': { text: 'MISS', style: 'warn' },
  'no-data': { text: 'NO DATA', style: 'unknown' },
  pass: { text: 'PASS', style: 'good' },
};
const WORST_FIRST = Object.keys(STATUS);

const DECISION: Readonly<Record<Outcome['decision'], { text: string; style: string }>> = {
  kept: { text: 'KEPT', style: 'good' },
  'rolled-back': { text: 'ROLLED BACK', style: 'warn' },
  conflict: { text: 'CONFLICT', style: 'bad' },
};

/** Text of any length, which may be broken anywhere; everything else keeps to one line. */
const free = (text: string): Cell => ({ text, style: 'free' });

/** Text only ever becomes text: everything in a report may come from a hostile service. */
function element(tag: string, text: string, style = ''): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  if (style !== '') made.className = style;
  return made;
}

function table(
  title: string,
  summary: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): HTMLElement {
  const section = document.createElement('section');
  section.append(element('h2', title));
  if (rows.length === 0) {
    section.append(element('p', summary, 'soft'));
    return section;
  }
  const made = document.createElement('table');
  const headRow = made.createTHead().insertRow();
  for (const label of head) {
    const cell = element('th', label);
    cell.setAttribute('scope', 'col');
    headRow.append(cell);
  }
  const body = made.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const cell of row)
      line.append(typeof cell === 'string' ? element('td', cell) : element('td', cell.text, cell.style));
  }
  section.append(made);
  return section;
}

const where = (target: string, labels: Readonly<Record<string, string>>): string =>
  [target, ...Object.values(labels).map(String)].join(': ');

function verdictRow({ status, indicator, target, labels, value, unit, limits, because }: Verdict): readonly Cell[] {
  return [
    STATUS[status] ?? { text: String(status), style: 'unknown' },
    free(indicator),
    free(where(target, labels)),
    formatValue(value, unit),
    limits.target === undefined ? '' : formatValue(limits.target, unit),
    limits.warning === undefined ? '' : formatValue(limits.warning, unit),
    limits.critical === undefined ? '' : formatValue(limits.critical, unit),
    free(because ?? ''),
  ];
}

/** The comparison that the outcome's ratio is of. */
function headline({ comparisons, ratio }: Outcome): Comparison | undefined {
  const affected = comparisons.filter((one) => one.affected);
  return affected.find((one) => one.ratio === ratio) ?? affected[0];
}

function outcomeRow(outcome: Outcome): readonly Cell[] {
  const { change, decision, because, ratio, interval, verdict } = outcome;
  const shown = headline(outcome);
  return [
    DECISION[decision] ?? { text: String(decision), style: 'unknown' },
    free(`${change.tunable} ${change.subject}`.trim()),
    free(shown ? `${shown.indicator} · ${where(shown.target, shown.labels)}` : ''),
    shown ? formatValue(shown.before, shown.unit) : '—',
    shown ? formatValue(shown.after, shown.unit) : '—',
    formatRatio(ratio, interval),
    verdict,
    free(because),
  ];
}

/** Builds what the page shows of a report. */
export function view({ run, verdicts, outcomes }: Shown): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const badness = ({ status }: Verdict): number => WORST_FIRST.indexOf(status);
  fragment.append(
    element('h2', `${run.service}: ${run.command}`),
    element('p', `${run.startedAt} · run ${run.id}`, 'soft'),
    table(
      'Before and after',
      'This run changed nothing.',
      ['Decision', 'Change', 'Indicator', 'Before', 'After', 'Ratio (95 % interval)', 'Result', 'Because'],
      outcomes.map(outcomeRow),
    ),
    table(
      'Objectives',
      'This run judged nothing.',
      ['Status', 'Indicator', 'Where', 'Value', 'Target', 'Warning', 'Critical', 'Note'],
      verdicts.toSorted((a, b) => badness(a) - badness(b)).map(verdictRow),
    ),
  );
  return fragment;
}
