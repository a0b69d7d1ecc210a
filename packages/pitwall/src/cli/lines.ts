import type { Recovered } from '../engine/take-back.ts';
import { printable } from '../errors.ts';
import type { JournalEntry, Outcome } from '../model/change.ts';
import { titleLines } from '../report/content/titles.ts';
import { formatInstant } from '../report/format.ts';

/** `c1 kept: CREATE INDEX …`, why, and which statements it was for: the running commentary on stderr. */
export function outcomeLine({ change, decision, because }: Outcome): string {
  const word = { kept: 'kept', 'rolled-back': 'taken back', conflict: 'CONFLICT' }[decision];
  const lines = [printable(because), ...titleLines(change, 77)].map((line) => `\n   ${line}`);
  return printable(`${change.id} ${word}: ${change.preview.apply}`) + lines.join('');
}

export function recoveredLine({ entry, outcome, because }: Recovered): string {
  const word = {
    'rolled-back': 'taken back',
    conflict: 'CONFLICT, left as it is',
    blocked: 'CANNOT BE TAKEN BACK NOW',
  }[outcome];
  return printable(`${entry.id} ${word}: ${entry.change.preview.apply}: ${because}`);
}

/** For one that was taken back before, by whatever: a rollback, or the trial that it failed. */
export function takenBackLine({ id, change, updatedAt }: JournalEntry): string {
  return printable(
    `${id} was taken back at ${formatInstant(updatedAt)}, nothing is left to do: ${change.preview.apply}`,
  );
}
