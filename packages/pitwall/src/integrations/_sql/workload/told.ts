import type { Statement, StatementLoop, WorkloadSource } from '../../../model/database.ts';

/** What one source gave. */
export interface Told {
  readonly source: WorkloadSource;
  readonly statements: readonly Statement[];
  readonly loops: readonly StatementLoop[];
}
