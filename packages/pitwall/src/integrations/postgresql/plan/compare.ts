import { rootOf } from './node.ts';
import { shapeOf, shapeText } from './shape.ts';

/** Costs, or rows, that differ by so many times are another plan to whoever pays for it. [judgement] */
const FAR = 10;

/**
 * How the plan for any values differs from that for these, as a sentence; null where it does not. A value that the table does not
 * hold is expected to find one row, and so gets a plan that no value of the table gets.
 */
export function differenceText(these: unknown, any: unknown): string | null {
  const [own, other] = [figures(these), figures(any)];
  if (own === null || other === null) return null;
  const isOther = shapeOf(these) !== shapeOf(any);
  if (!isOther && !isFar(own.cost, other.cost) && !isFar(own.rows, other.rows)) return null;
  const how = isOther
    ? `for any values the planner does it otherwise: ${shapeText(any, 80)}`
    : 'for any values the planner does the same and expects otherwise';
  const figuresText = `cost ${number(other.cost)} (here ${number(own.cost)}), ${rows(other.rows)} (here ${number(own.rows)})`;
  const warning =
    own.found <= 1 && other.found >= FAR
      ? '; one row is what it expects of a value that the table does not hold: give one that it holds'
      : '';
  return `${how}; ${figuresText}${warning}`;
}

interface Figures {
  readonly cost: number;
  readonly rows: number;
  /** The fewest rows that reading a table is expected to give. */
  readonly found: number;
}

function figures(json: unknown): Figures | null {
  const root = rootOf(json) as Readonly<Record<string, unknown>> | null;
  if (root === null) return null;
  const [cost, all] = [Number(root['Total Cost']), Number(root['Plan Rows'])];
  return Number.isFinite(cost) && Number.isFinite(all) ? { cost, rows: all, found: fewest(root) } : null;
}

/** How deep a plan is looked at: one may come from anywhere. */
const DEEPEST = 50;

function fewest(node: Readonly<Record<string, unknown>>, depth = 0): number {
  const own = 'Relation Name' in node ? Number(node['Plan Rows']) : Number.POSITIVE_INFINITY;
  const below = Array.isArray(node.Plans) && depth < DEEPEST ? node.Plans : [];
  return below.reduce((least, child) => Math.min(least, fewest(child, depth + 1)), own);
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
