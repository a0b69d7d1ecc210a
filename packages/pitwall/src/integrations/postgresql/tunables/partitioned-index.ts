import { OURS, type PostgresqlConnection } from '../connection.ts';
import { nameOf, qualified, quoteIdentifier } from '../identifiers.ts';
import { readIndex, seeAsApplication } from './index-state.ts';
import { createSql, type IndexTarget, partName, subjectOf, workingNames } from './index-target.ts';
import { waitForOthers } from './relation.ts';
import { refusal, type Waiting, type WriteSession } from './session.ts';

/** A table and the partitions below it. */
export interface Part {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  /** `nameOf` of what it is a partition of; null for the table itself. */
  readonly parent: string | null;
}

/**
 * CREATE INDEX CONCURRENTLY knows no partitioned tables: the index is built so on each partition, under a working name; then,
 * in one short transaction, the table gets its index, the parts are attached to it and get their names.
 * https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
 */
export async function buildOnPartitions(
  session: WriteSession,
  subject: string,
  to: IndexTarget,
  waiting: Waiting,
): Promise<void> {
  const { schema, name } = subjectOf(subject)!;
  const parts = await partsOfTable(session.run, to.table);
  const foreign = parts.find(({ kind }) => kind === 'f');
  if (foreign)
    throw refusal(waiting.subject, `the partition ${nameOf(foreign.schema, foreign.name)} is a foreign table`);
  await seeAsApplication(session, to.table.schema, false);
  const { builds, joins } = partitionedSteps(subject, to, parts);
  for (const { part, sql } of builds) {
    await waitForOthers(session, part.oid, waiting);
    await session.build(sql);
  }
  await session.quickly(async () => {
    for (const sql of joins) await session.run(sql);
    const made = await readIndex(session.run, schema, name);
    if (!made?.valid) throw refusal(waiting.subject, 'its table got another partition meanwhile');
  });
}

/** What is run: an index on each partition that holds rows, under a working name; then, in one transaction, what joins them. */
function partitionedSteps(
  subject: string,
  to: IndexTarget,
  parts: readonly Part[],
): { readonly builds: readonly { readonly part: Part; readonly sql: string }[]; readonly joins: readonly string[] } {
  const { name } = subjectOf(subject)!;
  const { building } = workingNames(subject);
  const builds = parts
    .filter(({ kind }) => kind === 'r')
    .map((part) => ({
      part,
      sql: createSql(partName(building, part), to, { concurrently: true, on: qualified(part.schema, part.name) }),
    }));
  const joins = parts.flatMap((part) => {
    const index = part.parent === null ? name : partName(name, part);
    const own =
      part.kind === 'p'
        ? createSql(index, to, { concurrently: false, on: `ONLY ${qualified(part.schema, part.name)}` })
        : `ALTER INDEX ${qualified(part.schema, partName(building, part))} RENAME TO ${quoteIdentifier(index)}`;
    const parent = parts.find((other) => nameOf(other.schema, other.name) === part.parent);
    if (!parent) return [own];
    const whole = qualified(parent.schema, parent.parent === null ? name : partName(name, parent));
    return [own, `ALTER INDEX ${whole} ATTACH PARTITION ${qualified(part.schema, index)}`];
  });
  return { builds, joins };
}

/** The same as text: every statement that is run for these partitions, in order. */
export function partitionedText(subject: string, to: IndexTarget, parts: readonly Part[]): string {
  const { builds, joins } = partitionedSteps(subject, to, parts);
  return [...builds.map(({ sql }) => sql), 'BEGIN', ...joins, 'COMMIT'].join(';\n');
}

/** Its parts go with it. For a moment nobody can use the table, so it is tried in moments. */
export async function dropPartitioned(session: WriteSession, schema: string, name: string): Promise<void> {
  await session.quickly(() => session.run(`DROP INDEX IF EXISTS ${qualified(schema, name)}`));
}

/** The table and all below it, each after what it is a partition of. */
export async function partsOfTable(
  ask: PostgresqlConnection['query'],
  table: IndexTarget['table'],
): Promise<readonly Part[]> {
  const rows = await ask<{ [K in keyof Part]: Part[K] } & { upper: string | null; above: string | null }>(
    `${OURS} p.relid::oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, an.nspname AS upper, a.relname AS above
       FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass($1)) p JOIN pg_catalog.pg_class c ON c.oid = p.relid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_catalog.pg_class a ON a.oid = p.parentrelid AND p.level > 0
            LEFT JOIN pg_catalog.pg_namespace an ON an.oid = a.relnamespace
      ORDER BY p.level, p.relid`,
    [qualified(table.schema, table.name)],
  );
  return rows.map(({ upper, above, ...part }) => ({
    ...part,
    parent: upper === null || above === null ? null : nameOf(upper, above),
  }));
}
