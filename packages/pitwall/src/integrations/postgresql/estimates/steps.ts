import type { TableUse } from '../../_sql/roles.ts';
import type { SpillFact, StepFact } from '../facts/estimates.ts';
import { nodesIn, numberOf, type PlanNode, textOf } from '../plan/node.ts';
import { titleOf } from '../plan/title.ts';

type Bare = Omit<StepFact, 'columns'> & {
  readonly columns: readonly Omit<StepFact['columns'][number], 'statistics'>[];
};

const CONDITIONS = ['Index Cond', 'Recheck Cond', 'Filter', 'TID Cond'] as const;
const GROUPS = /^(Aggregate|Group|Unique|SetOp)$/;
const JOINS = /^(Nested Loop|Hash Join|Merge Join)$/;
/** What PostgreSQL calls the parts of a partitioned table in a plan: the alias and a number. */
const PART = /_\d+$/;

/** A step whose rows were misjudged, with the columns that its conditions are of. The conditions themselves hold values, and stay. */
export function misjudged(node: PlanNode, uses: readonly TableUse[]): Bare {
  const loops = numberOf(node, 'Actual Loops') ?? 1;
  const [expected, actual] = [numberOf(node, 'Plan Rows') ?? 0, numberOf(node, 'Actual Rows') ?? 0];
  const type = textOf(node, 'Node Type') ?? '';
  const kind = GROUPS.test(type) ? 'groups' : JOINS.test(type) ? 'join' : 'Relation Name' in node ? 'scan' : 'other';
  const use = kind === 'scan' ? useOf(node, uses) : kind === 'groups' ? groupingOf(uses) : null;
  return {
    title: titleOf(node),
    kind,
    table: use?.table ?? null,
    expected: expected * loops,
    actual: actual * loops,
    factor: Math.max(1, expected, actual) / Math.max(1, Math.min(expected, actual)),
    ...(use === null ? { columns: [], expressions: [] } : kind === 'scan' ? tested(node, use) : grouped(use)),
  };
}

/** The plan's aliases are those of the statement, or near them; two uses of one table by the same alias are in different SELECTs. */
function useOf(node: PlanNode, uses: readonly TableUse[]): TableUse | null {
  const alias = textOf(node, 'Alias') ?? textOf(node, 'Relation Name') ?? '';
  const named = (name: string) => uses.filter((use) => use.alias === name);
  const found = [named(alias), named(alias.replace(PART, ''))].find((list) => list.length > 0) ?? [];
  // Of several with that name, the one whose columns are in the conditions.
  return found.toSorted((a, b) => tested(node, b).columns.length - tested(node, a).columns.length)[0] ?? null;
}

function groupingOf(uses: readonly TableUse[]): TableUse | null {
  const grouping = uses.filter(({ groupBy }) => groupBy.length > 0);
  return grouping.length === 1 ? grouping[0]! : null;
}

function grouped({ groupBy }: TableUse): Pick<Bare, 'columns' | 'expressions'> {
  return {
    columns: groupBy.flatMap(({ column }) => (column === null ? [] : [{ column, test: 'group' as const }])),
    expressions: groupBy.flatMap(({ expression }) => expression ?? []),
  };
}

function tested(node: PlanNode, use: TableUse): Pick<Bare, 'columns' | 'expressions'> {
  const text = CONDITIONS.map((field) => textOf(node, field) ?? '').join(' ');
  const words = new Set(text.match(/[\p{L}_][\p{L}\p{N}_$]*|"(?:[^"]|"")+"/gu) ?? []);
  const isIn = (column: string) => words.has(column) || words.has(`"${column.replaceAll('"', '""')}"`);
  const columns = new Map<string, Bare['columns'][number]['test']>();
  const add = (column: string | null, test: Bare['columns'][number]['test']) => {
    if (column !== null && isIn(column) && !columns.has(column)) columns.set(column, test);
  };
  for (const { column } of use.equality) add(column, 'equal');
  for (const { column } of use.ranges) add(column, 'range');
  for (const { column } of use.joins) add(column, 'join');
  for (const { columns: own } of use.constants) for (const column of own) add(column, 'equal');
  const expressions = [...use.equality, ...use.ranges, ...use.joins].flatMap(({ expression }) => expression ?? []);
  return {
    columns: [...columns].map(([column, test]) => ({ column, test })),
    // Written by the parser, it does not match the plan's text to the letter: its words have to.
    expressions: expressions.filter((one) =>
      (one.match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []).every((word) => words.has(word)),
    ),
  };
}

/** In memory, tuples take about three times what they take on a tape. [judgement] */
const IN_MEMORY = 3;

/**
 * What was written to temporary files, and the work_mem with which it would not have been.
 * @param multiplier hash_mem_multiplier: what hashes may have, in units of work_mem
 */
export function spillsIn(node: PlanNode, multiplier: number): SpillFact[] {
  const found: SpillFact[] = [];
  const kib = (of: PlanNode, field: string) => (numberOf(of, field) ?? 0) * 1024;
  const processes = [node, ...nodesIn(node, 'Workers')];
  const disks = processes
    .filter((one) => textOf(one, 'Sort Space Type') === 'Disk')
    .map((one) => kib(one, 'Sort Space Used'));
  // Each process has a work_mem of its own.
  if (disks.length > 0) {
    found.push({ what: 'sort', disk: disks.reduce((a, b) => a + b, 0), workMem: IN_MEMORY * Math.max(...disks) });
  }
  const [batches, peak] = [numberOf(node, 'Hash Batches') ?? 1, kib(node, 'Peak Memory Usage')];
  if (batches > 1) found.push({ what: 'hash join', disk: null, workMem: (batches * peak) / multiplier });
  for (const one of processes) {
    const disk = kib(one, 'Disk Usage');
    if (disk > 0) {
      const workMem = (kib(one, 'Peak Memory Usage') + IN_MEMORY * disk) / multiplier;
      found.push({ what: 'hash aggregate', disk, workMem });
    }
  }
  return [...found, ...nodesIn(node, 'Plans').flatMap((child) => spillsIn(child, multiplier))];
}
