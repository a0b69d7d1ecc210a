import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { SequenceFact } from '../facts/schema.ts';
import { partsOf, qualified, quoteIdentifier } from '../identifiers.ts';
import { countText, mostImportant, notRead, shareText, wasRead } from './schema-view.ts';

export const sequenceNearEnd = defineRule({
  id: 'postgresql/sequence-near-end',
  meta: {
    title: 'A sequence that is running out of numbers',
    why: 'When a sequence has given its last number, or one that its column cannot hold, every insert into the table fails. An integer column ends at 2,147,483,647.',
    sources: [
      {
        title: 'PostgreSQL: Numeric Types',
        url: 'https://www.postgresql.org/docs/current/datatype-numeric.html',
      },
      { title: 'PgHero: sequences', url: 'https://github.com/ankane/pghero' },
    ],
    needs: { facts: ['postgresql.schema'] },
    uses: { facts: ['postgresql.sequence'] },
    doesNotApplyWhen: 'It cycles on purpose. Sequences that the role may not read are not judged.',
    confirmedBy:
      'The last number given, against the end of the sequence and of the type of the column that it numbers.',
    thresholds: {
      mostUsed: { value: 0.9, unit: 'ratio', source: 'PgHero warns from 90 % on.' },
      critical: {
        value: 0.98,
        unit: 'ratio',
        source: 'Own choice: changing the type of a large table takes planning.',
      },
    },
  },

  evaluate(view): RuleResult {
    const read = wasRead(view, 'sequences');
    if (read === null) return notRead('sequences');
    if (read.read === 0) return { notApplicable: 'there are no sequences that the role may read' };
    const found = [...factsOf(view, 'postgresql.sequence')]
      .filter(([, { used, cycles }]) => used > view.threshold('mostUsed') && !cycles)
      .map(([name, sequence]) => ({
        weight: sequence.used,
        finding: findingOf(name, sequence, sequence.used >= view.threshold('critical')),
      }));
    return found.length > 0
      ? { found: mostImportant(found) }
      : { clear: `no sequence has used up ${shareText(view.threshold('mostUsed'))} of its numbers` };
  },
});

function findingOf(name: string, sequence: SequenceFact, isCritical: boolean): FindingDraft {
  const { used, last, end, increment, column, columnType, limitedBy } = sequence;
  const where = column === null ? '' : ` of ${column} (${columnType})`;
  return {
    subject: name,
    summary: printable(
      `${shareText(used)} of the numbers of sequence ${name}${where} are used up: ${countText(last)} of ${countText(end)}`,
    ),
    severity: isCritical ? 'critical' : 'warning',
    confidence: 'high',
    evidence: [
      { label: 'last number', value: last },
      { label: `end of the ${limitedBy}`, value: end },
      { label: 'numbers left', value: Math.max(0, Math.floor((end - last) / increment)) },
      ...(column === null ? [] : [{ label: 'column', value: `${column} ${columnType}` }]),
    ],
    advice: {
      text:
        column !== null && columnType !== 'bigint'
          ? 'Make the column bigint. This writes the table anew and holds everybody up: for a large one add a second column, fill it in steps, and swap. Columns that refer to it have to follow.'
          : 'Let the sequence go on to the end of bigint.',
      code: [
        ...columnSql(column, columnType),
        `ALTER SEQUENCE ${qualified(sequence.schema, sequence.name)} AS bigint;`,
      ].join('\n'),
    },
  };
}

function columnSql(column: string | null, type: string | null): string[] {
  const [schema, table, name] = column === null || type === 'bigint' ? [] : (partsOf(column) ?? []);
  if (schema === undefined || table === undefined || name === undefined) return [];
  return [`ALTER TABLE ${qualified(schema, table)} ALTER COLUMN ${quoteIdentifier(name)} TYPE bigint;`];
}
