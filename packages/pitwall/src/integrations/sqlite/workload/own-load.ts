import type { CollectContext } from '../../../model/integration.ts';
import type { Json } from '../../../model/json.ts';
import { inOrder, type OwnWindow } from '../../_sql/workload/own-windows.ts';
import type { SqliteConnection } from '../connection.ts';

/**
 * Trials of `pitwall apply` put load on the service, and the application's statement log has its calls like those of users. What was
 * logged meanwhile is no part of the workload: what users asked neither, and the time goes with it.
 */

const left = new WeakMap<SqliteConnection, readonly OwnWindow[]>();

/** Times that are kept: logs do not reach further back. [judgement] */
const MOST = 1000;
/** Of calls whose lines are written when the load has ended. Seconds. */
const LATE = 0.1;

/** From here on what was logged during the loads that `watchOwnLoad` saw is left out of the workload of the connection. */
export function leaveOutOwnLoad(connection: SqliteConnection, known: Json): void {
  left.set(connection, windowsFrom(known));
}

/** In order. */
export function ownWindows(connection: SqliteConnection): readonly OwnWindow[] {
  return left.get(connection) ?? [];
}

/** Remembers when a load began; what it gives adds the time until then to those that are known. */
export async function watchOwnLoad(
  _connection: SqliteConnection,
  { environment }: CollectContext,
): Promise<(known: Json) => Promise<Json>> {
  const from = environment.now();
  return async (known) => {
    const windows = inOrder([...windowsFrom(known), { from, to: environment.now() + LATE }]);
    return windows.slice(-MOST).map((window) => [window.from, window.to]);
  };
}

/** What `watchOwnLoad` wrote; nothing of anything else: it comes out of a file. */
function windowsFrom(known: Json): readonly OwnWindow[] {
  if (!Array.isArray(known)) return [];
  const windows = (known as readonly Json[]).flatMap((one): OwnWindow[] => {
    const [from, to] = Array.isArray(one) ? (one as readonly Json[]) : [];
    return typeof from === 'number' && typeof to === 'number' ? [{ from, to }] : [];
  });
  return inOrder(windows);
}
