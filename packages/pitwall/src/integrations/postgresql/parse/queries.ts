import type {
  CommonTableExpr,
  InsertStmt,
  JoinExpr,
  MergeWhenClause,
  Node,
  RangeVar,
  ResTarget,
  SelectStmt,
  WithClause,
} from '@pgsql/types';
import type {
  Assignments,
  Cte,
  Expr,
  From,
  Query,
  QueryBody,
  Select,
  Sort,
  Statement,
} from '../../_sql/statement/ast.ts';
import { exprOf, exprsOf, partsOf, stringsOf } from './expressions.ts';

/** A statement of the server's parse tree, as far as it says something about tables. */
export function statementOf(node: Node): Statement {
  if ('SelectStmt' in node) {
    // SELECT … INTO makes a table.
    if (node.SelectStmt.intoClause) return { kind: 'ddl' };
    return { kind: 'select', query: queryOf(node.SelectStmt) };
  }
  if ('InsertStmt' in node) return insertOf(node.InsertStmt);
  if ('UpdateStmt' in node) {
    const { relation, targetList, whereClause, fromClause, returningClause, withClause } = node.UpdateStmt;
    return {
      kind: 'update',
      ctes: ctesOf(withClause),
      target: targetOf(relation),
      set: assignmentsOf(targetList),
      from: fromsOf(fromClause),
      where: optional(whereClause),
      returning: outputOf(returningClause?.exprs),
    };
  }
  if ('DeleteStmt' in node) {
    const { relation, usingClause, whereClause, returningClause, withClause } = node.DeleteStmt;
    return {
      kind: 'delete',
      ctes: ctesOf(withClause),
      target: targetOf(relation),
      from: fromsOf(usingClause),
      where: optional(whereClause),
      returning: outputOf(returningClause?.exprs),
    };
  }
  if ('MergeStmt' in node) {
    const { relation, sourceRelation, joinCondition, mergeWhenClauses, returningClause, withClause } = node.MergeStmt;
    const [source] = fromsOf(sourceRelation ? [sourceRelation] : []);
    return {
      kind: 'merge',
      ctes: ctesOf(withClause),
      target: targetOf(relation),
      source: source ?? { kind: 'function', args: [], alias: '' },
      on: optional(joinCondition),
      actions: (mergeWhenClauses ?? []).flatMap((clause) =>
        'MergeWhenClause' in clause ? [actionOf(clause.MergeWhenClause)] : [],
      ),
      returning: outputOf(returningClause?.exprs),
    };
  }
  // What may run a statement inside another one: it is looked at as that statement.
  if ('ExplainStmt' in node && node.ExplainStmt.query) return statementOf(node.ExplainStmt.query);
  if ('DeclareCursorStmt' in node && node.DeclareCursorStmt.query) return statementOf(node.DeclareCursorStmt.query);
  if ('PrepareStmt' in node && node.PrepareStmt.query) return statementOf(node.PrepareStmt.query);
  if ('CopyStmt' in node && node.CopyStmt.query) return statementOf(node.CopyStmt.query);
  return { kind: DDL.test(Object.keys(node)[0] ?? '') ? 'ddl' : 'utility' };
}

/** Kinds of nodes that change what there is, not what is in it. */
const DDL =
  /^(Create|Alter|Drop|Index|View|Rename|Define|Comment|Grant|Truncate|Rule|Composite|Import|SecLabel|Reindex|RefreshMatView)/;

export function queryOf(select: SelectStmt): Query {
  return {
    ctes: ctesOf(select.withClause),
    body: bodyOf(select),
    orderBy: (select.sortClause ?? []).map(sortOf),
    limit: select.limitCount !== undefined && !isNull(select.limitCount),
    offset: select.limitOffset !== undefined,
    locks: (select.lockingClause?.length ?? 0) > 0,
    others: [...present(select.limitCount), ...present(select.limitOffset)],
  };
}

function bodyOf(select: SelectStmt): QueryBody {
  if (select.valuesLists && select.valuesLists.length > 0) {
    return { kind: 'values', rows: select.valuesLists.map((row) => ('List' in row ? exprsOf(row.List.items) : [])) };
  }
  if (select.op && select.op !== 'SETOP_NONE') {
    const unionAll = select.op === 'SETOP_UNION' && (select.all ?? false);
    return { kind: 'compound', unionAll, parts: partsOfCompound(select).map(queryOf) };
  }
  return coreOf(select);
}

/** a UNION b UNION c nests to the left: without recursion, because hundreds of parts are not rare. */
function partsOfCompound(select: SelectStmt): readonly SelectStmt[] {
  const parts: SelectStmt[] = [];
  let left: SelectStmt | undefined = select;
  while (left) {
    const whole: SelectStmt = left;
    // The order, the limit and the tables of WITH inside parentheses are of that part.
    const nested = whole !== select && (whole.sortClause || whole.limitCount || whole.withClause);
    if (nested || !whole.op || whole.op === 'SETOP_NONE') {
      parts.unshift(whole);
      break;
    }
    if (whole.rarg) parts.unshift(whole.rarg);
    left = whole.larg;
  }
  return parts;
}

function coreOf(select: SelectStmt): Select {
  const distinct = select.distinctClause;
  const on = distinct?.filter((node) => Object.keys(node).length > 0) ?? [];
  return {
    kind: 'select',
    distinct: distinct === undefined ? 'none' : on.length === 0 ? 'all' : exprsOf(on),
    output: (select.targetList ?? []).flatMap((node) => {
      const target = 'ResTarget' in node ? node.ResTarget : undefined;
      return target?.val ? [{ expr: exprOf(target.val), alias: target.name ?? null }] : [];
    }),
    from: fromsOf(select.fromClause),
    where: optional(select.whereClause),
    groupBy: exprsOf(select.groupClause),
    groupingSets: (select.groupClause ?? []).some((node) => 'GroupingSet' in node),
    having: optional(select.havingClause),
    others: partsOf(select.windowClause),
  };
}

function sortOf(node: Node): Sort {
  const sort = 'SortBy' in node ? node.SortBy : {};
  const nulls = sort.sortby_nulls;
  return {
    // ORDER BY a USING > : an operator that is not read.
    expr: sort.node && sort.sortby_dir !== 'SORTBY_USING' ? exprOf(sort.node) : { kind: 'other', parts: partsOf(node) },
    desc: sort.sortby_dir === 'SORTBY_DESC',
    nullsFirst: nulls === 'SORTBY_NULLS_FIRST' ? true : nulls === 'SORTBY_NULLS_LAST' ? false : null,
  };
}

function fromsOf(nodes: readonly Node[] | undefined): readonly From[] {
  return (nodes ?? []).map(fromOf);
}

function fromOf(node: Node): From {
  if ('RangeVar' in node) {
    const { path, alias } = targetOf(node.RangeVar);
    return { kind: 'table', path, alias, columns: stringsOf(node.RangeVar.alias?.colnames) };
  }
  if ('JoinExpr' in node) return joinOf(node.JoinExpr);
  if ('RangeSubselect' in node && node.RangeSubselect.subquery && 'SelectStmt' in node.RangeSubselect.subquery) {
    const { alias, subquery } = node.RangeSubselect;
    return {
      kind: 'query',
      query: queryOf(subquery.SelectStmt),
      alias: alias?.aliasname ?? '',
      columns: stringsOf(alias?.colnames),
    };
  }
  // A sample reads pages by chance: no index serves it, but its columns have names.
  const range = Object.values(node)[0] as { alias?: { aliasname?: string } } | undefined;
  return { kind: 'function', args: partsOf(node), alias: range?.alias?.aliasname ?? functionName(node) };
}

function functionName(node: Node): string {
  const functions = 'RangeFunction' in node ? node.RangeFunction.functions?.[0] : undefined;
  const first = functions && 'List' in functions ? functions.List.items?.[0] : undefined;
  return first && 'FuncCall' in first ? (stringsOf(first.FuncCall.funcname).at(-1) ?? '') : '';
}

function joinOf(join: JoinExpr): From {
  const types = { JOIN_LEFT: 'left', JOIN_RIGHT: 'right', JOIN_FULL: 'full' } as const;
  const none: From = { kind: 'function', args: [], alias: '' };
  return {
    kind: 'join',
    type: types[join.jointype as keyof typeof types] ?? 'inner',
    left: join.larg ? fromOf(join.larg) : none,
    right: join.rarg ? fromOf(join.rarg) : none,
    on: optional(join.quals),
    using: join.isNatural ? null : stringsOf(join.usingClause),
  };
}

function ctesOf(clause: WithClause | undefined): readonly Cte[] {
  return (clause?.ctes ?? []).flatMap((node) => {
    const cte: CommonTableExpr = 'CommonTableExpr' in node ? node.CommonTableExpr : {};
    if (!cte.ctequery) return [];
    return [
      {
        name: cte.ctename ?? '',
        columns: stringsOf(cte.aliascolnames),
        statement: statementOf(cte.ctequery),
        recursive: clause?.recursive ?? false,
        fenced: cte.ctematerialized === 'CTEMaterializeAlways',
      },
    ];
  });
}

function insertOf({ relation, selectStmt, onConflictClause, returningClause, withClause }: InsertStmt): Statement {
  const updates = onConflictClause?.action === 'ONCONFLICT_UPDATE' ? onConflictClause : null;
  return {
    kind: 'insert',
    ctes: ctesOf(withClause),
    target: targetOf(relation),
    source: selectStmt && 'SelectStmt' in selectStmt ? queryOf(selectStmt.SelectStmt) : null,
    conflict: updates && { set: assignmentsOf(updates.targetList), where: optional(updates.whereClause) },
    replaces: false,
    returning: outputOf(returningClause?.exprs),
  };
}

function actionOf({ commandType, condition, targetList, values }: MergeWhenClause) {
  const kinds = { CMD_INSERT: 'insert', CMD_UPDATE: 'update', CMD_DELETE: 'delete' } as const;
  const set = assignmentsOf(targetList);
  return {
    kind: kinds[commandType as keyof typeof kinds] ?? ('nothing' as const),
    set: { ...set, values: [...set.values, ...exprsOf(values)] },
    condition: optional(condition),
  };
}

function targetOf(relation: RangeVar | undefined) {
  const { schemaname, relname, alias } = relation ?? {};
  return {
    path: schemaname === undefined ? [relname ?? ''] : [schemaname, relname ?? ''],
    alias: alias?.aliasname ?? null,
  };
}

function assignmentsOf(nodes: readonly Node[] | undefined): Assignments {
  const targets: readonly ResTarget[] = (nodes ?? []).flatMap((node) => ('ResTarget' in node ? [node.ResTarget] : []));
  return {
    columns: targets.map(({ name }) => name ?? ''),
    // SET (a, b) = (…): each column has the whole row as its value.
    values: targets.flatMap(({ val }, i) => {
      if (val === undefined) return [];
      if (!('MultiAssignRef' in val)) return [exprOf(val)];
      return val.MultiAssignRef.colno === 1 || i === 0 ? present(val.MultiAssignRef.source) : [];
    }),
  };
}

function outputOf(nodes: readonly Node[] | undefined): readonly Expr[] {
  return (nodes ?? []).flatMap((node) => ('ResTarget' in node ? present(node.ResTarget.val) : []));
}

function optional(node: Node | undefined): Expr | null {
  return node === undefined ? null : exprOf(node);
}

function present(node: Node | undefined): readonly Expr[] {
  return node === undefined ? [] : [exprOf(node)];
}

/** LIMIT ALL. */
function isNull(node: Node): boolean {
  return 'A_Const' in node && (node.A_Const.isnull ?? false);
}
