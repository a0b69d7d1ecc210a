/** What the tests of the log share. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
// @ts-expect-error It brings no types.
import Library from 'better-sqlite3';
import type { LoggableDatabase } from './options.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests call methods of two libraries by one name; better-sqlite3 brings no types.
type AnyDatabase = LoggableDatabase & any;

const BetterSqlite3 = Library as new (path: string) => AnyDatabase;

/** Both libraries, each opening a database. */
export const LIBRARIES: readonly (readonly [name: string, open: (path?: string) => AnyDatabase])[] = [
  ['node:sqlite', (path = ':memory:') => new DatabaseSync(path)],
  ['better-sqlite3', (path = ':memory:') => new BetterSqlite3(path)],
];

/** A path in a folder that is gone after the test. */
export function temporaryFile(t: TestContext, name = 'statements.jsonl'): string {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-kit-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

export interface LoggedLine {
  readonly kind: string;
  readonly id?: string;
  readonly text?: string;
  readonly cut?: boolean;
  readonly connection?: string;
  readonly statement?: string;
  readonly at?: number;
  readonly seconds?: number;
  readonly rows?: number;
  readonly params?: unknown;
  readonly endpoint?: string;
  readonly request?: string;
  readonly error?: string;
  readonly calls?: number;
  readonly pid?: number;
  readonly library?: string;
  readonly database?: string | null;
  readonly pragmas?: Record<string, number | string>;
}

export function linesOf(file: string): readonly LoggedLine[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LoggedLine);
}

/** The calls of a log with their texts. */
export function callsOf(lines: readonly LoggedLine[]): readonly LoggedLine[] {
  const texts = new Map(lines.filter(({ kind }) => kind === 'statement').map(({ id, text }) => [id, text]));
  return lines
    .filter(({ kind }) => kind === 'call')
    .map((line) => ({ ...line, text: texts.get(line.statement) ?? 'unknown' }));
}
