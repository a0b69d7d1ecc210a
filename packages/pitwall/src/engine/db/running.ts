import type { Running } from '../../model/running.ts';
import type { Session } from '../session.ts';
import type { DatabaseTarget } from './targets.ts';
import { contextOf } from './workload.ts';

/** What a database does at this moment; null where it has no sessions to be looked at. */
export async function runningOf(
  session: Session,
  { database, connection }: DatabaseTarget,
  signal: AbortSignal,
): Promise<Running | null> {
  return (await database.running?.(connection, contextOf(session, signal, 0))) ?? null;
}
