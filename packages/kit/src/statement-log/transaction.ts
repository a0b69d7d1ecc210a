import type { Recorder } from './recorder.ts';
import type { Text } from './texts.ts';
import type { Method, Methods } from './wrap.ts';

/** Names of the variants that each function of `db.transaction` has. */
const VARIANTS = ['default', 'deferred', 'immediate', 'exclusive'] as const;

interface Marks {
  readonly isNested: boolean;
  readonly begin: string;
  readonly calledAt: number;
  /** Of `fn`; null: not begun, not ended. */
  begunAt: number | null;
  endedAt: number;
  failed: boolean;
}

/**
 * better-sqlite3's `db.transaction(fn)` begins and commits where no statement is seen: the time before `fn` is that of BEGIN (or
 * SAVEPOINT), the time after it that of COMMIT (RELEASE) or ROLLBACK.
 */
export function loggedTransaction(
  original: Method,
  database: object,
  recorder: Recorder,
  textOf: (sql: string) => Text,
): Method {
  return (fn: unknown, ...rest: unknown[]) => {
    if (!recorder.isActive || typeof fn !== 'function') return Reflect.apply(original, database, [fn, ...rest]);
    const tell = (sql: string, startedAt: number, endedAt: number, error?: unknown) =>
      recorder.record({ text: textOf(sql), startedAt, milliseconds: endedAt - startedAt, rows: null, args: [], error });
    // Those that are under way: it may call itself.
    const stack: Marks[] = [];
    const marked = function (this: unknown, ...args: unknown[]) {
      const marks = stack.at(-1);
      if (marks === undefined) return Reflect.apply(fn, this, args);
      marks.begunAt = performance.now();
      tell(marks.isNested ? 'SAVEPOINT' : marks.begin, marks.calledAt, marks.begunAt);
      try {
        return Reflect.apply(fn, this, args);
      } catch (error) {
        marks.failed = true;
        throw error;
      } finally {
        marks.endedAt = performance.now();
      }
    };
    const made = Reflect.apply(original, database, [marked, ...rest]) as Method & Methods;
    const timed = (variant: Method, begin: string): Method =>
      function (this: unknown, ...args: unknown[]) {
        if (!recorder.isActive) return Reflect.apply(variant, this, args);
        const isNested = (database as { inTransaction?: unknown }).inTransaction === true;
        const calledAt = performance.now();
        const marks: Marks = { isNested, begin, calledAt, begunAt: null, endedAt: calledAt, failed: false };
        stack.push(marks);
        let thrown: unknown;
        try {
          return Reflect.apply(variant, this, args);
        } catch (error) {
          thrown = error ?? 'error';
          throw error;
        } finally {
          stack.pop();
          const now = performance.now();
          if (marks.begunAt === null) tell(isNested ? 'SAVEPOINT' : begin, calledAt, now, thrown);
          else if (marks.failed) tell(isNested ? 'ROLLBACK TO' : 'ROLLBACK', marks.endedAt, now);
          // Thrown though `fn` was done: the commit itself failed.
          else tell(isNested ? 'RELEASE' : 'COMMIT', marks.endedAt, now, thrown);
        }
      };
    const variants = Object.fromEntries(
      VARIANTS.map((name) => {
        const variant = made[name] ?? made;
        return [name, timed(variant, name === 'default' ? 'BEGIN' : `BEGIN ${name.toUpperCase()}`)];
      }),
    );
    const properties = {
      ...Object.fromEntries(Object.entries(variants).map(([name, value]) => [name, { value }])),
      database: { value: database, enumerable: true },
    };
    for (const variant of Object.values(variants)) Object.defineProperties(variant, properties);
    return variants.default;
  };
}
