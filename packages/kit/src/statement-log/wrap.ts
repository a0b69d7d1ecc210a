import type { Recorder } from './recorder.ts';
import type { Text } from './texts.ts';

/** Any method of theirs: what goes in and comes out is passed on as it is. */
// biome-ignore lint/suspicious/noExplicitAny: methods of two libraries that are not imported.
export type Method = (this: any, ...args: any[]) => any;
export type Methods = Record<string, Method | undefined>;

/**
 * Puts what `make` gives in place of a method, as the object's own; nothing where there is no such method. The returned function
 * takes it away, if nobody else has replaced it.
 */
export function override(object: object, name: string, make: (original: Method) => Method): () => void {
  const original = (object as Methods)[name];
  if (typeof original !== 'function') return () => {};
  const before = Object.getOwnPropertyDescriptor(object, name);
  const made = make(original);
  Object.defineProperty(object, name, { value: made, configurable: true, writable: true, enumerable: false });
  return () => {
    if ((object as Methods)[name] !== made) return;
    if (before) Object.defineProperty(object, name, before);
    else delete (object as Methods)[name];
  };
}

/** How many rows a result stands for; null: it does not say. */
const ROWS: Readonly<Record<string, (result: unknown, text: Text) => number | null>> = {
  // `changes` of a statement that only reads is that of the one before.
  run: (result, { text }) => {
    const changes = (result as { changes?: unknown } | null)?.changes;
    return changes === undefined || /^\s*(?:select|pragma|values)\b/i.test(text) ? null : Number(changes);
  },
  get: (result) => (result === undefined ? 0 : 1),
  all: (result) => (Array.isArray(result) ? result.length : null),
};

/** A call that has given its result, or its first one. */
interface Begun {
  readonly text: Text;
  readonly args: readonly unknown[];
  readonly startedAt: number;
  readonly milliseconds: number;
}

/**
 * Makes `run`, `get`, `all` and `iterate` of a statement (or of a store of tagged templates) tell the recorder. Results, errors and
 * `this` are as without. When the log has ended, the next call restores the object.
 * @param told the text and the parameters of a call, by its arguments
 */
export function wrapCalls(
  object: object,
  recorder: Recorder,
  told: (args: readonly unknown[]) => { text: Text; args: readonly unknown[] },
): void {
  const undo: (() => void)[] = [];
  const wrap = (name: string, give: (result: unknown, call: Begun) => unknown) => {
    const tell =
      (original: Method): Method =>
      (...given) => {
        if (!recorder.isActive) {
          for (const each of undo.splice(0)) each();
          return Reflect.apply(original, object, given);
        }
        const startedAt = performance.now();
        let result: unknown;
        try {
          result = Reflect.apply(original, object, given);
        } catch (error) {
          const milliseconds = performance.now() - startedAt;
          recorder.record({ ...told(given), startedAt, milliseconds, rows: null, error });
          throw error;
        }
        const milliseconds = performance.now() - startedAt;
        const { text, args } = told(given);
        return give(result, { text, args, startedAt, milliseconds });
      };
    undo.push(override(object, name, tell));
  };
  for (const [name, rowsOf] of Object.entries(ROWS)) {
    wrap(name, (result, call) => {
      const { text, args, startedAt, milliseconds } = call;
      recorder.record({ text, args, startedAt, milliseconds, rows: rowsOf(result, text), error: undefined });
      return result;
    });
  }
  wrap('iterate', (rows, call) => new LoggedRows(rows as Iterator<unknown>, recorder, call));
}

/** Rows one at a time. Its time is SQLite's: not what the application does between the rows. */
class LoggedRows extends Iterator<unknown> {
  readonly #rows: Iterator<unknown>;
  readonly #recorder: Recorder;
  readonly #call: Begun;
  #milliseconds: number;
  #count = 0;
  #isTold = false;

  constructor(rows: Iterator<unknown>, recorder: Recorder, call: Begun) {
    super();
    this.#rows = rows;
    this.#recorder = recorder;
    this.#call = call;
    this.#milliseconds = call.milliseconds;
  }

  override next(): IteratorResult<unknown, undefined> {
    const startedAt = performance.now();
    try {
      const step = this.#rows.next() as IteratorResult<unknown, undefined>;
      this.#milliseconds += performance.now() - startedAt;
      if (step.done) this.#tell(undefined);
      else this.#count++;
      return step;
    } catch (error) {
      this.#milliseconds += performance.now() - startedAt;
      this.#tell(error);
      throw error;
    }
  }

  /** The application has seen enough. */
  override return(value?: unknown): IteratorResult<unknown, undefined> {
    try {
      return (this.#rows.return?.(value) ?? { done: true, value }) as IteratorResult<unknown, undefined>;
    } finally {
      this.#tell(undefined);
    }
  }

  #tell(error: unknown): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const rows = error === undefined ? this.#count : null;
    if (this.#recorder.isActive) {
      this.#recorder.record({ ...this.#call, milliseconds: this.#milliseconds, rows, error });
    }
  }
}
