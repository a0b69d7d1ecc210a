import type { RunComparison } from '../../model/comparison.ts';
import type { Report } from '../../model/report.ts';
import { runForest } from '../charts/forest.ts';
import {
  type ComparedGroup,
  type ComparedRow,
  comparedGroups,
  comparisonSentences,
  comparisonTally,
  comparisonTitle,
  shapeRows,
  sideTexts,
} from '../content/comparison.ts';
import { countOf } from '../format.ts';
import { type Child, el } from './element.ts';
import { details, figure, type Row, section, table } from './parts.ts';

const COLUMNS = [
  { label: 'Indicator' },
  { label: 'A', figure: true },
  { label: 'B', figure: true },
  { label: 'Change, 95 % interval', words: true },
  { label: 'Blocks', figure: true },
  { label: 'Noise', figure: true },
  { label: 'Seen from', figure: true },
  { label: 'Verdict', words: true },
] as const;

const SHAPES = [
  { label: 'Endpoint' },
  { label: 'Distance', figure: true },
  { label: 'Noise', figure: true },
  { label: 'Verdict', words: true },
  { label: 'What is different' },
] as const;

function rowOf(row: ComparedRow): Row {
  return {
    cells: [
      [row.name, row.name === row.indicator ? null : el('div', { class: 'soft small' }, row.indicator)],
      row.a,
      row.b,
      [row.change, el('div', { class: 'soft small' }, row.interval)],
      row.blocks,
      row.noise,
      row.minimum,
      { content: row.word, style: row.tone },
    ],
  };
}

function groupTable({ title, rows }: ComparedGroup): Child {
  return [el('h3', {}, title), table(title, COLUMNS, rows.map(rowOf))];
}

export function comparisonSection({ comparison }: Report): Child {
  if (!comparison) return null;
  const [verdict, ...others] = comparisonSentences(comparison);
  const groups = comparedGroups(comparison);
  const runs = groups.filter(({ title }) => title.endsWith(': one value a run'));
  const shapes = shapeRows(comparison);
  return section(
    'comparison',
    'Comparison',
    `${comparisonTitle(comparison)}: ${comparisonTally(comparison)}`,
    el('p', { class: `banner ${verdict!.tone}` }, verdict!.text),
    sideTexts(comparison).map(({ name, text }) =>
      el('p', { class: 'small' }, el('b', {}, name), ' ', el('span', { class: 'soft' }, text)),
    ),
    figure('How sure that is', explanation(comparison), runForest(comparison)),
    groups.filter((group) => !runs.includes(group)).map(groupTable),
    runs.length === 0
      ? null
      : details(
          countOf(
            runs.reduce((sum, { rows }) => sum + rows.length, 0),
            'indicator with one value a run',
            'indicators with one value a run',
          ),
          runs.map(groupTable),
        ),
    shapes.length === 0
      ? null
      : [
          el('h3', {}, 'Shapes of the distributions'),
          table(
            'Shapes of the distributions',
            SHAPES,
            shapes.map(({ endpoint, distance, noise, word, tone, text }) => ({
              cells: [endpoint, distance, noise, { content: word, style: tone }, text],
            })),
          ),
        ],
    others.map(({ text }) => el('p', { class: 'soft small' }, text)),
  );
}

function explanation({ design }: RunComparison): string {
  const band =
    design === 'duet'
      ? 'The grey band is how far two identical services would come out apart.'
      : 'The grey band is the noise floor: what two runs of one state differ by here.';
  return `Ratio B/A with its 95 % interval. Filled: told apart from noise; hollow: not. ${band}`;
}
