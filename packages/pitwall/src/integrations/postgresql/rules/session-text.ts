import { printable } from '../../../errors.ts';
import type { SessionText } from '../facts/server.ts';

/** Of a rule that needs to see what all sessions do. */
export const SESSIONS_HIDDEN = 'the role may not see other sessions: GRANT pg_monitor TO it';

/** `session 4711 (app, idle in transaction)`. Names are whatever a client says. */
export function sessionText({ pid, application, user, state }: SessionText): string {
  if (pid === 0) return 'a prepared transaction';
  const who = application === '' ? user : application;
  return printable(`session ${pid} (${[who, state].filter((part) => part !== '').join(', ')})`);
}

/** Ends it. Cancelling is enough for a statement that runs; who is idle in a transaction has none to cancel. */
export function endSql({ pid, state }: Pick<SessionText, 'pid' | 'state'>): string {
  if (pid === 0) return "SELECT gid, prepared, owner FROM pg_prepared_xacts;  -- then: ROLLBACK PREPARED 'gid';";
  return state === 'active' ? `SELECT pg_cancel_backend(${pid});` : `SELECT pg_terminate_backend(${pid});`;
}
