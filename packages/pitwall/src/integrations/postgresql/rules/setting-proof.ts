import type { ChangeDraft, Selector } from '../../../model/change.ts';
import type { RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { StatementFact } from '../facts/statements.ts';
import { isSampled } from '../meter/samples.ts';
import { DURATION, MEAN, TIMED } from './index-change.ts';

/** All of them have to become faster, so only those that the setting is for: the fewest that make up this share, and no more. [judgement] */
const SHARE = 0.5;
const MOST_HELPED = 3;
const MOST_CONTROLS = 20;
/** Seconds a call: the mean of shorter ones moves with the machine's clock by as much as any setting. [judgement] */
const LEAST_MEAN = 1e-3;

interface Use {
  /** How much of what the setting is about a statement does; 0: none. */
  readonly amount: (statement: StatementFact) => number;
  /** End of a sentence: what no statement was seen doing. */
  readonly what: string;
  /** It changes how queries are planned and run: a plain INSERT shows what the machine did meanwhile. */
  readonly plans: boolean;
  /** Pitwall's own runs would show it: they are made without JIT. */
  readonly timed: boolean;
}

const WRITES: readonly string[] = ['insert', 'update', 'delete', 'merge'];
const isRead = ({ kind }: StatementFact) => kind === 'select';
const time = (statement: StatementFact) => statement.seconds ?? 0;
const SPILLS: Use = { amount: ({ tempWritten }) => tempWritten ?? 0, what: 'spills to disk', plans: true, timed: true };
const READS: Use = {
  amount: (statement) => (isRead(statement) ? (statement.read ?? 0) : 0),
  what: 'reads much',
  plans: true,
  timed: true,
};
const LONG: Use = {
  amount: (statement) => (isRead(statement) ? time(statement) : 0),
  what: 'takes long',
  plans: true,
  timed: true,
};
const WRITING: Use = {
  amount: (statement) => (WRITES.includes(statement.kind) ? time(statement) : 0),
  what: 'writes',
  plans: false,
  timed: false,
};

const USES: Readonly<Record<string, Use>> = {
  work_mem: SPILLS,
  shared_buffers: READS,
  effective_cache_size: READS,
  random_page_cost: READS,
  effective_io_concurrency: READS,
  max_parallel_workers_per_gather: LONG,
  jit: { ...LONG, timed: false },
  max_wal_size: WRITING,
  checkpoint_completion_target: WRITING,
  wal_compression: WRITING,
  wal_buffers: WRITING,
  min_wal_size: WRITING,
  max_parallel_workers: LONG,
  max_worker_processes: LONG,
  io_method: READS,
  io_workers: READS,
};

/** For safety, to see more, or for maintenance alone: they make nothing faster that a trial could time. */
const NOT_FOR_TIME: readonly string[] = [
  'idle_in_transaction_session_timeout',
  'log_lock_waits',
  'track_io_timing',
  'max_connections',
  'autovacuum_work_mem',
  'max_parallel_maintenance_workers',
];

type Proof = Pick<ChangeDraft, 'affects' | 'controls' | 'meter'>;

/**
 * What has to become faster for a setting to be kept: the endpoints that are loaded; without a load the statements that it is
 * for. A sentence's end when there is neither: then nothing that is measured could prove it.
 */
export function settingProof(view: RuleView, name: string): Proof | string {
  if (NOT_FOR_TIME.includes(name)) return 'it makes nothing faster, so no trial could prove it';
  const endpoints = view.allFacts('load.endpoint').map(({ key }) => key);
  if (endpoints.length > 0) {
    return { affects: endpoints.map((endpoint) => selector('load.response.duration.p50', { endpoint })) };
  }
  const use = USES[name];
  if (use === undefined) return 'without a load (`load` in the configuration) nothing could prove that it helps';
  const known = factsOf(view, 'postgresql.statement');
  const helped = mostOf(known, use);
  if (helped.length === 0) {
    return `there is no load, and no statement of ${LEAST_MEAN * 1000} ms a call or more was seen that ${use.what}, so nothing could prove that it helps`;
  }
  const timed = helped.filter((id) => use.timed && isRead(known.get(id)!) && isSampled(known.get(id)!));
  const controls = use.plans ? plainInserts(known) : [];
  return {
    affects: helped.map((statement) => selector(timed.includes(statement) ? TIMED : MEAN, { statement })),
    ...(controls.length > 0 ? { controls: controls.map((statement) => selector(MEAN, { statement })) } : {}),
    meter: [
      ...[...helped, ...controls].map((statement) => ({ measure: MEAN, statement })),
      ...timed.map((statement) => ({ measure: DURATION, statement })),
    ],
  };
}

function selector(indicator: string, labels: Readonly<Record<string, string>>): Selector {
  return { indicator, labels };
}

/** The statements that make up `SHARE` of what the setting is about, the most first. */
function mostOf(known: ReadonlyMap<string, StatementFact>, { amount }: Use): readonly string[] {
  const all = [...known].map(([id, statement]) => ({ id, statement, part: amount(statement) }));
  const total = all.reduce((sum, { part }) => sum + part, 0);
  const chosen: string[] = [];
  let covered = 0;
  for (const { id, part } of all
    .filter(({ statement, part }) => part > 0 && time(statement) >= LEAST_MEAN * Math.max(1, statement.calls))
    .toSorted((a, b) => b.part - a.part)) {
    if (chosen.length >= MOST_HELPED || covered >= SHARE * total) break;
    chosen.push(id);
    covered += part;
  }
  return chosen;
}

/** Into one table, from no other: there is nothing to plan. */
function plainInserts(known: ReadonlyMap<string, StatementFact>): readonly string[] {
  return [...known]
    .filter(([, { kind, tables, notUnderstood }]) => kind === 'insert' && tables.length === 1 && notUnderstood === null)
    .map(([id]) => id)
    .slice(0, MOST_CONTROLS);
}
