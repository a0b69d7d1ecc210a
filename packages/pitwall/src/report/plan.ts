import type { Change, Plan, Selector } from '../model/change.ts';
import { countOf, formatDuration, formatNumber } from './format.ts';
import { paintWith, type Screen } from './terminal/paint.ts';
import { titleLine } from './terminal/table.ts';
import { clean, wrap } from './text.ts';

/** A plan for a person who has to say yes or no to it: what, why, how it is taken back, what it may cost. */
export function renderPlan(plan: Plan, options: { readonly color: boolean; readonly width: number }): string {
  const screen: Screen = {
    paint: paintWith(options.color),
    width: Math.min(120, Math.max(60, options.width)),
    details: false,
  };
  const lines = [
    ...titleLine(`PLAN ${plan.id}`, countOf(plan.changes.length, 'change'), screen),
    ...(plan.changes.length === 0 ? ['', '  Nothing to change.'] : []),
    ...plan.changes.flatMap((change) => ['', ...changeLines(change, screen)]),
  ];
  if (plan.leftOut.length > 0) {
    lines.push('', ...titleLine('LEFT OUT', countOf(plan.leftOut.length, 'recommendation'), screen));
    for (const { what, because } of plan.leftOut) {
      lines.push(
        ...wrap(`${clean(what)}: ${clean(because)}`, screen.width - 4).map(
          (line, i) => `${i === 0 ? '  ' : '    '}${line}`,
        ),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function changeLines(change: Change, screen: Screen): readonly string[] {
  const { paint, width } = screen;
  const row = (label: string, text: string) =>
    wrap(clean(text), width - 16).map((line, i) => `      ${paint('dim', (i === 0 ? label : '').padEnd(9))} ${line}`);
  const [first, ...rest] = wrap(clean(change.preview.apply), width - 6);
  const { predictedRatio: predicted, expectedWriteSeconds: seconds } = change;
  return [
    `  ${paint('title', change.id.padEnd(3))} ${paint('title', first ?? '')}`,
    ...rest.map((line) => `      ${paint('title', line)}`),
    ...row('why', change.reason),
    ...row('undo', change.preview.undo),
    ...(predicted === undefined ? [] : row('predicted', prediction(predicted))),
    ...(seconds === undefined ? [] : row('takes', `${formatDuration(seconds)} on a copy; writers wait meanwhile`)),
    ...row('must win', change.affects.map(selected).join(', ') || 'nothing: it cannot be kept'),
    ...row(
      'risk',
      `${change.risk}${change.needsRestart ? `; needs --allow-restart: ${change.needsRestartBecause}` : ''}`,
    ),
  ];
}

/** A prediction is never written like a measurement. */
function prediction(ratio: number): string {
  if (ratio >= 1) return `about ${ratio.toFixed(2)} times what it is now`;
  return ratio > 0.7
    ? `about ${Math.round((1 - ratio) * 100)} % less`
    : `about ${ratio > 0.1 ? (1 / ratio).toFixed(1) : formatNumber(Number((1 / ratio).toPrecision(2)))}× faster`;
}

function selected({ indicator, labels }: Selector): string {
  return [indicator, ...Object.values(labels ?? {})].join(' ');
}
