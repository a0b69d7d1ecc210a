import type { Statement } from '../../../model/database.ts';
import { counted, either } from '../../../model/plural.ts';
import type { StatementReader } from '../../_sql/workload/events.ts';
import { NO_STATEMENTS } from '../statements.ts';
import type { EntryCounters } from './counters.ts';
import type { Difference } from './difference.ts';
import { isOurs } from './ours.ts';
import { LONGEST_TEXT, type Reading } from './snapshot.ts';

/** What pg_stat_statements told, as statements. */
export interface Counted {
  readonly statements: readonly Statement[];
  readonly calls: number;
  readonly missing: readonly string[];
  /** Entries of other roles. */
  readonly hidden: number;
}

export const STATISTICS = 'statistics';

/** Several entries are one statement: of several roles, or of tables of the same name in several schemas. */
interface Sum {
  readonly read: ReturnType<StatementReader>;
  counters: EntryCounters;
  maxSeconds: number | null;
  readonly callers: Map<string, { calls: number; seconds: number }>;
}

/** Whether the calls of an entry are told as those of a statement: ours are not, nor those whose text is lost. */
export function isTold({ texts }: Reading, key: string): boolean {
  const text = texts.get(key.slice(0, key.indexOf('/')));
  return text !== undefined && !isOurs(text);
}

/**
 * Statements of the entries that were called in the time. Ours are left out. Time is given back to the event loop now and then:
 * there may be ten thousand.
 */
export async function countedStatements(
  { snapshot, texts, hidden, nested, withoutText, unreadable }: Reading,
  difference: Difference,
  read: StatementReader,
): Promise<Counted> {
  const sums = new Map<string, Sum>();
  let [calls, done, cut, lost, commented] = [0, 0, 0, 0, 0];
  for (const [key, entry] of difference.entries) {
    if (++done % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    const text = texts.get(key.slice(0, key.indexOf('/')));
    if (text === undefined) {
      lost++;
      continue;
    }
    if (isOurs(text)) continue;
    if (text.length >= LONGEST_TEXT) cut++;
    const statement = read(text);
    calls += entry.calls;
    const sum = sums.get(statement.id);
    if (sum) {
      sum.counters = added(sum.counters, entry);
      sum.maxSeconds =
        sum.maxSeconds === null || entry.maxSeconds === null ? null : Math.max(sum.maxSeconds, entry.maxSeconds);
    } else
      sums.set(statement.id, { read: statement, counters: entry, maxSeconds: entry.maxSeconds, callers: new Map() });
    if (statement.endpoint !== null) {
      commented++;
      const { callers } = sums.get(statement.id)!;
      const caller = callers.get(statement.endpoint) ?? { calls: 0, seconds: 0 };
      callers.set(statement.endpoint, { calls: caller.calls + entry.calls, seconds: caller.seconds + entry.seconds });
    }
  }
  const told = unreadable ? 0 : Math.max(lost, withoutText);
  return {
    statements: [...sums.values()].map((sum) => statementOf(sum)),
    calls,
    hidden: hidden.entries,
    missing: [
      ...(unreadable ? [`${NO_STATEMENTS['not readable']}.`] : []),
      ...difference.missing,
      ...(hidden.entries === 0
        ? []
        : [
            `${counted(hidden.entries, 'entry of another role is', 'entries of other roles are')} hidden from ours: GRANT pg_read_all_stats (or pg_monitor) TO it.`,
          ]),
      ...(nested.entries === 0
        ? []
        : [
            `${counted(nested.entries, 'statement within a function is counted with the statement that calls it', 'statements within functions are counted with the statements that call the functions')}.`,
          ]),
      ...(told === 0
        ? []
        : [`The server has lost ${counted(told, 'text')} of its entries: what has none is left out.`]),
      ...(cut === 0
        ? []
        : [
            `${counted(cut, 'text is', 'texts are')} longer than ${LONGEST_TEXT} characters, and ${either(cut, 'was', 'were')} cut.`,
          ]),
      ...(commented === 0
        ? []
        : [
            'Of each entry the server keeps the comment of its first call only: the endpoint it names may be one of several.',
          ]),
      ...(snapshot.entries.size === 0 && hidden.entries === 0
        ? ['It has counted nothing in this database yet (or pg_stat_statements.track is none).']
        : []),
    ],
  };
}

function added(a: EntryCounters, b: EntryCounters): EntryCounters {
  return {
    calls: a.calls + b.calls,
    seconds: a.seconds + b.seconds,
    plans: a.plans + b.plans,
    planSeconds: a.planSeconds + b.planSeconds,
    rows: a.rows + b.rows,
    cacheHit: a.cacheHit + b.cacheHit,
    read: a.read + b.read,
    dirtied: a.dirtied + b.dirtied,
    written: a.written + b.written,
    tempRead: a.tempRead + b.tempRead,
    tempWritten: a.tempWritten + b.tempWritten,
    log: a.log + b.log,
    ioSeconds: a.ioSeconds + b.ioSeconds,
  };
}

function statementOf({ read, counters, maxSeconds, callers }: Sum): Statement {
  const { cacheHit, read: bytesRead, dirtied, written, tempRead, tempWritten, log } = counters;
  return {
    id: read.id,
    text: read.text,
    kind: read.kind,
    tables: read.tables,
    calls: counters.calls,
    seconds: counters.seconds,
    // Planning is not counted unless pg_stat_statements.track_planning is on.
    planSeconds: counters.plans === 0 ? null : counters.planSeconds,
    maxSeconds,
    rows: counters.rows,
    io: { cacheHit, read: bytesRead, dirtied, written, tempRead, tempWritten, log },
    callers: [...callers].map(([endpoint, caller]) => ({ endpoint, ...caller })).sort((a, b) => b.calls - a.calls),
    samples: [],
    sources: [STATISTICS],
    notUnderstood: read.notUnderstood,
  };
}
