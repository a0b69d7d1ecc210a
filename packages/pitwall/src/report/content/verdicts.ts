import type { Limits, Verdict } from '../../model/indicator.ts';
import type { Report } from '../../model/report.ts';
import { formatValue } from '../format.ts';
import { clean, cleanProse } from '../text.ts';
import { labelText, STATUS, STATUS_ORDER, sentence, tally, type Word } from './words.ts';

export interface VerdictRow extends Word {
  /** Labels as text; empty when it has none. */
  readonly where: string;
  readonly value: string;
  readonly target: string;
  readonly warning: string;
  readonly critical: string;
  readonly because: string | null;
}

/** Verdicts of one indicator of one target. */
export interface VerdictGroup {
  readonly indicator: string;
  readonly target: string;
  readonly source: string;
  readonly rows: readonly VerdictRow[];
}

/** `≤` or `≥`, by the indicator's direction, or else by the order of the limits; empty when neither tells. */
function sign(report: Report, verdict: Verdict): string {
  const direction = report.indicators.find(
    ({ name, target }) => name === verdict.indicator && target === verdict.target,
  )?.direction;
  if (direction === 'lower-is-better') return '≤ ';
  if (direction === 'higher-is-better') return '≥ ';
  const { target, warning, critical } = verdict.limits;
  const [first, last] = [target ?? warning, critical ?? warning];
  if (first === undefined || last === undefined || first === last) return '';
  return first < last ? '≤ ' : '≥ ';
}

function row(report: Report, verdict: Verdict): VerdictRow {
  const limit = (name: keyof Limits): string => {
    const value = verdict.limits[name];
    return value === undefined ? '' : formatValue(value, verdict.unit);
  };
  const target = limit('target');
  return {
    ...STATUS[verdict.status],
    where: labelText(verdict.labels),
    value: formatValue(verdict.value, verdict.unit),
    target: target === '' ? '' : sign(report, verdict) + target,
    warning: limit('warning'),
    critical: limit('critical'),
    because: verdict.because === undefined ? null : sentence(verdict.because),
  };
}

const badness = (verdict: Verdict): number => STATUS_ORDER.indexOf(verdict.status);

/** How much of its strictest limit a value uses up, as far as that can be said: sorts the worst of equal status first. */
function nearness({ value, limits }: Verdict): number {
  const limit = limits.target ?? limits.warning ?? limits.critical;
  return value === null || !limit ? 0 : value / limit;
}

/** All verdicts, by indicator and target; the group with the worst verdict first, the worst of it first. */
export function verdictGroups(report: Report): readonly VerdictGroup[] {
  const groups = Map.groupBy(report.verdicts, ({ target, indicator }) => JSON.stringify([target, indicator]));
  return [...groups.values()]
    .map((verdicts) => verdicts.toSorted((a, b) => badness(a) - badness(b) || nearness(b) - nearness(a)))
    .toSorted((a, b) => badness(a[0]!) - badness(b[0]!))
    .map((verdicts) => ({
      indicator: clean(verdicts[0]!.indicator),
      target: clean(verdicts[0]!.target),
      source: cleanProse(verdicts[0]!.source),
      rows: verdicts.map((verdict) => row(report, verdict)),
    }));
}

/** `1 critical · 2 warning · 4 passed`. */
export function verdictTally({ verdicts }: Report): string {
  return tally(
    verdicts.map(({ status }) => status),
    STATUS_ORDER,
    (status) => STATUS[status].counted,
  );
}
