import { printable } from '../../../errors.ts';
import { counted } from '../../../model/plural.ts';
import type { RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { XminHolder } from '../facts/schema.ts';
import { ageText } from './schema-view.ts';

/** Seconds: a session that has been at it for less is usual work and soon over. PgHero calls a query long from 60 s on. */
const SOON_OVER = 300;

/**
 * Who keeps VACUUM from removing dead rows now, the oldest first. A slot that holds the catalogues only does no harm to
 * tables, but freezes nothing either: it counts when asked for.
 */
export function holdersOf(view: RuleView, { catalogues }: { readonly catalogues: boolean }): readonly XminHolder[] {
  const { holders } = factsOf(view, 'postgresql.xmin').get('') ?? { holders: [] };
  return holders.filter(
    ({ seconds, detail }) =>
      (seconds === null || seconds >= SOON_OVER) && (catalogues || !detail.endsWith('catalogues only')),
  );
}

/** `session 4711 (idle in transaction, shop) for 3 hours, 12,000 transactions back`. */
export function holderText({ kind, name, age, seconds, detail }: XminHolder): string {
  const since = seconds === null ? '' : ` for ${ageText(seconds)}`;
  return printable(`${kind} ${name} (${detail})${since}, ${counted(age, 'transaction')} back`);
}

/** What ends it, for a person. */
export function holderAdvice({ kind, name }: XminHolder): { readonly text: string; readonly code: string } {
  const literal = `'${name.replaceAll("'", "''")}'`;
  const ways = {
    session: {
      text: 'End the transaction that keeps old rows visible, where the application may lose it:',
      code: `SELECT pg_terminate_backend(${name});`,
    },
    'replication slot': {
      text: 'If nobody reads the replication slot any more, drop it; otherwise let its reader catch up:',
      code: `SELECT pg_drop_replication_slot(${literal});`,
    },
    'prepared transaction': {
      text: 'The prepared transaction waits for its second phase. Ask who prepared it, then commit it or roll it back:',
      code: `ROLLBACK PREPARED ${literal};`,
    },
    'standby feedback': {
      text: 'A replica with hot_standby_feedback runs a long query. See there what it is:',
      code: "SELECT pid, xact_start, query FROM pg_stat_activity WHERE state <> 'idle' ORDER BY xact_start;",
    },
  };
  return ways[kind];
}
