import { open } from 'node:fs/promises';
import { printable, reasonOf } from '../../../errors.ts';
import type { Parameters } from '../../../model/database.ts';
import type { StatementEvent } from './events.ts';

/** A statement of a file, with what the comments before it say. */
export interface FileStatement {
  readonly text: string;
  /** `-- calls: 100`; 1 where it does not say. */
  readonly calls: number;
  /** `-- endpoint: GET /orders`. */
  readonly endpoint: string | null;
  /** `-- params: [1, "a"]`, any number of times. */
  readonly params: readonly Parameters[];
}

/** How a dialect writes its statements. */
export interface SqlLexis {
  /** All of the text, part by part. */
  lex(sql: string): Iterable<{ readonly kind: string; readonly text: string }>;
  /** True while a semicolon does not end what is written so far (a trigger's body). */
  isOpen?(written: string): boolean;
  hasPlaceholders(text: string): boolean;
}

/** Larger files are dumps, not workloads. Bytes. */
const LARGEST = 32 * 2 ** 20;
const MOST_CALLS = 1e12;

/** The statements of a text, split where they end. What a client alone knows (`\timing`) is left out. Never throws. */
export function splitStatements(sql: string, lexis: SqlLexis): readonly FileStatement[] {
  const found: FileStatement[] = [];
  let written = '';
  let notes: string[] = [];
  let depth = 0;
  const end = () => {
    const text = written.trim();
    if (text !== '') found.push({ text, ...said(notes) });
    written = '';
    notes = [];
    depth = 0;
  };
  for (const { kind, text } of lexis.lex(sql.replace(/^[ \t]*\\[^\n]*$/gm, ''))) {
    if (kind === 'comment') {
      if (written.trim() === '') notes.push(text);
      // Kept within a statement: it may say which endpoint asks.
      else written += text;
    } else if (kind === 'operator' && text === ';' && depth <= 0 && !lexis.isOpen?.(written)) {
      // What follows on the same line as the end belongs to the next.
      end();
    } else {
      if (text === '(') depth++;
      if (text === ')') depth--;
      if (kind !== 'space' || written !== '') written += text;
    }
  }
  end();
  return found;
}

function said(notes: readonly string[]): Omit<FileStatement, 'text'> {
  let [calls, endpoint] = [1, null as string | null];
  const params: Parameters[] = [];
  for (const note of notes) {
    for (const line of note.split('\n')) {
      const [, name, value = ''] =
        /^\s*(?:--+|\/\*+|\*)?\s*(calls|weight|endpoint|params)\s*:\s*(.*?)\s*(?:\*\/)?$/i.exec(line) ?? [];
      if (name === undefined) continue;
      if (/^(calls|weight)$/i.test(name)) {
        const number = Number(value);
        if (Number.isFinite(number) && number > 0 && number <= MOST_CALLS) calls = number;
      } else if (/^endpoint$/i.test(name)) endpoint = printable(value) || null;
      else {
        const set = parametersFrom(value);
        if (set !== null) params.push(set);
      }
    }
  }
  return { calls, endpoint, params };
}

function parametersFrom(text: string): Parameters | null {
  try {
    const value: unknown = JSON.parse(text);
    const plain = (one: unknown) => one === null || ['string', 'number', 'boolean'].includes(typeof one);
    return Array.isArray(value) && value.every(plain) ? (value as Parameters) : null;
  } catch {
    return null;
  }
}

/** The statements of a file; a sentence when it cannot be read. */
export async function readStatements(path: string, lexis: SqlLexis): Promise<readonly FileStatement[] | string> {
  try {
    const file = await open(path, 'r');
    try {
      const about = await file.stat();
      if (!about.isFile()) return `${printable(path)} is no file.`;
      if (about.size > LARGEST) return `${printable(path)} is larger than ${LARGEST / 2 ** 20} MiB, and is not read.`;
      return splitStatements(await file.readFile('utf8'), lexis);
    } finally {
      await file.close();
    }
  } catch (error) {
    return `${printable(path)} cannot be read: ${reasonOf(error)}.`;
  }
}

/** Their calls: the first set of parameters stands for all of them, the others only show values. */
export function eventsOf(statements: readonly FileStatement[], lexis: SqlLexis): readonly StatementEvent[] {
  return statements.flatMap(({ text, calls, endpoint, params }) =>
    (params.length === 0 ? [[]] : params).map(
      (set, at): StatementEvent => ({
        text,
        params: set,
        seconds: null,
        rows: null,
        at: null,
        endpoint,
        request: null,
        session: null,
        calls: at === 0 ? calls : 0,
        noSample: params.length === 0 && lexis.hasPlaceholders(text),
      }),
    ),
  );
}
