import { printable } from '../../../errors.ts';
import { counted, either } from '../../../model/plural.ts';
import type { RuleResult } from '../../../model/rule.ts';
import { percentOf, statementTitle } from './statement-text.ts';

/** Examples that the evidence has. */
const EXAMPLES = 5;

/** Statements of a workload, all or those that were not understood. */
interface Counted {
  readonly statements: number;
  /** Absent: not counted. */
  readonly calls?: number;
  /** Null: nothing measures. */
  readonly seconds: number | null;
}

/** A statement; `notUnderstood`: why it is not, null when it is. Both are hostile. */
interface ReadStatement {
  readonly text: string;
  readonly notUnderstood: string | null;
}

/** How many statements were not understood, what they take, and why: the most expensive first, as `known` is ordered. */
export function judgeNotUnderstood(all: Counted, unknown: Counted, known: Iterable<ReadStatement>): RuleResult {
  const { statements: count, calls, seconds } = unknown;
  if (count === 0)
    return {
      clear:
        all.statements === 1
          ? 'the only statement was understood'
          : `all ${counted(all.statements, 'statement')} were understood`,
    };
  const share = all.seconds === null || all.seconds === 0 || seconds === null ? null : seconds / all.seconds;
  const figures = [
    ...(calls === undefined ? [] : [counted(calls, 'call')]),
    ...(share === null ? [] : [`${percentOf(share)} of the time`]),
  ];
  const examples = [...known].filter(({ notUnderstood }) => notUnderstood !== null).slice(0, EXAMPLES);
  return {
    found: [
      {
        subject: 'statements',
        summary: `${count} of ${counted(all.statements, 'statement')} ${either(count, 'was', 'were')} not understood${figures.length === 0 ? '' : ` (${figures.join(', ')})`}: no advice is given for ${either(count, 'it', 'them')}`,
        severity: 'info',
        confidence: 'high',
        evidence: [
          ...examples.map(({ text, notUnderstood: why }) => ({
            label: statementTitle(text),
            value: printable(why ?? ''),
          })),
          ...(calls === undefined ? [] : [{ label: 'calls of them', value: calls }]),
          ...(calls === undefined || seconds === null
            ? []
            : [{ label: 'time in all calls of them', value: seconds, unit: 's' }]),
        ],
      },
    ],
  };
}
