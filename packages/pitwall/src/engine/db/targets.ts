import { PitwallError } from '../../errors.ts';
import type { Database, Integration } from '../../model/integration.ts';
import type { Session, SessionTarget } from '../session.ts';

/** A target of the session that is a database we can ask. */
export interface DatabaseTarget extends SessionTarget {
  readonly database: Database;
}

interface Which {
  /** Id of the only one that is meant; undefined: all. */
  readonly target: string | undefined;
  /** Share of one connection that analysis may keep it at work; null: as it is configured. */
  readonly maxLoad: number | null;
}

/**
 * The databases of a session that answer, or the one that is named, ready to be analysed within the load that is allowed.
 * @throws PitwallError DATABASE_UNKNOWN, NO_DATABASE, DATABASE_UNREADABLE where none answers
 */
export function databasesIn(session: Session, { target, maxLoad }: Which): readonly DatabaseTarget[] {
  const usable = answering(meant(session, target));
  limitLoad(usable, maxLoad);
  return usable;
}

/** Those that are meant and do not answer, with why. @throws PitwallError DATABASE_UNKNOWN, NO_DATABASE */
export function unansweredIn(
  session: Session,
  target: string | undefined,
): readonly { readonly target: string; readonly error: PitwallError }[] {
  return meant(session, target)
    .filter(({ failure }) => failure !== null)
    .map((at) => ({ target: at.target.id, error: unreadable(at) }));
}

/** The only database. @throws as `databasesIn`, and DATABASE_AMBIGUOUS, also where only one of them answers */
export function databaseIn(session: Session, { target, maxLoad }: Which): DatabaseTarget {
  const all = meant(session, target);
  const usable = answering(all);
  if (all.length > 1) throw new PitwallError('DATABASE_AMBIGUOUS', { known: idsOf(all) });
  limitLoad(usable, maxLoad);
  return usable[0]!;
}

/** At least one. */
function meant(session: Session, wanted: string | undefined): readonly DatabaseTarget[] {
  const all = session.targets.flatMap((at): DatabaseTarget[] => {
    const { database } = at.integration as Integration;
    return database ? [{ ...at, database }] : [];
  });
  if (all.length === 0) throw new PitwallError('NO_DATABASE');
  const chosen = wanted === undefined ? all : all.filter(({ target }) => target.id === wanted);
  if (chosen.length === 0) throw new PitwallError('DATABASE_UNKNOWN', { wanted: wanted!, known: idsOf(all) });
  return chosen;
}

/** At least one: where all failed, the first failure is thrown, and the others are told with it. */
function answering(databases: readonly DatabaseTarget[]): readonly DatabaseTarget[] {
  const usable = databases.filter(({ failure }) => failure === null);
  if (usable.length > 0) return usable;
  const [first, ...others] = databases;
  const also = others.map((other) => unreadable(other).message);
  throw unreadable(first!, also);
}

function unreadable({ target, failure }: DatabaseTarget, also: readonly string[] = []): PitwallError {
  const { message, hint } = failure!;
  const details = { target: target.id, reason: message.replace(/\.$/, ''), hint: hint ?? '' };
  return new PitwallError('DATABASE_UNREADABLE', details, { also });
}

/**
 * Those that answer and have no server whose load could be limited; all of them or some. Null: there is none of these.
 * @throws as `databasesIn`
 */
export function unlimitedIn(
  session: Session,
  target: string | undefined,
): { readonly ids: string; readonly isAll: boolean } | null {
  const usable = answering(meant(session, target));
  const without = usable.filter(({ database }) => database.limitLoad === undefined);
  return without.length === 0 ? null : { ids: idsOf(without), isAll: without.length === usable.length };
}

function limitLoad(databases: readonly DatabaseTarget[], share: number | null): void {
  if (share !== null) for (const { database, connection } of databases) database.limitLoad?.(connection, share);
}

function idsOf(databases: readonly DatabaseTarget[]): string {
  return databases.map(({ target }) => target.id).join(', ');
}
