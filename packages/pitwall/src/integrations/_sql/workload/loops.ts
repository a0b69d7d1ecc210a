import type { Statement, StatementLoop } from '../../../model/database.ts';
import { median } from '../../../stats/quantile.ts';
import type { Random } from '../../../stats/random.ts';
import { Reservoir } from './reservoir.ts';

/**
 * More similar calls than this within a request, none begun before the last ended, are a loop.
 * Source: Sentry's rule for N+1 queries, https://docs.sentry.io/product/issues/issue-details/performance-issues/n-one-queries/
 */
export const MORE_THAN = 5;

/** Requests that are followed at a time, and statements in each: what a log interleaves is far less. */
const OPEN_REQUESTS = 2000;
const STATEMENTS_A_REQUEST = 500;
/** Loops that are told apart, and requests of each that the median is of. */
const LOOPS = 2000;
const REQUESTS_KEPT = 257;

/** Clocks of logs have milliseconds: what seems to overlap by less is one after the other. */
const GRAIN = 0.001;

interface Run {
  calls: number;
  seconds: number | null;
  endedAt: number;
}

interface Loop {
  readonly statement: string;
  readonly endpoint: string | null;
  requests: number;
  readonly calls: Reservoir<number>;
  readonly seconds: Reservoir<number>;
}

interface Request {
  endpoint: string | null;
  readonly runs: Map<string, Run>;
}

/** Watches calls go by, in the order in which they ended, and finds loops within requests. Memory is bounded. */
export class LoopWatch {
  readonly #open = new Map<string, Request>();
  readonly #loops = new Map<string, Loop>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param at epoch seconds when the call ended @param request what tells requests apart */
  saw(statement: string, request: string, endpoint: string | null, at: number, seconds: number | null): void {
    const open = this.#open.get(request) ?? { endpoint, runs: new Map<string, Run>() };
    // Last used, last dropped.
    this.#open.delete(request);
    this.#open.set(request, open);
    open.endpoint ??= endpoint;
    const run = open.runs.get(statement);
    if (!run) {
      if (open.runs.size < STATEMENTS_A_REQUEST) open.runs.set(statement, { calls: 1, seconds, endedAt: at });
    } else if (at - (seconds ?? 0) >= run.endedAt - GRAIN) {
      run.calls++;
      run.seconds = run.seconds === null || seconds === null ? null : run.seconds + seconds;
      run.endedAt = at;
    }
    if (this.#open.size > OPEN_REQUESTS) {
      const [oldest, first] = this.#open.entries().next().value!;
      this.#open.delete(oldest);
      this.#end(first);
    }
  }

  /** All loops, those that cost most first. Requests that are still open are taken to be over. */
  loops(): readonly StatementLoop[] {
    for (const request of this.#open.values()) this.#end(request);
    this.#open.clear();
    return [...this.#loops.values()]
      .map(
        ({ statement, endpoint, requests, calls, seconds }): StatementLoop => ({
          statement,
          endpoint,
          proof: 'proven',
          requests,
          callsPerRequest: median(calls.kept),
          secondsPerRequest: seconds.kept.length === 0 ? null : median(seconds.kept),
        }),
      )
      .sort(
        (a, b) =>
          b.requests * (b.secondsPerRequest ?? 0) - a.requests * (a.secondsPerRequest ?? 0) ||
          b.requests * b.callsPerRequest - a.requests * a.callsPerRequest,
      );
  }

  #end({ endpoint, runs }: Request): void {
    for (const [statement, { calls, seconds }] of runs) {
      if (calls <= MORE_THAN) continue;
      const key = JSON.stringify([statement, endpoint]);
      let loop = this.#loops.get(key);
      if (!loop) {
        if (this.#loops.size >= LOOPS) continue;
        loop = {
          statement,
          endpoint,
          requests: 0,
          calls: new Reservoir(REQUESTS_KEPT, this.#random),
          seconds: new Reservoir(REQUESTS_KEPT, this.#random),
        };
        this.#loops.set(key, loop);
      }
      loop.requests++;
      loop.calls.add(calls);
      if (seconds !== null) loop.seconds.add(seconds);
    }
  }
}

/** How near calls of one statement must come to the rows of another to look like a loop over them: 10 %. */
const NEAR = 0.1;
/** One row a call: what a look-up by key gives. */
const ROWS_A_LOOKUP = 1.2;
/** Fewer calls than this may agree by chance. */
const FEWEST_CALLS = 100;

/**
 * Loops as counters hint at them: look-ups of about one row whose calls are as many as the rows of a statement that is asked
 * for far less often, by no more than `MORE_THAN`. It is a hint and no more: a cache, or chance, can look the same.
 */
export function hintedLoops(statements: readonly Statement[]): readonly StatementLoop[] {
  const reads = statements.filter(
    ({ kind, calls, rows }) => kind === 'select' && rows !== null && rows > 0 && calls > 0,
  );
  // By rows, so that the outer statements of a look-up are neighbours.
  const outer = reads.filter(({ calls, rows }) => rows! / calls > MORE_THAN).sort((a, b) => a.rows! - b.rows!);
  const rows = outer.map((statement) => statement.rows!);
  return reads.flatMap((inner): StatementLoop[] => {
    const { calls } = inner;
    if (calls < FEWEST_CALLS || inner.rows! / calls > ROWS_A_LOOKUP) return [];
    let best: Statement | null = null;
    for (let at = lowerBound(rows, calls * (1 - NEAR)); at < outer.length && rows[at]! <= calls * (1 + NEAR); at++) {
      const found = outer[at]!;
      if (found.id === inner.id || sharesTable(found, inner)) continue;
      if (!best || Math.abs(found.rows! - calls) < Math.abs(best.rows! - calls)) best = found;
    }
    if (!best) return [];
    return [
      {
        statement: inner.id,
        endpoint: null,
        proof: 'hint',
        requests: best.calls,
        callsPerRequest: calls / best.calls,
        secondsPerRequest: inner.seconds === null ? null : inner.seconds / best.calls,
      },
    ];
  });
}

/** A loop over rows of a table asks another one. */
function sharesTable(a: Statement, b: Statement): boolean {
  return a.tables.some((table) => b.tables.includes(table));
}

function lowerBound(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
