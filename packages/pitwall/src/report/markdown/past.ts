import type { Report } from '../../model/report.ts';
import { type EffectGroup, outcomeEffects, pastTally, pastTexts, signTally } from '../content/past.ts';
import { md, section, table } from './parts.ts';

/** What is not advised again, quietly. */
export function pastLines(report: Report): readonly string[] {
  const texts = pastTexts(report);
  if (texts.length === 0) return [];
  return [
    ...section('Tried before', pastTally(texts)),
    ...texts.map(({ title, target, because, id }) => `- ${md(target)}: ${md(title)} ${md(because)} (${md(id)})`),
    '',
  ];
}

/** What was predicted beside what was measured. */
export function effectGroupLines(groups: readonly EffectGroup[]): readonly string[] {
  return table(
    ['Change', 'Statement', 'Planner', 'On a copy', '95 %', 'In place', '95 %', 'Sign'],
    [],
    groups.flatMap(({ title, decision, rows }) =>
      rows.map(({ text, planner, copy, copyInterval, inPlace, interval, sign }, i) => [
        i === 0 ? `**${decision.word}** ${md(title)}` : '',
        md(text),
        planner,
        copy,
        copyInterval,
        inPlace,
        interval,
        sign.word,
      ]),
    ),
  );
}

export function effectLines(report: Report): readonly string[] {
  const groups = outcomeEffects(report);
  if (groups.length === 0) return [];
  return [...section('Predicted and measured', signTally(groups)), ...effectGroupLines(groups)];
}
