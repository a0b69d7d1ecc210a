import type { Report } from '../../model/report.ts';
import { type EffectGroup, outcomeEffects, pastTally, pastTexts, signTally } from '../content/past.ts';
import { type Child, el } from './element.ts';
import { badge, figure, section, table } from './parts.ts';

/** What is not advised again, quietly. */
export function pastSection(report: Report): Child {
  const texts = pastTexts(report);
  if (texts.length === 0) return null;
  return section(
    'tried-before',
    'Tried before',
    pastTally(texts),
    table(
      'Tried before',
      [{ label: 'Target' }, { label: 'Recommendation' }, { label: 'What became of it' }, { label: 'Id' }],
      texts.map(({ title, target, because, id }) => ({
        cells: [target, { content: title, style: 'free' }, { content: because, style: 'free' }, el('code', {}, id)],
      })),
    ),
  );
}

const EFFECTS = [
  { label: 'Statement' },
  { label: 'Planner', words: true },
  { label: 'On a copy', words: true },
  { label: 'In place', words: true },
  { label: 'Sign', words: true },
] as const;

/** What was predicted beside what was measured. */
export function effectGroups(groups: readonly EffectGroup[]): Child {
  return groups.map(({ title, decision, rows }) => [
    el('p', {}, badge(decision), ' ', el('b', {}, title)),
    table(
      title,
      EFFECTS,
      rows.map(({ text, planner, copy, copyInterval, inPlace, interval, sign }) => ({
        cells: [
          { content: el('code', {}, text), style: 'free' },
          planner,
          [copy, el('div', { class: 'soft small' }, copyInterval)],
          [inPlace, el('div', { class: 'soft small' }, interval)],
          { content: sign.word, style: sign.tone },
        ],
      })),
    ),
  ]);
}

export function effectTable(report: Report): Child {
  const groups = outcomeEffects(report);
  if (groups.length === 0) return null;
  return figure(
    'Predicted and measured',
    `What the planner and the copy said of each statement, and what it was in place: ${signTally(groups)}.`,
    el('div', {}, effectGroups(groups)),
  );
}
