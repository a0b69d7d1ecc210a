import { EXIT, PitwallError } from '../../errors.ts';
import type { AdviseRequest, DatabaseReport, Explained, IndexAdvice, Workload } from '../../model/database.ts';
import type { Report } from '../../model/report.ts';
import type { Store } from '../../model/store.ts';
import { NOTHING_ASSESSED } from '../assess.ts';
import { check } from '../check.ts';
import { makeReport, type RunClock, startRun } from '../make-report.ts';
import type { Session } from '../session.ts';
import { startAsking } from './asked.ts';
import { withDetails } from './details.ts';
import { noAdvice, weighedAdvice } from './known.ts';
import { madeBefore, rememberedAdvice } from './remembered.ts';
import { shownWorkload } from './shown.ts';
import { withState } from './state.ts';
import { type DatabaseTarget, databaseIn, databasesIn, unansweredIn } from './targets.ts';
import { contextOf, type WorkloadOptions, workloadOf } from './workload.ts';

interface Common {
  readonly signal: AbortSignal;
  readonly store: Store;
  /** Of a database; undefined: all (or the only one). */
  readonly target: string | undefined;
  /** Share of one connection that analysis may keep the server at work; null: as configured. */
  readonly maxLoad: number | null;
  onProgress(text: string): void;
}

export interface OverviewOptions extends Common, Omit<WorkloadOptions, 'signal' | 'store'> {
  /** Statements shown. */
  readonly limit: number;
  /** Seconds over which rates are taken. */
  readonly window: number;
  /** False: rules stay unconfirmed, nothing is copied. */
  readonly confirm: boolean;
}

/** The databases alone: what is asked of them, and what the rules say. Changes nothing. */
export async function databaseOverview(session: Session, options: OverviewOptions): Promise<Report> {
  const all = databasesIn(session, options);
  const narrowed: Session = { ...session, targets: all };
  const asking = startAsking(narrowed);
  const databases: DatabaseReport[] = [];
  for (const at of all) {
    options.onProgress(`reading the statements of ${at.target.id}`);
    const workload = await workloadOf(session, at, options);
    databases.push({ target: at.target.id, workload: shownWorkload(workload, options.limit) });
  }
  const { report, observations } = await check(narrowed, options);
  options.onProgress('planning the costliest statements');
  const known: DatabaseReport[] = [];
  for (const one of databases)
    known.push(await withDetails(session, withState(one, all, observations), all, options.signal));
  // Objectives of other targets have nothing to do with it.
  const verdicts = report.verdicts.filter(({ status }) => status !== 'no-data');
  return {
    ...asking(report),
    run: { ...report.run, command: 'db' },
    verdicts,
    databases: [...known, ...unanswered(session, options)],
  };
}

export interface IndexesOptions extends Common, Omit<WorkloadOptions, 'signal' | 'store'> {
  /** Bytes; null: what the integration takes. */
  readonly budget: number | null;
  /** False: only the planner is asked. */
  readonly measure: boolean;
  readonly seed: number;
  readonly limit: number;
}

/** Indexes for the whole workload of each database. Builds on copies only. */
export async function indexAdvice(session: Session, options: IndexesOptions): Promise<Report> {
  const run = startRun();
  const all = databasesIn(session, options);
  const databases: DatabaseReport[] = [];
  for (const at of all) {
    options.onProgress(`reading the statements of ${at.target.id}`);
    const workload = await workloadOf(session, at, options);
    options.onProgress(`looking for indexes for ${countText(workload)} of ${at.target.id}`);
    const { budget, measure, seed, signal } = options;
    const advice = await adviceFor(session, at, { workload, budget, measure, seed }, signal);
    const made = await madeBefore(options.store, at.target.id);
    databases.push({
      target: at.target.id,
      workload: shownWorkload(workload, options.limit),
      advice: await rememberedAdvice(options.store, at.target.id, advice),
      ...(made.length > 0 ? { made } : {}),
    });
  }
  databases.push(...unanswered(session, options));
  return reportOf(session, run, all, databases);
}

/** That nothing is known of them is an answer, too: they are not left out. */
function unanswered(session: Session, { target }: Common): readonly DatabaseReport[] {
  return unansweredIn(session, target).map(({ target: id, error }) => ({ target: id, advice: noAdvice(error) }));
}

export interface ExplainOptions extends Common {
  readonly text: string;
  readonly params: readonly (string | null)[];
  /** Whether the report may hold values. */
  readonly values: boolean;
  /** True: the statement is run, read-only. */
  readonly run: boolean;
  /** Whether an index that would help is looked for, too. */
  readonly indexes: boolean;
  readonly measure: boolean;
  readonly seed: number;
}

/** One statement's plan, and which index would help it. */
export async function explainStatement(session: Session, options: ExplainOptions): Promise<Report> {
  const run = startRun();
  const at = databaseIn(session, options);
  const { text, params, run: isRun, values, signal, measure, seed } = options;
  const context = contextOf(session, signal, 0);
  options.onProgress(`planning on ${at.target.id}`);
  const answer = await at.database.explain(at.connection, { text, params, run: isRun, values }, context);
  const hidden = values || answer.text === text.trim() ? [] : ['values are left out; --details shows them'];
  const explained = { ...answer, notes: [...answer.notes, ...hidden] };
  if (!options.indexes) return reportOf(session, run, [at], [{ target: at.target.id, explained }]);
  options.onProgress('looking for an index that would help');
  const workload = loneStatement({ text, params }, explained);
  const request = { workload, budget: ANY_SIZE, measure, seed, typed: true };
  const advice = await adviceFor(session, at, request, signal);
  // What else could be dropped has nothing to do with this statement.
  const proposals = advice.proposals.filter(({ action }) => action === 'create');
  const nothingToDo =
    proposals.length > 0 || advice.notKnown !== undefined || explained.beyond?.some(({ ddl }) => ddl !== null)
      ? null
      : (advice.nothingToDo ?? 'No other index would help this statement.');
  return reportOf(
    session,
    run,
    [at],
    [{ target: at.target.id, explained, advice: { ...advice, proposals, nothingToDo } }],
  );
}

function countText({ statements: { length } }: Workload): string {
  return length === 1 ? 'one statement' : `${length} statements`;
}

/** What keeps indexes from being looked for does not keep the rest from being told. */
async function adviceFor(
  session: Session,
  at: DatabaseTarget,
  request: AdviseRequest,
  signal: AbortSignal,
): Promise<IndexAdvice> {
  try {
    const advice = await at.database.advise(at.connection, request, contextOf(session, signal, 0));
    return weighedAdvice(request.workload, advice);
  } catch (error) {
    if (error instanceof PitwallError && error.exitCode === EXIT.unmeasurable) return noAdvice(error);
    throw error;
  }
}

/** Which index is best for one statement has nothing to do with how many bytes all should take. */
const ANY_SIZE = Number.MAX_SAFE_INTEGER;
/** `$1`, `?`, `:name`, `@name`; not `::type`. Of a text that seems to have some and has none, only the values stay unknown. */
const PLACEHOLDER = /\?|\$\d|(?<!:)[:@$][A-Za-z_]/;

/** A workload of nothing but this statement, called once. */
function loneStatement(
  given: { readonly text: string; readonly params: readonly (string | null)[] },
  { text, seconds }: Explained,
): Workload {
  const isWhole = given.params.length > 0 || !PLACEHOLDER.test(given.text);
  return {
    statements: [
      {
        id: 'given',
        text,
        kind: 'unknown',
        tables: [],
        calls: 1,
        seconds,
        planSeconds: null,
        maxSeconds: seconds,
        rows: null,
        io: null,
        callers: [],
        samples: isWhole ? [{ ...given, seconds }] : [],
        sources: ['given'],
        notUnderstood: null,
      },
    ],
    window: null,
    sources: [{ id: 'given', title: 'the statement given', calls: 1, seconds, since: null, missing: [] }],
    loops: [],
    snapshot: null,
  };
}

function reportOf(
  session: Session,
  run: RunClock,
  targets: readonly DatabaseTarget[],
  databases: readonly DatabaseReport[],
): Report {
  const report = makeReport({
    run,
    command: 'db',
    service: session.config.service.name,
    targets: targets.map(({ target }) => target),
    observations: [],
    assessment: NOTHING_ASSESSED,
  });
  return { ...report, databases };
}
