import { PitwallError } from '../../errors.ts';
import type { Database, Integration } from '../../model/integration.ts';
import type { Failure } from '../../model/observation.ts';
import type { Session, SessionTarget } from '../session.ts';

/** A target of the session that is a database we can ask. */
export interface DatabaseTarget extends SessionTarget {
  readonly database: Database;
}

/**
 * The databases of a session, or the one that is named. `maxLoad`: share of one connection that analysis may keep them at work;
 * null: as they are configured.
 * @throws PitwallError DATABASE_UNKNOWN, NO_DATABASE, DATABASE_UNREADABLE where only one is asked for
 */
export function databasesIn(
  session: Session,
  { target: wanted, maxLoad }: { readonly target: string | undefined; readonly maxLoad: number | null },
): readonly DatabaseTarget[] {
  const all = session.targets.flatMap((at): DatabaseTarget[] => {
    const { database } = at.integration as Integration;
    return database ? [{ ...at, database }] : [];
  });
  if (all.length === 0) throw new PitwallError('NO_DATABASE');
  const chosen = wanted === undefined ? all : all.filter(({ target }) => target.id === wanted);
  if (chosen.length === 0) {
    const known = all.map(({ target }) => target.id).join(', ');
    throw new PitwallError('DATABASE_UNKNOWN', { wanted: wanted!, known });
  }
  const [only] = chosen;
  if (chosen.length === 1 && only?.failure) throw unreadable(only.target.id, only.failure);
  const usable = chosen.filter(({ failure }) => failure === null);
  if (maxLoad !== null) for (const { database, connection } of usable) database.limitLoad?.(connection, maxLoad);
  return usable;
}

/** The only database. @throws as `databasesIn`, and DATABASE_AMBIGUOUS */
export function databaseIn(session: Session, options: Parameters<typeof databasesIn>[1]): DatabaseTarget {
  const found = databasesIn(session, options);
  const [first] = found;
  if (first === undefined) throw new PitwallError('NO_DATABASE');
  if (found.length > 1) {
    throw new PitwallError('DATABASE_AMBIGUOUS', { known: found.map(({ target }) => target.id).join(', ') });
  }
  return first;
}

function unreadable(target: string, { message, hint }: Failure): PitwallError {
  return new PitwallError('DATABASE_UNREADABLE', { target, reason: message.replace(/\.$/, ''), hint: hint ?? '' });
}
