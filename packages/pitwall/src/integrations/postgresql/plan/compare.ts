import { nodesIn, type PlanNode, rootOf } from './node.ts';
import { shapeOf, shapeText } from './shape.ts';

/** Costs, or rows, that differ by so many times are another plan to whoever pays for it. [judgement] */
const FAR = 10;

/**
 * How the plan for any values differs from that for these, as a sentence; null where it does not. A value that the table does not
 * hold is expected to find one row, and so gets a plan that no value of the table gets. But one row is the least that the planner
 * expects of anything (clamp_row_est in its costsize.c), also of values that came after the last ANALYZE: only a run tells.
 * @param mayRun it was not run and could be
 */
export function differenceText(these: unknown, any: unknown, mayRun = false): string | null {
  const [own, other] = [figures(these), figures(any)];
  if (own === null || other === null) return null;
  const isOther = shapeOf(these) !== shapeOf(any);
  if (!isOther && !isFar(own.cost, other.cost) && !isFar(own.rows, other.rows)) return null;
  const how = isOther
    ? `for any values the planner does it otherwise: ${shapeText(any, 80)}`
    : 'for any values the planner does the same and expects otherwise';
  const figuresText = `cost ${number(other.cost)} (here ${number(own.cost)}), ${rows(other.rows)} (here ${number(own.rows)})`;
  return `${how}; ${figuresText}${fewText(own.reads, other.reads, mayRun)}`;
}

/** What one row means where any other value finds many. */
function fewText(own: Figures['reads'], other: Figures['reads'], mayRun: boolean): string {
  const few = [...own].filter(([name, { rows: expected }]) => expected <= 1 && (other.get(name)?.rows ?? 0) >= FAR);
  if (few.some(([, { found }]) => found === 0)) {
    return '; the run found no such row, and one row is what the planner expects of a value that the table does not hold: give one that it holds';
  }
  return mayRun && few.some(([, { found }]) => found === null)
    ? '; one row is the least that it ever expects: how many there are, a run tells (--run)'
    : '';
}

interface Read {
  /** Expected. */
  readonly rows: number;
  /** By a run, where it is exact: of one loop, as EXPLAIN rounds the average of several. Null: not run; undefined: not exact. */
  readonly found: number | null | undefined;
}

interface Figures {
  readonly cost: number;
  readonly rows: number;
  /** Tables that are read once, by their alias. What is read again for each row of another finds few for that reason. */
  readonly reads: ReadonlyMap<string, Read>;
}

function figures(json: unknown): Figures | null {
  const root = rootOf(json);
  if (root === null) return null;
  const [cost, all] = [Number(root['Total Cost']), Number(root['Plan Rows'])];
  if (!Number.isFinite(cost) || !Number.isFinite(all)) return null;
  return { cost, rows: all, reads: new Map(readsIn(root)) };
}

/** How deep a plan is looked at: one may come from anywhere. */
const DEEPEST = 50;

function readsIn(node: PlanNode, depth = 0): readonly (readonly [string, Read])[] {
  const { 'Relation Name': name, Alias: alias = name, 'Actual Rows': found, 'Actual Loops': loops } = node;
  const read = {
    rows: Number(node['Plan Rows']),
    found: loops === undefined ? null : loops === 1 ? Number(found) : undefined,
  };
  // What writes a table is told as if it read it.
  const own = name === undefined || 'Operation' in node ? [] : [[String(alias), read] as const];
  const below = depth < DEEPEST ? nodesIn(node, 'Plans') : [];
  return [...own, ...below.flatMap((child) => (isRepeated(node, child) ? [] : readsIn(child, depth + 1)))];
}

function isRepeated(node: PlanNode, child: PlanNode): boolean {
  const place = child['Parent Relationship'];
  return place === 'SubPlan' || (place === 'Inner' && node['Node Type'] === 'Nested Loop');
}

function isFar(a: number, b: number): boolean {
  return Math.max(a, b, 1) / Math.max(1, Math.min(a, b)) >= FAR;
}

function number(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}

function rows(value: number): string {
  return `${number(value)} ${value === 1 ? 'row' : 'rows'} expected`;
}
