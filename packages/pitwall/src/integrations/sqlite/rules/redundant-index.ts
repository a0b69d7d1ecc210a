import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleView } from '../../../model/rule.ts';
import { stepsOf } from '../eqp.ts';
import { factsOf, type IndexFact, type TableFact } from '../facts.ts';
import { effectText, isHarmed } from '../trial-choice.ts';
import { trialAnswer, trialRequest } from '../trial-contract.ts';
import { proofOf, statementTimer } from './missing-index-change.ts';
import { minimumGain } from './thresholds.ts';
import { repeatable, trialTitle, untriedOf } from './trial-statements.ts';

const ID = 'sqlite/redundant-index';
const NO_INDEX = /no such index/i;
/** Statements that are timed on a copy for one index, and in place: each costs a part of every block. [judgement] */
const MOST_TRIED = 20;
const MOST_METERED = 10;

export const redundantIndex = defineRule({
  id: ID,
  meta: {
    title: 'An index that another one makes needless',
    why: 'An index whose columns are the first columns of another one finds nothing that the other does not. Every insert and delete still has to write it, and it takes space in the file and in the page cache.',
    sources: [
      {
        title: 'SQLite: Query Planning, multi-column indices',
        url: 'https://sqlite.org/queryplanner.html#_multi_column_indices',
      },
      { title: 'SQLite: PRAGMA index_xinfo', url: 'https://sqlite.org/pragma.html#pragma_index_xinfo' },
    ],
    needs: { facts: ['sqlite.table'] },
    uses: { facts: ['sqlite.index', 'sqlite.query', 'sqlite.statement', 'sqlite.copy-trial'] },
    doesNotApplyWhen:
      'The index is unique, partial, on expressions, or made by a constraint; the columns differ in direction or collation. A query reads many rows through the narrow index and then their other columns: the wider index delivers them in another order, and the reads jump about. That no query uses an index cannot be known: SQLite does not count.',
    confirmedBy:
      'Dropping it on a private copy and timing the configured queries whose plans use it, and real calls of statements of the logs that read through it: when one is slower, the index stays. Then the trial: indexes take less space, and nothing measured is slower.',
    thresholds: { minimumGain },
  },

  evaluate(view) {
    const tables = factsOf(view, 'sqlite.table');
    const indexes = factsOf(view, 'sqlite.index');
    if (indexes.size === 0) return { notApplicable: 'the database has no indexes' };
    const total = [...indexes.values()].reduce((sum, index) => sum + (index.bytes ?? 0), 0);
    const dropped = new Set<string>();
    const found: FindingDraft[] = [];
    const needed: string[] = [];
    for (const [name, index] of indexes) {
      const keeper = [...indexes].find(
        ([other, by]) =>
          other !== name && !dropped.has(other) && isCovered([name, index], [other, by], tables.get(index.table)),
      );
      if (!keeper) continue;
      const readers = repeatable(view, ({ indexes = [] }) => indexes.includes(name), MOST_TRIED);
      const trial = trialOf(view, name, readers);
      if (trial.needed) {
        needed.push(`${name} is covered by ${keeper[0]}, but ${trial.needed}`);
        continue;
      }
      dropped.add(name);
      found.push({ ...findingOf(name, index, keeper, total, readers), ...trial.more });
    }
    if (found.length > 0) return { found };
    return { clear: needed.length > 0 ? printable(needed.join('; ')) : 'no index is made needless by another' };
  },
});

interface DropTrial {
  /** Why the index is needed after all. */
  readonly needed?: string;
  readonly more: Partial<FindingDraft>;
}

/** What dropping it on a copy says: what to ask, or, once that is answered, how sure one may be. */
function trialOf(view: RuleView, name: string, statements: readonly string[]): DropTrial {
  const queries = [...factsOf(view, 'sqlite.query')].filter(
    ([, { refused, plan }]) =>
      refused === null && [...stepsOf(plan)].some((step) => 'index' in step && step.index === name),
  );
  if (queries.length + statements.length === 0) return { more: {} };
  const key = `${ID}:${name}`;
  const answer = trialAnswer(view, key);
  if (answer === null) {
    const timed = queries.map(([query, { sql, params }]) => ({ query, sql, params: [...params] }));
    const input = { variants: [{ name, dropIndex: true as const }], queries: timed, statements: [...statements] };
    return { more: { confirm: trialRequest(key, input) } };
  }
  const variant = answer.variants[0];
  if (!variant) return { more: {} };
  if (variant.failed !== null) {
    // INDEXED BY: without the index the query cannot be prepared any more (https://sqlite.org/lang_indexedby.html).
    if (!NO_INDEX.test(variant.failed)) return { more: {} };
    const statement = statements.find((id) => variant.failed!.startsWith(`${id}:`));
    const who = statement === undefined ? 'a configured query' : trialTitle(view, statement);
    return { needed: `${who} names it (INDEXED BY)`, more: {} };
  }
  const harmed = variant.queries.find((trial) => isHarmed(trial, view.threshold('minimumGain')));
  if (harmed) {
    return { needed: `without it ${trialTitle(view, harmed.query)} is ${effectText(harmed)} on a copy`, more: {} };
  }
  return { more: untriedOf(statements, variant).length > 0 ? {} : { confidence: 'high' } };
}

/** Columns that tell indexes apart: the rowid stands at the end of each anyway, so a last column that is it says nothing. */
function effectiveColumns(index: IndexFact, table: TableFact | undefined): readonly string[] {
  const columns = index.columns.map(({ name, desc, collate }) =>
    JSON.stringify([name?.toLowerCase(), desc, collate.toLowerCase()]),
  );
  const last = index.columns.at(-1);
  const isRowid = last !== undefined && !last.desc && last.name !== null && last.name === table?.rowidAlias;
  return isRowid && columns.length > 1 ? columns.slice(0, -1) : columns;
}

function isCovered(
  [name, index]: readonly [string, IndexFact],
  [otherName, other]: readonly [string, IndexFact],
  table: TableFact | undefined,
): boolean {
  if (index.table !== other.table || !isDroppable(index) || other.partial || hasExpression(other)) return false;
  const own = effectiveColumns(index, table);
  const others = effectiveColumns(other, table);
  if (!own.every((column, i) => column === others[i])) return false;
  if (others.length > own.length) return true;
  // Equal: the one that must stay stays, then the one with fewer columns written down, then the first by name.
  if (!isDroppable(other)) return true;
  if (index.columns.length !== other.columns.length) return index.columns.length > other.columns.length;
  return name > otherName;
}

function isDroppable(index: IndexFact): boolean {
  return index.origin === 'create' && !index.unique && !index.partial && !hasExpression(index);
}

function hasExpression(index: IndexFact): boolean {
  return index.columns.some(({ name }) => name === null);
}

/** @param readers statements that read through it: they are timed in place, too */
function findingOf(
  name: string,
  index: IndexFact,
  [keeper, by]: readonly [string, IndexFact],
  total: number,
  readers: readonly string[],
): FindingDraft {
  const columns = (of: IndexFact) => of.columns.map((column) => column.name).join(', ');
  const ratio = index.bytes !== null && total > 0 ? 1 - index.bytes / total : undefined;
  const prediction = ratio === undefined ? {} : { predictedRatio: ratio };
  return {
    subject: name,
    summary: printable(`index ${name} on ${index.table} (${columns(index)}) is covered by ${keeper} (${columns(by)})`),
    severity: 'info',
    // That it finds the same rows is certain; that it finds them as fast is for a trial to say.
    confidence: 'medium',
    evidence: [
      { label: 'covered by', value: keeper },
      ...(index.bytes === null ? [] : [{ label: 'index size', value: index.bytes, unit: 'By' }]),
    ],
    impact: {
      indicator: 'sqlite.index.size',
      labels: {},
      ...(ratio === undefined ? {} : { expectedRatio: ratio }),
      text: 'each write has one index less to keep up to date; the freed pages stay in the file for later use',
    },
    changes: [
      {
        tunable: 'sqlite/index',
        subject: name,
        to: null,
        reason: `${keeper} serves every query that ${name} could`,
        affects: [{ indicator: 'sqlite.index.size' }],
        meter: [
          { measure: 'sqlite.index.size' },
          ...(proofOf([], readers.slice(0, MOST_METERED).map(statementTimer), []).meter ?? []),
        ],
        ...prediction,
      },
    ],
  };
}
