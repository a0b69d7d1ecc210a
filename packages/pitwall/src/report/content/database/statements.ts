import type {
  DatabaseReport,
  ShownStatement,
  ShownWorkload,
  StatementLoop,
  WorkloadSource,
} from '../../../model/database.ts';
import {
  countOf,
  formatBytes,
  formatDuration,
  formatInstant,
  formatNumber,
  formatPercent,
  NOTHING,
} from '../../format.ts';
import { clean } from '../../text.ts';
import { sentence } from '../words.ts';

/** A statement as people read it: one line of figures and its text. */
export interface StatementText {
  readonly id: string;
  readonly text: string;
  /** Of the time of all; of the calls where times are not known. */
  readonly share: string;
  readonly time: string;
  readonly calls: string;
  readonly mean: string;
  readonly rows: string;
  /** The endpoint that calls it most; empty when none is known. */
  readonly from: string;
  /** False: the notes name it, with the others. */
  readonly isOnlyCaller: boolean;
  /** Endpoints, spills, why it is not understood: short sentences without an end. */
  readonly notes: readonly string[];
}

export function statementTexts(workload: ShownWorkload): readonly StatementText[] {
  return workload.statements.map((statement) => statementText(statement, workload));
}

function statementText(statement: ShownStatement, { total, loops }: ShownWorkload): StatementText {
  const { seconds, calls, rows } = statement;
  const share = seconds !== null && total.seconds ? seconds / total.seconds : null;
  return {
    id: clean(statement.id),
    text: clean(statement.text),
    share: share === null ? NOTHING : formatPercent(share),
    time: seconds === null ? NOTHING : formatDuration(seconds),
    calls: formatNumber(calls),
    mean: seconds === null || calls === 0 ? NOTHING : formatDuration(seconds / calls),
    rows: rows === null || calls === 0 ? NOTHING : formatNumber(rows / calls),
    from: statement.callers[0] === undefined ? '' : clean(statement.callers[0].endpoint),
    isOnlyCaller: statement.callers.length === 1,
    notes: [
      ...callerNote(statement),
      ...planNote(statement),
      ...waitNote(statement),
      ...ioNotes(statement),
      ...loops.filter((loop) => loop.statement === statement.id).map(loopText),
      ...(statement.notUnderstood === null ? [] : [`not understood: ${clean(statement.notUnderstood)}`]),
    ],
  };
}

/** More endpoints than these are a number. */
const CALLERS = 3;
/** Waits, and indexes that no step names, are named up to these. */
const WAITS = 3;
const INDEXES = 3;

function callerNote({ callers }: ShownStatement): readonly string[] {
  // One is said beside the figures.
  if (callers.length < 2) return [];
  const named = callers.slice(0, CALLERS).map(({ endpoint, calls }) => `${clean(endpoint)} (${formatNumber(calls)})`);
  const more = callers.length - named.length;
  return [`from ${named.join(', ')}${more > 0 ? ` and ${formatNumber(more)} more` : ''}`];
}

/** `plan: Seq Scan on orders, 97 % of its cost; also Index Scan using customers_pkey on customers (planned now)`. */
function planNote({ plan }: ShownStatement): readonly string[] {
  if (plan === undefined) return [];
  const { heaviest, reads, indexes } = plan;
  const of = heaviest?.of === 'time' ? 'time' : 'cost';
  const first = heaviest === null ? [] : [`${clean(heaviest.title)}, ${formatPercent(heaviest.share)} of its ${of}`];
  const others = reads.filter((title) => title !== heaviest?.title).map(clean);
  const titles = [...reads, heaviest?.title ?? ''];
  const unnamed = indexes.filter((name) => !titles.some((title) => title.includes(name))).map(clean);
  const parts = [
    ...first,
    ...(others.length > 0 ? [`${first.length > 0 ? 'also ' : ''}${others.join(', ')}`] : []),
    ...(unnamed.length > 0 ? [`uses ${unnamed.slice(0, INDEXES).join(', ')}`] : []),
  ];
  if (parts.length === 0) return [];
  return [`plan: ${parts.join('; ')} (${plan.from === 'log' ? 'as logged' : 'as planned now'})`];
}

/** `waits: Lock transactionid 62 %, CPU 38 % (seen at work 21 times)`. */
function waitNote({ waits = [] }: ShownStatement): readonly string[] {
  const seen = waits.reduce((sum, { count }) => sum + count, 0);
  if (waits.length === 0) return [];
  const named = waits
    .slice(0, WAITS)
    .map(({ type, event, share }) => `${clean(type === event ? type : `${type} ${event}`)} ${formatPercent(share)}`);
  return [`waits: ${named.join(', ')} (seen at work ${countOf(seen, 'time')})`];
}

/** Bytes a call that a cache does not have: less than this is a page now and then. */
const WORTH_SAYING = 1024;

function ioNotes({ io, calls }: ShownStatement): readonly string[] {
  if (io === null || calls === 0) return [];
  const parts: string[] = [];
  if (io.read / calls >= WORTH_SAYING) {
    // Not a share of the table: a page that is touched again counts again.
    const touched = `${formatBytes((io.read + io.cacheHit) / calls)} (a page counts each time)`;
    parts.push(`a call reads ${formatBytes(io.read / calls)} from outside the cache and touches ${touched}`);
  }
  if (io.tempWritten > 0) parts.push(`spills ${formatBytes(io.tempWritten / calls)} to temporary files, a call`);
  return parts;
}

function loopText({ proof, callsPerRequest, endpoint, requests }: StatementLoop): string {
  const where = endpoint === null ? '' : ` of ${clean(endpoint)}`;
  return proof === 'proven'
    ? `N+1: ${formatNumber(callsPerRequest)} calls in one request${where}, seen in ${countOf(requests, 'request')}`
    : `perhaps N+1: ${formatNumber(callsPerRequest)} calls a request${where}, by counters alone`;
}

/** `12 statements, 40,210 calls, 3 min 20 s together, over 2 h`. */
export function workloadTally({ total, window }: ShownWorkload): string {
  const parts = [countOf(total.statements, 'statement'), countOf(total.calls, 'call')];
  if (total.seconds !== null) parts.push(`${formatDuration(total.seconds)} together`);
  if (window !== null) parts.push(`over ${formatDuration(window)}`);
  return parts.join(', ');
}

/** Epoch seconds that a date can be. */
const LAST_INSTANT = 8.64e12;

/** Where the statements come from, and what could not be told. */
export function sourceTexts({ sources }: ShownWorkload): readonly string[] {
  return sources.flatMap(({ title, calls, since, seconds, ownLoad, missing }) => {
    const age =
      since !== null && Math.abs(since) <= LAST_INSTANT
        ? `, since ${formatInstant(new Date(since * 1000).toISOString())}`
        : seconds === null
          ? ''
          : `, over ${formatDuration(seconds)}`;
    return [
      `${clean(title)}: ${countOf(calls, 'call')}${age}.`,
      ...(ownLoad ? [ownLoadText(ownLoad)] : []),
      ...missing.map((text) => sentence(text)),
    ];
  });
}

function ownLoadText({ calls, seconds, window }: NonNullable<WorkloadSource['ownLoad']>): string {
  return `Left out: ${countOf(calls, 'call')} with ${formatDuration(seconds)}, what ran in the ${formatDuration(window)} in which trials of Pitwall made their load.`;
}

export const databasesOf = ({ databases }: { readonly databases?: readonly DatabaseReport[] }) => databases ?? [];
