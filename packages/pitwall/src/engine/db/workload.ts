import type { Workload } from '../../model/database.ts';
import type { CollectContext } from '../../model/integration.ts';
import type { Json } from '../../model/json.ts';
import type { Store } from '../../model/store.ts';
import type { Session } from '../session.ts';
import { leaveOutOwnLoads } from './own-load.ts';
import type { DatabaseTarget } from './targets.ts';

export interface WorkloadOptions {
  readonly signal: AbortSignal;
  readonly store: Store;
  /** `last`: what happened since somebody looked last; `start`: since the counters began. */
  readonly since: 'last' | 'start';
  /** Seconds to watch now. */
  readonly watch: number;
}

/** Counters as they were when somebody looked last, under this name in the store. */
const keptName = (target: string) => `workload ${target}`;

/** What the statements of a database do; keeps its counters for the next look. */
export async function workloadOf(
  session: Session,
  at: DatabaseTarget,
  { signal, store, since, watch }: WorkloadOptions,
): Promise<Workload> {
  await leaveOutOwnLoads([at], store);
  const name = keptName(at.target.id);
  const previous = since === 'last' ? await store.kept(name) : null;
  const workload = await at.database.workload(at.connection, { previous, watch }, contextOf(session, signal, watch));
  await store.keep(name, workload.snapshot);
  return workload;
}

/** What happened between two looks, one after the other, without keeping anything. */
export async function nextWorkload(
  session: Session,
  at: DatabaseTarget,
  previous: Json,
  signal: AbortSignal,
): Promise<Workload> {
  return at.database.workload(at.connection, { previous, watch: 0 }, contextOf(session, signal, 0));
}

export function contextOf(session: Session, signal: AbortSignal, window: number): CollectContext {
  return { environment: session.environment, signal, window };
}
