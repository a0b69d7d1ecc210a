import { MOST_NODES } from './node.ts';

/** While it is built. */
interface Node {
  [field: string]: unknown;
  Plans?: Node[];
}

/** `Seq Scan on orders o  (cost=0.00..1.05 rows=5 width=4) (actual time=0.01..0.02 rows=5 loops=1)`, each part optional. */
const COST = /\(cost=[\d.]+\.\.([\d.]+) rows=(\d+) width=\d+\)/;
const ACTUAL = /\(actual (?:time=[\d.]+\.\.([\d.]+) )?rows=([\d.]+) loops=(\d+)\)/;
const NEVER = /\(never executed\)/;
const LONGEST_LINE = 10_000;

const JOIN = /^(Nested Loop|Hash|Merge)(?: (Left|Right|Full|Semi|Anti|Right Semi|Right Anti))? Join$/;
const LOOP = /^Nested Loop (Left|Semi|Anti) Join$/;
const AGGREGATE: Readonly<Record<string, string>> = {
  Aggregate: 'Plain',
  GroupAggregate: 'Sorted',
  HashAggregate: 'Hashed',
  MixedAggregate: 'Mixed',
};

/**
 * A plan that auto_explain wrote as text, as the same nodes as JSON has, with those fields that are judged: type, relation, index,
 * costs, rows, what is wrong. Null when it is none. Never throws.
 * Format: ExplainNode in PostgreSQL's src/backend/commands/explain.c.
 */
export function readTextPlan(text: string): Node | null {
  const open: { readonly indent: number; readonly node: Node }[] = [];
  let root: Node | null = null;
  let nodes = 0;
  for (const whole of text.split('\n')) {
    const line = whole.slice(0, LONGEST_LINE);
    const indent = line.search(/\S/);
    if (indent < 0) continue;
    const content = line.slice(indent);
    const isChild = content.startsWith('->');
    if (COST.test(content) && (isChild || root === null)) {
      if (++nodes > MOST_NODES) break;
      const node = nodeOf(content.replace(/^->\s*/, ''));
      while (open.length > 0 && open.at(-1)!.indent >= indent) open.pop();
      const parent = open.at(-1)?.node;
      if (parent) {
        parent.Plans ??= [];
        parent.Plans.push(node);
      } else if (root === null) root = node;
      else break;
      open.push({ indent, node });
      continue;
    }
    while (open.length > 1 && open.at(-1)!.indent >= indent) open.pop();
    const current = open.at(-1)?.node;
    if (current) detail(current, content);
  }
  return root;
}

function nodeOf(content: string): Node {
  const title = content
    .slice(0, content.indexOf('  (') < 0 ? content.search(/\(cost=/) : content.indexOf('  ('))
    .trim();
  const node: Node = { ...named(title) };
  const cost = COST.exec(content);
  if (cost) {
    node['Total Cost'] = Number(cost[1]);
    node['Plan Rows'] = Number(cost[2]);
  }
  const actual = ACTUAL.exec(content);
  if (actual) {
    if (actual[1] !== undefined) node['Actual Total Time'] = Number(actual[1]);
    node['Actual Rows'] = Number(actual[2]);
    node['Actual Loops'] = Number(actual[3]);
  } else if (NEVER.test(content)) {
    node['Actual Rows'] = 0;
    node['Actual Loops'] = 0;
  }
  return node;
}

function named(title: string): Node {
  const [, before = title, using, on, alias] =
    /^(.*?)(?: using (".*?"|\S+))?(?: on (".*?"(?:\.(?:".*?"|\S+))?|\S+)(?: (".*?"|\S+))?)?$/.exec(title) ?? [];
  const parallel = /^Parallel (.*)$/.exec(before);
  const bare = (parallel?.[1] ?? before).replace(/ Backward$/, '');
  const node: Node = { ...kind(bare) };
  if (parallel) node['Parallel Aware'] = true;
  if (before.endsWith(' Backward')) node['Scan Direction'] = 'Backward';
  if (using !== undefined) node['Index Name'] = plain(using);
  if (on !== undefined) {
    if (node['Node Type'] === 'Bitmap Index Scan') node['Index Name'] = plain(on);
    else node[relationField(String(node['Node Type']))] = plain(on);
    if (alias !== undefined) node.Alias = plain(alias);
  }
  return node;
}

function kind(bare: string): Node {
  const join = JOIN.exec(bare);
  const loop = LOOP.exec(bare);
  if (loop) return { 'Node Type': 'Nested Loop', 'Join Type': loop[1] };
  if (bare === 'Nested Loop') return { 'Node Type': bare, 'Join Type': 'Inner' };
  if (join) return { 'Node Type': `${join[1]} Join`, 'Join Type': join[2] ?? 'Inner' };
  const [, partial, aggregate] = /^(?:(Partial|Finalize) )?(\w+Aggregate|Aggregate)$/.exec(bare) ?? [];
  if (aggregate !== undefined && AGGREGATE[aggregate] !== undefined) {
    return {
      'Node Type': 'Aggregate',
      Strategy: AGGREGATE[aggregate],
      'Partial Mode': partial ?? 'Simple',
    };
  }
  if (/^(Insert|Update|Delete|Merge)$/.test(bare)) return { 'Node Type': 'ModifyTable', Operation: bare };
  return { 'Node Type': bare };
}

function relationField(type: string): string {
  return type === 'CTE Scan' || type === 'WorkTable Scan'
    ? 'CTE Name'
    : type === 'Function Scan'
      ? 'Function Name'
      : 'Relation Name';
}

/** The name without its schema and quotes, as JSON has it. */
function plain(name: string): string {
  const last = /(?:^|\.)("(?:[^"]|"")*"|[^."]+)$/.exec(name)?.[1] ?? name;
  return last.startsWith('"') ? last.slice(1, -1).replaceAll('""', '"') : last;
}

const NUMBERS =
  /^(Rows Removed by (?:Filter|Join Filter|Index Recheck)|Heap Fetches|Workers Planned|Workers Launched): (\d+)$/;
const TEXTS = /^(Index Cond|Recheck Cond|Filter|Join Filter|Hash Cond|Merge Cond|Sort Key|Group Key|Order By): (.*)$/;

function detail(node: Node, content: string): void {
  const number = NUMBERS.exec(content);
  if (number) node[number[1]!] = Number(number[2]);
  const text = TEXTS.exec(content);
  if (text) node[text[1]!] = text[2];
  const sort = /^(?:Worker \d+:\s+)?Sort Method: (.+?)\s{2}(Memory|Disk): (\d+)kB/.exec(content);
  if (sort && (node['Sort Space Type'] !== 'Disk' || sort[2] === 'Disk')) {
    node['Sort Method'] = sort[1];
    node['Sort Space Type'] = sort[2];
    node['Sort Space Used'] = Number(sort[3]) + (sort[2] === 'Disk' ? Number(node['Sort Space Used'] ?? 0) : 0);
  }
  const hash = /^Buckets: .*?Batches: (\d+)/.exec(content);
  if (hash) node['Hash Batches'] = Number(hash[1]);
  const aggregate = /^(?:Planned Partitions: \d+ +)?Batches: (\d+).*?(?:Disk Usage: (\d+)kB)?$/.exec(content);
  if (aggregate) {
    node['HashAgg Batches'] = Number(aggregate[1]);
    if (aggregate[2] !== undefined) node['Disk Usage'] = Number(aggregate[2]);
  }
  const lossy = /^Heap Blocks:.*lossy=(\d+)/.exec(content);
  if (lossy) node['Lossy Heap Blocks'] = Number(lossy[1]);
  const temporary = /^Buffers:.*temp (?:read=\d+ )?written=(\d+)/.exec(content);
  if (temporary) node['Temp Written Blocks'] = Number(temporary[1]);
}
