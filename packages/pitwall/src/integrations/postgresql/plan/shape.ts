import { createHash } from 'node:crypto';
import { DEEPEST, MOST_NODES, nodesIn, type PlanNode, rootOf, textOf } from './node.ts';

/** What makes a plan another plan. Costs, rows, conditions and workers are not among it: they differ from call to call. */
const FIELDS = ['Node Type', 'Join Type', 'Strategy', 'Operation', 'Relation Name', 'Index Name', 'CTE Name'] as const;

/**
 * A hash of how a statement is done: equal for two plans that take the same steps over the same tables and indexes. Null for
 * what is no plan.
 */
export function shapeOf(json: unknown): string | null {
  const root = rootOf(json);
  if (root === null) return null;
  const hash = createHash('sha256');
  let nodes = 0;
  const walk = (node: PlanNode, depth: number): void => {
    nodes++;
    hash.update(JSON.stringify(FIELDS.map((field) => textOf(node, field))));
    hash.update('(');
    if (depth < DEEPEST) {
      for (const child of nodesIn(node, 'Plans')) {
        if (nodes < MOST_NODES) walk(child, depth + 1);
      }
    }
    hash.update(')');
  };
  walk(root, 0);
  return hash.digest('hex').slice(0, 16);
}

/** The plan in one line, outermost step first: `Sort > Hash Join > (Seq Scan orders, Hash > Index Scan users_pkey)`. */
export function shapeText(json: unknown, longest = 200): string {
  const root = rootOf(json);
  if (root === null) return 'no plan';
  let left = longest;
  const walk = (node: PlanNode, depth: number): string => {
    const name = `${textOf(node, 'Node Type')}${suffix(textOf(node, 'Index Name') ?? textOf(node, 'Relation Name'))}`;
    left -= name.length;
    const children = nodesIn(node, 'Plans');
    if (children.length === 0) return name;
    if (left <= 0 || depth >= DEEPEST) return `${name} > …`;
    const inner = children.slice(0, 4).map((child) => walk(child, depth + 1));
    if (children.length > 4) inner.push('…');
    return `${name} > ${inner.length === 1 ? inner[0] : `(${inner.join(', ')})`}`;
  };
  return walk(root, 0);
}

function suffix(name: string | null): string {
  return name === null ? '' : ` ${name}`;
}
