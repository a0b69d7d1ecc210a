import type { ErrorKind } from '../../../model/error-kinds.ts';
import type { LoadResult } from '../../../model/load.ts';
import { countOf, formatNumber, formatPercent } from '../../format.ts';
import { clean } from '../../text.ts';
import type { Word } from '../words.ts';
import { shareOf } from './share.ts';

export interface ErrorRow {
  readonly kind: string;
  readonly meaning: string;
  readonly count: string;
  /** Of the requests sent. */
  readonly share: string;
  /** Steps that it happened in, the most first. */
  readonly where: string;
}

const MEANING: Readonly<Record<ErrorKind, string>> = {
  timeout: 'no whole answer within the time limit',
  connect: 'no connection could be made',
  reset: 'the connection was closed before the whole answer',
  protocol: 'the answer was not HTTP',
  'status-4xx': 'the service refused the request',
  'status-5xx': 'the service failed',
  check: 'the answer failed a check',
  extract: 'the answer lacked a value that later steps need',
  template: 'the request could not be made up',
};

/** Errors by kind, the most frequent first. Empty when there were none. */
export function errorRows(load: LoadResult): readonly ErrorRow[] {
  return Object.entries(load.errors)
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, count]) => {
      const where = load.steps
        .map((step) => [Object.hasOwn(step.errors, kind) ? step.errors[kind]! : 0, clean(step.endpoint)] as const)
        .filter(([n]) => n > 0)
        .toSorted(([a], [b]) => b - a)
        .map(([n, endpoint]) => `${endpoint} (${formatNumber(n)})`);
      return {
        kind: clean(kind),
        meaning: Object.hasOwn(MEANING, kind) ? MEANING[kind as ErrorKind] : '',
        count: formatNumber(count),
        share: load.sent > 0 ? formatPercent(count / load.sent) : '',
        where: where.join(', '),
      };
    });
}

export interface CheckRow extends Word {
  readonly step: string;
  readonly check: string;
  readonly passed: string;
  readonly failed: string;
  /** Of the responses that it looked at; `not asked` where its step got none. */
  readonly share: string;
  readonly held: boolean;
  /** Whether any answer came that it could look at. */
  readonly asked: boolean;
}

/** Every check of every step, those that failed most often first. */
export function checkRows(load: LoadResult): readonly CheckRow[] {
  return load.steps
    .flatMap((step) => (step.checks ?? []).map((check) => ({ step, check })))
    .map((one) => {
      const { passed, failed } = one.check;
      return { ...one, ratio: passed + failed > 0 ? failed / (passed + failed) : 0 };
    })
    .toSorted((a, b) => b.ratio - a.ratio)
    .map(({ step, check: { name, passed, failed } }) => {
      const asked = passed + failed > 0;
      const word: Word = !asked
        ? { word: 'NOT ASKED', tone: 'unknown' }
        : failed > 0
          ? { word: 'FAILED', tone: 'bad' }
          : { word: 'HELD', tone: 'good' };
      return {
        ...word,
        step: clean(step.endpoint),
        check: clean(name),
        passed: formatNumber(passed),
        failed: formatNumber(failed),
        share: asked ? shareOf(passed, passed + failed) : 'not asked',
        held: asked && failed === 0,
        asked,
      };
    });
}

/** `11 of 12 checks held`, and how many were never asked, which is neither; empty without any. */
export function checkTally(rows: readonly CheckRow[]): string {
  if (rows.length === 0) return '';
  const asked = rows.filter((row) => row.asked);
  if (asked.length === 0) {
    const none = rows.length === 1 ? 'The only check was not' : `None of ${formatNumber(rows.length)} checks was`;
    return `${none} asked: no answer came to look at`;
  }
  const held = asked.filter((row) => row.held).length;
  const tally = `${formatNumber(held)} of ${countOf(asked.length, 'check')} held`;
  const rest = rows.length - asked.length;
  if (rest === 0) return tally;
  const why =
    rest === 1 ? 'more was not asked: its step got no answer' : 'more were not asked: their steps got no answer';
  return `${tally}; ${formatNumber(rest)} ${why}`;
}
