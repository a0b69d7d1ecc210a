import { printable } from '../../../errors.ts';
import type { AdviseRequest, IndexAdvice } from '../../../model/database.ts';
import { advise as choose } from '../../_sql/advisor/choose.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import { nothingToDo } from '../../_sql/advisor/nothing-to-do.ts';
import type { Choice, IndexSpec, Problem } from '../../_sql/advisor/problem.ts';
import type { Rejection } from '../../_sql/advisor/reasons.ts';
import { refine } from '../../_sql/advisor/refine.ts';
import { rejectedBeside } from '../../_sql/advisor/rejected.ts';
import type { SqliteConnection } from '../connection.ts';
import { type Copies, copiesOf } from '../copy.ts';
import { definitionOf } from '../definition.ts';
import { definitionText } from '../identifiers.ts';
import { indexName } from '../index-name.ts';
import { SqliteBench } from '../what-if/bench.ts';
import type { BenchStatement } from '../what-if/bench-statement.ts';
import { openWhatIf, type SqliteWhatIf } from '../what-if/clone.ts';
import { settingsOf } from '../what-if/copy-settings.ts';
import { tableFinder } from '../workload/configured.ts';
import { DIALECT, MOST_KEYS } from './dialect.ts';
import { type Prepared, prepare, withoutKeyValues } from './prepare.ts';
import { dropProposals, proposalsOf } from './proposals.ts';

/** New indexes at most: each costs every write, and more are hardly reviewed. */
const MOST_INDEXES = 24;
/** Seconds for the search, and for measuring: so many times what all statements take once, within bounds. */
const SEARCH_SECONDS = 30;
const MEASURE_PASSES = 150;
const MEASURE_SECONDS: readonly [least: number, most: number] = [90, 600];
/**
 * Of these seconds the search takes as much at most, whatever single steps take; the rest is for the comparisons that prove single
 * indexes, and a little more for all of them beside none, after which nothing is measured any more: 1.3 times the seconds in all.
 */
const SEARCH_SHARE = 0.65;
const PAIRS_SHARE = 0.35;
const LAST_SHARE = 0.3;
/** Statements that are timed before the search, so that they weigh by their time: as many as there is time for. */
const MOST_TIMED = 200;
const TIMING_SECONDS = 30;
/** That are timed at a time. */
const TIMED_AT_ONCE = 5;

interface AdviseOptions {
  /** Share by which a statement must be faster, at the upper end of the interval. */
  readonly minimumGain: number;
  readonly measureSeconds?: number;
}

/**
 * Indexes for the workload: the planner is asked on a clone of the schema (level 1), and with `measure` the best sets are
 * built on a private copy and timed, writes too (level 2), which decides. Nothing is written to the database.
 */
export async function adviseIndexes(
  connection: SqliteConnection,
  request: AdviseRequest,
  { minimumGain, measureSeconds }: AdviseOptions,
  signal: AbortSignal,
): Promise<IndexAdvice> {
  return connection.runner().during(async () => {
    const { statements, notConsidered } = prepare(request.workload.statements, tableFinder(connection));
    const nameOf = namer(connection);
    const whatIf = await openWhatIf(
      connection,
      statements.map(({ planned }) => planned),
      request,
      signal,
    );
    let bench: SqliteBench | null = null;
    try {
      const notes = [...whatIf.notes];
      const copies = request.measure ? await copiesFor(connection, notes, signal) : null;
      bench = copies && benchOf(connection, copies, statements, nameOf, TIMING_SECONDS, signal, whatIf);
      const problem = await problemOf(request, statements, whatIf, bench);
      const choice = await choose(problem, whatIf);
      const seconds = measureSeconds ?? measureSecondsFor(problem);
      bench?.deadline.extend(SEARCH_SHARE * seconds, PAIRS_SHARE * seconds, LAST_SHARE * seconds);
      const refined = bench && (await refine(problem, choice, bench, { seconds, whatIf, learning: whatIf }));
      const decision = {
        chosen: (refined ?? choice).chosen.map(({ spec }) => spec),
        rejected: refined?.rejected ?? [],
      };
      const parts = { connection, statements, problem, choice, whatIf, bench, nameOf, window: request.workload.window };
      const proposals = await proposalsOf(decision.chosen, parts);
      if (choice.redundant.length > 0) bench?.deadline.extend(TIMING_SECONDS);
      const drops = await dropProposals(decision.chosen, minimumGain, parts);
      return {
        proposals: [...proposals, ...drops.proposals],
        rejected: [...rejectedOf(choice, decision), ...drops.rejected],
        notConsidered: [...notConsidered, ...notAsked(choice, statements)],
        whatIf: whatIfText(whatIf, bench !== null, notes),
        nothingToDo:
          proposals.length + drops.proposals.length > 0 ? null : whyNothing(problem, choice, decision.rejected),
        cost: whatIf.cost(),
        sweep: choice.sweep,
      };
    } finally {
      await whatIf.close();
      await bench?.close();
    }
  });
}

async function copiesFor(connection: SqliteConnection, notes: string[], signal: AbortSignal): Promise<Copies | null> {
  const made = await copiesOf(connection, signal);
  if ('copies' in made) return made.copies;
  notes.push(printable(`nothing was measured, because no copy could be made: ${made.impossible}`));
  return null;
}

function benchOf(
  connection: SqliteConnection,
  copies: Copies,
  statements: readonly Prepared[],
  nameOf: (spec: IndexSpec) => string,
  seconds: number,
  signal: AbortSignal,
  whatIf: SqliteWhatIf,
): SqliteBench {
  const timed = statements.map(({ bench }) => bench).filter((bench): bench is BenchStatement => bench !== null);
  return new SqliteBench(connection, copies, timed, {
    nameOf,
    seconds,
    signal,
    whatIf,
    settings: settingsOf(connection),
  });
}

/** Statements that no source timed are timed on the copy, so that the objective is time and not the planner's opinion of it. */
async function problemOf(
  request: AdviseRequest,
  statements: readonly Prepared[],
  whatIf: SqliteWhatIf,
  bench: SqliteBench | null,
): Promise<Problem> {
  const untimed = statements.filter(({ advisor }) => advisor.seconds === null).slice(0, MOST_TIMED);
  const ids = untimed.map(({ advisor }) => advisor.id);
  const measured = new Map<string, number | null>();
  for (let i = 0; bench && i < ids.length && !bench.deadline.isOver; i += TIMED_AT_ONCE) {
    const { seconds } = await bench.measure([], ids.slice(i, i + TIMED_AT_ONCE), 1);
    for (const [id, each] of seconds) measured.set(id, each);
  }
  const bytes = whatIf.tables.reduce((sum, table) => sum + table.bytes, 0);
  return {
    dialect: DIALECT,
    tables: whatIf.tables,
    statements: statements.map(({ advisor }) => {
      const each = measured.get(advisor.id) ?? null;
      const seconds = advisor.seconds === null && each !== null ? advisor.calls * each : advisor.seconds;
      return { ...advisor, seconds, uses: withoutKeyValues(advisor.uses, whatIf.tables) };
    }),
    budget: request.budget ?? Math.max(bytes, SMALL_BYTES),
    maxIndexes: MOST_INDEXES,
    maxKeys: MOST_KEYS,
    timeBudget: SEARCH_SECONDS,
    seed: request.seed,
  };
}

function measureSecondsFor({ statements }: Problem): number {
  const pass = statements.reduce((sum, { seconds, calls }) => sum + (seconds ?? 0) / Math.max(1, calls), 0);
  return Math.min(MEASURE_SECONDS[1], Math.max(MEASURE_SECONDS[0], MEASURE_PASSES * pass));
}

/** So many bytes of indexes nobody has to save. */
const SMALL_BYTES = 64 * 2 ** 20;

/** Names that no table or index has, the same for the same index throughout. */
function namer(connection: SqliteConnection): (spec: IndexSpec) => string {
  const taken = connection
    .reader()
    .prepare('SELECT name FROM sqlite_schema')
    .all()
    .map(({ name }) => String(name));
  const names = new Map<string, string>();
  return (spec) => {
    const key = keyOf(spec);
    const name = names.get(key) ?? indexName(definitionOf(spec), [...taken, ...names.values()]);
    names.set(key, name);
    return name;
  };
}

function rejectedOf(
  choice: Choice,
  { chosen, rejected }: { readonly chosen: readonly IndexSpec[]; readonly rejected: readonly Rejection[] },
): IndexAdvice['rejected'] {
  return rejectedBeside(chosen, rejected, choice.rejected).map(({ spec, because }) => ({
    table: spec.table,
    definition: definitionText(definitionOf(spec)),
    because,
  }));
}

function notAsked(choice: Choice, statements: readonly Prepared[]): IndexAdvice['notConsidered'] {
  const texts = new Map(statements.map(({ statement }) => [statement.id, statement.text]));
  return choice.notConsidered.map(({ statement, because }) => ({
    statement,
    because,
    text: texts.get(statement) ?? '',
  }));
}

function whatIfText(whatIf: SqliteWhatIf, measured: boolean, notes: readonly string[]): string {
  const guessed =
    whatIf.neverAnalysed.length > 0
      ? [
          `${whatIf.neverAnalysed.join(', ')} ${whatIf.neverAnalysed.length === 1 ? 'was' : 'were'} never analysed: in place the planner guesses (run ANALYZE, or PRAGMA optimize from the application)`,
        ]
      : [];
  const how = measured ? 'schema clone, then a private copy' : 'schema clone';
  return printable([how, ...guessed, ...notes].join('; '));
}

function whyNothing(problem: Problem, choice: Choice, measured: readonly { because: string }[]): string {
  const planner = nothingToDo(problem, choice);
  if (planner !== null) return planner;
  return `The planner would use indexes, but measured on a copy none is worth it: ${measured[0]?.because ?? 'none could be measured.'}`;
}
