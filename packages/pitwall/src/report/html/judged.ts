import type { Report } from '../../model/report.ts';
import { type Action, type FindingText, findingTally, findingTexts, quietRules } from '../content/findings.ts';
import { type VerdictGroup, type VerdictRow, verdictGroups, verdictTally } from '../content/verdicts.ts';
import { STATUS } from '../content/words.ts';
import { countOf } from '../format.ts';
import { type Child, el, type Markup } from './element.ts';
import { badge, code, details, type Row, section, table } from './parts.ts';

const COLUMNS = [
  { label: 'Status' },
  { label: 'Indicator' },
  { label: 'Where' },
  { label: 'Value', figure: true },
  { label: 'Target', figure: true },
  { label: 'Warning', figure: true },
  { label: 'Critical', figure: true },
] as const;

function verdictRow({ indicator, target }: VerdictGroup, verdict: VerdictRow): Row {
  return {
    cells: [
      badge(verdict),
      [
        el('code', {}, indicator),
        verdict.because === null ? null : el('div', { class: 'soft small' }, verdict.because),
      ],
      verdict.where === '' ? target : `${target}: ${verdict.where}`,
      { content: el('b', {}, verdict.value), style: verdict.tone },
      verdict.target,
      verdict.warning,
      verdict.critical,
    ],
  };
}

/** What has to be looked at stands open; what passed is folded, with its count. */
export function verdictSection(report: Report): Child {
  if (report.verdicts.length === 0) return null;
  const groups = verdictGroups(report);
  const all = groups.flatMap((group) =>
    group.rows.map((verdict) => ({ passed: verdict.word === STATUS.pass.word, row: verdictRow(group, verdict) })),
  );
  const passed = all.filter((one) => one.passed).map(({ row }) => row);
  const open = all.filter((one) => !one.passed).map(({ row }) => row);
  const sources = groups
    .filter(({ source }) => source !== 'config')
    .map(({ indicator, source }) => el('li', {}, el('code', {}, indicator), `: ${source}`));
  return section(
    'objectives',
    'Objectives',
    verdictTally(report),
    open.length === 0 ? null : table('Objectives', COLUMNS, open),
    passed.length === 0
      ? null
      : details(`${countOf(passed.length, 'objective')} passed`, table('Objectives that passed', COLUMNS, passed)),
    sources.length === 0
      ? null
      : details('Where default limits come from', el('ul', { class: 'plain small' }, sources)),
  );
}

function action({ kind, text, code: lines, undo }: Action): Child {
  return [
    el('dt', {}, kind === 'change' ? 'Change' : 'Advice'),
    el(
      'dd',
      {},
      text,
      code(lines),
      undo === null ? null : el('div', { class: 'soft small' }, 'Taken back by: ', el('code', {}, undo)),
    ),
  ];
}

function item(finding: FindingText): Markup {
  const evidence = finding.evidence.map(({ label, value }, i) => [
    i === 0 ? null : ' · ',
    `${label}: `,
    el('b', {}, value),
  ]);
  return el(
    'div',
    { class: 'item' },
    el('h3', {}, badge(finding), finding.summary),
    el('p', { class: 'soft small' }, el('code', {}, finding.rule), ` · ${finding.target} · ${finding.subject}`),
    el(
      'dl',
      {},
      evidence.length === 0 ? null : [el('dt', {}, 'Evidence'), el('dd', {}, evidence)],
      finding.impact === null ? null : [el('dt', {}, 'Impact'), el('dd', {}, finding.impact)],
      finding.actions.map(action),
      el('dt', {}, 'Status'),
      el('dd', {}, `${finding.status ?? 'nothing to do'}, confidence ${finding.confidence}`),
    ),
  );
}

export function findingSection(report: Report): Child {
  const quiet = quietRules(report);
  const findings = findingTexts(report);
  if (findings.length === 0 && quiet.length === 0) return null;
  const count = quiet.reduce((sum, { rules }) => sum + rules.length, 0);
  const rows = quiet.flatMap(({ title, rules }) =>
    rules.map(({ rule, target, because }): Row => ({ cells: [title, el('code', {}, rule), target, because] })),
  );
  return section(
    'findings',
    'Findings',
    findingTally(report) || 'None.',
    el('div', {}, findings.map(item)),
    count === 0
      ? null
      : details(
          `${countOf(count, 'other rule')} and why nothing came of them`,
          table(
            'Other rules',
            [{ label: 'Result' }, { label: 'Rule' }, { label: 'Target' }, { label: 'Because' }],
            rows,
          ),
        ),
  );
}
