import { currentRequest } from './endpoint.ts';
import type { RequestName, Settings } from './options.ts';
import { parametersJson } from './parameters.ts';
import { isSampled, type Text } from './texts.ts';
import type { LineWriter } from './writer.ts';

/** What is known of a call when it is over. Times in milliseconds of `performance.now`. */
export interface Call {
  readonly text: Text;
  readonly startedAt: number;
  readonly milliseconds: number;
  readonly rows: number | null;
  readonly args: readonly unknown[];
  readonly error: unknown;
}

/** Clocks are set now and then; what it was ahead of the monotonic one is looked up again after so many milliseconds. */
const CLOCK = 1000;

/** Makes lines of calls over one connection. Never throws. */
export class Recorder {
  isActive = true;
  readonly writer: LineWriter;
  readonly #connection: string;
  readonly #settings: Settings;
  /** The connection's own line, which has to be in each file. */
  readonly #connectionLine: () => string;
  #file = -1;
  #offset = 0;
  #offsetAt = Number.NEGATIVE_INFINITY;
  #endpoint = '';
  #endpointJson = '';

  constructor(writer: LineWriter, connection: string, settings: Settings, connectionLine: () => string) {
    this.writer = writer;
    this.#connection = connection;
    this.#settings = settings;
    this.#connectionLine = connectionLine;
  }

  record(call: Call): void {
    try {
      const { text, milliseconds } = call;
      const { file } = this.writer;
      let lines = this.#file === file ? '' : this.#connectionLine();
      if (text.file !== file) {
        text.calls = 0;
        text.sets = 0;
        lines += definition(text);
      }
      text.calls++;
      lines += `{"kind":"call","connection":"${this.#connection}","statement":"${text.id}","at":${(this.#epoch(call.startedAt) / 1000).toFixed(6)},"seconds":${(milliseconds / 1000).toFixed(7)}`;
      if (call.rows !== null) lines += `,"rows":${call.rows}`;
      lines += this.#asked();
      if (call.error !== undefined) lines += `,"error":${JSON.stringify(errorCode(call.error))}`;
      if (call.args.length > 0 && isSampled(text, this.#settings.sample)) {
        const params = parametersJson(call.args, this.#settings.redact, text.text);
        if (params !== null) {
          lines += `,"params":${params}`;
          text.sets++;
        }
      }
      if (!this.writer.add(`${lines}}\n`, 1)) return;
      this.#file = file;
      text.file = file;
    } catch {
      this.writer.drop(1);
    }
  }

  /** The connection's line, once more: its settings are known now, or others. */
  describe(): void {
    if (this.writer.add(this.#connectionLine(), 0)) this.#file = this.writer.file;
  }

  #asked(): string {
    const context = currentRequest();
    if (context) return this.#named(context.name(), context.request);
    const own = this.#settings.endpoint?.();
    if (!own) return '';
    const { endpoint, request } = typeof own === 'string' ? ({ endpoint: own } as RequestName) : own;
    return this.#named(String(endpoint), request === undefined ? undefined : String(request));
  }

  #named(endpoint: string, request: string | undefined): string {
    if (endpoint !== this.#endpoint) {
      this.#endpoint = endpoint;
      this.#endpointJson = JSON.stringify(endpoint.slice(0, 200));
    }
    const named = `,"endpoint":${this.#endpointJson}`;
    return request === undefined ? named : `${named},"request":${JSON.stringify(request.slice(0, 200))}`;
  }

  #epoch(at: number): number {
    if (at - this.#offsetAt > CLOCK) {
      this.#offset = Date.now() - performance.now();
      this.#offsetAt = at;
    }
    return this.#offset + at;
  }
}

function definition({ id, text, cut }: Text): string {
  return `${JSON.stringify({ kind: 'statement', id, text, ...(cut ? { cut } : {}) })}\n`;
}

/** Primary result codes in their order: https://sqlite.org/rescode.html */
const CODES =
  'OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB'.split(
    ' ',
  );

/** `SQLITE_BUSY`: node:sqlite tells the number, better-sqlite3 the name (an extended one, such as SQLITE_CONSTRAINT_UNIQUE). */
function errorCode(error: unknown): string {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  if (typeof errcode === 'number') return `SQLITE_${CODES[errcode & 0xff] ?? errcode}`;
  return typeof code === 'string' ? code.slice(0, 60) : 'ERROR';
}
