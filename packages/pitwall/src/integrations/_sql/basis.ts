import type { Basis } from '../../model/change.ts';
import type { IndexProposal, Workload } from '../../model/database.ts';
import type { AdvisorTable } from './advisor/problem.ts';
import { shortened } from './shortened.ts';

/** Seconds that counts have to cover before their rate says anything: ten minutes see more than one burst. [judgement] */
export const LEAST_WINDOW = 600;
/** Of a text, in plans and in the store. */
const LONGEST = 300;

/** What an index rests on: the weight of the statements that it is for and of those that pay for it, and its table's rows. */
export function basisOf(
  { statements, writes, table }: Pick<IndexProposal, 'statements' | 'writes' | 'table'>,
  workload: Pick<Workload, 'statements' | 'window'>,
  tables: readonly Pick<AdvisorTable, 'name' | 'rows'>[],
): Basis {
  const { window } = workload;
  const known = new Map(workload.statements.map((statement) => [statement.id, statement]));
  const total = workload.statements.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  const weighed = ({ statement: id, text }: IndexProposal['statements'][number], helped: boolean) => {
    const seconds = known.get(id)?.seconds ?? null;
    return {
      statement: id,
      text: shortened(text, LONGEST),
      helped,
      share: seconds !== null && total > 0 ? seconds / total : null,
      load: seconds !== null && window !== null && window >= LEAST_WINDOW ? seconds / window : null,
    };
  };
  const rows = tables.find(({ name }) => name === table)?.rows ?? 0;
  return {
    statements: [...statements.map((one) => weighed(one, true)), ...writes.map((one) => weighed(one, false))],
    sizes: rows > 0 ? [{ what: `rows of ${table}`, value: Math.round(rows) }] : [],
    version: null,
  };
}
