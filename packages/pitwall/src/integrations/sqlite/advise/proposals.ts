import { printable } from '../../../errors.ts';
import type { EffectMeasured, IndexAdvice, IndexProposal } from '../../../model/database.ts';
import type { Json } from '../../../model/json.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { Choice, IndexSpec, Problem } from '../../_sql/advisor/problem.ts';
import { basisOf } from '../../_sql/basis.ts';
import type { SqliteConnection } from '../connection.ts';
import { definitionOf } from '../definition.ts';
import { createIndexSql, definitionText, type IndexDefinition, quoteIdentifier } from '../identifiers.ts';
import type { SqliteBench } from '../what-if/bench.ts';
import type { StatementTrial } from '../what-if/bench-times.ts';
import type { SqliteWhatIf } from '../what-if/clone.ts';
import type { Prepared } from './prepare.ts';

type StatementEffect = IndexProposal['statements'][number];

interface Parts {
  readonly connection: SqliteConnection;
  readonly statements: readonly Prepared[];
  readonly problem: Problem;
  readonly choice: Choice;
  readonly whatIf: SqliteWhatIf;
  readonly bench: SqliteBench | null;
  /** Seconds that the workload's counts cover; null: they are no counts. */
  readonly window: number | null;
  readonly nameOf: (spec: IndexSpec) => string;
}

/** What a person and the tunable need to know of each chosen index. Effects are those of all chosen ones together. */
export async function proposalsOf(chosen: readonly IndexSpec[], parts: Parts): Promise<readonly IndexProposal[]> {
  if (chosen.length === 0) return [];
  const { whatIf, bench, nameOf, problem } = parts;
  const ids = problem.statements.map(({ id }) => id);
  const before = new Map((await whatIf.estimate([], ids)).map((estimate, i) => [ids[i]!, estimate]));
  const after = new Map((await whatIf.estimate(chosen, ids)).map((estimate, i) => [ids[i]!, estimate]));
  return chosen.map((spec): IndexProposal => {
    const name = nameOf(spec);
    const definition = definitionOf(spec);
    const key = keyOf(spec);
    const effects = parts.statements.flatMap(({ statement, advisor }) => {
      const trial = bench?.trialOf(chosen, statement.id) ?? null;
      const used = after.get(statement.id)?.uses.includes(key) ?? false;
      const isHere = (table: string) => problem.dialect.fold(table) === problem.dialect.fold(spec.table);
      const writes = advisor.writes.some(({ table }) => isHere(table));
      const slower = !used && trial !== null && isSlower(trial) && advisor.uses.some(({ table }) => isHere(table));
      if (!used && !writes && !slower) return [];
      const [from, to] = [before.get(statement.id), after.get(statement.id)];
      const effect: StatementEffect = {
        statement: statement.id,
        text: statement.text,
        calls: statement.calls,
        planner: from && to ? { before: from.cost, after: to.cost } : null,
        measured: trial && measuredOf(trial),
        inPlace: null,
      };
      return [{ effect, writes }];
    });
    const reads = effects.filter(({ writes }) => !writes).map(({ effect }) => effect);
    const writes = effects.filter((entry) => entry.writes).map(({ effect }) => effect);
    const buildSeconds = bench?.buildSecondsOf(spec) ?? null;
    const workload = { statements: parts.statements.map(({ statement }) => statement), window: parts.window };
    const basis = basisOf(
      { statements: reads.filter((one) => !isCost(one)), writes, table: spec.table },
      workload,
      problem.tables,
    );
    return {
      action: 'create',
      name,
      table: spec.table,
      definition: definitionText(definition),
      ddl: createIndexSql(name, definition),
      undo: `DROP INDEX ${quoteIdentifier(name)}`,
      lock: lockText(buildSeconds),
      bytes: { estimated: whatIf.bytes(spec), measured: bench?.bytesOf(spec) ?? null },
      buildSeconds,
      statements: reads.toSorted((a, b) => gainOf(b) - gainOf(a)),
      writes,
      savedSeconds: savedBy([...reads, ...writes]),
      because: printable(becauseOf(reads, writes, spec.table)),
      change: { tunable: 'sqlite/index', subject: name, to: targetOf(definition), basis },
    };
  });
}

/** A read that is slower with all that is chosen, for certain, is told of although it does not use the index. */
function isSlower({ ratio, interval }: Pick<EffectMeasured, 'ratio' | 'interval'>): boolean {
  return ratio > SLOWER && interval[0] > 1;
}

const isCost = ({ measured }: StatementEffect): boolean => measured !== null && isSlower(measured);

const SLOWER = 1.05;

/** Redundant indexes, dropped on the copy before: one whose loss makes a statement slower stays. */
export async function dropProposals(
  chosen: readonly IndexSpec[],
  minimumGain: number,
  { connection, choice, problem, statements, bench }: Parts,
): Promise<{ proposals: readonly IndexProposal[]; rejected: IndexAdvice['rejected'] }> {
  const kept = new Set(chosen.map(keyOf));
  const proposals: IndexProposal[] = [];
  const rejected: IndexAdvice['rejected'][number][] = [];
  for (const { table, name, bytes, servedBy, because } of choice.redundant) {
    // What a new index serves is dropped in a later round, when that one is there and has proved itself.
    if ('chosen' in servedBy || kept.has(name)) continue;
    const sql = sqlOf(connection, name);
    if (sql === null) continue;
    const ids = statements
      .filter(({ advisor }) =>
        [...advisor.uses, ...advisor.writes].some(
          (use) => problem.dialect.fold(use.table) === problem.dialect.fold(table),
        ),
      )
      .map(({ statement }) => statement.id);
    const trials = (await bench?.withoutIndexes([name], ids)) ?? new Map<string, StatementTrial | null>();
    const harmed = [...trials].find(([, trial]) => trial?.planChanged && trial.interval[0] > 1 + minimumGain);
    const definition = printable(sql.slice(sql.indexOf('(')));
    if (harmed) {
      const text = `${because} But without it a statement is slower on the copy (the time × ${harmed[1]!.ratio.toPrecision(2)}).`;
      rejected.push({ table, definition: `drop ${name}`, because: printable(text) });
      continue;
    }
    const effects = statements.flatMap(({ statement, advisor }): { effect: StatementEffect; writes: boolean }[] => {
      const trial = trials.get(statement.id);
      if (!trial?.planChanged) return [];
      const effect = {
        statement: statement.id,
        text: statement.text,
        calls: statement.calls,
        planner: null,
        measured: measuredOf(trial),
        inPlace: null,
      };
      return [{ effect, writes: advisor.writes.length > 0 }];
    });
    proposals.push({
      action: 'drop',
      name,
      table,
      definition,
      ddl: `DROP INDEX ${quoteIdentifier(name)}`,
      undo: sql,
      lock: 'Writers wait for milliseconds: its pages go to the free list.',
      bytes: { estimated: null, measured: bytes },
      buildSeconds: null,
      statements: effects.filter(({ writes }) => !writes).map(({ effect }) => effect),
      writes: effects.filter(({ writes }) => writes).map(({ effect }) => effect),
      savedSeconds: effects.length === 0 ? null : savedBy(effects.map(({ effect }) => effect)),
      because: printable(because),
      change: { tunable: 'sqlite/index', subject: name, to: null },
    });
  }
  return { proposals, rejected };
}

function sqlOf(connection: SqliteConnection, index: string): string | null {
  const row = connection.reader().prepare("SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?").get(index);
  return row && row.sql !== null ? String(row.sql) : null;
}

/** As the tunable's plan entry: without what is not said. */
function targetOf(definition: IndexDefinition): Json {
  return {
    table: definition.table,
    columns: definition.columns.map((column) => ({ ...column })) as unknown as Json,
    unique: false,
    where: definition.where ?? null,
  };
}

function measuredOf({ planChanged: _, ...effect }: StatementTrial): EffectMeasured | null {
  return effect.rounds === 0 ? null : effect;
}

function gainOf({ calls, measured }: StatementEffect): number {
  return measured ? calls * (measured.before - measured.after) : 0;
}

/** Null when nothing of it was measured. */
function savedBy(effects: readonly StatementEffect[]): number | null {
  return effects.some(({ measured }) => measured) ? effects.reduce((sum, effect) => sum + gainOf(effect), 0) : null;
}

function lockText(buildSeconds: number | null): string {
  const time =
    buildSeconds === null ? 'while it is built' : `for ${seconds(buildSeconds)} (as long as it took on the copy)`;
  return `Writers wait ${time}. Readers go on in WAL mode; with a rollback journal they wait while it is written to the file.`;
}

function seconds(value: number): string {
  return value < 1 ? `${Math.max(1, Math.round(value * 1000))} ms` : `${value.toPrecision(2)} s`;
}

function becauseOf(all: readonly StatementEffect[], writes: readonly StatementEffect[], table: string): string {
  const reads = all.filter((effect) => !isCost(effect));
  const slower = all.filter(isCost);
  const best = reads.toSorted((a, b) => gainOf(b) - gainOf(a)).find(({ measured }) => measured);
  const helped = `${reads.length} ${reads.length === 1 ? 'statement finds' : 'statements find'} the rows of ${table} through it`;
  const measured = best?.measured
    ? `; the one that gains most takes ${instead(best.measured)} on a copy`
    : ', by the planner alone';
  const cost =
    writes.length === 0 ? '' : `; ${writes.length} that ${writes.length === 1 ? 'writes' : 'write'} pay for it`;
  const worst = Math.max(...slower.map((effect) => effect.measured!.ratio));
  const harm =
    slower.length === 0
      ? ''
      : `; ${slower.length} ${slower.length === 1 ? 'read is' : 'reads are'} slower with it (at most ${Math.round((worst - 1) * 100)} %)`;
  return `${helped}${measured}${cost}${harm}.`;
}

/** `84 ms instead of 310 ms`: with as many digits as it takes for the two to differ. */
function instead({ before, after, atLeast }: EffectMeasured): string {
  const [unit, factor] = before < 0.001 ? ['µs', 1e6] : before < 1 ? ['ms', 1e3] : ['s', 1];
  const text = (value: number, digits: number) => String(Number((value * (factor as number)).toPrecision(digits)));
  let digits = 2;
  while (digits < 6 && text(before, digits) === text(after, digits)) digits++;
  return `${text(after, digits)} ${unit} instead of ${atLeast ? 'at least ' : ''}${text(before, digits)} ${unit}`;
}
