import { type Line, LONGEST_LINE } from '../../../_sql/workload/lines.ts';
import { guessPrefix, type LinePrefix, type PrefixFields } from './prefix.ts';
import { type LogRecord, type RecordSource, timeOf } from './record.ts';

/** Lines that the prefix is guessed from. */
const LOOK_AHEAD = 400;
const HEAD = /^([A-Z]{3,9}\d?): {2}/;
const BEGINS = /^(DEBUG\d?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC)$/;

interface Open {
  readonly fields: PrefixFields;
  readonly severity: string;
  message: string;
  detail: string | null;
  /** What the next continuation belongs to. */
  part: 'message' | 'detail' | 'other';
}

/**
 * A log as the server writes it to stderr: lines with log_line_prefix, further lines of a message behind a tab, details on lines of
 * their own behind their message.
 * @param prefixes that the server is set to, if it is known
 */
export function stderrRecords(lines: AsyncIterable<Line>, prefixes: readonly string[]): RecordSource {
  let unknown = 0;
  let cut = 0;
  let open: Open | null = null;

  const line = (prefix: LinePrefix, { text }: Line): LogRecord | null => {
    if (text.startsWith('\t')) {
      if (open) append(open, `\n${text.slice(1)}`);
      return null;
    }
    const fields = prefix.read(text);
    const head = fields && HEAD.exec(text.slice(fields.length, fields.length + 12));
    if (!fields || !head) {
      // An empty line, or what another program wrote into the file.
      if (text !== '') unknown++;
      return null;
    }
    const rest = text.slice(fields.length + head[0].length);
    const severity = head[1]!;
    if (!BEGINS.test(severity)) {
      if (!open || (fields.process !== null && fields.process !== open.fields.process)) return null;
      open.part = severity === 'DETAIL' ? 'detail' : 'other';
      if (severity === 'DETAIL') open.detail = rest;
      return null;
    }
    const before = open && recordOf(open);
    open = { fields, severity, message: rest, detail: null, part: 'message' };
    return before;
  };

  async function* records(): AsyncGenerator<LogRecord> {
    let ahead: Line[] | null = [];
    let prefix: LinePrefix | null = null;
    const begin = function* (): Generator<LogRecord> {
      const waiting = ahead!;
      ahead = null;
      prefix = guessPrefix(
        waiting.filter(({ text }) => !text.startsWith('\t')).map(({ text }) => text),
        prefixes,
      );
      if (prefix === null) unknown += waiting.length;
      else for (const one of waiting) yield* present(line(prefix, one));
    };
    for await (const one of lines) {
      if (one.cut) cut++;
      if (ahead !== null) {
        ahead.push(one);
        if (ahead.length >= LOOK_AHEAD) yield* begin();
      } else if (prefix === null) unknown++;
      else yield* present(line(prefix, one));
    }
    if (ahead !== null) yield* begin();
    if (open) yield recordOf(open);
  }
  return { records: records(), unknown: () => unknown, cut: () => cut };
}

function* present(record: LogRecord | null): Generator<LogRecord> {
  if (record) yield record;
}

function append(open: Open, text: string): void {
  if (open.part === 'message' && open.message.length < LONGEST_LINE) open.message += text;
  if (open.part === 'detail' && open.detail !== null && open.detail.length < LONGEST_LINE) open.detail += text;
}

function recordOf({ fields, severity, message, detail }: Open): LogRecord {
  return {
    at: fields.epoch !== null ? Number(fields.epoch) : fields.time !== null ? timeOf(fields.time) : null,
    user: fields.user,
    database: fields.database,
    session: fields.session ?? fields.process,
    application: fields.application,
    severity,
    message,
    detail,
    queryId: fields.queryId === '0' ? null : fields.queryId,
  };
}
