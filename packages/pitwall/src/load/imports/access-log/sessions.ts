import { current, type Endpoint } from './endpoint.ts';
import { LogMoments, type LognormalFit } from './lognormal.ts';

/** A visitor who was away this long begins a new session: what web analytics have used since 1994. */
const SESSION_GAP = 30 * 60;
/** Shorter pauses are a page that loads its parts, not a person that thinks. */
const SHORTEST_PAUSE = 0.1;
/** Clients that are followed: up to twice as many. Those that were quiet the longest are let go. */
const MOST_CLIENTS = 50_000;
const MOST_TRANSITIONS = 20_000;

export interface SessionSummary {
  readonly sessions: number;
  /** Mean requests in a session, files that pages load left out. */
  readonly requestsEach: number;
  /** Pauses between the end of a request and the next one; null when there were too few to say. */
  readonly think: LognormalFit | null;
  /** Clients that had to be let go before they were done: then sessions look shorter and more than they were. */
  readonly letGo: number;
}

interface Client {
  /** When its last request ended, Unix seconds. */
  readonly end: number;
  /** Null when that was no request that can be replayed. */
  readonly last: Endpoint | null;
}

/** One request of a client. */
export interface Visit {
  /** What tells clients apart: a keyed hash, never an address. */
  readonly client: string;
  /** Unix seconds. */
  readonly start: number;
  readonly end: number;
  /** Null for one that cannot be replayed: it still took its time. */
  readonly endpoint: Endpoint | null;
}

/** Follows clients through a log: pauses, and which endpoint comes after which. */
export class Sessions {
  /** Clients in two generations: when the recent ones are many, the older ones are forgotten. No entry is ever deleted. */
  #recent = new Map<string, Client>();
  #older = new Map<string, Client>();
  readonly #transitions = new Map<Endpoint, Map<Endpoint, number>>();
  readonly #pauses = new LogMoments();
  #transitionCount = 0;
  #sessions = 0;
  #visits = 0;
  #letGo = 0;

  add({ client, start, end, endpoint }: Visit): void {
    const known = this.#recent.get(client) ?? this.#older.get(client);
    this.#visits++;
    if (!known || start - known.end > SESSION_GAP) {
      this.#sessions++;
      if (endpoint) endpoint.starts++;
    } else {
      const pause = start - known.end;
      if (pause >= SHORTEST_PAUSE) {
        this.#pauses.add(pause);
        if (known.last) current(known.last).pauses.add(pause);
      }
      if (known.last && endpoint) this.#count(known.last, endpoint);
    }
    this.#recent.set(client, { end: Math.max(end, known?.end ?? end), last: endpoint });
    if (this.#recent.size >= MOST_CLIENTS) this.#forgetOlder(end);
  }

  #forgetOlder(now: number): void {
    for (const [client, { end }] of this.#older) {
      if (now - end <= SESSION_GAP && !this.#recent.has(client)) this.#letGo++;
    }
    this.#older = this.#recent;
    this.#recent = new Map();
  }

  #count(from: Endpoint, to: Endpoint): void {
    let row = this.#transitions.get(from);
    if (!row) {
      row = new Map();
      this.#transitions.set(from, row);
    }
    const known = row.get(to);
    if (known === undefined && this.#transitionCount >= MOST_TRANSITIONS) return;
    if (known === undefined) this.#transitionCount++;
    row.set(to, (known ?? 0) + 1);
  }

  /** How often which endpoint came after which, templates as they turned out. */
  transitions(): ReadonlyMap<Endpoint, ReadonlyMap<Endpoint, number>> {
    const result = new Map<Endpoint, Map<Endpoint, number>>();
    for (const [from, row] of this.#transitions) {
      const merged = result.get(current(from)) ?? new Map<Endpoint, number>();
      result.set(current(from), merged);
      for (const [to, count] of row) merged.set(current(to), (merged.get(current(to)) ?? 0) + count);
    }
    return result;
  }

  summary(): SessionSummary {
    const fit = this.#pauses.fit();
    return {
      sessions: this.#sessions,
      requestsEach: this.#sessions === 0 ? 0 : this.#visits / this.#sessions,
      // Fewer do not tell a distribution.
      think: fit !== null && fit.count >= 20 ? fit : null,
      letGo: this.#letGo,
    };
  }
}
