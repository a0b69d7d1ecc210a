import type { Report } from '../../model/report.ts';
import { type Action, type FindingText, findingTally, findingTexts, quietRules } from '../content/findings.ts';
import { countOf } from '../format.ts';
import { cutEnd, displayWidth, wrap } from '../text.ts';
import type { Screen } from './paint.ts';
import { titleLine } from './table.ts';

const INDENT = ' '.repeat(6);
/** What stands before the rule: rank and severity. */
const HEAD = 12;
/** Of code in an action, unless details are asked for. */
const CODE_LINES = 6;

function block(label: string, text: string, { paint, width }: Screen): readonly string[] {
  return wrap(text, width - INDENT.length - 10).map(
    (line, i) => `${INDENT}${paint('dim', (i === 0 ? label : '').padEnd(10))}${line}`,
  );
}

function actionLines(action: Action, screen: Screen): readonly string[] {
  const { paint, width, details } = screen;
  const shown = details ? action.code : action.code.slice(0, CODE_LINES);
  const inner = width - INDENT.length - 12;
  const code = shown.flatMap((line) => wrapCode(line, inner)).map((line) => `${INDENT}${' '.repeat(12)}${line}`);
  const more = action.code.length - shown.length;
  return [
    ...block(action.kind === 'change' ? 'Change' : 'Advice', action.text, screen),
    ...code.map((line) => paint('title', line)),
    ...(more > 0 ? [`${INDENT}${' '.repeat(12)}${paint('dim', `… ${countOf(more, 'more line')}`)}`] : []),
    ...(action.undo !== null && details ? block('Undo', action.undo, screen) : []),
  ];
}

/** Code keeps its indentation; only what does not fit is broken. */
function wrapCode(line: string, width: number): readonly string[] {
  return displayWidth(line) <= width ? [line] : wrap(line.trim(), width);
}

function findingLines(finding: FindingText, screen: Screen): readonly string[] {
  const { paint, width } = screen;
  const head = `  ${String(finding.rank).padStart(2)}  ${paint(finding.tone, finding.word)}  `;
  const where = `${finding.rule} · ${finding.target} · ${finding.subject}`;
  const evidence = finding.evidence.map(({ label, value }) => `${label}: ${value}`).join(' · ');
  return [
    '',
    ...wrap(where, width - HEAD).map((line, i) => (i === 0 ? head : ' '.repeat(HEAD)) + paint('title', line)),
    ...wrap(finding.summary, width - INDENT.length).map((line) => INDENT + line),
    ...block('Evidence', evidence, screen),
    ...(finding.impact === null ? [] : block('Impact', finding.impact, screen)),
    ...finding.actions.flatMap((action) => actionLines(action, screen)),
    ...block('Status', statusLine(finding), screen),
  ];
}

function statusLine({ status, confidence, id }: FindingText): string {
  return `${status ?? 'nothing to do'}, confidence ${confidence}${id === null ? '' : ` · ${id}`}`;
}

export function findingSection(report: Report, screen: Screen): readonly string[] {
  const findings = findingTexts(report);
  if (findings.length === 0) {
    return report.rules.length === 0 ? [] : ['', ...titleLine('FINDINGS', 'none', screen)];
  }
  return [
    '',
    ...titleLine('FINDINGS', findingTally(report), screen),
    ...(screen.details ? findings.map((finding) => [finding]) : alike(findings)).flatMap(
      ([first, ...others], position) => [
        ...findingLines({ ...first!, rank: position + 1 }, screen),
        ...others.flatMap((other, i) => block(i === 0 ? 'Likewise' : '', other.summary, screen)),
      ],
    ),
  ];
}

/** Advice of one rule for one target is much the same for each subject: given once, for the worst of them. */
function alike(findings: readonly FindingText[]): readonly (readonly FindingText[])[] {
  const groups = Map.groupBy(findings, (finding) => {
    const advised = finding.actions.every(({ kind }) => kind === 'advice');
    return advised ? JSON.stringify([finding.rule, finding.target]) : JSON.stringify(finding.rank);
  });
  return [...groups.values()];
}

export function quietSection(report: Report, screen: Screen): readonly string[] {
  const groups = quietRules(report);
  if (groups.length === 0) return [];
  const { paint, width, details } = screen;
  const lines = groups.flatMap(({ title, isWaiting, rules }) => [
    `  ${title}`,
    ...rules.flatMap(({ rule, target, because }) => {
      const text = `${rule} (${target}): ${because}`;
      const parts = details || isWaiting ? wrap(text, width - 6) : [cutEnd(text, width - 4)];
      return parts.map((part, i) => `    ${i === 0 ? '' : '  '}${paint('dim', part)}`);
    }),
  ]);
  const count = groups.reduce((sum, { rules }) => sum + rules.length, 0);
  return ['', ...titleLine('OTHER RULES', countOf(count, 'rule'), screen), '', ...lines];
}
