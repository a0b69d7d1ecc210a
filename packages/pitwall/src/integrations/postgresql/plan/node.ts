/** A node of EXPLAIN (FORMAT JSON) as it came: from the server, or out of a log. Every field may be missing or of another type. */
export type PlanNode = Readonly<Record<string, unknown>>;

/** Deeper plans are cut: what a log holds may be made to end a reader. */
export const DEEPEST = 200;
/** Nodes that are read of a plan: a query over thousands of partitions has as many. */
export const MOST_NODES = 5000;

export function numberOf(node: PlanNode, field: string): number | null {
  const value = node[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function textOf(node: PlanNode, field: string): string | null {
  const value = node[field];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function nodesIn(node: PlanNode, field: string): readonly PlanNode[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function isNode(value: unknown): value is PlanNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The plan within what EXPLAIN or auto_explain wrote; null when there is none. */
export function rootOf(json: unknown): PlanNode | null {
  const outer = Array.isArray(json) ? json[0] : json;
  if (!isNode(outer)) return null;
  const plan = outer.Plan ?? outer;
  return isNode(plan) && typeof plan['Node Type'] === 'string' ? plan : null;
}

/** Table or index that it reads, with the schema left out. */
export function relationOf(node: PlanNode): string | null {
  return textOf(node, 'Relation Name') ?? textOf(node, 'CTE Name') ?? textOf(node, 'Function Name');
}
