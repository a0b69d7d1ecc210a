import { nodesIn, numberOf, type PlanNode, relationOf, textOf } from './node.ts';

/**
 * Estimated and actual rows this far apart come of stale or missing statistics, or of columns that depend on each other.
 * Source: the usual factor of plan visualisers (explain.dalibo.com, pgMustard), research §3.1.
 */
const MISESTIMATE = 10;
/** Fewer rows than this, all loops together, cost nothing whatever was expected. Own choice. */
const ROWS_THAT_MATTER = 1000;
/** A filter that throws away more than this of what was read. Own choice: then an index would read a tenth. */
const THROWN_AWAY = 0.9;
/** Share of an index-only scan's rows that the table had to be visited for. Own choice. */
const HEAP_FETCHES = 0.1;

/** What is wrong with a step, as data: no text of the statement and no value is in it. */
export interface Mark {
  readonly kind:
    | 'misestimate'
    | 'filter'
    | 'sort-on-disk'
    | 'hash-batches'
    | 'heap-fetches'
    | 'temporary'
    | 'lossy'
    | 'workers'
    | 'never-executed';
  readonly sentence: string;
  /** Table it reads, if it reads one. */
  readonly relation: string | null;
  /** Rows off by this factor, bytes spilled, batches …: how bad it is, within its kind. */
  readonly amount: number;
}

/** What the steps above say of this one. */
export interface Above {
  /** True when something above may have stopped asking: then fewer rows than expected are no misestimate. */
  readonly stopsEarly: boolean;
  /** Bytes of a block. */
  readonly block: number;
}

export function marksOf(node: PlanNode, above: Above): readonly Mark[] {
  const loops = numberOf(node, 'Actual Loops');
  const relation = relationOf(node);
  const mark = (kind: Mark['kind'], sentence: string, amount: number): Mark => ({ kind, sentence, relation, amount });
  if (loops === 0) return [mark('never-executed', 'never executed', 0)];
  return [
    ...misestimate(node, loops, above, mark),
    ...filter(node, loops, mark),
    ...spills(node, above.block, mark),
    ...visits(node, loops, mark),
  ];
}

type Make = (kind: Mark['kind'], sentence: string, amount: number) => Mark;

function misestimate(node: PlanNode, loops: number | null, { stopsEarly }: Above, mark: Make): Mark[] {
  const [expected, actual] = [numberOf(node, 'Plan Rows'), numberOf(node, 'Actual Rows')];
  if (loops === null || expected === null || actual === null) return [];
  // Both are of one loop. Before PostgreSQL 18 the actual ones are rounded, so less than one is taken for one.
  const [least, most] = [Math.max(1, Math.min(expected, actual)), Math.max(1, expected, actual)];
  if (most / least < MISESTIMATE || most * loops < ROWS_THAT_MATTER) return [];
  if (actual < expected && stopsEarly) return [];
  const factor = figure(most / least);
  return [
    mark(
      'misestimate',
      `expected ${figure(expected * loops)} rows, got ${figure(actual * loops)}: ${factor} times ${actual > expected ? 'more' : 'fewer'}`,
      most / least,
    ),
  ];
}

function filter(node: PlanNode, loops: number | null, mark: Make): Mark[] {
  const removed =
    (numberOf(node, 'Rows Removed by Filter') ?? 0) + (numberOf(node, 'Rows Removed by Join Filter') ?? 0);
  const actual = numberOf(node, 'Actual Rows');
  if (loops === null || actual === null || removed * loops < ROWS_THAT_MATTER) return [];
  const share = removed / (removed + actual);
  if (share < THROWN_AWAY) return [];
  return [
    mark(
      'filter',
      `its filter throws ${percent(share)} of ${figure((removed + actual) * loops)} rows away`,
      removed * loops,
    ),
  ];
}

function spills(node: PlanNode, block: number, mark: Make): Mark[] {
  const found: Mark[] = [];
  const sorts = [node, ...nodesIn(node, 'Workers')].filter(
    (one) => textOf(one, 'Sort Method')?.startsWith('external') || textOf(one, 'Sort Space Type') === 'Disk',
  );
  if (sorts.length > 0) {
    const bytes = sorts.reduce((sum, one) => sum + (numberOf(one, 'Sort Space Used') ?? 0) * 1024, 0);
    found.push(mark('sort-on-disk', `sorts on disk (${size(bytes)}): it does not fit into work_mem`, bytes));
  }
  const batches = Math.max(numberOf(node, 'Hash Batches') ?? 1, numberOf(node, 'HashAgg Batches') ?? 1);
  // PostgreSQL 13 on: a hash aggregate that spilled tells its disk usage.
  const disk = (numberOf(node, 'Disk Usage') ?? 0) * 1024;
  if (batches > 1 || disk > 0) {
    found.push(
      mark(
        'hash-batches',
        `hashes in ${figure(batches)} batches${disk > 0 ? ` (${size(disk)} on disk)` : ''}: it does not fit into work_mem`,
        Math.max(disk, batches),
      ),
    );
  }
  // Blocks are told with those of the steps below.
  const below = nodesIn(node, 'Plans').reduce((sum, one) => sum + (numberOf(one, 'Temp Written Blocks') ?? 0), 0);
  const own = (numberOf(node, 'Temp Written Blocks') ?? 0) - below;
  if (own > 0 && found.length === 0) {
    found.push(mark('temporary', `writes ${size(own * block)} to temporary files`, own * block));
  }
  return found;
}

function visits(node: PlanNode, loops: number | null, mark: Make): Mark[] {
  const found: Mark[] = [];
  const rows = (numberOf(node, 'Actual Rows') ?? 0) * (loops ?? 1);
  const fetches = numberOf(node, 'Heap Fetches') ?? 0;
  if (fetches >= ROWS_THAT_MATTER && fetches > rows * HEAP_FETCHES) {
    found.push(
      mark(
        'heap-fetches',
        `visits the table for ${figure(fetches)} rows although the index has all columns: VACUUM is due`,
        fetches,
      ),
    );
  }
  const lossy = numberOf(node, 'Lossy Heap Blocks') ?? 0;
  if (lossy > 0) {
    found.push(mark('lossy', `its bitmap does not fit into work_mem: ${figure(lossy)} pages are read in full`, lossy));
  }
  const [planned, launched] = [numberOf(node, 'Workers Planned'), numberOf(node, 'Workers Launched')];
  if (planned !== null && launched !== null && launched < planned) {
    found.push(mark('workers', `${launched} of ${planned} planned workers were there`, planned - launched));
  }
  return found;
}

/** Three digits are enough: 1234567 → `1,230,000`. */
function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}

function size(bytes: number): string {
  const [unit, factor] = bytes >= 2 ** 30 ? ['GiB', 2 ** 30] : bytes >= 2 ** 20 ? ['MiB', 2 ** 20] : ['KiB', 1024];
  return `${Number((bytes / (factor as number)).toPrecision(3))} ${unit}`;
}

function percent(share: number): string {
  return share > 0.995 && share < 1 ? 'over 99 %' : `${Math.round(share * 100)} %`;
}
