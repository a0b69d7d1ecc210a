import type { Parameters, Statement } from '../../../model/database.ts';

/** One call of a statement that a log, a sample of the sessions or a file told of. */
export interface StatementEvent {
  /** As it was sent: with placeholders, or with the values in it. */
  readonly text: string;
  /** Empty when the source does not tell. */
  readonly params: Parameters;
  /** Of this call; null: not measured. */
  readonly seconds: number | null;
  readonly rows: number | null;
  /** Epoch seconds when it ended; null: not told. */
  readonly at: number | null;
  /** What asked for it; null: what a comment in the text says, if it does. */
  readonly endpoint: string | null;
  /** What it belongs to: a request, or a trace. Null: what a comment in the text says, if it does. */
  readonly request: string | null;
  /** Connection that it came over. */
  readonly session: string | null;
  /** Calls that it stands for; absent: 1. 0: it only shows values, somebody else counts it. */
  readonly calls?: number;
  /** True: its values are not known, so it cannot be run again. */
  readonly noSample?: boolean;
}

/** What a dialect knows of a text. `id` and `text` are alike for all calls that differ in nothing but values. */
export interface ReadStatement extends Pick<Statement, 'id' | 'text' | 'kind' | 'tables' | 'notUnderstood'> {
  /** Of a comment in the text (sqlcommenter). */
  readonly endpoint: string | null;
  readonly request: string | null;
}

/** Must not throw: a text that it does not know has `notUnderstood`. */
export type StatementReader = (text: string) => ReadStatement;
