import type { Statement, Workload, WorkloadSource } from '../../../model/database.ts';

/** What one source gave. */
export interface Told {
  readonly source: WorkloadSource;
  readonly statements: readonly Statement[];
  readonly loops: Workload['loops'];
}
