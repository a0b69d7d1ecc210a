import { setTimeout } from 'node:timers/promises';
import { reasonOf } from '../../errors.ts';
import { readLines } from '../../load/imports/access-log/read-lines.ts';
import type { LogRecord } from '../../load/imports/access-log/record.ts';
import type { ServerTruth, TruthMoment } from '../../model/ledger.ts';
import type { LoadOptions, LoadResult } from '../../model/load.ts';
import { Histogram } from '../../stats/histogram.ts';
import type { LogTruth } from './load-ledger.ts';
import { type LogEnds, type NewPart, newParts, rememberEnds } from './log-files.ts';
import { type TimedReader, timedReader } from './log-format.ts';
import { type StepFinder, type StepGroup, stepFinder } from './log-steps.ts';
import { measuredTime, type Stretch } from './stretches.ts';

/** Lines from which the format is found out. */
const HEAD_LINES = 200;
/** Parts of the run whose means are told, at most. */
const MOST_MOMENTS = 20;
/** Seconds that lines may be late. */
const LATE_LINES = 1;
/** Below this part of what was sent the log does not tell of all of it. */
const COMPLETE = 0.95;

/** A log that is read after the run, from where it ended before. */
interface WatchedLog {
  /** What it says of the requests of a run. Never fails: what is wrong is a note. */
  read(run: WatchedRun): Promise<LogTruth>;
}

interface WatchedRun {
  readonly options: Pick<LoadOptions, 'endpoints' | 'scenario' | 'warmup'>;
  readonly result: LoadResult;
  /** Epoch seconds at which the measured part began. */
  readonly measuredAt: number;
  /** Where it was measured in parts, one after the other: these. */
  readonly stretches?: readonly Stretch[];
  readonly signal: AbortSignal;
}

/**
 * Remembers where the service's log ends, before a run.
 * @throws PitwallError LOAD_ACCESS_LOG
 */
export async function watchAccessLog(file: string, format: string | null): Promise<WatchedLog> {
  const ends = await rememberEnds(file);
  return {
    async read(run) {
      try {
        return await readTruth(file, format, ends, run);
      } catch (error) {
        run.signal.throwIfAborted();
        return noted(`the service's log could not be read after the run: ${reasonOf(error)}`);
      }
    },
  };
}

const noted = (note: string): LogTruth => ({ truth: [], overTime: [], notes: [note] });

async function readTruth(file: string, format: string | null, ends: LogEnds, run: WatchedRun): Promise<LogTruth> {
  const parts = await newParts(file, ends);
  if (parts.length === 0) return noted("nothing was written to the service's log during the run; is it the right one?");
  const head: string[] = [];
  for (const part of parts) {
    if (head.length < HEAD_LINES) {
      await readLines(part.file, (line) => head.push(line) < HEAD_LINES, run.signal, part.from);
    }
  }
  const reader = timedReader(head, format);
  if (typeof reader === 'string') return noted(`the service's log tells nothing: ${reader}`);
  const tally = await tallyOf(reader, parts, run);
  if (tally.isComplete) return tally.truth();
  // Servers may keep lines back for a moment (nginx: `buffer`, Apache: BufferedLogs).
  await setTimeout(LATE_LINES * 1000, undefined, { signal: run.signal });
  return (await tallyOf(reader, await newParts(file, ends), run)).truth();
}

async function tallyOf(reader: TimedReader, parts: readonly NewPart[], run: WatchedRun): Promise<Tally> {
  const tally = new Tally(reader, run);
  for (const part of parts) {
    await readLines(
      part.file,
      (line) => {
        tally.take(line);
        return true;
      },
      run.signal,
      part.from,
    );
  }
  return tally;
}

/** A time in which every line is of the measured part; epoch seconds. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Without a warm-up nothing is sent between stretches: then they are one span, also where lines have whole seconds. */
function spansOf(stretches: readonly Stretch[], warmup: number): readonly Span[] {
  const spans = stretches.map(({ at, duration }) => ({ from: at, to: at + duration }));
  return warmup > 0 ? spans : [{ from: spans[0]!.from, to: spans.at(-1)!.to }];
}

/** Counts what lines of the log say, in memory that does not grow with them. */
class Tally {
  readonly #reader: TimedReader;
  readonly #run: WatchedRun;
  readonly #finder: StepFinder;
  readonly #times: Histogram[];
  readonly #moments: { count: number; seconds: number }[];
  readonly #stretches: readonly Stretch[];
  readonly #spans: readonly Span[];
  #others = 0;
  #unknown = 0;

  constructor(reader: TimedReader, run: WatchedRun) {
    this.#reader = reader;
    this.#run = run;
    this.#finder = stepFinder(run.options);
    this.#times = this.#finder.groups.map(() => new Histogram());
    const { duration } = run.result;
    // Where lines have whole seconds, a part has to be a few of those.
    const count = Math.max(
      1,
      Math.min(MOST_MOMENTS, Math.floor(duration / Math.max(reader.grain * 2, duration / MOST_MOMENTS))),
    );
    this.#moments = Array.from({ length: count }, () => ({ count: 0, seconds: 0 }));
    this.#stretches = run.stretches ?? [{ at: run.measuredAt, duration }];
    this.#spans = spansOf(this.#stretches, run.options.warmup);
  }

  take(line: string): void {
    const record = this.#reader.read(line);
    if (record === null || record === 'no-request' || record.duration === null) return;
    const end = this.#endIn(record);
    if (end === null) return;
    const { agents } = this.#finder;
    // A format without it cannot tell whose a line is.
    if (agents !== null && record.agent !== '' && !agents.has(record.agent.toLowerCase())) {
      this.#others++;
      return;
    }
    const group = this.#finder.find(record.method, record.target);
    if (group < 0) {
      this.#unknown++;
      return;
    }
    this.#times[group]!.record(record.duration * 1e9);
    const measured = measuredTime(this.#stretches, end) / this.#run.result.duration;
    const at = Math.floor(measured * this.#moments.length);
    const moment = this.#moments[Math.min(this.#moments.length - 1, Math.max(0, at))]!;
    moment.count++;
    moment.seconds += record.duration;
  }

  /** When the request ended, in the middle of what the line says; null: not within the measured part, or not surely. */
  #endIn({ time, timeIs, duration }: LogRecord): number | null {
    const { grain } = this.#reader;
    const earliest = timeIs === 'end' ? time : time + duration!;
    // Times are cut, not rounded.
    const latest = earliest + (grain === 1 ? 1 : 0);
    const isInside = this.#spans.some(({ from, to }) => earliest >= from - 1e-3 && latest <= to + 1e-3);
    return isInside ? (earliest + latest) / 2 : null;
  }

  truth(): LogTruth {
    const truth = this.#finder.groups.flatMap((group, i) => this.#truthOf(group, this.#times[i]!));
    return { truth, overTime: truth.length === 0 ? [] : this.#overTime(), notes: this.#notes() };
  }

  #truthOf({ steps, name }: StepGroup, times: Histogram): ServerTruth[] {
    const { result } = this.#run;
    // A run that ended early may not have come to all steps.
    const done = steps.flatMap((step) => result.steps[step] ?? []);
    const service = Histogram.fromDistributions(done.map(({ distributions }) => distributions.service));
    if (times.count === 0 || service.count === 0) return [];
    const [clientMean, serverMean] = [service.sum / service.count / 1e9, times.sum / times.count / 1e9];
    return [
      {
        step: name,
        source: 'access-log',
        client: service.count,
        server: times.count,
        clientMean,
        serverMean,
        // Nothing says which line is which request, and percentiles cannot be subtracted.
        between: { mean: clientMean - serverMean, p50: Number.NaN, p99: Number.NaN },
        resolution: this.#reader.resolution,
      },
    ];
  }

  /** Parts of the run in which both sides saw something. */
  #overTime(): TruthMoment[] {
    const { blocks, duration } = this.#run.result;
    const length = duration / this.#moments.length;
    return this.#moments.flatMap(({ count, seconds }, i): TruthMoment[] => {
      const inside = blocks.filter((block) => Math.floor((block.at + block.duration / 2) / length) === i);
      const steps = inside
        .flatMap((block) => block.steps)
        .filter((step) => step.completed > 0 && step.service.mean >= 0);
      const ended = steps.reduce((sum, step) => sum + step.completed, 0);
      if (count === 0 || ended === 0) return [];
      const client = steps.reduce((sum, step) => sum + step.completed * step.service.mean, 0) / ended;
      return [{ at: i * length, client, server: seconds / count }];
    });
  }

  /** Requests that the log should have in the part of the run that it is looked at for. */
  get #expected(): number {
    // Of a log with whole seconds only those that lie inside the run are counted.
    const inside = this.#spans.reduce((sum, { from, to }) => sum + Math.max(0, Math.floor(to) - Math.ceil(from)), 0);
    const whole = inside / this.#spans.reduce((sum, { from, to }) => sum + to - from, 0);
    const sent = this.#run.result.steps.reduce((sum, { distributions }) => sum + distributions.service.count, 0);
    return sent * (this.#reader.grain === 1 ? whole : 1);
  }

  get #found(): number {
    return this.#times.reduce((sum, { count }) => sum + count, 0);
  }

  get isComplete(): boolean {
    return this.#found >= COMPLETE * this.#expected;
  }

  #notes(): string[] {
    const read = `the service's log was read as ${this.#reader.name}`;
    const found = this.#found;
    if (found === 0) {
      const why =
        this.#others > 0
          ? `${this.#others} requests of others are in it, and none of ours`
          : this.#unknown > 0
            ? 'none of the requests in it is one of the steps: a proxy may change their paths'
            : 'no line of it is from the measured part';
      return [`${read}, and tells nothing: ${why}`];
    }
    const few = `${read}, and has ${found} of about ${Math.round(this.#expected)} requests: it is buffered, or leaves some out`;
    return [
      ...(this.isComplete ? [] : [few]),
      ...(this.#others > 0 ? [`${this.#others} requests of other clients in the service's log are left out`] : []),
      ...(this.#unknown > 0.01 * found ? [`${this.#unknown} of our lines in the service's log belong to no step`] : []),
    ];
  }
}
