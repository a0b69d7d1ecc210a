import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { Json } from '../../../model/json.ts';
import { counted } from '../../../model/plural.ts';
import type { FindingDraft, RuleView } from '../../../model/rule.ts';
import { type ForeignKeyFact, factsOf } from '../facts.ts';
import { WORTH_AN_INDEX } from '../foreign-key-lookup.ts';
import { createIndexSql, quoteIdentifier } from '../identifiers.ts';
import { indexName } from '../index-name.ts';
import type { QueryParameters } from '../options.ts';
import { effectText, isImproved, whyNone } from '../trial-choice.ts';
import { trialAnswer, trialRequest, type VariantTrial } from '../trial-contract.ts';
import { minimumGain } from './thresholds.ts';

const ID = 'sqlite/foreign-key-without-index';

export const foreignKeyWithoutIndex = defineRule({
  id: ID,
  meta: {
    title: 'A foreign key without an index on the child',
    why: 'Each delete of a parent row, and each change of its key, looks for child rows. Without an index on the child columns SQLite reads the whole child table every time, while it holds the write lock.',
    sources: [
      {
        title: 'SQLite Foreign Key Support: Required and Suggested Database Indexes',
        url: 'https://sqlite.org/foreignkeys.html#fk_indexes',
      },
    ],
    needs: { facts: ['sqlite.table'] },
    uses: { facts: ['sqlite.foreign-key', 'sqlite.index', 'sqlite.copy-trial', 'load.endpoint'] },
    doesNotApplyWhen:
      'There are no foreign keys, or the child tables are small. It matters only if the application enforces foreign keys (PRAGMA foreign_keys is off by default and set by each connection) or joins by the key.',
    confirmedBy:
      'Timing the look-up that a parent delete makes, with and without the index, on a private copy. It is proposed as a change only when the load deletes something (an endpoint with the method DELETE): otherwise nobody can see whether parents are ever deleted, and it is advice.',
    thresholds: {
      minimumRows: {
        value: WORTH_AN_INDEX,
        unit: 'rows of the child table',
        source: 'As for sqlite/missing-index: below that reading all of it takes well under a millisecond.',
      },
      minimumGain,
    },
  },

  evaluate(view) {
    const keys = factsOf(view, 'sqlite.foreign-key');
    if (keys.size === 0) return { notApplicable: 'the database has no foreign keys' };
    const tables = factsOf(view, 'sqlite.table');
    const bare = [...keys].filter(([, key]) => key.coveredBy === null);
    if (bare.length === 0) return { clear: 'every foreign key has an index that begins with its columns' };
    const found: FindingDraft[] = [];
    const reasons: string[] = [];
    for (const [name, key] of bare) {
      const rows = tables.get(key.child)?.rows ?? null;
      if (rows === null || rows < view.threshold('minimumRows')) {
        reasons.push(`${name}: ${rows === null ? 'its rows are not known' : `only ${counted(rows, 'row')}`}`);
        continue;
      }
      const result = judge(view, name, key, rows);
      if (typeof result === 'string') reasons.push(`${name}: ${result}`);
      else found.push(result);
    }
    return found.length > 0 ? { found } : { clear: printable(reasons.join('; ')) };
  },
});

function judge(view: RuleView, name: string, key: ForeignKeyFact, rows: number): string | FindingDraft {
  const columns = key.columns.map((column) => ({ name: column }));
  const taken = [...view.facts('sqlite.index'), ...view.facts('sqlite.table')].map((fact) => fact.key);
  const index = indexName({ table: key.child, columns }, taken);
  const query = `fk:${name}`;
  const lookup = {
    query,
    sql: `SELECT 1 FROM ${quoteIdentifier(key.child)} WHERE ${key.columns.map((column) => `${quoteIdentifier(column)} = ?`).join(' AND ')} LIMIT 1`,
    params: [key.absentKey],
  };
  const requestKey = `${ID}:${name}`;
  const answer = trialAnswer(view, requestKey);
  const variant = answer?.variants[0];
  const trial = variant?.queries[0];
  if (answer && !(trial && isImproved(trial, view.threshold('minimumGain')))) return whyNone(answer);
  const measured = trial ? `with an index the look-up is ${effectText(trial)}, on a copy` : null;
  return {
    subject: name,
    summary: printable(
      `each delete in ${key.parent} reads all ${rows} rows of ${key.child}${measured ? `; ${measured}` : ''}`,
    ),
    // However slow the look-up is: from outside nobody sees whether parents are ever deleted.
    severity: 'info',
    confidence: 'medium',
    evidence: [
      { label: `rows of ${key.child}`, value: rows },
      { label: 'foreign key', value: `${name} → ${key.parent} (${key.parentColumns.join(', ')})` },
      ...(trial ? [{ label: 'look-up now', value: trial.before, unit: 's' }] : []),
      ...(variant ? [{ label: 'build time on the copy', value: variant.buildSeconds, unit: 's' }] : []),
    ],
    ...(trial && measured
      ? {
          impact: {
            indicator: 'sqlite.query.duration.p50',
            labels: { query },
            expectedRatio: trial.ratio,
            text: measured,
          },
        }
      : {}),
    ...remedy(view, key, index, lookup, variant ?? null),
    ...(answer
      ? {}
      : {
          confirm: trialRequest(requestKey, {
            variants: [{ name: index, index: { table: key.child, columns } }],
            queries: [lookup],
          }),
        }),
  };
}

/** A change where the load can show what it is worth, advice with the statement where it cannot. */
function remedy(
  view: RuleView,
  key: ForeignKeyFact,
  index: string,
  lookup: { readonly query: string; readonly sql: string; readonly params: readonly QueryParameters[] },
  variant: VariantTrial | null,
): Pick<FindingDraft, 'changes' | 'advice'> {
  const definition = { table: key.child, columns: key.columns.map((column) => ({ name: column })) };
  const deletes = view
    .allFacts('load.endpoint')
    .some(({ value }) => (value as { method?: string }).method?.toUpperCase() === 'DELETE');
  if (!deletes) {
    return {
      advice: {
        text: `If rows of ${key.parent} are deleted (or their keys changed) while the service runs, give the key an index. If they never are, it would only make writes dearer.`,
        code: `${createIndexSql(index, definition)};`,
      },
    };
  }
  const trial = variant?.queries[0];
  return {
    changes: [
      {
        tunable: 'sqlite/index',
        subject: index,
        to: { ...definition, unique: false, where: null },
        reason: `Deletes in ${key.parent} would find the rows of ${key.child} through it`,
        affects: [{ indicator: 'sqlite.query.duration.p50', labels: { query: lookup.query } }],
        meter: [lookup as unknown as Json],
        ...(trial ? { predictedRatio: trial.ratio } : {}),
        ...(variant ? { expectedWriteSeconds: variant.buildSeconds } : {}),
      },
    ],
  };
}
