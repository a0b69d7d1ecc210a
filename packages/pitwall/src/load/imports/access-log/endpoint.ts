import { Histogram } from '../../../stats/histogram.ts';
import type { Random } from '../../../stats/random.ts';
import { LogMoments } from './lognormal.ts';

/** Targets that are kept of an endpoint: enough for the percentiles of a hot set, little enough for a thousand endpoints. */
const MOST_SAMPLES = 100;
/** Distinct targets are counted up to here. */
export const MOST_DISTINCT = 1000;

/** One request line of the template `method path?keys`, as it is counted. */
export interface EndpointHit {
  readonly text: string;
  readonly status: number;
  readonly bytes: number | null;
  /** Seconds. */
  readonly duration: number | null;
}

/** What is known of all requests to one template. Its memory is bounded. */
export class Endpoint {
  readonly method: string;
  /** Query keys, sorted. */
  readonly keys: readonly string[];
  /** Where it went when its template turned out to be part of a wider one. */
  into: Endpoint | null = null;
  count = 0;
  bytes = 0;
  withBytes = 0;
  readonly statuses = new Map<number, number>();
  /** Nanoseconds. */
  readonly durations = new Histogram();
  /** Logarithms of the pauses after it. */
  readonly pauses = new LogMoments();
  /** Sessions that began with it. */
  starts = 0;
  /** Uniform sample of what was requested: popular targets are in it as often as they should be. */
  #sample: string[] = [];
  readonly #distinct = new Set<number>();

  constructor(method: string, keys: readonly string[]) {
    this.method = method;
    this.keys = keys;
  }

  add(hit: EndpointHit, random: Random): void {
    this.count++;
    // Statuses are three digits: bounded.
    this.statuses.set(hit.status, (this.statuses.get(hit.status) ?? 0) + 1);
    if (hit.bytes !== null) {
      this.bytes += hit.bytes;
      this.withBytes++;
    }
    if (hit.duration !== null) this.durations.record(hit.duration * 1e9);
    if (this.#distinct.size <= MOST_DISTINCT) this.#distinct.add(hash32(hit.text));
    // Reservoir sampling, algorithm R (J. S. Vitter, ACM TOMS 11(1), 1985).
    if (this.#sample.length < MOST_SAMPLES) this.#sample.push(hit.text);
    else {
      const at = Math.floor(random() * this.count);
      if (at < MOST_SAMPLES) this.#sample[at] = hit.text;
    }
  }

  /** Takes over all that `other` has counted. */
  absorb(other: Endpoint, random: Random): void {
    const mine = this.count;
    other.into = this;
    this.count += other.count;
    this.bytes += other.bytes;
    this.withBytes += other.withBytes;
    this.starts += other.starts;
    for (const [status, count] of other.statuses) this.statuses.set(status, (this.statuses.get(status) ?? 0) + count);
    this.durations.merge(other.durations);
    this.pauses.merge(other.pauses);
    for (const hash of other.#distinct) if (this.#distinct.size <= MOST_DISTINCT) this.#distinct.add(hash);
    this.#sample = mixed(this.#sample, mine, other.#sample, other.count, random);
  }

  get sample(): readonly string[] {
    return this.#sample;
  }

  /** Distinct targets; above MOST_DISTINCT: more than that. */
  get distinct(): number {
    return this.#distinct.size;
  }

  /** Requests that were answered with these. */
  answered(from: number, to: number): number {
    let sum = 0;
    for (const [status, count] of this.statuses) if (status >= from && status <= to) sum += count;
    return sum;
  }
}

/** The endpoint that an endpoint is part of by now. */
export function current(endpoint: Endpoint): Endpoint {
  let result = endpoint;
  while (result.into !== null) result = result.into;
  return result;
}

/** A uniform sample of two populations out of a uniform sample of each. */
function mixed(a: readonly string[], countA: number, b: readonly string[], countB: number, random: Random): string[] {
  if (countA + countB <= MOST_SAMPLES) return [...a, ...b];
  const left: readonly [string[], string[]] = [[...a], [...b]];
  const result: string[] = [];
  let [fromA, fromB] = [countA, countB];
  while (result.length < MOST_SAMPLES && left[0].length + left[1].length > 0) {
    const first = left[1].length === 0 || (left[0].length > 0 && random() * (fromA + fromB) < fromA);
    const source = first ? left[0] : left[1];
    const at = Math.floor(random() * source.length);
    result.push(source[at]!);
    source[at] = source.at(-1)!;
    source.pop();
    if (first) fromA--;
    else fromB--;
  }
  return result;
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): to tell targets apart in a count, not to protect anything. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
