import type { Report } from '../../model/report.ts';
import { type EffectGroup, outcomeEffects, pastTally, pastTexts, signTally } from '../content/past.ts';
import { wrap } from '../text.ts';
import type { Screen } from './paint.ts';
import { type Column, type Row, table, titleLine } from './table.ts';

/** What is not advised again, quietly. */
export function pastSection(report: Report, screen: Screen): readonly string[] {
  const texts = pastTexts(report);
  if (texts.length === 0) return [];
  const { paint, width } = screen;
  return [
    '',
    ...titleLine('TRIED BEFORE', pastTally(texts), screen),
    '',
    ...texts.flatMap(({ title, target, because, id }) => [
      ...wrap(`${target}: ${title}`, width - 4).map((line, i) => `  ${i === 0 ? '' : '  '}${paint('dim', line)}`),
      ...wrap(`${because} (${id})`, width - 4).map((line) => `    ${line}`),
    ]),
    ...wrap('`pitwall dismiss ID --undismiss` has one proposed again.', width - 2).map(
      (line) => `  ${paint('dim', line)}`,
    ),
  ];
}

const EFFECTS: readonly Column[] = [
  { header: 'STATEMENT', align: 'left', grows: true },
  { header: 'PLANNER', align: 'right' },
  { header: 'ON A COPY', align: 'right' },
  { header: 'IN PLACE', align: 'right' },
  { header: 'SIGN', align: 'right' },
];

/** What was predicted beside what was measured. */
export function effectGroups(groups: readonly EffectGroup[], screen: Screen): readonly string[] {
  const rows = groups.flatMap(({ title, decision, rows: each }): Row[] => [
    { lead: { text: decision.word, style: decision.tone }, note: title, style: 'title' },
    ...each.flatMap(({ text, planner, copy, copyInterval, inPlace, interval, sign }): Row[] => [
      { cells: [`  ${text}`, planner, copy, inPlace, { text: sign.word, style: sign.tone }] },
      ...[
        ['on a copy', copyInterval],
        ['in place', interval],
      ].flatMap(([where, between]): Row[] =>
        between === '' ? [] : [{ note: `${where}: 95 % interval ${between}`, style: 'dim', indent: 4 }],
      ),
    ]),
  ]);
  return table(EFFECTS, rows, screen);
}

export function effectSection(report: Report, screen: Screen): readonly string[] {
  const groups = outcomeEffects(report);
  if (groups.length === 0) return [];
  return ['', ...titleLine('PREDICTED AND MEASURED', signTally(groups), screen), '', ...effectGroups(groups, screen)];
}
