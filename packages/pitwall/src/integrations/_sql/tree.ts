import { type Token, tokenize } from './tokenizer.ts';

/** A parenthesis (or CASE … END) with what is in it, so that the rest reads on one level. */
export interface Group {
  readonly kind: 'group' | 'case';
  readonly items: readonly Item[];
}

export type Item = Token | Group;

/** Depth above which text is no longer taken apart; SQLite's own limit on expressions is 1000. */
const MAX_DEPTH = 200;

/** Null when parentheses do not match, or are nested absurdly deep. */
export function parseGroups(sql: string): readonly Item[] | null {
  const root: Item[] = [];
  const open: { closedBy: string; items: Item[] }[] = [{ closedBy: '', items: root }];
  for (const token of tokenize(sql)) {
    const top = open.at(-1)!;
    const opener = token.text === '(' ? 'group' : token.kind === 'word' && token.value === 'case' ? 'case' : null;
    if (opener) {
      const items: Item[] = [];
      top.items.push({ kind: opener, items });
      open.push({ closedBy: opener === 'group' ? ')' : 'end', items });
      if (open.length > MAX_DEPTH) return null;
    } else if (token.text === ')' || (token.kind === 'word' && token.value === 'end' && top.closedBy === 'end')) {
      const closing = token.text === ')' ? ')' : 'end';
      if (open.length === 1 || top.closedBy !== closing) return null;
      open.pop();
    } else {
      top.items.push(token);
    }
  }
  return open.length === 1 ? root : null;
}

export function isGroup(item: Item | undefined): item is Group {
  return item !== undefined && (item.kind === 'group' || item.kind === 'case');
}

/** The keyword or bare word in lower case, '' for anything else. */
export function wordOf(item: Item | undefined): string {
  return item?.kind === 'word' ? item.value : '';
}

export function isOperator(item: Item | undefined, text: string): boolean {
  return item?.kind === 'operator' && item.text === text;
}

/** A name: a bare word or a quoted one, as the catalogue may have it; null for anything else. */
export function nameOf(item: Item | undefined): string | null {
  if (item?.kind === 'word') return item.text;
  return item?.kind === 'quoted' ? item.value : null;
}

/** Parts between items for which `separates` is true. */
export function split(items: readonly Item[], separates: (item: Item) => boolean): Item[][] {
  const parts: Item[][] = [[]];
  for (const item of items) {
    if (separates(item)) parts.push([]);
    else parts.at(-1)!.push(item);
  }
  return parts;
}
