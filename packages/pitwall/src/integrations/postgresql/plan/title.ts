import { type PlanNode, textOf } from './node.ts';

const JOINS: Readonly<Record<string, string>> = { 'Nested Loop': 'Nested Loop', Hash: 'Hash', Merge: 'Merge' };

/** `Index Scan using orders_pkey on orders o`, `Hash Left Join`, `Partial HashAggregate`: as EXPLAIN's text has it. */
export function titleOf(node: PlanNode): string {
  const parts = [kindOf(node)];
  if (node['Parallel Aware'] === true) parts.unshift('Parallel');
  const backward = textOf(node, 'Scan Direction') === 'Backward';
  if (backward) parts.push('Backward');
  const index = textOf(node, 'Index Name');
  if (index !== null) parts.push(textOf(node, 'Relation Name') === null ? `on ${index}` : `using ${index}`);
  const relation =
    textOf(node, 'Relation Name') ??
    textOf(node, 'Function Name') ??
    textOf(node, 'CTE Name') ??
    textOf(node, 'Table Function Name') ??
    textOf(node, 'Tuplestore Name');
  const alias = textOf(node, 'Alias');
  if (relation !== null) parts.push(`on ${relation}${alias !== null && alias !== relation ? ` ${alias}` : ''}`);
  else if (alias !== null && index === null) parts.push(`on ${alias}`);
  return parts.join(' ');
}

function kindOf(node: PlanNode): string {
  const type = textOf(node, 'Node Type') ?? 'unknown step';
  const join = textOf(node, 'Join Type');
  if (join !== null) {
    const [, method] = /^(Nested Loop|Hash|Merge)(?: Join)?$/.exec(type) ?? [];
    if (method === 'Nested Loop') return join === 'Inner' ? type : `${type} ${join} Join`;
    if (method !== undefined) return join === 'Inner' ? `${JOINS[method]} Join` : `${JOINS[method]} ${join} Join`;
  }
  if (type === 'Aggregate') return `${partial(node)}${AGGREGATES[textOf(node, 'Strategy') ?? ''] ?? 'Aggregate'}`;
  if (type === 'ModifyTable') return textOf(node, 'Operation') ?? type;
  if (type === 'SetOp')
    return `${textOf(node, 'Strategy') === 'Hashed' ? 'HashSetOp' : 'SetOp'} ${textOf(node, 'Command') ?? ''}`.trim();
  return type;
}

const AGGREGATES: Readonly<Record<string, string>> = {
  Plain: 'Aggregate',
  Sorted: 'GroupAggregate',
  Hashed: 'HashAggregate',
  Mixed: 'MixedAggregate',
};

function partial(node: PlanNode): string {
  const mode = textOf(node, 'Partial Mode');
  return mode === 'Partial' ? 'Partial ' : mode === 'Finalize' ? 'Finalize ' : '';
}
