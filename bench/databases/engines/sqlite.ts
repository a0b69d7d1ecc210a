/**
 * SQLite through node:sqlite in a process of its own for each copy, because a statement that does not end can only be ended
 * with its process. Copies are copies of the file.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Copy, Engine, Target, Value } from '../types.ts';
import type { Answer, Question, Refusal } from './sqlite-child.ts';

export function startEngine(): Engine {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-bench-sqlite-'));
  const base = join(directory, 'base.db');
  const children = new Set<ChildProcess>();
  const remove = (file: string) => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
  };
  return {
    id: 'sqlite',
    title: `SQLite ${process.versions.sqlite} of node:sqlite, WAL, synchronous off, 1 GiB of page cache`,
    async load(workload, scale) {
      remove(base);
      await workload.load(target(base), scale);
      const db = new DatabaseSync(base);
      db.exec('ANALYZE; PRAGMA journal_mode = DELETE');
      db.close();
    },
    async copy(name) {
      const file = join(directory, `${name}.db`);
      remove(file);
      copyFileSync(base, file, constants.COPYFILE_FICLONE);
      return copyAt(file, children, () => remove(file));
    },
    async close() {
      // One that is in the middle of a long statement would not see that we are gone.
      for (const child of children) child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function target(file: string): Target {
  const use = <T>(work: (db: DatabaseSync) => T): T => {
    const db = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    try {
      db.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF');
      return work(db);
    } finally {
      db.close();
    }
  };
  return {
    engine: 'sqlite',
    location: file,
    exec: async (sql) => use((db) => db.exec(sql)),
    fill: async (table, rows) =>
      use((db) => {
        db.exec('BEGIN');
        let insert: ReturnType<DatabaseSync['prepare']> | null = null;
        for (const row of rows) {
          insert ??= db.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`);
          insert.run(...row);
        }
        db.exec('COMMIT');
      }),
  };
}

/** `$1` is `?1` here. */
export const numbered = (text: string): string => text.replace(/\$(\d+)/g, '?$1');

async function copyAt(file: string, children: Set<ChildProcess>, removeFile: () => void): Promise<Copy> {
  let child: ChildProcess | null = null;

  const begin = (): ChildProcess => {
    const begun = fork(join(import.meta.dirname, 'sqlite-child.ts'), [file], { serialization: 'advanced' });
    children.add(begun);
    begun.once('close', () => children.delete(begun));
    return begun;
  };
  /** Null: given up after `cap` seconds. */
  const ask = (question: Question, cap: number): Promise<Answer | null> => {
    const asked = child ?? begin();
    child = asked;
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        asked.kill('SIGKILL');
      }, cap * 1000);
      const settle = (work: () => void) => {
        clearTimeout(timer);
        asked.removeAllListeners('message').removeAllListeners('exit');
        work();
      };
      asked.once('message', (answer: Answer | Refusal) =>
        settle(() => ('error' in answer ? reject(new Error(answer.error)) : resolve(answer))),
      );
      asked.once('exit', (code) =>
        settle(() => {
          child = null;
          if (late) resolve(null);
          else reject(new Error(`the process with the database ended with ${code}`));
        }),
      );
      asked.send(question);
    });
  };
  /** Setting up takes as long as it takes: an hour. */
  const wait = async (question: Question) => {
    const answer = await ask(question, 3600);
    if (answer === null) throw new Error('it took more than an hour');
    return answer;
  };
  const copy: Copy = {
    engine: 'sqlite',
    location: file,
    exec: async (sql) => void (await wait({ exec: sql })),
    rows: async (sql) => (await wait({ all: sql, params: [] })).rows ?? [],
    settle: async () => void (await wait({ exec: 'ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)' })),
    async run(text, params: readonly Value[], cap) {
      const answer = await ask({ time: numbered(text), params }, cap);
      return answer?.seconds ?? null;
    },
    async indexBytes() {
      const [row] = await copy.rows(
        "SELECT coalesce(sum(pgsize), 0) AS bytes FROM dbstat WHERE aggregate = TRUE AND name IN (SELECT name FROM sqlite_schema WHERE type = 'index')",
      );
      return Number(row!.bytes);
    },
    async release() {
      const ending = child;
      if (ending !== null) {
        await new Promise((resolve) => {
          ending.removeAllListeners('exit').once('exit', resolve);
          ending.disconnect();
        });
      }
      child = null;
    },
    async remove() {
      await copy.release();
      removeFile();
    },
  };
  return copy;
}
