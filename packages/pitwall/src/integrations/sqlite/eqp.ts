/**
 * EXPLAIN QUERY PLAN as a tree. Its text is for people and no stable interface (https://sqlite.org/eqp.html), so reading is
 * defensive: a line that is not understood is `other` and keeps its text. The tests pin what SQLite 3.53 says; the forms
 * before 3.36 (`SCAN TABLE t AS x`) are read too.
 */
import type { PlanRow } from './query-protocol.ts';

export type PlanStep =
  | {
      readonly kind: 'scan' | 'search';
      /** The alias where the query gives one, as the engine writes it. */
      readonly table: string;
      /** Name of the index used; `rowid` for a search by INTEGER PRIMARY KEY; null for a scan of the table itself. */
      readonly index: string | null;
      readonly covering: boolean;
      /** The engine builds an index for this query alone: it would want one. */
      readonly automatic: boolean;
      /** How many columns of the index are bound to narrow the search, 0 for scans. */
      readonly matched: number;
    }
  | { readonly kind: 'temp-b-tree'; readonly purpose: string }
  | { readonly kind: 'other' };

export type PlanNode = PlanStep & { readonly detail: string; readonly children: readonly PlanNode[] };

export function parsePlan(rows: readonly PlanRow[]): readonly PlanNode[] {
  const known = new Set(rows.map((row) => row.id));
  const childrenOf = Map.groupBy(rows, (row) => (known.has(row.parent) && row.parent !== row.id ? row.parent : 0));
  const seen = new Set<number>();
  const build = (parent: number): PlanNode[] =>
    (childrenOf.get(parent) ?? []).flatMap((row) => {
      // Ids are unique and parents come first in every version known; a loop must still not hang us.
      if (seen.has(row.id)) return [];
      seen.add(row.id);
      return [{ ...parseStep(row.detail), detail: row.detail, children: build(row.id) }];
    });
  return build(0);
}

/** All steps, parents before children. */
export function* stepsOf(nodes: readonly PlanNode[]): Generator<PlanNode> {
  for (const node of nodes) {
    yield node;
    yield* stepsOf(node.children);
  }
}

/** The plan as indented text; equal plans give equal text. */
export function planText(nodes: readonly PlanNode[], indent = ''): string {
  return nodes.map((node) => `${indent}${node.detail}\n${planText(node.children, `${indent}  `)}`).join('');
}

/** Names may hold spaces and look like keywords, so the parts are looked for from the end. */
export function parseStep(detail: string): PlanStep {
  const temporary = /^USE TEMP B-TREE FOR (.+)$/.exec(detail);
  if (temporary) return { kind: 'temp-b-tree', purpose: temporary[1]! };
  const access = /^(SCAN|SEARCH) (.+)$/s.exec(detail);
  if (!access || detail === 'SCAN CONSTANT ROW') return { kind: 'other' };
  const scan = access[1] === 'SCAN';
  const rest = access[2]!.replace(/^TABLE /, '').replace(/ LEFT-JOIN$/, '');
  if (/ VIRTUAL TABLE INDEX \S*$|^SUBQUERY \d+/.test(rest)) return { kind: 'other' };
  const terms = scan ? null : / \(([^()]*(?:=\?|>\?|<\?|[=<>]).*)\)$/s.exec(rest);
  const head = terms ? rest.slice(0, terms.index) : rest;
  const using =
    /^(.*?) USING (AUTOMATIC )?(PARTIAL )?(COVERING )?INDEX(?: (.+))?$/s.exec(head) ??
    /^(.*?) USING INTEGER (PRIMARY) KEY$/s.exec(head) ??
    /^(.*?) USING (PRIMARY) KEY$/s.exec(head);
  const primary = using?.[2] === 'PRIMARY';
  return {
    kind: scan ? 'scan' : 'search',
    table: aliasOf(using ? using[1]! : head),
    index: primary
      ? /INTEGER/.test(head)
        ? 'rowid'
        : 'primary key'
      : (using?.[5] ?? (using?.[2] ? 'automatic' : null)),
    covering: using?.[4] !== undefined,
    automatic: !primary && using?.[2] !== undefined,
    matched: terms ? terms[1]!.split(' AND ').length : 0,
  };
}

/** `t AS x` before 3.36, `x` since. */
function aliasOf(name: string): string {
  const old = /^.+ AS (.+)$/s.exec(name);
  return old ? old[1]! : name;
}
