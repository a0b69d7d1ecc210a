import type { Report } from '../../model/report.ts';
import { forestChart } from '../charts/forest.ts';
import { type ComparisonText, type OutcomeText, outcomeTally, outcomeText } from '../content/outcomes.ts';
import { countOf } from '../format.ts';
import { type Child, el, type Markup } from './element.ts';
import { badge, details, figure, type Row, section, table } from './parts.ts';
import { effectTable } from './past.ts';

const HEADLINE = [
  { label: 'Decision' },
  { label: 'Change' },
  { label: 'Before', figure: true },
  { label: 'After', figure: true },
  { label: 'Effect', figure: true },
] as const;

const COMPARED = [
  { label: 'Indicator' },
  { label: 'Role', words: true },
  { label: 'Before', figure: true },
  { label: 'After', figure: true },
  { label: 'Measured, 95 % interval', words: true },
  { label: 'Blocks', figure: true },
  { label: 'Noise', figure: true },
  { label: 'Result', words: true },
] as const;

/** The text of the statement that a comparison is of. */
function titleOf({ title }: ComparisonText): Child {
  return title === null ? null : el('div', { class: 'small' }, el('code', {}, title));
}

function headlineRow({ headline, ...outcome }: OutcomeText): Row {
  return {
    cells: [
      badge(outcome),
      [
        el('b', {}, outcome.change),
        headline ? el('div', { class: 'soft small' }, `${headline.indicator} · ${headline.where}`) : null,
        headline ? titleOf(headline) : null,
        el('div', { class: 'soft small' }, outcome.because),
      ],
      headline?.before ?? '',
      headline?.after ?? '',
      headline ? { content: el('b', {}, headline.effect), style: headline.tone } : outcome.design,
    ],
  };
}

function comparedRow(comparison: ComparisonText): Row {
  return {
    cells: [
      [comparison.indicator, el('div', { class: 'soft small' }, comparison.where), titleOf(comparison)],
      comparison.affected ? 'should improve' : 'guard',
      comparison.before,
      comparison.after,
      [comparison.estimate, el('div', { class: 'soft small' }, comparison.interval)],
      comparison.blocks,
      comparison.noise,
      { content: comparison.word, style: comparison.tone },
    ],
  };
}

function item(outcome: OutcomeText): Markup {
  const unseen = outcome.all
    .filter(({ word }) => word === 'inconclusive')
    .map(
      ({ minimum, indicator, where }) => `${indicator} · ${where}: a change below ${minimum} would not have been seen.`,
    );
  const compared = countOf(outcome.all.length, 'indicator');
  return details(
    [badge(outcome), el('b', {}, outcome.change), `: what was done, ${compared} compared`],
    el(
      'dl',
      {},
      definition('Done', el('code', {}, outcome.apply)),
      definition('Taken back by', el('code', {}, outcome.undo)),
      definition('Trial', [outcome.design, ...unseen].join('; ')),
    ),
    outcome.all.length === 0 ? null : table(outcome.change, COMPARED, outcome.all.map(comparedRow)),
  );
}

function definition(term: string, content: Child): Child {
  return [el('dt', {}, term), el('dd', {}, content)];
}

export function outcomeSection(report: Report): Child {
  if (report.outcomes.length === 0) return null;
  const outcomes = report.outcomes.map(outcomeText);
  return section(
    'before-and-after',
    'Before and after',
    outcomeTally(report),
    table('Changes and their effects', HEADLINE, outcomes.map(headlineRow)),
    figure(
      'How sure that is',
      'Ratio after/before with its 95 % interval. Filled: told apart from noise; hollow: not. The grey band is the noise floor: what two identical states differ by on this machine.',
      forestChart(report),
    ),
    effectTable(report),
    el('div', {}, outcomes.map(item)),
  );
}
