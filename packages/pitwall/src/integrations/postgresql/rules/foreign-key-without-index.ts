import { printable } from '../../../errors.ts';
import type { ChangeDraft } from '../../../model/change.ts';
import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import type { FindingDraft, RuleResult, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { ForeignKeyFact, TableFact } from '../facts/schema.ts';
import type { StatementFact } from '../facts/statements.ts';
import { lackingIndex, WORTH_AN_INDEX } from '../foreign-key.ts';
import { nameOf, partsOf as partsOfName } from '../identifiers.ts';
import { mayTouch } from '../may-touch.ts';
import type { Part } from '../tunables/partitioned-index.ts';
import { isElsewhere, MEAN } from './index-change.ts';
import { countersOf, countText, mostImportant, notRead, sizeText, wasRead } from './schema-view.ts';

export const foreignKeyWithoutIndex = defineRule({
  id: 'postgresql/foreign-key-without-index',
  meta: {
    title: 'A foreign key without an index on the child',
    why: 'Each delete of a parent row, and each change of its key, looks for its children. Without an index that begins with the columns of the key PostgreSQL reads the whole child table for every parent row, and the parent stays locked meanwhile. Joins from the parent to its children read all of it, too.',
    sources: [
      {
        title: 'PostgreSQL: Foreign Keys',
        url: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
      },
    ],
    needs: { facts: ['postgresql.schema'] },
    uses: {
      facts: [
        'postgresql.foreign-key',
        'postgresql.table',
        'postgresql.index',
        'postgresql.counters',
        'postgresql.statement',
        'load.endpoint',
      ],
    },
    doesNotApplyWhen:
      'The child is small, or parents are never deleted and nothing joins by the key. An index in another order of the columns does as well; a partial one only when it leaves out nothing but nulls.',
    confirmedBy:
      'Counters: rows deleted from the parent; and a DELETE of it that is counted (or an endpoint of the load that deletes), which has to become faster. Without either it is advice, because nothing would prove it.',
    thresholds: {
      minimumRows: {
        value: WORTH_AN_INDEX,
        unit: 'rows of the child',
        source:
          'As for sqlite/foreign-key-without-index: reading all of a smaller table takes well under a millisecond.',
      },
      severeRows: {
        value: 10_000,
        unit: 'rows of the child',
        source: 'PgHero calls a table worth an index from 10,000 live rows on.',
      },
    },
  },

  evaluate(view): RuleResult {
    if (wasRead(view, 'foreign keys') === null) return notRead('foreign keys');
    const keys = factsOf(view, 'postgresql.foreign-key');
    if (keys.size === 0) return { notApplicable: 'there are no foreign keys' };
    const tables = factsOf(view, 'postgresql.table');
    const bare = [...keys].filter(([, key]) => !key.covered);
    if (bare.length === 0) return { clear: 'every foreign key has an index that begins with its columns' };
    const seen = new Set<string>();
    const small: string[] = [];
    const found: { weight: number; finding: FindingDraft }[] = [];
    for (const [name, key] of bare) {
      const rows = rowsOf(key, tables.get(key.table));
      const columns = JSON.stringify([key.table, key.columns.toSorted()]);
      // Two keys over the same columns need one index.
      if (seen.has(columns)) continue;
      if (rows < view.threshold('minimumRows')) {
        small.push(`${name}: ${counted(rows, 'row')}`);
        continue;
      }
      seen.add(columns);
      // What parents cost by now, then what they could cost: a delete of one reads the whole child.
      const weight = (key.parentDeletes + key.parentUpdates / 1000) * 1e6 * rows + key.childBytes + rows;
      found.push({ weight, finding: findingOf(view, name, key, rows) });
    }
    return found.length > 0
      ? { found: mostImportant(found) }
      : {
          clear: printable(
            `those without an index are of small tables: ${small.slice(0, 3).join('; ')}${small.length > 3 ? ` and ${small.length - 3} more` : ''}`,
          ),
        };
  },
});

function rowsOf(key: ForeignKeyFact, table: TableFact | undefined): number {
  return Math.max(key.childRows ?? 0, table?.kind === 'table' ? table.liveRows : 0);
}

function findingOf(view: RuleView, name: string, key: ForeignKeyFact, rows: number): FindingDraft {
  const deletes = key.parentDeletes;
  const index = indexFor(view, key);
  const isHarmful = deletes > 0 && rows >= view.threshold('severeRows');
  const columns = key.columns.join(', ');
  const common = {
    subject: name,
    summary: printable(
      `each row deleted from ${key.parent} reads all ${countText(rows)} rows of ${key.table}: no index begins with ${columns}`,
    ),
    severity: isHarmful ? 'warning' : 'info',
    confidence: deletes > 0 ? 'high' : 'medium',
    evidence: [
      { label: 'foreign key', value: `${key.table} (${columns}) → ${key.parent} (${key.parentColumns.join(', ')})` },
      { label: 'ON DELETE', value: key.onDelete },
      { label: 'rows of the child', value: rows },
      { label: 'child', value: key.childBytes, unit: 'By' },
      { label: 'rows deleted from the parent', value: deletes },
      { label: 'rows updated in the parent', value: key.parentUpdates },
      { label: 'counters since', value: countersOf(view)?.age ?? 'unknown', unit: 's' },
    ],
  } as const;
  if (deletes === 0) {
    return {
      ...common,
      advice: {
        text: `No row of ${printable(key.parent)} was deleted since the counters began, so nothing proves that the index is worth its writes (${sizeText(key.childBytes)} of child rows). It is if parents will be deleted, or queries go from a parent to its children:`,
        code: index.sql,
      },
    };
  }
  const proof = deleteProof(view, key);
  if (proof === null) {
    return {
      ...common,
      advice: {
        text: printable(
          `${countText(deletes)} ${either(deletes, 'row was', 'rows were')} deleted from ${key.parent}, and each read the whole child; but no DELETE of it is among the statements that are counted, and no DELETE endpoint among those of the load. So nothing would prove the index in place, and Pitwall leaves it to you:`,
        ),
        code: index.sql,
      },
    };
  }
  return {
    ...common,
    changes: [
      {
        tunable: 'postgresql/index',
        subject: nameOf(key.schema, index.name),
        to: index.target,
        reason: printable(
          `${countText(deletes)} ${either(deletes, 'row was', 'rows were')} deleted from ${key.parent}, and each read the whole child`,
        ),
        ...proof,
      },
    ],
  };
}

/** Statements that prove it, those that pay for it, and those of other tables. [judgement] */
const MOST = 20;

/**
 * Deletes of parents have to become faster: those that are counted, by the mean of the application's calls; where none is
 * known, the endpoints of the load that delete. Writes of the child are guards. Null: neither is there, and a trial with
 * nothing to improve never keeps what it tries.
 */
function deleteProof(view: RuleView, key: ForeignKeyFact): Pick<ChangeDraft, 'affects' | 'controls' | 'meter'> | null {
  const statements = [...factsOf(view, 'postgresql.statement')].filter(([, one]) => one.notUnderstood === null);
  const ids = (wanted: (one: StatementFact) => boolean) =>
    statements
      .filter(([, one]) => wanted(one))
      .slice(0, MOST)
      .map(([id]) => id);
  const deletes = ids((one) => one.seconds !== null && deletesFrom(one, key.parent));
  const writes = ids((one) => one.kind !== 'select' && mayTouch(one, key.table));
  const controls = ids((one) => isElsewhere(one, key.table) && isElsewhere(one, key.parent));
  const mean = (statement: string) => ({ indicator: MEAN, labels: { statement } });
  const endpoints = view
    .allFacts('load.endpoint')
    .filter(({ value }) => (value as { method?: string }).method?.toUpperCase() === 'DELETE')
    .map(({ key: endpoint }) => ({ indicator: 'load.response.duration.p50', labels: { endpoint } }));
  const affects = deletes.length > 0 ? deletes.map(mean) : endpoints;
  if (affects.length === 0) return null;
  const meter = [...new Set([...deletes, ...writes, ...controls])].map((statement) => ({ measure: MEAN, statement }));
  return {
    affects,
    ...(controls.length > 0 ? { controls: controls.map(mean) } : {}),
    ...(meter.length > 0 ? { meter } : {}),
  };
}

const DELETE = /\bdelete\s+from\s+(?:only\s+)?((?:"(?:[^"]|"")+"|[^\s".(;]+)(?:\.(?:"(?:[^"]|"")+"|[^\s".(;]+))?)/i;

/** What it deletes are rows of this table; another that it reads besides is no parent whose children are looked for. */
function deletesFrom(statement: StatementFact, table: string): boolean {
  const written = statement.kind === 'delete' ? DELETE.exec(statement.text)?.[1] : undefined;
  const [name] = [...(written ?? '').matchAll(/"((?:[^"]|"")+)"|([^".]+)/g)]
    .map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!.toLowerCase())
    .slice(-1);
  return name !== undefined && name === partsOfName(table)?.at(-1) && mayTouch(statement, table);
}

function indexFor(view: RuleView, key: ForeignKeyFact) {
  const indexes = [...factsOf(view, 'postgresql.index').values()];
  const taken = new Set(indexes.filter(({ schema }) => schema === key.schema).map(({ name }) => name));
  return lackingIndex(key, taken, partsOf(factsOf(view, 'postgresql.table'), key.table));
}

/** The table and all below it; none where it is not partitioned. */
function partsOf(tables: ReadonlyMap<string, TableFact>, table: string): readonly Part[] {
  if (tables.get(table)?.kind !== 'partitioned') return [];
  const below = [table];
  // An array gives what is added while it is gone through, too.
  for (const above of below) for (const [key, { parent }] of tables) if (parent === above) below.push(key);
  return below.map((key, at) => {
    const { schema, name, kind, parent } = tables.get(key)!;
    return { oid: 0, schema, name, kind: kind === 'partitioned' ? 'p' : 'r', parent: at === 0 ? null : parent };
  });
}
