import type { Recorder } from './recorder.ts';
import type { Text } from './texts.ts';

/** Any method of theirs: what goes in and comes out is passed on as it is. */
// biome-ignore lint/suspicious/noExplicitAny: methods of two libraries that are not imported.
export type Method = (this: any, ...args: any[]) => any;
export type Methods = Record<string, Method | undefined>;

/** Puts `made` in place of a method, as the object's own; the returned function takes it away, if nobody else has replaced it. */
export function override(object: object, name: string, made: Method): () => void {
  const before = Object.getOwnPropertyDescriptor(object, name);
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

interface Overridden {
  /** Takes the methods away again. */
  restore(): void;
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
): Overridden {
  const methods = object as Methods;
  const undo: (() => void)[] = [];
  const restore = () => {
    for (const each of undo.splice(0)) each();
  };
  for (const [name, rowsOf] of Object.entries(ROWS)) {
    const original = methods[name];
    if (typeof original !== 'function') continue;
    undo.push(
      override(object, name, (...given) => {
        if (!recorder.isActive) {
          restore();
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
        recorder.record({ text, args, startedAt, milliseconds, rows: rowsOf(result, text), error: undefined });
        return result;
      }),
    );
  }
  const { iterate } = methods;
  if (typeof iterate === 'function') {
    undo.push(
      override(object, 'iterate', (...given) => {
        if (!recorder.isActive) {
          restore();
          return Reflect.apply(iterate, object, given);
        }
        const startedAt = performance.now();
        try {
          const rows = Reflect.apply(iterate, object, given) as Iterator<unknown>;
          return new LoggedRows(rows, recorder, { ...told(given), startedAt });
        } catch (error) {
          const milliseconds = performance.now() - startedAt;
          recorder.record({ ...told(given), startedAt, milliseconds, rows: null, error });
          throw error;
        }
      }),
    );
  }
  return { restore };
}

/** Rows one at a time. Its time is SQLite's: not what the application does between the rows. */
class LoggedRows extends Iterator<unknown> {
  readonly #rows: Iterator<unknown>;
  readonly #recorder: Recorder;
  readonly #call: { text: Text; args: readonly unknown[]; startedAt: number };
  #milliseconds: number;
  #count = 0;
  #isTold = false;

  constructor(
    rows: Iterator<unknown>,
    recorder: Recorder,
    call: { text: Text; args: readonly unknown[]; startedAt: number },
  ) {
    super();
    this.#rows = rows;
    this.#recorder = recorder;
    this.#call = call;
    this.#milliseconds = performance.now() - call.startedAt;
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
