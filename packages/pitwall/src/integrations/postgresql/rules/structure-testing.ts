/** What the tests of the rules about structure share: facts of a healthy database, to be spoilt one by one. */
import assert from 'node:assert/strict';
import type { Fact } from '../../../model/observation.ts';
import type { FindingDraft, Rule, RuleResult, RuleView } from '../../../model/rule.ts';
import { fact } from '../facts/define.ts';
import type {
  AutovacuumFact,
  CountersFact,
  ForeignKeyFact,
  IndexFact,
  IndexKeyFact,
  TableFact,
  Topic,
  XminHolder,
} from '../facts/schema.ts';
import { nameOf } from '../identifiers.ts';

export const DAY = 86_400;
const TOPICS: readonly Topic[] = ['tables', 'indexes', 'foreign keys', 'sequences', 'bloat'];

/** Every topic was read; counters of 100 days; usual settings of autovacuum; nothing holds anything back. */
export function healthy(
  more: {
    readonly counters?: Partial<CountersFact>;
    readonly autovacuum?: Partial<AutovacuumFact>;
    readonly holders?: readonly XminHolder[];
    readonly unread?: readonly Topic[];
  } = {},
): Fact[] {
  return [
    ...TOPICS.filter((topic) => !more.unread?.includes(topic)).map((topic) =>
      fact('postgresql.schema', topic, { read: 1, leftOut: 0 }),
    ),
    fact('postgresql.counters', '', {
      age: 100 * DAY,
      uptime: 100 * DAY,
      inRecovery: false,
      replicas: 0,
      ...more.counters,
    }),
    fact('postgresql.autovacuum', '', {
      enabled: true,
      vacuumThreshold: 50,
      vacuumScaleFactor: 0.2,
      vacuumMaxThreshold: null,
      analyzeThreshold: 50,
      analyzeScaleFactor: 0.1,
      freezeMaxAge: 200_000_000,
      multixactFreezeMaxAge: 400_000_000,
      ...more.autovacuum,
    }),
    fact('postgresql.xmin', '', { holders: [...(more.holders ?? [])], hidden: 0 }),
  ];
}

/** `public.NAME` with a million rows, well kept. */
export function table(name: string, more: Partial<TableFact> = {}): Fact {
  return fact('postgresql.table', nameOf('public', name), {
    schema: 'public',
    name,
    kind: 'table',
    parent: null,
    rows: 1e6,
    liveRows: 1e6,
    deadRows: 1000,
    modifiedRows: 1000,
    insertedRows: 1000,
    bytes: 100 * 2 ** 20,
    toastBytes: 0,
    seqScans: 10,
    seqRowsRead: 1e7,
    indexScans: 1e6,
    indexRowsFetched: 1e6,
    inserts: 1e6,
    updates: 1e5,
    deletes: 0,
    hotUpdates: 9e4,
    newPageUpdates: null,
    vacuumedAgo: null,
    autovacuumedAgo: DAY,
    analyzedAgo: null,
    autoanalyzedAgo: DAY,
    vacuums: 0,
    autovacuums: 10,
    analyzes: 0,
    autoanalyzes: 10,
    fillfactor: 100,
    options: {},
    xidAge: 1e6,
    multixactAge: 0,
    primaryKey: true,
    replicaIdentity: 'default',
    ...more,
  });
}

export function key(column: string | null, more: Partial<IndexKeyFact> = {}): IndexKeyFact {
  return {
    column,
    expression: null,
    desc: false,
    nullsFirst: false,
    collation: null,
    opclass: 'pg_catalog.int4_ops',
    ...more,
  };
}

/** `public.NAME` on `public.orders`, a B-tree that is used. */
export function index(name: string, columns: readonly (string | IndexKeyFact)[], more: Partial<IndexFact> = {}): Fact {
  return fact('postgresql.index', nameOf('public', name), {
    schema: 'public',
    name,
    table: 'public.orders',
    tableName: 'orders',
    kind: 'index',
    parent: null,
    parts: 0,
    method: 'btree',
    keys: columns.map((column) => (typeof column === 'string' ? key(column) : column)),
    include: [],
    where: null,
    unique: false,
    nullsNotDistinct: false,
    immediate: true,
    primary: false,
    exclusion: false,
    constraint: null,
    referenced: false,
    replicaIdentity: false,
    clustered: false,
    valid: true,
    ready: true,
    waitsForSnapshots: false,
    beingBuilt: false,
    madeAgo: null,
    scans: 1000,
    scannedAgo: null,
    bytes: 10 * 2 ** 20,
    definition: `CREATE INDEX ${name} ON public.orders USING btree (…)`,
    ...more,
  });
}

/** `orders (columns)` → customers, covered. */
export function foreignKey(columns: readonly string[], more: Partial<ForeignKeyFact> = {}): Fact {
  const constraint = `orders_${columns.join('_')}_fkey`;
  return fact('postgresql.foreign-key', nameOf('public', 'orders', constraint), {
    schema: 'public',
    table: 'public.orders',
    tableName: 'orders',
    constraint,
    columns: [...columns],
    parent: 'public.customers',
    parentColumns: ['id'],
    onDelete: 'NO ACTION',
    onUpdate: 'NO ACTION',
    covered: true,
    childRows: 1e6,
    childBytes: 100 * 2 ** 20,
    parentDeletes: 0,
    parentUpdates: 0,
    ...more,
  });
}

/** Runs the rule on these facts, as JSON as they are stored; it sees only what it declares. */
export function run(rule: Rule, facts: readonly Fact[], thresholds: Readonly<Record<string, number>> = {}): RuleResult {
  const stored = JSON.parse(JSON.stringify(facts)) as Fact[];
  const declared = new Set([...(rule.meta.needs.facts ?? []), ...(rule.meta.uses?.facts ?? [])]);
  const ofKind = (kind: string) => {
    assert.ok(declared.has(kind), `${rule.id} does not declare ${kind}`);
    return stored.filter((one) => one.kind === kind);
  };
  const view: RuleView = {
    target: { id: 'db', integration: 'postgresql', title: 'shop' },
    facts: ofKind,
    allFacts: ofKind,
    indicators: () => [],
    threshold(name) {
      const value = thresholds[name] ?? rule.meta.thresholds[name]?.value;
      assert.ok(value !== undefined, `${rule.id} does not declare the threshold ${name}`);
      return value;
    },
  };
  return rule.evaluate(view);
}

export function found(result: RuleResult): readonly FindingDraft[] {
  assert.ok('found' in result, JSON.stringify(result));
  return result.found;
}

/** The only finding. */
export function only(result: RuleResult): FindingDraft {
  const all = found(result);
  assert.equal(all.length, 1, JSON.stringify(all.map(({ subject }) => subject)));
  return all[0]!;
}

export function clear(result: RuleResult): string {
  assert.ok('clear' in result, JSON.stringify(result));
  return result.clear;
}

export function notYet(result: RuleResult): string {
  assert.ok('notYet' in result, JSON.stringify(result));
  return result.notYet;
}

export function notApplicable(result: RuleResult): string {
  assert.ok('notApplicable' in result, JSON.stringify(result));
  return result.notApplicable;
}
