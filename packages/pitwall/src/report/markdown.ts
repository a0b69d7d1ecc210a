import type { Report } from '../model/report.ts';
import { type Action, findingTally, findingTexts, quietRules } from './content/findings.ts';
import { outcomeTally, outcomeText, restText } from './content/outcomes.ts';
import { askedTexts, costText, runText, unmeasured } from './content/run.ts';
import { verdictGroups, verdictTally } from './content/verdicts.ts';
import { calibrationLines } from './markdown/calibration.ts';
import { comparisonLines } from './markdown/comparison.ts';
import { databaseLines } from './markdown/database.ts';
import { historyLines } from './markdown/history.ts';
import { ledgerLines } from './markdown/ledger.ts';
import { loadLines } from './markdown/load.ts';
import { fence, md, section, table } from './markdown/parts.ts';
import { effectLines, pastLines } from './markdown/past.ts';
import { searchLines } from './markdown/search.ts';

/** The report as GitHub-flavoured Markdown: for pull requests and wikis. What was proved comes first. */
export function renderMarkdown(report: Report): string {
  const lines = [
    ...header(report),
    ...comparisonLines(report),
    ...calibrationLines(report),
    ...historyLines(report),
    ...outcomes(report),
    ...objectives(report),
    ...findings(report),
    ...pastLines(report),
    ...databaseLines(report),
    ...searchLines(report),
    ...loadLines(report),
    ...ledgerLines(report),
    ...notMeasurable(report),
    ...quiet(report),
    ...askedTexts(report).flatMap((text) => [md(text), '']),
    `Pitwall itself used ${md(costText(report))}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function header(report: Report): readonly string[] {
  const run = runText(report);
  return [
    `# ${md(run.service)}: ${md(run.command)}`,
    '',
    `${md(run.when)} · ${md(run.duration)} · run ${md(run.id)} · ${md(run.host)} · ${md(run.versions)}`,
    '',
    ...(run.replayed === null ? [] : [md(run.replayed), '']),
  ];
}

function outcomes(report: Report): readonly string[] {
  if (report.outcomes.length === 0) return [];
  const texts = report.outcomes.map(outcomeText);
  const rows = texts.flatMap((outcome) =>
    outcome.decisive.map((comparison, i) => [
      i === 0 ? `**${outcome.word}**` : '',
      i === 0 ? md(outcome.change) : '',
      `${md(comparison.indicator)} · ${md(comparison.where)}${comparison.title === null ? '' : ` (${md(comparison.title)})`}`,
      comparison.before,
      comparison.after,
      comparison.effect,
      comparison.interval,
      comparison.blocks,
      comparison.noise,
    ]),
  );
  const head = ['Decision', 'Change', 'Indicator', 'Before', 'After', 'Effect', '95 % interval', 'Blocks', 'Noise'];
  return [
    ...section('Before and after', outcomeTally(report)),
    ...(rows.length > 0 ? table(head, [3, 4, 7, 8], rows) : []),
    ...texts.map((outcome) => {
      const rest = restText(outcome.all.slice(outcome.decisive.length));
      return `- **${outcome.word}** ${md(outcome.change)}: ${md(outcome.because)}${rest === null ? '' : ` ${rest}.`}`;
    }),
    '',
    ...effectLines(report),
  ];
}

function objectives(report: Report): readonly string[] {
  if (report.verdicts.length === 0) return [];
  const rows = verdictGroups(report).flatMap(({ indicator, target, rows: verdicts }) =>
    verdicts.map((verdict) => [
      `**${verdict.word}**`,
      md(indicator),
      md(verdict.where === '' ? target : `${target}: ${verdict.where}`),
      verdict.value,
      verdict.target,
      verdict.warning,
      verdict.critical,
      md(verdict.because ?? ''),
    ]),
  );
  const head = ['Status', 'Indicator', 'Where', 'Value', 'Target', 'Warning', 'Critical', 'Note'];
  return [...section('Objectives', verdictTally(report)), ...table(head, [3, 4, 5, 6], rows)];
}

function actionLines(action: Action): readonly string[] {
  const code = action.code.length === 0 ? [] : ['', ...fence(action.code).map((line) => `   ${line}`), ''];
  return [`   - ${action.kind === 'change' ? 'Change' : 'Advice'}: ${md(action.text)}`, ...code];
}

function findings(report: Report): readonly string[] {
  const texts = findingTexts(report);
  if (texts.length === 0) return report.rules.length === 0 ? [] : section('Findings', 'None.');
  return [
    ...section('Findings', findingTally(report)),
    ...texts.flatMap((finding) => [
      `${finding.rank}. **${finding.word}** ${md(finding.rule)} · ${md(finding.target)} · ${md(finding.subject)}`,
      '',
      `   ${md(finding.summary)}`,
      '',
      ...finding.evidence.map(({ label, value }) => `   - ${md(label)}: ${md(value)}`),
      ...(finding.impact === null ? [] : [`   - Impact: ${md(finding.impact)}`]),
      ...finding.actions.flatMap(actionLines),
      `   - Status: ${md(finding.status ?? 'nothing to do')}, confidence ${finding.confidence}${finding.id === null ? '' : ` · ${md(finding.id)}`}`,
      '',
    ]),
  ];
}

function notMeasurable(report: Report): readonly string[] {
  const gaps = unmeasured(report);
  if (gaps.length === 0) return [];
  return [
    ...section('Not measurable', ''),
    ...gaps.map(
      ({ target, what, why, hint }) => `- ${md(target)}: ${md(what)}: ${md(why)}${hint === null ? '' : ` ${md(hint)}`}`,
    ),
    '',
  ];
}

function quiet(report: Report): readonly string[] {
  const groups = quietRules(report);
  if (groups.length === 0) return [];
  const rows = groups.flatMap(({ title, rules }) =>
    rules.map(({ rule, target, because }) => [title, md(rule), md(target), md(because)]),
  );
  return [...section('Other rules', ''), ...table(['Result', 'Rule', 'Target', 'Because'], [], rows)];
}
