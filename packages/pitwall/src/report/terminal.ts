import type { Report } from '../model/report.ts';
import { askedTexts, costText, runText, unmeasured } from './content/run.ts';
import { countOf } from './format.ts';
import { calibrationSection } from './terminal/calibration.ts';
import { comparisonSection } from './terminal/comparison.ts';
import { databaseSection } from './terminal/database.ts';
import { findingSection, quietSection } from './terminal/findings.ts';
import { historySection } from './terminal/history.ts';
import { ledgerSection } from './terminal/ledger.ts';
import { loadSection } from './terminal/load.ts';
import { outcomeSection } from './terminal/outcomes.ts';
import { paintWith, type Screen } from './terminal/paint.ts';
import { pastSection } from './terminal/past.ts';
import { searchSection } from './terminal/search.ts';
import { titleLine } from './terminal/table.ts';
import { verdictSection } from './terminal/verdicts.ts';
import { wrap } from './text.ts';

export interface TerminalOptions {
  /** ANSI colours; nothing is said by colour alone. */
  readonly color: boolean;
  /** Columns of the terminal; used between 60 and 120. */
  readonly width: number;
  /** All reasons, evidence and comparisons in full. */
  readonly details?: boolean;
}

/**
 * The report for a terminal. What a reader wants first comes last, because that is where the eye is when the prompt returns:
 * objectives, findings, load, and at the end what was changed and proved.
 */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const screen: Screen = {
    paint: paintWith(options.color),
    width: Math.min(120, Math.max(60, options.width)),
    details: options.details ?? false,
  };
  const lines = [
    ...header(report, screen),
    ...databaseSection(report, screen),
    ...verdictSection(report, screen),
    ...findingSection(report, screen),
    ...pastSection(report, screen),
    // Who loads looks at the load: what rules had nothing to say of is for --details.
    ...((isLoad(report) || report.run.command === 'db') && !screen.details ? [] : quietSection(report, screen)),
    ...gapSection(report, screen),
    ...ledgerSection(report, screen),
    ...loadSection(report, screen),
    ...searchSection(report, screen),
    ...calibrationSection(report, screen),
    ...historySection(report, screen),
    ...outcomeSection(report, screen),
    ...comparisonSection(report, screen),
    '',
    ...askedTexts(report).flatMap((text) => wrap(text, screen.width).map((line) => screen.paint('dim', line))),
    ...wrap(`Pitwall itself used ${costText(report)}.`, screen.width).map((line) => screen.paint('dim', line)),
  ];
  return `${lines.join('\n')}\n`;
}

/** A load and nothing else: no check, no changes. */
function isLoad({ run }: Report): boolean {
  return run.command === 'load';
}

function header(report: Report, screen: Screen): readonly string[] {
  const { paint, width } = screen;
  const run = runText(report);
  const below = [`run ${run.id}`, run.host, ...(run.replayed === null ? [] : [run.replayed])];
  return [
    ...titleLine(`${run.service}`, `${run.command} · ${run.when} · ${run.duration}`, screen),
    ...wrap(below.join(' · '), width).map((line) => paint('dim', line)),
  ];
}

function gapSection(report: Report, screen: Screen): readonly string[] {
  const gaps = unmeasured(report);
  if (gaps.length === 0) return [];
  if (isLoad(report) && !screen.details) {
    const things = countOf(gaps.length, 'thing', 'things');
    return ['', screen.paint('dim', `${things} could not be measured here; --details names them.`)];
  }
  const lines = gaps.flatMap(({ target, what, why, hint }) =>
    wrap(`${target}: ${what}: ${why}${hint === null ? '' : ` ${hint}`}`, screen.width - 4).map(
      (part, i) => `  ${i === 0 ? '' : '  '}${part}`,
    ),
  );
  return ['', ...titleLine('NOT MEASURABLE', 'not known, which is not the same as healthy', screen), '', ...lines];
}
