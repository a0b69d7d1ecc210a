import { printable } from '../../../errors.ts';
import type { Statement } from '../../../model/database.ts';
import type { AdvisorStatement, AdvisorTable } from '../../_sql/advisor/problem.ts';
import { parameterProblem } from '../../_sql/parameters.ts';
import type { TableUse } from '../../_sql/roles.ts';
import { commonUses } from '../../_sql/statement/common.ts';
import type { QueryParameters } from '../options.ts';
import { type FindTable, usesOf } from '../uses.ts';
import type { BenchStatement } from '../what-if/bench-statement.ts';
import type { PlannedStatement } from '../what-if/clone.ts';

/** One statement, as the advisor, the clone and the bench take it. */
export interface Prepared {
  readonly statement: Statement;
  readonly advisor: AdvisorStatement;
  readonly planned: PlannedStatement;
  /** Null: it cannot be timed, and why. */
  readonly bench: BenchStatement | null;
  readonly notTimed: string | null;
}

interface PreparedWorkload {
  readonly statements: readonly Prepared[];
  readonly notConsidered: readonly { readonly statement: string; readonly text: string; readonly because: string }[];
}

/** Texts of one statement that are understood: those of calls that hold other constants. */
const TEXTS = 8;

/** What can be advised on: statements that name tables of this database. */
export function prepare(statements: readonly Statement[], find: FindTable): PreparedWorkload {
  const prepared: Prepared[] = [];
  const notConsidered: PreparedWorkload['notConsidered'][number][] = [];
  for (const statement of statements) {
    const why = statement.notUnderstood;
    const leave = (because: string) =>
      notConsidered.push({ statement: statement.id, text: statement.text, because: printable(because) });
    if (why !== null) {
      leave(`It was not understood: ${why}.`);
      continue;
    }
    const sample = statement.samples[0];
    const sql = sample?.text ?? statement.text;
    const { writes, uses: first } = usesOf(sql, find);
    const uses = hasOwnConstants(statement)
      ? first
      : commonUses(textsOf(statement).map((text) => usesOf(text, find).uses));
    if (uses.length === 0 && writes.length === 0) {
      leave('It names no table of this database that was understood.');
      continue;
    }
    const { id, calls, seconds } = statement;
    const named = [...new Set([...uses, ...writes].map(({ table }) => table))];
    const timed = benchOf(statement, sql, writes.length > 0, named);
    prepared.push({
      statement,
      advisor: { id, calls, seconds, uses, writes },
      planned: { id, sql, uses },
      bench: typeof timed === 'string' ? null : timed,
      notTimed: typeof timed === 'string' ? timed : null,
    });
  }
  return { statements: prepared, notConsidered };
}

function textsOf({ text, samples }: Statement): readonly string[] {
  return samples.length === 0 ? [text] : [...new Set(samples.map((sample) => sample.text))].slice(0, TEXTS);
}

/**
 * Whether the constants in the text are in every call: then an index may be on the rows with these alone. Where values are
 * bound, they are; where they are written into the text, one call does not say which of them are another's next time.
 */
function hasOwnConstants(statement: Statement): boolean {
  const { samples } = statement;
  if (textsOf(statement).length > 1) return false;
  return samples.length !== 1 || hasValues(samples[0]!.params as QueryParameters);
}

/**
 * Different values of a column above which one of them, written into a text, was that call's and not the application's: a status
 * has a few, a kind some dozens, a key as many as there are rows. Own choice.
 */
const MOST_KINDS = 100;

/** Without constants that are one of so many values that an index on the rows with it alone (`WHERE id = 42`) would serve no other call. */
export function withoutKeyValues(uses: readonly TableUse[], tables: readonly AdvisorTable[]): readonly TableUse[] {
  return uses.map((use) => {
    const table = tables.find(({ name }) => name === use.table);
    const distinct = (column: string) =>
      table?.columns.find(({ name }) => name.toLowerCase() === column.toLowerCase())?.distinct ?? 0;
    const isKey = ({ predicate, columns }: TableUse['constants'][number]) =>
      / (?:=|IS|IN) (?!NULL|NOT )/.test(predicate) && columns.some((column) => distinct(column) > MOST_KINDS);
    return { ...use, constants: use.constants.filter((constant) => !isKey(constant)) };
  });
}

/** With the parameters of the samples of one text; the samples of others would be other statements to SQLite. */
function benchOf(
  { id, samples }: Statement,
  sql: string,
  writes: boolean,
  tables: readonly string[],
): BenchStatement | string {
  const sets = samples.filter(({ text }) => text === sql).map(({ params }) => params as QueryParameters);
  const params = sets.filter((set) => parameterProblem(sql, set) === null);
  const problem = params.length === 0 ? parameterProblem(sql, []) : null;
  return problem === null
    ? { id, sql, params: params.filter(hasValues), writes, tables }
    : 'no real parameters of it are known';
}

function hasValues(set: QueryParameters): boolean {
  return Object.keys(set).length > 0;
}
