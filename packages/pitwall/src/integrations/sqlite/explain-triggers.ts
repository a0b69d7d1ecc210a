import { type Change, triggersText } from '../_sql/beyond-text.ts';
import { type Token, tokenize } from '../_sql/tokenizer.ts';
import type { SqliteConnection } from './connection.ts';

/** Tables whose triggers are told. [judgement] */
const SHOWN = 10;

interface Trigger {
  readonly name: string;
  readonly kind: Change['kind'];
  /** Of UPDATE OF, in lower case; empty: any. */
  readonly columns: readonly string[];
  readonly conditional: boolean;
}

/**
 * Triggers of the file that these changes set off, as sentences: EXPLAIN QUERY PLAN leaves them out. `replaced`: tables of which rows are
 * deleted as new ones replace them; delete triggers run for those only with PRAGMA recursive_triggers, and are not told.
 */
export function triggersOn(
  connection: SqliteConnection,
  changes: readonly Change[],
  replaced: ReadonlySet<string>,
): readonly { readonly text: string; readonly change: Change }[] {
  const read = connection
    .reader()
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) = lower(?) ORDER BY name");
  return changes
    .filter(({ table, kind, through }) => !(kind === 'delete' && through.length === 0 && replaced.has(table)))
    .flatMap((change) => {
      const own = read
        .all(change.table)
        .flatMap(({ name, sql }) => triggerOf(String(name), String(sql)) ?? [])
        .filter((one) => runsFor(one, change));
      const names = own.map(({ name, conditional }) => (conditional ? `${name} (where its WHEN holds)` : name));
      return names.length === 0 ? [] : [{ text: triggersText(change, names), change }];
    })
    .slice(0, SHOWN);
}

function runsFor({ kind, columns }: Trigger, change: Change): boolean {
  if (kind !== change.kind) return false;
  return (
    kind !== 'update' || columns.length === 0 || change.columns.some((name) => columns.includes(name.toLowerCase()))
  );
}

/** Of its CREATE TRIGGER (https://sqlite.org/lang_createtrigger.html); null where it is none. Never throws. */
export function triggerOf(name: string, sql: string): Trigger | null {
  const tokens = tokenize(sql);
  const on = tokens.findIndex((token, at) => isWord(token, 'on') && eventEnds(tokens, at));
  if (on < 0) return null;
  const body = tokens.findIndex((token, at) => at > on && isWord(token, 'begin'));
  const conditional = tokens.slice(on, body < 0 ? undefined : body).some((token) => isWord(token, 'when'));
  const before = tokens[on - 1]!;
  if (isWord(before, 'delete') || isWord(before, 'insert') || isWord(before, 'update'))
    return { name, kind: before.value as Change['kind'], columns: [], conditional };
  const of = tokens.findLastIndex((token, at) => at < on && isWord(token, 'of') && isWord(tokens[at - 1], 'update'));
  const columns = tokens.slice(of + 1, on).filter(({ kind }) => kind === 'word' || kind === 'quoted');
  return { name, kind: 'update', columns: columns.map(({ value }) => value.toLowerCase()), conditional };
}

/** Whether what stands before the ON at this place is DELETE, INSERT, UPDATE or UPDATE OF columns: a trigger may itself be called "on". */
function eventEnds(tokens: readonly Token[], on: number): boolean {
  if (['delete', 'insert', 'update'].some((event) => isWord(tokens[on - 1], event))) return on > 2;
  for (let at = on - 1; at > 1; at--) {
    if (isWord(tokens[at], 'of')) return at < on - 1 && isWord(tokens[at - 1], 'update');
    const { kind, text } = tokens[at]!;
    if (kind !== 'word' && kind !== 'quoted' && text !== ',') return false;
  }
  return false;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.value === word;
}
