import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { IndexFact } from '../facts/schema.ts';
import { qualified } from '../identifiers.ts';
import { dropInvalidIndex } from './changes.ts';
import { columnsText, isCovered } from './index-cover.ts';
import { mostImportant, notRead, wasRead } from './schema-view.ts';

/** What an interrupted REINDEX CONCURRENTLY leaves: the new one, or the old one that was replaced. */
const LEFTOVER = /_cc(new|old)\d*$/;

export const invalidIndex = defineRule({
  id: 'postgresql/invalid-index',
  meta: {
    title: 'An invalid index',
    why: 'CREATE INDEX CONCURRENTLY that failed or was cancelled leaves its index behind. No query may use it, because rows may be missing in it, but writes still have to keep it up to date.',
    sources: [
      {
        title: 'PostgreSQL: CREATE INDEX, building indexes concurrently',
        url: 'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
      },
      {
        title: 'PostgreSQL: REINDEX, rebuilding indexes concurrently',
        url: 'https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY',
      },
    ],
    needs: { facts: ['postgresql.schema'] },
    uses: { facts: ['postgresql.index'] },
    doesNotApplyWhen: 'The index is being built right now.',
    confirmedBy: 'indisvalid is false, and pg_stat_progress_create_index does not name it.',
    thresholds: {},
  },

  evaluate(view): RuleResult {
    if (wasRead(view, 'indexes') === null) return notRead('indexes');
    const indexes = factsOf(view, 'postgresql.index');
    if (indexes.size === 0) return { notApplicable: 'there are no indexes' };
    const invalid = [...indexes].filter(([, { valid }]) => !valid);
    if (invalid.length === 0) return { clear: 'every index is valid' };
    // A partitioned one is invalid as long as a part is: mending the part mends it.
    const found = invalid
      .filter(([name, index]) => index.beingBuilt !== true && !(index.kind === 'partitioned' && hasInvalidPart(name)))
      .map(([name, index]) => ({ weight: index.bytes, finding: findingOf(name, index, [...indexes.values()]) }));
    return found.length > 0
      ? { found: mostImportant(found) }
      : { clear: `those that are invalid are being built: ${printable(invalid.map(([name]) => name).join(', '))}` };

    function hasInvalidPart(name: string): boolean {
      return invalid.some(([, { parent }]) => parent === name);
    }
  },
});

function findingOf(name: string, index: IndexFact, all: readonly IndexFact[]): FindingDraft {
  const common = {
    subject: name,
    summary: printable(`index ${name} on ${index.table} ${columnsText(index)} is invalid: no query can use it`),
    severity: 'warning',
    confidence: index.beingBuilt === null ? 'low' : 'high',
    evidence: [
      { label: 'definition', value: index.definition },
      { label: 'written by inserts and updates', value: index.ready },
      { label: 'index size', value: index.bytes, unit: 'By' },
    ],
  } as const;
  if (index.kind === 'partitioned') {
    return {
      ...common,
      advice: {
        text: 'Some partition has no such index yet. Build one on each and attach it; with the last it becomes valid.',
        code: `ALTER INDEX ${qualified(index.schema, index.name)} ATTACH PARTITION …;`,
      },
    };
  }
  if (index.beingBuilt === null) {
    return {
      ...common,
      advice: {
        text: 'Somebody is building an index just now, and the role may not see which. If it is not this one, drop it and build it again.',
        code: `DROP INDEX CONCURRENTLY ${qualified(index.schema, index.name)};`,
      },
    };
  }
  const another = all.some(
    (other) => other !== index && isCovered(index, other) !== null && other.unique === index.unique,
  );
  if (index.constraint !== null || index.parent !== null) {
    return {
      ...common,
      advice: {
        text: 'It cannot be dropped alone: it belongs to a constraint or to the index of a partitioned table. Build it anew.',
        code: `REINDEX INDEX CONCURRENTLY ${qualified(index.schema, index.name)};`,
      },
    };
  }
  const isLeftover = LEFTOVER.test(index.name) || another;
  return {
    ...common,
    changes: [
      dropInvalidIndex(
        name,
        another ? 'A valid one does the same' : 'It was not built to the end: no query can use it',
      ),
    ],
    ...(isLeftover
      ? {}
      : {
          advice: {
            text: 'If it is wanted, build it again once it is gone; see first why it failed (values that are not unique, a lock time-out).',
            code: `${index.definition.replace(/ INDEX /, ' INDEX CONCURRENTLY ')};`,
          },
        }),
  };
}
