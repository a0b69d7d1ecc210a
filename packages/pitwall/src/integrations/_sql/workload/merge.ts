import { SAMPLES, type Statement } from '../../../model/database.ts';

/**
 * One statement of what several sources say of it. What counts calls counts them once: the first source that does is believed, the
 * others add what it cannot know (values, endpoints, the longest call).
 * @param lists most trusted first, each with a statement at most once
 */
export function mergeStatements(lists: readonly (readonly Statement[])[]): readonly Statement[] {
  const merged = new Map<string, Statement>();
  for (const list of lists) {
    for (const statement of list) {
      const known = merged.get(statement.id);
      merged.set(statement.id, known ? together(known, statement) : statement);
    }
  }
  return [...merged.values()];
}

function together(known: Statement, more: Statement): Statement {
  // A source that knows calls only by hearsay (a file of SQL) does not make those of another.
  const counts = known.calls > 0 ? known : more;
  return {
    ...known,
    calls: counts.calls,
    seconds: counts.seconds ?? known.seconds ?? more.seconds,
    rows: counts.rows ?? more.rows,
    io: known.io ?? more.io,
    planSeconds: known.planSeconds ?? more.planSeconds,
    maxSeconds: largest(known.maxSeconds, more.maxSeconds),
    callers: known.callers.length > 0 ? known.callers : more.callers,
    samples: alternating(known.samples, more.samples),
    sources: [...new Set([...known.sources, ...more.sources])],
    tables: known.tables.length > 0 ? known.tables : more.tables,
  };
}

function largest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

/** Some of both: each source sees calls that the other does not. */
function alternating<T>(a: readonly T[], b: readonly T[]): readonly T[] {
  const both: T[] = [];
  for (let at = 0; both.length < SAMPLES && at < Math.max(a.length, b.length); at++) {
    if (a[at] !== undefined) both.push(a[at]!);
    if (b[at] !== undefined && both.length < SAMPLES) both.push(b[at]!);
  }
  return both;
}
