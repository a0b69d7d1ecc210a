import { z } from 'zod';
import { defineTunable } from '../../../model/define.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { qualified } from '../identifiers.ts';
import type { Ask } from './index-state.ts';
import { subjectOf } from './index-target.ts';
import { requireTable, requireUnchanged } from './relation.ts';
import { refusal, withWriter } from './session.ts';

/** Those that change how a table is kept and not what it can do; each takes a lock that lets reads and writes go on. */
const OPTIONS = [
  'fillfactor',
  'toast_tuple_target',
  'parallel_workers',
  'autovacuum_enabled',
  'autovacuum_vacuum_threshold',
  'autovacuum_vacuum_max_threshold',
  'autovacuum_vacuum_scale_factor',
  'autovacuum_vacuum_insert_threshold',
  'autovacuum_vacuum_insert_scale_factor',
  'autovacuum_analyze_threshold',
  'autovacuum_analyze_scale_factor',
  'autovacuum_vacuum_cost_delay',
  'autovacuum_vacuum_cost_limit',
  'autovacuum_freeze_max_age',
] as const;

/** A number as PostgreSQL reads it, or a truth; null: not set, the server's own counts. */
const value = z
  .union([
    z.string().regex(/^(-?\d{1,12}(\.\d{1,9})?|true|on|yes)$/i, 'expected a number, or true'),
    z.number(),
    z.literal(true),
  ])
  .transform(String)
  .nullable();
const target = z
  .partialRecord(z.enum(OPTIONS), value)
  .refine((options) => Object.keys(options).length > 0, 'expected at least one option')
  .refine(
    (options) => !/^(0|false)$/.test(options.autovacuum_enabled ?? 'true'),
    'autovacuum is not switched off: dead rows would never go',
  );

/** Those of `to`, as they are stored; null: not set. */
type State = Readonly<Record<string, string | null>> | null;

/** Storage parameters of one table. `subject` is `schema.table`; `to` has a value, or null to reset it, for each. */
export const tableOption = defineTunable<PostgresqlConnection>({
  id: 'postgresql/table-option',
  meta: {
    title: 'Storage parameters of a table',
    why: 'A lower fillfactor leaves room for new versions of rows on their pages, so that updates are HOT. Autovacuum goes by a share of the table, which is too late for a large one.',
    effect: 'now',
    persistence: 'durable',
    risk: 'low',
    locks:
      'For a moment other DDL and VACUUM of the table wait; reads and writes go on. A fillfactor counts for pages that are filled from then on.',
    undo: 'Each parameter is set to its former value, or reset where it had none.',
    toggles: true,
    order: 45,
    sources: [
      {
        title: 'PostgreSQL: Storage Parameters',
        url: 'https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS',
      },
    ],
  },
  to: target,

  async read(connection, { subject, to }) {
    return stateOf(connection.query, subject, Object.keys(target.parse(to)));
  },

  achieved: (state, { to }) =>
    state !== null &&
    Object.entries(target.parse(to)).every(([option, wanted]) =>
      same((state as NonNullable<State>)[option] ?? null, wanted),
    ),

  preview: ({ subject, to }, from) => ({
    apply: alterSql(subject, target.parse(to)),
    undo: from === null ? 'nothing: there is no such table' : alterSql(subject, from as NonNullable<State>),
  }),

  async validate(connection, { subject, to }, from) {
    const what = `storage parameters of ${subject}`;
    await requireTable(connection.query, what, named(subject), 'rm');
    if (from === null) throw refusal(what, 'there is no such table');
    // The server knows what values an option may have; the attempt is rolled back.
    await withWriter(connection, { signal: new AbortController().signal, subject: what }, async (session) => {
      await session.run('BEGIN');
      await session.run(`SET LOCAL lock_timeout = '1s'`);
      await session.run(alterSql(subject, target.parse(to)));
      await session.run('ROLLBACK');
    });
  },

  async write(connection, { subject, to, from }, { signal }) {
    const { schema, name } = named(subject);
    const wanted = target.parse(to);
    await withWriter(connection, { signal, subject: `storage parameters of ${subject}` }, async (session) => {
      await session.transaction(async () => {
        await session.run(`LOCK TABLE ONLY ${qualified(schema, name)} IN SHARE UPDATE EXCLUSIVE MODE`);
        requireUnchanged(subject, from, await stateOf(session.run, subject, Object.keys(wanted)));
        await session.run(alterSql(subject, wanted));
      });
    });
  },

  async undo(connection, { subject }, { state }) {
    const waiting = {
      signal: new AbortController().signal,
      subject: `storage parameters of ${subject}`,
      patient: true,
    };
    await withWriter(connection, waiting, (session) => session.run(alterSql(subject, state as NonNullable<State>)));
  },
});

function named(subject: string): { readonly schema: string; readonly name: string } {
  const parts = subjectOf(subject);
  if (parts === null) throw refusal(`storage parameters of ${subject}`, 'expected schema.table');
  return parts;
}

/** Numbers by their value (0.020 is 0.02), the rest as it is written. */
function same(stored: string | null, wanted: string | null): boolean {
  if (stored === null || wanted === null) return stored === wanted;
  const [a, b] = [Number(stored), Number(wanted)];
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a === b;
  return isTrue(stored) === isTrue(wanted);
}

function isTrue(text: string): boolean {
  return /^(on|true|yes|1)$/i.test(text);
}

/** Values come from the database or passed `value`: quotes are doubled all the same. */
function alterSql(subject: string, options: Readonly<Record<string, string | null>>): string {
  const { schema, name } = named(subject);
  const known = Object.entries(options).filter(([option]) => (OPTIONS as readonly string[]).includes(option));
  const set = known
    .filter(([, text]) => text !== null)
    .map(([option, text]) => `${option} = '${text!.replaceAll("'", "''")}'`);
  const reset = known.filter(([, text]) => text === null).map(([option]) => option);
  const clauses = [
    ...(set.length === 0 ? [] : [`SET (${set.join(', ')})`]),
    ...(reset.length === 0 ? [] : [`RESET (${reset.join(', ')})`]),
  ];
  return `ALTER TABLE ${qualified(schema, name)} ${clauses.join(', ')}`;
}

async function stateOf(ask: Ask, subject: string, options: readonly string[]): Promise<State> {
  const { schema, name } = named(subject);
  const [row] = await ask<{ stored: Record<string, string> }>(
    `${OURS} coalesce((SELECT pg_catalog.json_object_agg(o.option_name, o.option_value) FROM pg_catalog.pg_options_to_table(c.reloptions) o), '{}') AS stored
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  );
  return row === undefined
    ? null
    : Object.fromEntries([...options].sort().map((option) => [option, row.stored[option] ?? null]));
}
