import { PitwallError } from '../../../errors.ts';
import { seededRandom } from '../../../stats/random.ts';
import type { DraftFlow, ScenarioDraft } from '../draft.ts';
import { type ImportNotes, NothingToImport } from '../notes.ts';
import { readingFile } from '../reading.ts';
import { MOST_ARRIVALS } from '../trace.ts';
import { counted } from '../words.ts';
import { detectFormat, FORMAT_NAMES, readerFor } from './formats.ts';
import { journeyFlows } from './journeys.ts';
import { feedersOf, flowNames, mixFlows, type Picked, pickEndpoints } from './mix.ts';
import { prefaceOf } from './preface.ts';
import { readLines } from './read-lines.ts';
import type { LineReader } from './record.ts';
import { acceptedTarget, LogStudy, type LogSummary, timesOf } from './study.ts';
import { TraceSorter } from './trace-writer.ts';

export interface AccessLogOptions {
  /** Read one after the other, as if they were one: oldest first. */
  readonly files: readonly string[];
  /** See `readerFor`; null: found out from the first lines. */
  readonly format: string | null;
  /** Only requests to this host; null: the most frequent one of the first lines. */
  readonly host: string | null;
  /** How many endpoints are written. */
  readonly top: number;
  /** `mix`: each endpoint a flow of one step; `sessions`: flows of several steps. */
  readonly as: 'mix' | 'sessions';
  readonly name: string;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

export interface ImportedLog {
  readonly draft: ScenarioDraft;
  readonly summary: LogSummary;
  /** Name of the format that it was read as. */
  readonly format: string;
  readonly host: string | null;
  /** Reads the log once more and gives each arrival of the mix: seconds since the first, and its flow. */
  writeTrace(give: (at: number, flow: string) => void): Promise<void>;
}

/** Lines that decide about format and host. */
const HEAD_LINES = 10_000;
const FORMAT_LINES = 200;

/** Turns access logs into a scenario. @throws PitwallError IMPORT_FORMAT, IMPORT_UNKNOWN, CONFIG_UNREADABLE, and NothingToImport */
export async function importAccessLog(options: AccessLogOptions, notes: ImportNotes): Promise<ImportedLog> {
  const [first] = options.files as readonly [string, ...string[]];
  const head = await headOf(first, options.signal);
  const reader = options.format === null ? detected(first, head) : readerFor(options.format);
  const host = options.host?.toLowerCase() ?? usualHost(reader, head);
  const study = new LogStudy({ host, seed: options.seed, notes });
  await eachRecord(options, reader, notes, (record) => study.add(record));
  const summary = study.finish();
  if (summary === null) {
    throw new NothingToImport('none of its lines is a request that can be read');
  }
  const picked = pickEndpoints(study.templates(), options.top, notes);
  if (picked.picks.length === 0) {
    throw new NothingToImport('no request in it can be replayed');
  }
  const flows = flowsOf(options, study, picked, summary, notes);
  remark(summary, notes);
  const used = new Set(flows.flatMap(({ steps }) => steps.map(({ path }) => path)));
  const kept = picked.picks.filter(({ request }) => used.has(request.path));
  return {
    draft: {
      name: options.name,
      origin: null,
      variables: new Map(),
      cookies: false,
      headers: new Map(),
      feeders: feedersOf(kept),
      flows,
      preface: prefaceOf(summary, { host, format: reader.name, as: options.as }),
    },
    summary,
    format: reader.name,
    host,
    writeTrace: (give) => replay(options, { reader, host, study, picked, summary }, give, notes),
  };
}

function flowsOf(
  options: AccessLogOptions,
  study: LogStudy,
  picked: Picked,
  summary: LogSummary,
  notes: ImportNotes,
): readonly DraftFlow[] {
  if (options.as === 'mix') return mixFlows(picked);
  const flows = journeyFlows(picked, study.sessions.transitions(), summary.sessions.think, notes);
  if (flows.length > 0) return flows;
  throw new NothingToImport('no session can be followed: the log has no client addresses');
}

async function headOf(file: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const lines: string[] = [];
  await readingFile(file, () => readLines(file, (line) => lines.push(line) < HEAD_LINES, signal));
  return lines;
}

function detected(file: string, head: readonly string[]): LineReader {
  const reader = detectFormat(head.slice(0, FORMAT_LINES));
  if (reader) return reader;
  const reason = `its lines are none of ${FORMAT_NAMES.join(', ')}; --format takes a log_format or a LogFormat`;
  throw new PitwallError('IMPORT_UNKNOWN', { file, reason });
}

/** The host that most of these lines were for; null when they do not say. */
function usualHost(reader: LineReader, head: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const line of head) {
    const record = reader.read(line);
    if (record === null || record === 'no-request' || record.host === null) continue;
    counts.set(record.host, (counts.get(record.host) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? null;
}

type Take = (record: Exclude<ReturnType<LineReader['read']>, null | 'no-request'>) => void;

async function eachRecord(
  { files, signal }: AccessLogOptions,
  reader: LineReader,
  notes: ImportNotes | null,
  take: Take,
): Promise<void> {
  for (const file of files) {
    const { tooLong } = await readingFile(file, () =>
      readLines(
        file,
        (line) => {
          const record = reader.read(line);
          if (record === null) notes?.leaveOut('line that cannot be read', `it is not ${reader.name}`);
          else if (record === 'no-request') {
            notes?.leaveOut('line without a request', 'the server logged what was no HTTP request');
          } else take(record);
          return true;
        },
        signal,
      ),
    );
    notes?.leaveOut('line that cannot be read', 'it is longer than 128 KiB', undefined, tooLong);
  }
}

interface Read {
  readonly reader: LineReader;
  readonly host: string | null;
  readonly study: LogStudy;
  readonly picked: Picked;
  readonly summary: LogSummary;
}

async function replay(
  options: AccessLogOptions,
  { reader, host, study, picked, summary }: Read,
  give: (at: number, flow: string) => void,
  notes: ImportNotes,
): Promise<void> {
  const nameOf = flowNames(picked);
  const sorter = new TraceSorter(give, summary.subSecond ? null : seededRandom(options.seed));
  let taken = 0;
  await eachRecord(options, reader, null, (record) => {
    if (host !== null && record.host !== null && record.host !== host) return;
    const target = acceptedTarget(record, null);
    const endpoint = target === null ? null : study.tree.find(record.method, target);
    const flow = endpoint === null ? null : nameOf(endpoint);
    if (flow === null) notes.leaveOut('arrival', 'its request is not in the mix');
    else if (++taken > MOST_ARRIVALS) {
      notes.leaveOut('arrival', `a trace has at most ${MOST_ARRIVALS} of them; the rest of the log is cut off`);
    } else sorter.add(timesOf(record).start, flow);
  });
  const { late } = sorter.finish();
  if (late > 0) notes.remark(`${counted(late, 'arrival')} came too late in the log to be put in order.`);
}

function remark({ rate, sessions, subSecond, duration }: LogSummary, notes: ImportNotes): void {
  notes.remark(
    'A log has neither cookies nor Authorization nor bodies: what needs a log-in will fail until you add it (oncePerUser, headers).',
  );
  if (!subSecond) notes.remark('Times are whole seconds: pauses below a second and bursts within one cannot be seen.');
  if (duration === null) {
    notes.remark('It has no request times (nginx: $request_time; Apache: %D): pauses include what the server took.');
  }
  if (sessions.letGo > 0) notes.remark('More than 50,000 clients at once: sessions look shorter than they were.');
  if (rate.outOfOrder > 0) {
    notes.remark(
      `${counted(rate.outOfOrder, 'line')} more than an hour out of order: give rotated files oldest first.`,
    );
  }
}
