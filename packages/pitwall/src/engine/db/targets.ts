import { PitwallError } from '../../errors.ts';
import type { Database, Integration } from '../../model/integration.ts';
import type { Failure } from '../../model/observation.ts';
import type { Session, SessionTarget } from '../session.ts';

/** A target of the session that is a database we can ask. */
export interface DatabaseTarget extends SessionTarget {
  readonly database: Database;
}

/**
 * The databases of a session, or the one that is named.
 * @throws PitwallError DATABASE_UNKNOWN, NO_DATABASE, DATABASE_UNREADABLE where only one is asked for
 */
export function databasesIn(session: Session, wanted: string | undefined): readonly DatabaseTarget[] {
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
  return chosen.filter(({ failure }) => failure === null);
}

/** The only database. @throws as `databasesIn`, and DATABASE_AMBIGUOUS */
export function databaseIn(session: Session, wanted: string | undefined): DatabaseTarget {
  const found = databasesIn(session, wanted);
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
