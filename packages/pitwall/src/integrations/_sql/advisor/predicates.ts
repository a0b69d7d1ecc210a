import { partialUses } from './candidate-partial.ts';
import { predicateText } from './key-of.ts';
import type { AdvisorStatement, Dialect, IndexSpec } from './problem.ts';
import type { Catalog } from './tables.ts';
import { columnsOfUse } from './use-columns.ts';

/** What is known of the predicate of a partial index. */
export interface Predicate {
  readonly columns: readonly string[];
  /** Share of rows that pass (0–1). */
  readonly kept: number;
}

/**
 * Rows that pass a predicate nobody knows the selectivity of. Source: pganalyze's index advisor takes 10 % for partial indexes.
 */
const KEPT = 0.1;

/** Of every partial candidate's predicate; null for an index on all rows. An unknown one tests no columns we know of. */
export function predicatesOf(
  statements: readonly AdvisorStatement[],
  catalog: Catalog,
  dialect: Dialect,
): (spec: IndexSpec) => Predicate | null {
  const known = new Map<string, Predicate>();
  for (const use of statements.flatMap(({ uses }) => uses)) {
    const columns = columnsOfUse(use, catalog, dialect);
    if (!columns) continue;
    for (const { where, tested, kept } of partialUses(columns)) {
      known.set(`${columns.table.name}\n${predicateText(where)}`, { columns: tested, kept: kept ?? KEPT });
    }
  }
  return (spec) => {
    const where = predicateText(spec.where);
    return where === null ? null : (known.get(`${spec.table}\n${where}`) ?? { columns: [], kept: KEPT });
  };
}
