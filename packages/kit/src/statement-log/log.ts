import { ConnectionDescription } from './connection.ts';
import { withoutConstants } from './literals.ts';
import { type LoggableDatabase, type StatementLog, type StatementLogOptions, settingsOf } from './options.ts';
import { Recorder } from './recorder.ts';
import { Texts } from './texts.ts';
import { loggedTransaction } from './transaction.ts';
import { type Method, type Methods, override, wrapCalls } from './wrap.ts';
import { writerOf } from './writer.ts';

const logged = new WeakMap<object, StatementLog>();

/**
 * Writes each statement that is sent over a connection of node:sqlite or better-sqlite3 to a log: text, time, rows, error, who asked
 * (`withEndpoint`, `requestEndpoint`), parameters of some calls; and how the connection is set. Call it right after opening, before
 * statements are prepared. Pitwall reads the log: option `logs` of the target.
 *
 * The application works as before: same results, same errors, nothing is thrown. Lines are buffered and written in the background;
 * at the end of the process what is left is written (not when it is killed). A second call for the same connection gives the
 * log that there is. An iteration tells of itself when it ends; the log ends with the connection (`close`).
 * @throws RangeError, TypeError for options that are not in range
 */
export function logStatements(database: LoggableDatabase, options: StatementLogOptions): StatementLog {
  const known = logged.get(database);
  if (known) return known;
  const settings = settingsOf(options);
  const prepare = (database as unknown as Methods).prepare!;
  const connection = new ConnectionDescription(database, (sql) => Reflect.apply(prepare, database, [sql]));
  const writer = writerOf(settings);
  const recorder = new Recorder(writer, connection.id, settings, () => connection.line());
  const texts = new Texts(settings.redact === true ? withoutConstants : (text) => text);
  const textOf = (sql: string) => {
    // What it sets, or what a batch of statements does, shows in the settings afterwards.
    if (/^\s*(?:pragma\b|--|\/\*)/i.test(sql)) connection.isStale = true;
    return texts.of(sql);
  };

  const describe = () => {
    if (recorder.isActive && connection.read()) recorder.describe();
  };
  writer.beforeFlush.add(describe);
  const undo = overrides(database, recorder, textOf, () => {
    connection.isStale = true;
  });
  undo.push(
    override(database, 'close', (original) => (...args) => {
      // Afterwards it cannot be asked any more.
      describe();
      const result: unknown = Reflect.apply(original, database, args);
      log.stop();
      return result;
    }),
  );
  // Tells of itself though no statement may follow.
  recorder.describe();

  const log: StatementLog = {
    get dropped() {
      return writer.dropped;
    },
    get problem() {
      return writer.problem;
    },
    flush: () => writer.flush(),
    stop() {
      if (!recorder.isActive) return;
      describe();
      recorder.isActive = false;
      writer.beforeFlush.delete(describe);
      for (const each of undo) each();
      logged.delete(database);
      writer.release();
    },
    [Symbol.dispose]: () => log.stop(),
  };
  logged.set(database, log);
  return log;
}

/** Puts the database's methods in place that make statements or run them. Returns what takes them away. */
function overrides(
  database: LoggableDatabase,
  recorder: Recorder,
  textOf: (sql: string) => ReturnType<Texts['of']>,
  changesSettings: () => void,
): (() => void)[] {
  const undo: (() => void)[] = [];
  const replace = (name: string, make: (original: Method) => Method) => {
    undo.push(override(database, name, make));
  };

  replace('prepare', (original) => (...args) => {
    const statement: unknown = Reflect.apply(original, database, args);
    if (recorder.isActive && typeof statement === 'object' && statement !== null) {
      wrapStatement(statement, recorder, textOf(String(args[0])));
    }
    return statement;
  });

  replace('exec', (original) => (...args) => {
    if (!recorder.isActive) return Reflect.apply(original, database, args);
    const startedAt = performance.now();
    let error: unknown;
    try {
      return Reflect.apply(original, database, args);
    } catch (thrown) {
      error = thrown ?? 'error';
      throw thrown;
    } finally {
      const milliseconds = performance.now() - startedAt;
      const sql = String(args[0]);
      if (/\bpragma\b/i.test(sql.slice(0, 10_000))) changesSettings();
      recorder.record({ text: textOf(sql), startedAt, milliseconds, rows: null, args: [], error });
    }
  });

  replace('pragma', (original) => (...args) => {
    changesSettings();
    return Reflect.apply(original, database, args);
  });

  replace('transaction', (original) => loggedTransaction(original, database, recorder, textOf));

  replace('createTagStore', (original) => (...args) => {
    const store = Reflect.apply(original, database, args) as object;
    if (recorder.isActive) {
      wrapCalls(store, recorder, ([strings, ...values]) => ({
        text: textOf(Array.isArray(strings) ? strings.join('?') : String(strings)),
        args: values,
      }));
    }
    return store;
  });
  return undo;
}

function wrapStatement(statement: object, recorder: Recorder, text: ReturnType<Texts['of']>): void {
  let bound: readonly unknown[] | null = null;
  wrapCalls(statement, recorder, (args) => ({ text, args: args.length === 0 && bound !== null ? bound : args }));
  // better-sqlite3: values that hold for all calls.
  override(statement, 'bind', (original) => (...args) => {
    const result: unknown = Reflect.apply(original, statement, args);
    if (recorder.isActive) bound = args;
    return result;
  });
}
