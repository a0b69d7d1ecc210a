import { printable } from '../../../errors.ts';
import type { AdviseRequest, NotConsidered, Statement } from '../../../model/database.ts';
import type { AdvisorStatement, Dialect, Problem } from '../../_sql/advisor/problem.ts';
import type { TableUse } from '../../_sql/roles.ts';
import { commonUses } from '../../_sql/statement/common.ts';
import type { AnalysisSession } from '../analysis.ts';
import { partsOf } from '../identifiers.ts';
import { genericText } from '../parse/generic-text.ts';
import type { Grammar } from '../parse/load.ts';
import { type Schema, schemaOf } from '../parse/schema.ts';
import { understand } from '../parse/understand.ts';
import type { PlannedStatement } from '../what-if/planner.ts';
import { readSchema, type WhatIfSchema } from '../what-if/schema.ts';
import { IndexSizes } from '../what-if/sizes.ts';
import { likelyFor } from './likely.ts';

/** What B-trees of PostgreSQL can be. */
export const DIALECT: Dialect = {
  include: true,
  partial: true,
  expressions: true,
  hot: true,
  // The parser has folded what was not quoted.
  fold: (name) => name,
};

/** So many new indexes are as many as anybody reviews; keys as in research §2.3.3. */
const MOST_INDEXES = 40;
const MOST_KEYS = 4;
/**
 * What new indexes may take, unless the request says: this share of the tables' bytes, and never less than so many bytes. It is
 * there so that advice does not double a database; which indexes are worth their bytes is decided one by one.
 */
const BUDGET_SHARE = 0.5;
const BUDGET_FLOOR = 64 * 2 ** 20;
/** Seconds for the search. */
const SEARCH = 30;
/** A table of so few bytes (four pages) is read whole in microseconds; of an empty one the planner even assumes ten. */
const TINY = 4 * 8192;
/** Texts of one statement that are understood: those of calls that hold other constants. */
const TEXTS = 8;

export interface Prepared {
  readonly problem: Problem;
  readonly schema: WhatIfSchema;
  readonly sizes: IndexSizes;
  readonly planned: readonly PlannedStatement[];
  readonly notUnderstood: readonly Omit<NotConsidered, 'text'>[];
}

/** Catalogues: nobody makes indexes there. */
const SYSTEM = /^(pg_|information_schema\b)/;

function unseenText(names: readonly string[]): string {
  const [first, ...more] = names;
  const others = more.length === 0 ? 'is no table' : `and ${more.length} more are no tables`;
  return printable(
    `${first} ${others} that the role finds: a view, a temporary table, or in a schema that \`searchPath\` does not name.`,
  );
}

/** What the parser hands over is given back only between turns of the event loop. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Of more statements than this each is planned only for values, and not for any: each plan more is a question more. */
const MANY = 100;

const NO_SCHEMA: Schema = { find: () => null };

/** What the workload asks of which tables, with what the catalogue and the statistics know of them. @throws as `session.query` */
export async function prepare(
  session: AnalysisSession,
  grammar: Grammar,
  { workload, budget, seed, typed }: AdviseRequest,
  dialect: Dialect = DIALECT,
): Promise<Prepared> {
  const texts = new Map(workload.statements.map((statement) => [statement.id, textsForRoles(statement)]));
  const names = new Set<string>();
  for (const { id, tables, notUnderstood } of workload.statements) {
    // Whoever read the workload has parsed it already.
    for (const name of tables) names.add(name);
    if (tables.length > 0 || notUnderstood !== null) continue;
    await breathe();
    for (const name of understand(grammar, texts.get(id)![0]!, NO_SCHEMA).unknownTables) names.add(name);
  }
  const schema = await readSchema(session, [...names]);
  const sizes = new IndexSizes(schema);
  const statements: AdvisorStatement[] = [];
  const notUnderstood: Omit<NotConsidered, 'text'>[] = [];
  const found = schemaOf(parserTables(schema), schema.searchPath);
  const tiny = new Set(schema.tables.filter(({ bytes }) => bytes <= TINY).map(({ name }) => name));
  for (const statement of workload.statements) {
    await breathe();
    const calls = texts.get(statement.id)!.map((text) => understand(grammar, text, found));
    const { uses, writes, unknownTables, notUnderstood: why } = calls[0]!;
    const unseen = uses.length + writes.length > 0 ? [] : unknownTables.filter((name) => !SYSTEM.test(name));
    if (why !== null || unseen.length > 0) {
      const because = why === null ? unseenText(unseen) : `It is not understood: ${why}.`;
      notUnderstood.push({ statement: statement.id, because, unknown: true });
      continue;
    }
    const known = calls.filter((call) => call.notUnderstood === null).map((call) => call.uses);
    const common = hasOwnConstants(statement, known.length) ? uses : commonUses(known);
    const large = common.filter(({ table }) => !tiny.has(table));
    if (large.length === 0 && common.length > 0) {
      notUnderstood.push({
        statement: statement.id,
        because: 'It reads tables of a few pages only: no index is faster.',
      });
      if (writes.length === 0) continue;
    }
    statements.push({ ...statement, uses: await withShares(session, sizes, large), writes });
  }
  const named = new Set(statements.flatMap(({ uses, writes }) => [...uses, ...writes].map(({ table }) => table)));
  const tables = schema.tables.filter(({ name }) => named.has(name));
  const problem: Problem = {
    dialect,
    tables,
    statements: statements.map(({ id, calls, seconds, rows = null, uses, writes }) => ({
      id,
      calls,
      seconds,
      rows,
      uses,
      writes,
    })),
    budget: budget ?? Math.max(BUDGET_FLOOR, tables.reduce((sum, { bytes }) => sum + bytes, 0) * BUDGET_SHARE),
    maxIndexes: MOST_INDEXES,
    maxKeys: MOST_KEYS,
    timeBudget: SEARCH,
    seed,
  };
  const known = new Set(statements.map(({ id }) => id));
  const planned = workload.statements.filter(({ id }) => known.has(id));
  const likely = await likelyFor(session, grammar, found, planned);
  return {
    problem,
    schema,
    sizes,
    planned: planned.map((one) => {
      const forAny = typed ? genericText(grammar, one.samples[0]?.text ?? one.text) : null;
      const calls = likely.get(one.id) ?? [];
      return calls.length === 0
        ? plannedOf(one, forAny)
        : { ...plannedOf(one, planned.length > MANY ? null : one.text), likely: calls };
    }),
    notUnderstood,
  };
}

/**
 * The texts as the application wrote them. Where it keeps values apart (`$1`), constants are of the statement; where it writes
 * values into the text, those that are the same in every call may be. Statistics know placeholders for both alike.
 */
function textsForRoles({ text, samples }: Statement): readonly [string, ...string[]] {
  const [first = text, ...others] = new Set(samples.map((sample) => sample.text));
  return [first, ...others.slice(0, TEXTS - 1)];
}

/** All calls that are known hold the same constants: with placeholders beside them one call says so, without it takes several. */
function hasOwnConstants({ samples }: Statement, texts: number): boolean {
  return texts === 1 && (samples.length !== 1 || /\$\d/.test(samples[0]!.text));
}

function plannedOf({ id, text, samples }: Statement, forAny: string | null): PlannedStatement {
  return {
    id,
    text,
    samples: samples.flatMap((sample) =>
      Array.isArray(sample.params) ? [{ text: sample.text, params: sample.params as readonly unknown[] }] : [],
    ),
    ...(forAny === null ? {} : { forAny }),
  };
}

export function parserTables({ tables, sized }: WhatIfSchema) {
  return tables.map(({ name: id, columns }) => {
    const { schema, name, columns: types } = sized.get(id)!;
    return {
      id,
      schema,
      name,
      columns: columns.map((column) => ({ name: column.name, type: types.get(column.name)?.type ?? null })),
    };
  });
}

/** How many rows each constant test keeps decides whether a partial index is worth its name. */
async function withShares(session: AnalysisSession, sizes: IndexSizes, uses: readonly TableUse[]): Promise<TableUse[]> {
  const told: TableUse[] = [];
  for (const use of uses) {
    const constants = [];
    for (const test of use.constants) {
      constants.push({ ...test, kept: test.kept ?? (await sizes.kept(session, use.table, test.predicate)) });
    }
    told.push({ ...use, constants });
  }
  return told;
}

/** Schema and name of the advisor's name of a table. */
export function tableParts(table: string): { readonly schema: string; readonly name: string } {
  const [schema = '', name = ''] = partsOf(table) ?? [];
  return { schema, name };
}
