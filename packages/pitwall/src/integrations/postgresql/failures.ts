import { PitwallError, reasonOf } from '../../errors.ts';

/** SQLSTATE classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const NO_DATABASE = '3D000';
const NO_RIGHT = '42501';
/** invalid_password; invalid_authorization_specification has pg_hba.conf behind it. */
const NOT_LET_IN = /^28/;
const GONE = /^(08|57P0|53300|53400)/;
const ENDED = '57014';
/** lock_not_available. */
const NO_LOCK = '55P03';
/** character_not_in_repertoire, untranslatable_character. */
const UNTRANSLATABLE: ReadonlySet<string> = new Set(['22021', '22P05']);

/** What a failed connection or statement means. `database`: for people, without a password. What is no failure of a database is a bug. */
export function postgresqlFailure(error: unknown, database: string): unknown {
  if (!(error instanceof Error) || error instanceof PitwallError) return error;
  if (/^(Type|Range|Reference|Syntax)Error$/.test(error.name)) return error;
  const { code } = error as { code?: unknown };
  const details = { database, reason: reasonWithin(error) };
  const cause = { cause: error };
  if (!('severity' in error) || typeof code !== 'string') {
    // The client's own: it was asked for a password and has none, or the password has the wrong form.
    if (error.message.startsWith('SASL')) return new PitwallError('POSTGRESQL_REFUSED', details, cause);
    return new PitwallError('POSTGRESQL_UNREACHABLE', details, cause);
  }
  if (code === NO_DATABASE) return new PitwallError('POSTGRESQL_NO_DATABASE', details, cause);
  if (code === NO_RIGHT) return new PitwallError('POSTGRESQL_NO_RIGHT', details, cause);
  if (NOT_LET_IN.test(code)) return new PitwallError('POSTGRESQL_REFUSED', details, cause);
  if (GONE.test(code)) return new PitwallError('POSTGRESQL_UNREACHABLE', details, cause);
  if (code === ENDED) return new PitwallError('POSTGRESQL_SLOW', details, cause);
  return new PitwallError('POSTGRESQL_FAILED', details, cause);
}

/** Whether the server ended a statement: it took longer than it may, or somebody had it ended. As the client throws it. */
export function isEnded(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === ENDED;
}

/**
 * Whether a text of the server's could not be told in our database's encoding. pg_stat_statements converts the texts of all
 * databases whenever it tells any, so one of a SQL_ASCII database that is not valid here closes the view to everybody.
 */
export function isUntranslatable(error: unknown): boolean {
  const { code } = ((error as { cause?: unknown } | null)?.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' && UNTRANSLATABLE.has(code);
}

/** Whether a question was given up because somebody held a lock for longer than ours waits (`lock_timeout`). */
export function isLocked(error: unknown): boolean {
  return (error as { cause?: { code?: unknown } } | null)?.cause?.code === NO_LOCK;
}

/** Node reports several failed addresses of one name as an error without a message of its own. */
function reasonWithin(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error.message.startsWith('SASL')) return 'it wants a password, and there is none that fits';
  return error.message === '' ? String((error as { code?: unknown }).code ?? 'it does not answer') : reasonOf(error);
}
