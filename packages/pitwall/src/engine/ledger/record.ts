import { blocksIn } from '../../load/protocol.ts';
import type { Counter } from '../../model/ledger.ts';
import type { Session, SessionTarget } from '../session.ts';
import type { Edges } from './edges.ts';

/** At most this many readings: a long run is read less often. */
const MOST_READINGS = 300;
/** Seconds between readings of what takes longer than was planned. */
const RHYTHM = 1;
/** Seconds for one target to answer: counters are to be read in milliseconds. */
const PATIENCE = 2;
/** Seconds before the measured part in which there is time for a reading that does not count. */
const TIME_TO_PREPARE = 0.5;

/** What one target had used up at a moment. */
export interface Reading {
  readonly target: string;
  /** Seconds since the measured part began. */
  readonly at: number;
  /** Never empty. */
  readonly counters: readonly Counter[];
}

export interface RecordOptions {
  /** Epoch seconds at which the measured part begins; planned seconds of it. */
  readonly measuredAt: number;
  readonly duration: number;
  /** Of a load in parts, one after the other: when to read besides, and when it is over, which nobody can know before. */
  readonly parts?: { readonly edges: Edges; readonly over: Promise<void> };
  readonly signal: AbortSignal;
}

/**
 * Reads the counters of all targets at the beginning of the measured part, about once a second, at its end, and at the edges of its
 * `parts`, in the order of time. Ended early, it gives what was read until then. A target that cannot be read for a moment has no reading there.
 */
export async function recordCounters(session: Session, options: RecordOptions): Promise<readonly Reading[]> {
  const { environment } = session;
  const { measuredAt, duration, signal } = options;
  const counting = session.targets.filter(({ integration, failure }) => integration.counters && failure === null);
  const readings: Reading[] = [];
  if (counting.length === 0) return readings;
  const readAll = () => Promise.all(counting.map((target) => readOne(target, session, options)));
  // One after the other: a connection may have to answer for both.
  let reading: Promise<unknown> = Promise.resolve();
  const read = () => {
    const next = reading.then(async () => {
      readings.push(...(await readAll()).filter((each) => each !== null));
    });
    reading = next;
    return next;
  };
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  // What a target has to prepare for its first reading is not to delay the one that counts.
  if (measuredAt - environment.now() > TIME_TO_PREPARE) await readAll();
  options.parts?.edges.listen((at) => {
    const wait = Math.max(0, at - environment.now());
    // An edge that nobody waits for any more is none.
    return environment.sleep(wait, until).then(read, () => {});
  });
  for (const time of readingTimes(duration)) {
    try {
      await environment.sleep(Math.max(0, measuredAt + time - environment.now()), signal);
    } catch (error) {
      if (signal.aborted) break;
      throw error;
    }
    await read();
  }
  if (options.parts) await untilOver(options.parts.over, until, () => environment.sleep(RHYTHM, until).then(read));
  over.abort();
  await reading;
  return readings.sort((a, b) => a.at - b.at);
}

/** Calls `again` over and over until the load is over; each time once the one before is done. */
async function untilOver(load: Promise<void>, signal: AbortSignal, again: () => Promise<void>): Promise<void> {
  let isOver = false;
  const over = load
    .catch(() => {})
    .then(() => {
      isOver = true;
    });
  while (!isOver && !signal.aborted) await Promise.race([over, again().catch(() => {})]);
}

/**
 * When it is read: about once a second, and at ends of the load's blocks, so that what was used up in a block can be held
 * against what was requested in it.
 */
export function readingTimes(duration: number): number[] {
  const blocks = blocksIn(duration);
  const block = duration / blocks;
  const parts = Math.max(1, Math.min(Math.floor(block), Math.floor(MOST_READINGS / blocks)));
  const together = Math.max(1, Math.round(1 / block));
  const step = (block / parts) * together;
  const times = Array.from({ length: Math.ceil(duration / step - 1e-9) }, (_, i) => i * step);
  return [...times, duration];
}

async function readOne(
  { target, integration, connection }: SessionTarget,
  { environment }: Session,
  { measuredAt, signal }: RecordOptions,
): Promise<Reading | null> {
  const startedAt = environment.now();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE * 1000)]);
  const counters = await untilAborted(integration.counters!(connection, environment, limit), limit).catch(() => []);
  if (counters.length === 0) return null;
  return { target: target.id, at: (startedAt + environment.now()) / 2 - measuredAt, counters };
}

/** One that does not heed its signal must not keep the others from being read. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  return promise;
}
