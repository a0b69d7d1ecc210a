import { hash, randomBytes } from 'node:crypto';
import { Histogram } from '../../../stats/histogram.ts';
import { type Random, seededRandom } from '../../../stats/random.ts';
import { isStepMethod } from '../draft.ts';
import type { ImportNotes } from '../notes.ts';
import { isStaticPath } from '../segment.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointTree, type Template } from './endpoint-tree.ts';
import { RateMeter, type RateSummary } from './rates.ts';
import type { LogRecord } from './record.ts';
import { type SessionSummary, Sessions } from './sessions.ts';
import { type CleanTarget, cleanTarget, type TargetProblem } from './target.ts';

/** What a log says of the load that a service had. Seconds and bytes. */
export interface LogSummary {
  readonly requests: number;
  readonly rate: RateSummary;
  readonly sessions: SessionSummary;
  /** Sizes of the responses, as logged. */
  readonly bytes: QuantileSummary | null;
  /** What the server says each request took; null when the log does not have it. */
  readonly duration: QuantileSummary | null;
  /** Whether times are finer than whole seconds. */
  readonly subSecond: boolean;
}

export interface QuantileSummary {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface StudyOptions {
  /** Requests to other hosts are left out; null: the log has one, or does not say. */
  readonly host: string | null;
  readonly seed: number;
  readonly notes: ImportNotes;
}

/** Seconds. From whole seconds, shorter pauses look like 0, 1 or 2, whatever they were. */
const SHORTEST_COARSE_MEDIAN = 2;

const PROBLEMS: Readonly<Record<TargetProblem, string>> = {
  secret: 'its path has a one-time token, a key or an e-mail address in it',
  'too-deep': 'its path has more than 16 parts',
  'too-long': 'its URL is longer than 2048 characters, or has more than 24 query keys',
  malformed: 'its URL cannot be decoded',
};

/** Reads records one by one and keeps what the load of the service was like: templates, rates, sizes, pauses. */
export class LogStudy {
  readonly tree: EndpointTree;
  readonly sessions = new Sessions();
  readonly #options: StudyOptions;
  readonly #rates = new RateMeter();
  readonly #bytes = new Histogram();
  readonly #durations = new Histogram();
  /** New for each run: what is hashed with it cannot be compared with another run, nor guessed back from a list of addresses. */
  readonly #salt = randomBytes(32).toString('base64url');
  #requests = 0;
  #subSecond = false;

  constructor(options: StudyOptions) {
    this.#options = options;
    const random: Random = seededRandom(options.seed);
    this.tree = new EndpointTree(random);
  }

  add(record: LogRecord): void {
    const { notes, host } = this.#options;
    if (host !== null && record.host !== null && record.host !== host) {
      notes.leaveOut('request to another host', `only ${host} is imported; --host names another`, record.host);
      return;
    }
    const { start, end } = timesOf(record);
    // Load is what arrived, whether or not it can be replayed.
    this.#requests++;
    this.#rates.add(start);
    if (!Number.isInteger(record.time)) this.#subSecond = true;
    if (record.bytes !== null) this.#bytes.record(record.bytes);
    if (record.duration !== null) this.#durations.record(record.duration * 1e9);
    const target = acceptedTarget(record, notes);
    this.#follow(record, target && this.#endpointOf(record, target), start, end);
  }

  #endpointOf({ method, status, bytes, duration }: LogRecord, target: CleanTarget): Endpoint | null {
    const { notes } = this.#options;
    const endpoint = this.tree.add(method, target, { text: target.text, status, bytes, duration });
    if (typeof endpoint !== 'string') return endpoint;
    if (endpoint === 'never-succeeded') {
      notes.leaveOut(
        'request that failed',
        'its path was never answered without an error: a scanner, or a broken link',
      );
    } else {
      notes.leaveOut('request to a rare path', 'there were too many different ones to follow', target.text);
    }
    return null;
  }

  #follow(record: LogRecord, endpoint: Endpoint | null, start: number, end: number): void {
    if (record.client === '' || record.client === '-' || isStaticPath(record.target.split('?', 1)[0]!)) return;
    const client = hash(
      'sha256',
      `${this.#salt}
${record.client}
${record.agent.slice(0, 512)}`,
      'base64url',
    ).slice(0, 16);
    this.sessions.add({ client, start, end, endpoint });
  }

  #sessionSummary(): SessionSummary {
    const summary = this.sessions.summary();
    if (this.#subSecond || summary.think === null || summary.think.median >= SHORTEST_COARSE_MEDIAN) return summary;
    this.#options.notes.remark('Pauses are too short to be told from times in whole seconds: no think time is given.');
    return { ...summary, think: null };
  }

  templates(): readonly Template[] {
    return this.tree.templates();
  }

  /** Null when there was no request. */
  finish(): LogSummary | null {
    const rate = this.#rates.finish();
    if (rate === null) return null;
    return {
      requests: this.#requests,
      rate,
      sessions: this.#sessionSummary(),
      bytes: quantiles(this.#bytes, 1),
      duration: quantiles(this.#durations, 1e9),
      subSecond: this.#subSecond,
    };
  }
}

/** When a request began and ended, as far as the log says. */
export function timesOf({ time, timeIs, duration }: LogRecord): { readonly start: number; readonly end: number } {
  // Longer than a day is no time that a request took, and would put its start into another age.
  const took = duration !== null && duration <= 86_400 ? duration : 0;
  return timeIs === 'end' ? { start: time - took, end: time } : { start: time, end: time + took };
}

/** The target of a request that can be replayed; null, with a note, for any other. */
export function acceptedTarget(record: LogRecord, notes: ImportNotes | null): CleanTarget | null {
  const { method } = record;
  if (!isStepMethod(method)) {
    notes?.leaveOut(`${method} request`, 'a load cannot send this method');
    return null;
  }
  if (!REPLAYABLE.has(method)) {
    notes?.leaveOut(`${method} request`, 'it may change data, and a log does not have its body');
    return null;
  }
  const target = cleanTarget(record.target);
  if (typeof target === 'string') {
    notes?.leaveOut('request whose URL cannot be copied', PROBLEMS[target]);
    return null;
  }
  for (const name of target.dropped) {
    notes?.leaveOut('query value', 'it may be a secret or personal: the key is dropped with it', `${name}=`);
  }
  return target;
}

const REPLAYABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export function quantiles(histogram: Histogram, divisor: number): QuantileSummary | null {
  if (histogram.count === 0) return null;
  const at = (percent: number) => histogram.percentile(percent) / divisor;
  return {
    mean: histogram.sum / histogram.count / divisor,
    p50: at(50),
    p95: at(95),
    p99: at(99),
    max: histogram.max / divisor,
  };
}
