/** The process that has one copy of the database open and answers one question at a time. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Value } from '../types.ts';

export type Question =
  | { readonly exec: string }
  | { readonly all: string; readonly params: readonly Value[] }
  | { readonly time: string; readonly params: readonly Value[] };

export interface Answer {
  readonly seconds: number;
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
}
export interface Refusal {
  readonly error: string;
}

function serve(file: string): void {
  const db = new DatabaseSync(file, { timeout: 5000 });
  // It holds the data with anybody's indexes: with less, reads with the same plan are slower where more indexes push pages out.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -1048576');
  const prepared = new Map<string, StatementSync>();
  const statement = (text: string): StatementSync => {
    const made = prepared.get(text) ?? db.prepare(text);
    prepared.set(text, made);
    return made;
  };
  const answer = (question: Question): Answer => {
    if ('exec' in question) {
      db.exec(question.exec);
      // What was planned before may not be what would be planned now.
      prepared.clear();
      return { seconds: 0 };
    }
    if ('all' in question) return { seconds: 0, rows: db.prepare(question.all).all(...question.params) };
    const run = statement(question.time);
    const startedAt = performance.now();
    // A write that returns nothing has no rows.
    run.all(...question.params);
    return { seconds: (performance.now() - startedAt) / 1000 };
  };
  process.on('message', (question: Question) => {
    try {
      process.send!(answer(question));
    } catch (error) {
      process.send!({ error: (error as Error).message });
    }
  });
  process.on('disconnect', () => {
    db.close();
    process.exit(0);
  });
}

if (process.send !== undefined) serve(process.argv[2]!);
