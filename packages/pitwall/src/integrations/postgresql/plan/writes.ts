import type { DeleteStmt, InsertStmt, MergeStmt, Node, RangeVar, ResTarget, UpdateStmt } from '@pgsql/types';
import { nodesIn, type PlanNode, rootOf, textOf } from './node.ts';

/** A table that a statement adds rows to, deletes rows from, or sets columns of. */
export interface WrittenTable {
  /** Null: not written, as the search path has it. */
  readonly schema: string | null;
  readonly name: string;
  readonly inserts: boolean;
  readonly deletes: boolean;
  /** By UPDATE, MERGE, or INSERT … ON CONFLICT DO UPDATE. */
  readonly updates: boolean;
  readonly sets: readonly string[];
}

type Done = Partial<Pick<WrittenTable, 'inserts' | 'deletes'>> & { readonly sets?: readonly string[] };

/** Wherever in the statements they stand: a common table expression may write, too. The parser bounds their depth. */
export function writtenTables(statements: readonly Node[]): readonly WrittenTable[] {
  const found: WrittenTable[] = [];
  const open: unknown[] = [...statements];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'DeleteStmt') found.push(...written((value as DeleteStmt).relation, { deletes: true }));
      else if (key === 'UpdateStmt') {
        const { relation, targetList } = value as UpdateStmt;
        found.push(...written(relation, { sets: setBy(targetList) }));
      } else if (key === 'InsertStmt') found.push(...inserted(value as InsertStmt));
      else if (key === 'MergeStmt') found.push(...merged(value as MergeStmt));
      open.push(value);
    }
  }
  return found;
}

function inserted({ relation, onConflictClause: conflict }: InsertStmt): readonly WrittenTable[] {
  const updates = conflict?.action === 'ONCONFLICT_UPDATE';
  return written(relation, { inserts: true, ...(updates ? { sets: setBy(conflict.targetList) } : {}) });
}

function merged({ relation, mergeWhenClauses }: MergeStmt): readonly WrittenTable[] {
  const clauses = (mergeWhenClauses ?? []).flatMap((node) => ('MergeWhenClause' in node ? [node.MergeWhenClause] : []));
  const updates = clauses.filter(({ commandType }) => commandType === 'CMD_UPDATE');
  const has = (type: string) => clauses.some(({ commandType }) => commandType === type);
  return written(relation, {
    inserts: has('CMD_INSERT'),
    deletes: has('CMD_DELETE'),
    ...(updates.length > 0 ? { sets: updates.flatMap(({ targetList }) => setBy(targetList)) } : {}),
  });
}

function written(relation: RangeVar | undefined, { inserts, deletes, sets }: Done): readonly WrittenTable[] {
  const name = relation?.relname;
  if (name === undefined) return [];
  const updates = sets !== undefined;
  const done = { inserts: inserts ?? false, deletes: deletes ?? false, updates, sets: sets ?? [] };
  return [{ schema: relation?.schemaname ?? null, name, ...done }];
}

function setBy(targets: readonly Node[] | undefined): readonly string[] {
  return (targets ?? []).flatMap((node) => ('ResTarget' in node ? ((node.ResTarget as ResTarget).name ?? []) : []));
}

/** The tables whose rows a plan changes, by their names without schemas, and how: `Delete`, `Update`, `Merge`, `Insert`. */
export function modifiedIn(json: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const root = rootOf(json);
  const open: PlanNode[] = root === null ? [] : [root];
  while (open.length > 0) {
    const node = open.pop()!;
    const [relation, operation] = [textOf(node, 'Relation Name'), textOf(node, 'Operation')];
    if (textOf(node, 'Node Type') === 'ModifyTable' && relation !== null && operation !== null)
      found.set(relation, (found.get(relation) ?? new Set()).add(operation));
    open.push(...nodesIn(node, 'Plans'));
  }
  return found;
}
