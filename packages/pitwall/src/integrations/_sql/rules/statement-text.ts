import { printable } from '../../../errors.ts';
import type { Evidence } from '../../../model/rule.ts';
import { shortened } from '../shortened.ts';

const LONGEST_TITLE = 100;

/** The statement in a few words, safe to print. */
export function statementTitle(text: string): string {
  return shortened(printable(text.replace(/\s+/g, ' ')), LONGEST_TITLE);
}

/** What is counted of a statement in every dialect. */
export interface CountedStatement {
  /** Hostile. */
  readonly text: string;
  readonly calls: number;
  /** Null: nothing measures. */
  readonly seconds: number | null;
}

/** The statement in full, how often it was called and what that took. */
export function costEvidence({ text, calls, seconds }: CountedStatement): Evidence[] {
  return [
    { label: 'statement', value: printable(text) },
    { label: 'calls', value: calls },
    ...(seconds === null ? [] : [{ label: 'time in all calls', value: seconds, unit: 's' }]),
    ...(seconds === null || calls === 0 ? [] : [{ label: 'time of a call', value: seconds / calls, unit: 's' }]),
  ];
}

/** @param window seconds that the counts cover; null: not known */
export function windowEvidence(window: number | null): Evidence {
  return window === null
    ? { label: 'counted over', value: 'not told' }
    : { label: 'counted over', value: window, unit: 's' };
}

/** Whole per cent from ten on, below that two digits: `0.6 %`. */
export function percentOf(share: number): string {
  const percent = share * 100;
  return `${percent >= 9.95 ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
}
