import type { AnalysisSession } from '../analysis.ts';
import type { Trials } from '../connection.ts';

/**
 * HypoPG of these versions is not known to crash a server. One of 1.4.1 did, with INCLUDE on PostgreSQL 17.9 (HypoPG/hypopg #114,
 * closed without a cause): 1.4.0 has the same code for it.
 */
const KNOWN_GOOD = /^1\.(1\.[3-4]|2\.\d|3\.\d)$/;
const DOUBTED = /^1\.4\.\d+$/;
const DOUBTED_SERVER = 170_000;

/** Why not, behind PgBouncer and its like: HypoPG may well be installed there. */
export const POOLED = 'the connection goes through a pooler, which lends the session to others';

export const OFF = 'the option `whatIf` is off';

/** Why not, where nobody would see what happens. */
export const UNATTENDED =
  'it is a primary, and nobody attends (no terminal), so HypoPG is not used there unless it is allowed';

/** How the planner may be asked in this session, or why it may not: the end of a sentence. */
export type Way = { readonly title: string; readonly include: boolean } | { readonly not: string };

/**
 * An extension that crashes takes the whole server with it, so by default it is asked only where the database's owner has
 * installed it, in a version that is known to be good, and on a primary only while somebody attends. `allowed` takes all but
 * INCLUDE where that has crashed a server: then covering indexes are tried on a copy, or not at all.
 * @param attended whether a person sees what happens
 */
export function hypopgIn(
  { hypopg, pooled, version, inRecovery }: Pick<AnalysisSession, 'hypopg' | 'pooled' | 'version' | 'inRecovery'>,
  policy: Trials['whatIf'],
  attended: boolean,
): Way {
  if (policy === 'off') return { not: OFF };
  if (policy === 'copy') return { not: 'the option `whatIf` keeps it to a copy' };
  if (hypopg === null) return { not: 'the extension hypopg is not installed in the database' };
  if (pooled) return { not: POOLED };
  const title = `HypoPG ${hypopg.version}`;
  const isAllowed = policy === 'allowed';
  const isDoubted = DOUBTED.test(hypopg.version);
  if (!isAllowed && !isDoubted && !KNOWN_GOOD.test(hypopg.version)) {
    return { not: `${title} is not known to be good (\`whatIf: allowed\` takes it nevertheless)` };
  }
  if (!isAllowed && !inRecovery && !attended) return { not: UNATTENDED };
  const include = !isDoubted || version < DOUBTED_SERVER;
  return { title: include ? title : `${title}, without INCLUDE (it may crash this server)`, include };
}
