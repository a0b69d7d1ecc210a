import { describeIndex } from './key-of.ts';
import type { AdvisorTable, ExistingIndex, IndexSpec, RedundantIndex } from './problem.ts';
import { sameIndex, serves } from './serves.ts';

/**
 * Indexes that another one makes superfluous: the same again, or its first keys, with the same predicate, collation and operator
 * class. Never one that a constraint needs, that is unique, or that is not valid (that one is being built, or is a finding of
 * its own). Of two alike the needed one stays, then the unique one, then the first by name. `chosen`: new indexes, which serve once they are there.
 */
export function redundantIndexes(
  tables: readonly AdvisorTable[],
  chosen: readonly IndexSpec[],
): readonly RedundantIndex[] {
  return tables.flatMap((table) => {
    const gone = new Set<string>();
    const found: RedundantIndex[] = [];
    for (const index of [...table.indexes].sort(mostDispensableFirst)) {
      const by = servedBy(index, table, chosen, gone);
      if (!by || !index.spec) continue;
      gone.add(index.name);
      found.push({ table: table.name, name: index.name, bytes: index.bytes, servedBy: by.server, because: by.because });
    }
    return found.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  });
}

function servedBy(index: ExistingIndex, table: AdvisorTable, chosen: readonly IndexSpec[], gone: ReadonlySet<string>) {
  const { spec } = index;
  if (!spec || index.needed || index.unique || !index.valid) return null;
  for (const other of table.indexes) {
    if (other === index || !other.valid || !other.spec || gone.has(other.name)) continue;
    if (!serves(other.spec, spec, table)) continue;
    const same = sameIndex(other.spec, spec, table);
    const because = same
      ? `${other.name} is the same index.`
      : `${other.name}, ${describeIndex(other.spec)}, begins with the same keys and serves all that it serves.`;
    return { server: { name: other.name }, because };
  }
  const fresh = chosen.find((candidate) => serves(candidate, spec, table));
  if (!fresh) return null;
  return {
    server: { chosen: fresh },
    because: `The new index ${describeIndex(fresh)} begins with the same keys and serves all that it serves.`,
  };
}

/** Short ones go before the long ones that serve them; of twins the last by name. */
function mostDispensableFirst(a: ExistingIndex, b: ExistingIndex): number {
  const keys = (index: ExistingIndex) => (index.spec ? index.spec.keys.length + index.spec.include.length : 0);
  return keys(a) - keys(b) || (a.name < b.name ? 1 : -1);
}
