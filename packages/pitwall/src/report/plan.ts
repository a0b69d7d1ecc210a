import type { Change, Plan, Selector } from '../model/change.ts';
import { predictionText } from './content/prediction.ts';
import { labelTitle } from './content/titles.ts';
import { countOf, formatDuration } from './format.ts';
import { paintWith, type Screen } from './terminal/paint.ts';
import { titleLine } from './terminal/table.ts';
import { clean, cleanProse, cutEnd, wrap } from './text.ts';

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
    lines.push('', ...titleLine('LEFT OUT', countOf(plan.leftOut.length, 'item'), screen));
    for (const { what, because } of plan.leftOut) {
      lines.push(
        ...wrap(`${clean(what)}: ${cleanProse(because)}`, screen.width - 4).map(
          (line, i) => `${i === 0 ? '  ' : '    '}${line}`,
        ),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function changeLines(change: Change, screen: Screen): readonly string[] {
  const { paint, width } = screen;
  const row = (label: string, text: string) => labelled(label, wrap(clean(text), width - 16), screen);
  const prose = (label: string, text: string) => labelled(label, wrap(cleanProse(text), width - 16), screen);
  const [first, ...rest] = wrap(clean(change.preview.apply), width - 6);
  const { expectedWriteSeconds: seconds } = change;
  const waits = change.lock === undefined ? '; writers wait meanwhile' : '';
  const prediction = predictionText(change);
  return [
    `  ${paint('title', change.id.padEnd(3))} ${paint('title', first ?? '')}`,
    ...rest.map((line) => `      ${paint('title', line)}`),
    ...row('why', change.reason),
    ...row('undo', change.preview.undo),
    ...(prediction === null ? [] : row('predicted', `about ${prediction}`)),
    ...(seconds === undefined ? [] : row('takes', `${formatDuration(seconds)} on a copy${waits}`)),
    ...(change.lock === undefined ? [] : prose('locks', change.lock)),
    ...(change.notChecked ?? []).flatMap((what) => prose('unchecked', what)),
    ...mustWin(change, screen),
    ...row(
      'risk',
      `${change.risk}${change.needsRestart ? `; needs --allow-restart: ${change.needsRestartBecause}` : ''}`,
    ),
  ];
}

/** Each with what its labels stand for: nobody knows a statement by its fingerprint. What has no such text comes last. */
function mustWin(change: Change, screen: Screen): readonly string[] {
  const { paint, width } = screen;
  const room = width - 16;
  const all = change.affects.map((selector) => ({
    name: selected(selector),
    title: labelTitle(selector.labels, change),
  }));
  const plain = all.filter(({ title }) => title === null).map(({ name }) => name);
  const lines = [
    ...all.flatMap(({ name, title }) =>
      title === null ? [] : [...wrap(clean(name), room), `  ${paint('dim', cutEnd(title, room - 2))}`],
    ),
    ...(plain.length > 0 || all.length === 0
      ? wrap(cleanProse(plain.join(', ') || 'nothing: it cannot be kept'), room)
      : []),
  ];
  return labelled('must win', lines, screen);
}

function labelled(label: string, lines: readonly string[], { paint }: Screen): readonly string[] {
  return lines.map((line, i) => `      ${paint('dim', (i === 0 ? label : '').padEnd(9))} ${line}`);
}

function selected({ indicator, labels }: Selector): string {
  return [indicator, ...Object.values(labels ?? {})].join(' ');
}
