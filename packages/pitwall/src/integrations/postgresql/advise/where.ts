import type { AnalysisSession } from '../analysis.ts';
import type { Trials } from '../connection.ts';

/** HypoPG of these versions is not known to crash a server (HypoPG/hypopg #114 is of 1.4.1 on PostgreSQL 17, with INCLUDE). */
const KNOWN_GOOD = /^1\.(1\.[3-4]|2\.\d|3\.\d|4\.0)$/;
const DOUBTED = /^1\.4\.\d+$/;
const DOUBTED_SERVER = 170_000;

/** Why not, behind PgBouncer and its like: HypoPG may well be installed there. */
export const POOLED = 'the connection goes through a pooler, which lends the session to others';

export const OFF = 'the option `whatIf` is off';

/** How the planner may be asked in this session, or why it may not: the end of a sentence. */
export type Way = { readonly title: string; readonly include: boolean } | { readonly not: string };

/**
 * An extension that crashes takes the whole server with it, so by default it is asked only where the database's owner has
 * installed it, in a version that is known to be good, and without INCLUDE where that is in doubt.
 */
export function hypopgIn(
  { hypopg, pooled, version }: Pick<AnalysisSession, 'hypopg' | 'pooled' | 'version'>,
  policy: Trials['whatIf'],
): Way {
  if (policy === 'off') return { not: OFF };
  if (policy === 'copy') return { not: 'the option `whatIf` keeps it to a copy' };
  if (hypopg === null) return { not: 'the extension hypopg is not installed in the database' };
  if (pooled) return { not: POOLED };
  const title = `HypoPG ${hypopg.version}`;
  if (policy === 'allowed' || KNOWN_GOOD.test(hypopg.version)) return { title, include: true };
  if (!DOUBTED.test(hypopg.version)) {
    return { not: `${title} is not known to be good (\`whatIf: allowed\` takes it nevertheless)` };
  }
  const include = version < DOUBTED_SERVER;
  return { title: include ? title : `${title}, without INCLUDE (it may crash this server)`, include };
}
