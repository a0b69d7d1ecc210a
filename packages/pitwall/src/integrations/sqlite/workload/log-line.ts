import type { Parameters } from '../../../model/database.ts';

/** A line of a statement log, checked: what wrote it may have been anything. */
export type LogLine =
  | { readonly kind: 'connection'; readonly id: string; readonly connection: LoggedConnection }
  | { readonly kind: 'statement'; readonly id: string; readonly text: string; readonly cut: boolean }
  | LoggedCall
  | { readonly kind: 'dropped'; readonly calls: number };

/** A connection as the application told of it. */
export interface LoggedConnection {
  readonly pid: number | null;
  readonly program: string;
  readonly library: string;
  /** Path as the application has it; null: in memory, or not told. */
  readonly database: string | null;
  /** Epoch seconds; null: not told. */
  readonly at: number | null;
  /** Null: not told yet. */
  readonly pragmas: Readonly<Record<string, string | number>> | null;
}

export interface LoggedCall {
  readonly kind: 'call';
  readonly connection: string | null;
  /** Id of a statement's line, or its text. */
  readonly statement: string | null;
  readonly text: string | null;
  /** Epoch seconds when it began; null: not told. */
  readonly at: number | null;
  readonly seconds: number | null;
  readonly rows: number | null;
  readonly params: Parameters | null;
  readonly endpoint: string | null;
  readonly request: string | null;
  readonly error: string | null;
}

const NAME = 200;
const PRAGMAS = 60;
const VALUES = 1000;

/** Null: it is none, or broken off. Never throws. */
export function parseLogLine(line: string): LogLine | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entry = value as Record<string, unknown>;
  switch (entry.kind) {
    case 'call':
      return callOf(entry);
    case 'statement': {
      const id = name(entry.id);
      if (id === null || typeof entry.text !== 'string') return null;
      return { kind: 'statement', id, text: entry.text, cut: entry.cut === true };
    }
    case 'connection': {
      const id = name(entry.id);
      return id === null ? null : { kind: 'connection', id, connection: connectionOf(entry) };
    }
    case 'dropped': {
      const calls = number(entry.calls, 1e12);
      return calls === null ? null : { kind: 'dropped', calls };
    }
    default:
      // The shortest form, for other languages: {"text": …, "seconds": …}.
      return entry.kind === undefined && typeof entry.text === 'string' ? callOf(entry) : null;
  }
}

function callOf(entry: Record<string, unknown>): LoggedCall | null {
  const text = typeof entry.text === 'string' ? entry.text : null;
  const statement = name(entry.statement);
  if (text === null && statement === null) return null;
  return {
    kind: 'call',
    connection: name(entry.connection),
    statement,
    text,
    at: number(entry.at, 1e11),
    seconds: number(entry.seconds, 1e7),
    rows: number(entry.rows, 1e15),
    params: parametersOf(entry.params),
    endpoint: name(entry.endpoint),
    request: name(entry.request),
    error: name(entry.error),
  };
}

function connectionOf(entry: Record<string, unknown>): LoggedConnection {
  const { pragmas } = entry;
  return {
    pid: number(entry.pid, 1e9),
    program: name(entry.program) ?? '',
    library: name(entry.library) ?? '',
    database: typeof entry.database === 'string' ? entry.database.slice(0, 4096) : null,
    at: number(entry.at, 1e11),
    pragmas:
      typeof pragmas === 'object' && pragmas !== null && !Array.isArray(pragmas)
        ? Object.fromEntries(
            Object.entries(pragmas)
              .filter((pair): pair is [string, string | number] => /^[a-z_]{1,40}$/.test(pair[0]) && isPlain(pair[1]))
              .slice(0, PRAGMAS),
          )
        : null,
  };
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= NAME);
}

function name(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, NAME) : null;
}

function number(value: unknown, most: number): number | null {
  return typeof value === 'number' && value >= 0 && value <= most ? value : null;
}

function parametersOf(value: unknown): Parameters | null {
  if (typeof value !== 'object' || value === null) return null;
  const values = Object.values(value);
  if (values.length > VALUES || !values.every(isScalar)) return null;
  return value as Parameters;
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
