import type { PlanStep } from '../../../model/database.ts';
import { type Mark, marksOf } from './marks.ts';
import { DEEPEST, MOST_NODES, nodesIn, numberOf, type PlanNode, rootOf, textOf } from './node.ts';
import { titleOf } from './title.ts';

/** A plan as everybody reads it, with what is wrong with it. */
export interface ReadPlan {
  readonly plan: PlanStep;
  /** Seconds; null: not run, or not told. */
  readonly planSeconds: number | null;
  readonly seconds: number | null;
  readonly indexes: readonly string[];
  /** Of all steps. */
  readonly marks: readonly Mark[];
  /** Steps whose rows were misjudged although those that they read were not: where the error begins. As EXPLAIN wrote them. */
  readonly origins: readonly PlanNode[];
}

/** What a step tests, sorts by and so on, in the order in which people look for it. The values of a run may be in it. */
const DETAILS = [
  'Index Cond',
  'Recheck Cond',
  'Order By',
  'Hash Cond',
  'Merge Cond',
  'Join Filter',
  'TID Cond',
  'Filter',
  'One-Time Filter',
  'Sort Key',
  'Presorted Key',
  'Group Key',
  'Cache Key',
  'Subplan Name',
  'Sort Method',
  'Workers Planned',
  'Workers Launched',
  'Rows Removed by Filter',
  'Rows Removed by Index Recheck',
  'Rows Removed by Join Filter',
  'Heap Fetches',
  'Shared Hit Blocks',
  'Shared Read Blocks',
] as const;
const LONGEST_DETAIL = 2000;
const USUAL_BLOCK = 8192;
/** Parts of a Bitmap Heap Scan, which tells what comes of all its conditions. */
const BITMAPS = /^Bitmap(?:And|Or| Index Scan)$/;

/** Steps that take all of what is below before they give anything: nobody above can stop that early. */
const BLOCKING = new Set(['Sort', 'Hash', 'Aggregate', 'Incremental Sort', 'SetOp', 'Bitmap Heap Scan', 'ModifyTable']);

interface Walk {
  nodes: number;
  readonly marks: Mark[];
  readonly indexes: Set<string>;
  readonly origins: PlanNode[];
  /** Steps that were, so far. */
  misjudged: number;
  readonly block: number;
}

/**
 * Reads what EXPLAIN (FORMAT JSON) or auto_explain wrote, run or not; null when it is no plan. Never throws, whatever it is.
 * `expectedRows` and `actualRows` are of all loops: the planner's figure, which is of one, times the loops.
 */
export function readPlan(json: unknown, block = USUAL_BLOCK): ReadPlan | null {
  const root = rootOf(json);
  if (root === null) return null;
  const walk: Walk = { nodes: 0, marks: [], indexes: new Set(), origins: [], misjudged: 0, block };
  const plan = stepOf(root, walk, { depth: 0, stopsEarly: false, processes: 1 });
  const outer = (Array.isArray(json) ? json[0] : json) as PlanNode;
  const [planning, execution] = [numberOf(outer, 'Planning Time'), numberOf(outer, 'Execution Time')];
  return {
    plan,
    planSeconds: planning === null ? null : planning / 1000,
    seconds: execution === null ? null : execution / 1000,
    indexes: [...walk.indexes].sort(),
    marks: walk.marks,
    origins: walk.origins,
  };
}

interface Place {
  readonly depth: number;
  readonly stopsEarly: boolean;
  /** Processes that share the step's loops. */
  readonly processes: number;
}

function stepOf(node: PlanNode, walk: Walk, place: Place): PlanStep {
  walk.nodes++;
  const marks = marksOf(node, { stopsEarly: place.stopsEarly, block: walk.block });
  walk.marks.push(...marks);
  const index = textOf(node, 'Index Name');
  if (index !== null) walk.indexes.add(index);
  const loops = numberOf(node, 'Actual Loops');
  const [expected, actual] = [numberOf(node, 'Plan Rows'), numberOf(node, 'Actual Rows')];
  const within = below(node, place);
  const misjudged = walk.misjudged;
  const children: PlanStep[] = [];
  if (place.depth < DEEPEST) {
    for (const [at, child] of nodesIn(node, 'Plans').entries()) {
      if (walk.nodes >= MOST_NODES) break;
      children.push(stepOf(child, walk, { ...within, stopsEarly: within.stopsEarly || isCutShort(node, at) }));
    }
  }
  if (marks.some(({ kind }) => kind === 'misestimate') && !BITMAPS.test(textOf(node, 'Node Type') ?? '')) {
    if (walk.misjudged === misjudged) walk.origins.push(node);
    walk.misjudged++;
  }
  return {
    title: titleOf(node),
    details: detailsOf(node),
    expectedRows: expected === null ? null : Math.round(expected * (loops || 1)),
    actualRows: actual === null || loops === null ? null : Math.round(actual * loops),
    loops,
    seconds: ownSeconds(node, place.processes, within.processes),
    cost: numberOf(node, 'Total Cost'),
    marks: marks.map(({ sentence }) => sentence),
    children,
  };
}

function below(node: PlanNode, { depth, stopsEarly, processes }: Place): Place {
  const type = textOf(node, 'Node Type') ?? '';
  const launched = numberOf(node, 'Workers Launched');
  return {
    depth: depth + 1,
    stopsEarly: type === 'Limit' || (stopsEarly && !BLOCKING.has(type)),
    // The leader works too, unless it is told not to (parallel_leader_participation).
    processes: launched === null ? processes : processes * (launched + 1),
  };
}

/** The inner side of a semi, anti or unique join ends at the first match; of a merge join, either side where the other ends. */
function isCutShort(node: PlanNode, child: number): boolean {
  const type = textOf(node, 'Node Type');
  if (type === 'Merge Join') return true;
  if (type === 'Nested Loop' || type === 'Memoize') {
    return child > 0 && (node['Inner Unique'] === true || /^(Semi|Anti)$/.test(textOf(node, 'Join Type') ?? ''));
  }
  return false;
}

/** Elapsed: a loop's average times the loops, shared by the processes that ran them, without what the steps below took. */
function ownSeconds(node: PlanNode, processes: number, processesBelow: number): number | null {
  const own = elapsed(node, processes);
  if (own === null) return null;
  const below = nodesIn(node, 'Plans').reduce((sum, child) => sum + (elapsed(child, processesBelow) ?? 0), 0);
  return Math.max(0, own - below);
}

function elapsed(node: PlanNode, processes: number): number | null {
  const [each, loops] = [numberOf(node, 'Actual Total Time'), numberOf(node, 'Actual Loops')];
  if (each === null || loops === null) return null;
  return (each * loops) / Math.max(1, Math.min(processes, loops)) / 1000;
}

function detailsOf(node: PlanNode): readonly string[] {
  return DETAILS.flatMap((field) => {
    const value = node[field];
    const text = Array.isArray(value) ? value.filter((one) => typeof one === 'string').join(', ') : value;
    if (typeof text !== 'string' && typeof text !== 'number') return [];
    if (text === 0 || text === '') return [];
    const line = `${field}: ${text}`;
    return [line.length > LONGEST_DETAIL ? `${line.slice(0, LONGEST_DETAIL)}…` : line];
  });
}
