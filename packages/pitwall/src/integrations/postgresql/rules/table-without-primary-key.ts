import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import type { RuleResult } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import { qualified } from '../identifiers.ts';
import { mostImportant, notRead, wasRead } from './schema-view.ts';

export const tableWithoutPrimaryKey = defineRule({
  id: 'postgresql/table-without-primary-key',
  meta: {
    title: 'A table without a primary key',
    why: 'Without a primary key nothing keeps a row from being there twice, no single row can be named, and logical replication cannot pass on updates and deletes. Tools that copy or repack tables need one.',
    sources: [
      {
        title: 'PostgreSQL: Primary Keys',
        url: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS',
      },
      {
        title: 'PostgreSQL: Logical Replication, replica identity',
        url: 'https://www.postgresql.org/docs/current/logical-replication-publication.html#LOGICAL-REPLICATION-PUBLICATION-REPLICA-IDENTITY',
      },
    ],
    needs: { facts: ['postgresql.schema'] },
    uses: { facts: ['postgresql.table', 'postgresql.index'] },
    doesNotApplyWhen:
      'The table only ever grows and is read as a whole (a log, a staging table). Partitions go with their table.',
    confirmedBy: 'The catalogues.',
    thresholds: {},
  },

  evaluate(view): RuleResult {
    if (wasRead(view, 'tables') === null) return notRead('tables');
    const tables = factsOf(view, 'postgresql.table');
    if (tables.size === 0) return { notApplicable: 'there are no tables' };
    const indexes = [...factsOf(view, 'postgresql.index').values()];
    const found = [...tables]
      .filter(([, table]) => !table.primaryKey && table.kind !== 'materialized view' && table.parent === null)
      .map(([name, table]) => {
        const unique = indexes.find(
          (index) => index.table === name && index.unique && index.valid && index.where === null && index.immediate,
        );
        const rows = table.rows ?? table.liveRows;
        const taken = indexes.some((index) => index.table === name && index.keys.some(({ column }) => column === 'id'));
        return {
          weight: rows,
          finding: {
            subject: name,
            summary: printable(`table ${name} has no primary key${unique ? `, but ${unique.name} is unique` : ''}`),
            severity: 'info',
            confidence: 'high',
            evidence: [
              { label: 'rows', value: rows },
              { label: 'replica identity', value: table.replicaIdentity },
              { label: 'updates and deletes', value: table.updates + table.deletes },
            ],
            advice: {
              text: `Which columns name a row is for the application to say${rows > 0 ? ` (${counted(rows, 'row')} ${either(rows, 'is', 'are')} there)` : ''}. If none do, add a number, by a name that is free:`,
              code: `ALTER TABLE ${qualified(table.schema, table.name)} ADD COLUMN ${taken ? 'row_id' : 'id'} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY; -- writes the table anew`,
            },
          },
        } as const;
      });
    return found.length > 0 ? { found: mostImportant(found) } : { clear: 'every table has a primary key' };
  },
});
