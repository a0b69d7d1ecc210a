import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import type { Evidence, FindingDraft, RuleView, Threshold } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { PoolFact, WaitsFact } from '../facts/server.ts';
import { poolSizeFor, waitChance } from '../settings/pool-size.ts';
import { shareText } from './schema-view.ts';
import { SESSIONS_HIDDEN } from './session-text.ts';

/** Of calls that would find no connection free, when the size of a pool is told. */
export const waitChanceAimedAt: Threshold = {
  value: 0.05,
  unit: '1',
  source: 'Own choice: a pool with which 1 call in 20 waits for a moment.',
};

export const poolWaits = defineRule({
  id: 'postgresql/pool-waits',
  meta: {
    title: 'Clients wait for the pool, or hold its connections idle',
    why: 'How many connections a pool needs follows from how many are in use at once, which is calls a second × the time that each holds one (Little’s law), and not from a formula over processors. A larger pool helps only while the server has processors left; a connection that is held while the application does something else is lost for all others.',
    sources: [
      { title: 'PgBouncer: SHOW POOLS', url: 'https://www.pgbouncer.org/usage.html#show-pools' },
      { title: 'Erlang’s C formula', url: 'https://en.wikipedia.org/wiki/Erlang_(unit)#Erlang_C_formula' },
    ],
    needs: { facts: ['postgresql.waits'] },
    uses: { facts: ['postgresql.pool', 'postgresql.machine', 'postgresql.workload'] },
    doesNotApplyWhen:
      'Nobody waited while it was looked at: look under load. Waits inside of an application’s own pool are seen by the application alone.',
    confirmedBy:
      'cl_waiting and maxwait of PgBouncer’s SHOW POOLS over the window (option `pgbouncer`); sessions at work and held in transactions in pg_stat_activity.',
    thresholds: {
      waitingShare: { value: 0.05, unit: '1', source: 'Own choice: one look in twenty at which a client waits.' },
      longestWait: { value: 1, unit: 's', source: 'Own choice: a wait that a person notices, however rare.' },
      chance: waitChanceAimedAt,
      held: {
        value: 2,
        unit: 'sessions',
        source: 'Own choice: so many connections on average that are lent out while nothing is asked of the server.',
      },
      looks: { value: 20, unit: 'looks', source: 'Own choice: a mean of fewer may be one moment, and is less sure.' },
    },
  },

  evaluate(view) {
    const waits = factsOf(view, 'postgresql.waits').get('')!;
    if (waits.hidden > 0) return { notApplicable: SESSIONS_HIDDEN };
    const pools = [...factsOf(view, 'postgresql.pool')];
    const waiting = pools.filter(
      ([, pool]) =>
        pool.waitingShare >= view.threshold('waitingShare') || pool.longestWait >= view.threshold('longestWait'),
    );
    const found = waiting.map(([name, pool]) => poolFinding(view, name, pool, waits));
    if (found.length === 0 && waits.held >= view.threshold('held') && waits.held > waits.busy)
      found.push(heldFinding(view, waits));
    if (found.length > 0) return { found };
    const inUse = waits.busy + waits.held;
    const enough = poolSizeFor(inUse, view.threshold('chance'));
    return {
      clear: `${pools.length === 0 ? 'no connection is held for nothing' : 'nobody waits for a connection'}; ${inUse.toFixed(1)} were in use on average, for which a pool of ${enough} is enough`,
    };
  },
});

function poolFinding(view: RuleView, name: string, pool: PoolFact, waits: WaitsFact): FindingDraft {
  const cpus = cpusOf(view);
  const evidence: Evidence[] = [
    { label: 'clients that waited, on average', value: pool.waiting },
    { label: 'at most', value: pool.peakWaiting },
    { label: 'share of looks at which one did', value: pool.waitingShare, unit: '1' },
    { label: 'longest wait seen', value: pool.longestWait, unit: 's' },
    { label: 'connections of the pool', value: pool.size },
    { label: 'in use on average', value: pool.active },
    { label: 'sessions of the server on a processor', value: waits.running },
    { label: 'sessions held in a transaction', value: waits.held },
    ...(cpus === null ? [] : [{ label: 'processors', value: cpus }]),
    ...littleEvidence(view),
    { label: 'looks', value: pool.looks },
  ];
  return {
    subject: printable(`pool ${name}`),
    summary: printable(
      `clients waited for a connection of pool ${name} at ${shareText(pool.waitingShare)} of the looks, up to ${pool.longestWait.toFixed(2)} s; ${pool.active.toFixed(1)} of its ${counted(pool.size, 'connection')} were in use`,
    ),
    severity: 'warning',
    confidence: pool.looks >= view.threshold('looks') ? 'high' : 'medium',
    evidence,
    advice: { text: adviceFor(view, pool, waits) },
  };
}

function cpusOf(view: RuleView): number | null {
  return factsOf(view, 'postgresql.machine').get('')?.cpus ?? null;
}

function adviceFor(view: RuleView, pool: PoolFact, waits: WaitsFact): string {
  if (waits.held > pool.active / 2) {
    return `First let transactions end before the application does something else: ${waits.held.toFixed(1)} connections are held so on average, and a larger pool would only have more of them.`;
  }
  const cpus = cpusOf(view);
  if (cpus !== null && waits.running > cpus) {
    return `${waits.running.toFixed(1)} sessions want ${cpus} processors: a larger pool would only move the queue into the server. Make the statements cheaper first (pitwall db).`;
  }
  const [top] = waits.waits;
  if (top !== undefined && top.event === 'Lock' && top.sessions > waits.busy / 2) {
    return 'Most sessions at work wait for locks (postgresql/lock-wait): a larger pool would only have more of them wait.';
  }
  const chance = view.threshold('chance');
  // Who waits would hold one, too: what is in use is cut off at the size of the pool.
  const wanted = pool.active + pool.waiting;
  const start = poolSizeFor(wanted, chance);
  if (start <= pool.size) {
    return 'On average the pool is large enough: clients come in bursts. Look at what makes them (a schedule, retries), or take a few connections more.';
  }
  return `Begin with ${start} connections: ${wanted.toFixed(1)} would be in use on average, and about ${shareText(waitChance(start, wanted))} of the calls would wait (at most ${shareText(chance)}). Then look again under the same load: fewer clients may wait, and the times of the statements must not grow; else the smaller pool was the better one.`;
}

/** The same from the other side: what pg_stat_statements counted. */
function littleEvidence(view: RuleView): Evidence[] {
  const workload = factsOf(view, 'postgresql.workload').get('');
  if (!workload?.window || workload.seconds === null) return [];
  return [
    {
      label: 'sessions in statements by their count (calls × time ÷ window)',
      value: workload.seconds / workload.window,
    },
  ];
}

function heldFinding(view: RuleView, waits: WaitsFact): FindingDraft {
  return {
    subject: 'held connections',
    summary: `${waits.held.toFixed(1)} sessions on average are in a transaction and wait for the application, ${waits.busy.toFixed(1)} are at work`,
    severity: 'info',
    confidence: waits.looks >= view.threshold('looks') ? 'high' : 'medium',
    evidence: [
      { label: 'held, on average', value: waits.held },
      { label: 'held, at most', value: waits.peakHeld },
      { label: 'at work', value: waits.busy },
      { label: 'looked at for', value: waits.seconds, unit: 's' },
      ...littleEvidence(view),
    ],
    advice: {
      text: 'A pool cannot lend them to anybody meanwhile. Let the application do its other work (calls to other services, computing) before it begins the transaction or after it has ended it.',
    },
  };
}
