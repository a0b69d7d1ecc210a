import { counted } from '../../model/plural.ts';
import { type Reached, throughText } from './foreign-key-chain.ts';

/** What a statement does to rows, or sets off. `columns` of an update: those that matter here, none: any. */
export type Change = Omit<Reached, 'kind'> & { readonly kind: Reached['kind'] | 'insert' };

/** Triggers that are named. */
const NAMED = 6;

/** Which rows: `each row that it deletes from parent`. `replaces`: it deletes what is in the way of a new row. */
export function rowsOf({ table, kind, columns, through }: Change, replaces = false): string {
  if (kind === 'insert') return `each row that it inserts into ${table}`;
  const names = columns.join(', ');
  if (through.length > 0) {
    const done = kind === 'delete' ? 'that is deleted' : names === '' ? 'that is changed' : `whose ${names} is set`;
    return `each row of ${table} ${done} with it (${throughText(through)})`;
  }
  if (kind === 'delete')
    return replaces ? `each row of ${table} that a new one replaces` : `each row that it deletes from ${table}`;
  return names === '' ? `each row of ${table} that it changes` : `each row of ${table} whose ${names} it changes`;
}

/** `names`: of the triggers, at least one. */
export function triggersText(change: Change, names: readonly string[], replaces = false): string {
  const more = names.length - NAMED;
  const list = `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${rowsOf({ ...change, columns: [] }, replaces)} runs ${counted(names.length, 'trigger')}, whose work the plan does not contain: ${list}`;
}

/** An estimate, as it is said: two digits of it. */
export function aboutRows(rows: number): string {
  return `about ${Number(rows.toPrecision(2)).toLocaleString('en-GB')} rows`;
}
