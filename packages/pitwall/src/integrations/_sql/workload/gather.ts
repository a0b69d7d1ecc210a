import { SAMPLES, type Statement, type StatementLoop, type StatementSample } from '../../../model/database.ts';
import { counted, either } from '../../../model/plural.ts';
import { type Random, seededRandom } from '../../../stats/random.ts';
import type { ReadStatement, StatementEvent, StatementReader } from './events.ts';
import { LoopWatch } from './loops.ts';
import { rememberingReader } from './remember.ts';
import { Reservoir } from './reservoir.ts';

/** Bounds of what one source may fill the memory with. */
export interface GatherLimits {
  /** Different statements; later ones are only counted. */
  readonly statements: number;
  /** Endpoints of a statement. */
  readonly callers: number;
  /** Characters of a text that is kept as a sample: a larger one is hardly a query worth running again. */
  readonly sampleLength: number;
  /** Characters of all samples together. */
  readonly samplesLength: number;
}

const LIMITS: GatherLimits = { statements: 20_000, callers: 50, sampleLength: 65_536, samplesLength: 48 * 2 ** 20 };

/** What a source told, as statements. Ids of its sources are the caller's to know. */
export interface Gathered {
  readonly statements: readonly Statement[];
  readonly loops: readonly StatementLoop[];
  readonly calls: number;
  /** Epoch seconds of the first and the last event that told when it was. */
  readonly from: number | null;
  readonly to: number | null;
  /** What was left out, as sentences. */
  readonly missing: readonly string[];
}

interface Caller {
  calls: number;
  seconds: number | null;
}

interface Entry {
  readonly read: ReadStatement;
  calls: number;
  timed: number;
  seconds: number;
  maxSeconds: number | null;
  rows: number | null;
  readonly callers: Map<string, Caller>;
  readonly samples: Reservoir<StatementSample>;
}

/** Makes statements of events, one at a time and with bounded memory: a log may be larger than it. */
export class Gathering {
  readonly #source: string;
  readonly #read: StatementReader;
  readonly #limits: GatherLimits;
  readonly #random: Random;
  readonly #entries = new Map<string, Entry>();
  readonly #loops: LoopWatch;
  #calls = 0;
  #from: number | null = null;
  #to: number | null = null;
  #samplesLength = 0;
  #callsLeftOut = 0;
  #samplesLeftOut = 0;
  #callersLeftOut = 0;

  /** @param source id of the `WorkloadSource` @param seed of the choice of samples */
  constructor(source: string, read: StatementReader, seed: number, limits: Partial<GatherLimits> = {}) {
    this.#source = source;
    this.#read = rememberingReader(read);
    this.#limits = { ...LIMITS, ...limits };
    this.#random = seededRandom(seed);
    this.#loops = new LoopWatch(this.#random);
  }

  /** Takes an event in. @returns the statement that it is a call of */
  add(event: StatementEvent): ReadStatement {
    const read = this.#read(event.text);
    const calls = event.calls ?? 1;
    this.#calls += calls;
    if (event.at !== null) {
      this.#from = Math.min(this.#from ?? event.at, event.at - (event.seconds ?? 0));
      this.#to = Math.max(this.#to ?? event.at, event.at);
    }
    let entry = this.#entries.get(read.id);
    if (!entry) {
      if (this.#entries.size >= this.#limits.statements) {
        this.#callsLeftOut += Math.max(1, calls);
        return read;
      }
      entry = newEntry(read, this.#random);
      this.#entries.set(read.id, entry);
    }
    const endpoint = event.endpoint ?? read.endpoint;
    count(entry, event, calls);
    if (endpoint !== null && calls > 0) this.#called(entry, endpoint, calls, event.seconds);
    if (!event.noSample) this.#sample(entry, event);
    const request = event.request ?? read.request;
    if (request !== null && event.at !== null) {
      this.#loops.saw(read.id, request, endpoint, event.at, event.seconds);
    }
    return read;
  }

  result(): Gathered {
    return {
      statements: [...this.#entries.values()].map((entry) => statementOf(entry, this.#source)),
      loops: this.#loops.loops(),
      calls: this.#calls,
      from: this.#from,
      to: this.#to,
      missing: [
        ...(this.#callsLeftOut === 0
          ? []
          : [
              `${counted(this.#callsLeftOut, 'call')} of further statements ${either(this.#callsLeftOut, 'is', 'are')} left out: only the first ${this.#limits.statements} different ones are kept.`,
            ]),
        ...(this.#samplesLeftOut === 0
          ? []
          : [
              `${counted(this.#samplesLeftOut, 'call is', 'calls are')} not kept as samples, for texts that are very long.`,
            ]),
        ...(this.#callersLeftOut === 0
          ? []
          : [
              `${counted(this.#callersLeftOut, 'call is', 'calls are')} not tied to an endpoint: a statement's first ${this.#limits.callers} are kept.`,
            ]),
      ],
    };
  }

  #called(entry: Entry, endpoint: string, calls: number, seconds: number | null): void {
    const caller = entry.callers.get(endpoint);
    const spent = seconds === null ? null : seconds * calls;
    if (caller) {
      caller.calls += calls;
      caller.seconds = caller.seconds === null || spent === null ? null : caller.seconds + spent;
    } else if (entry.callers.size < this.#limits.callers) entry.callers.set(endpoint, { calls, seconds: spent });
    else this.#callersLeftOut += calls;
  }

  #sample(entry: Entry, { text, params, seconds }: StatementEvent): void {
    const length = lengthOf(text, params);
    if (length > this.#limits.sampleLength || this.#samplesLength + length > this.#limits.samplesLength) {
      this.#samplesLeftOut++;
      return;
    }
    this.#samplesLength += length;
    const gone = entry.samples.add({ text, params, seconds });
    if (gone) this.#samplesLength -= lengthOf(gone.text, gone.params);
  }
}

function newEntry(read: ReadStatement, random: Random): Entry {
  return {
    read,
    calls: 0,
    timed: 0,
    seconds: 0,
    maxSeconds: null,
    rows: null,
    callers: new Map(),
    samples: new Reservoir<StatementSample>(SAMPLES, random),
  };
}

function count(entry: Entry, { seconds, rows }: StatementEvent, calls: number): void {
  entry.calls += calls;
  if (seconds !== null) {
    entry.timed += calls;
    entry.seconds += seconds * calls;
    if (calls > 0) entry.maxSeconds = Math.max(entry.maxSeconds ?? 0, seconds);
  }
  if (rows !== null) entry.rows = (entry.rows ?? 0) + rows * calls;
}

function lengthOf(text: string, params: StatementEvent['params']): number {
  let length = text.length;
  for (const value of Object.values(params)) length += typeof value === 'string' ? value.length : 8;
  return length;
}

/** Calls that told no time are taken to be like those that did. */
function statementOf(entry: Entry, source: string): Statement {
  const { read, calls, timed, seconds, maxSeconds, rows, callers, samples } = entry;
  return {
    id: read.id,
    text: read.text,
    kind: read.kind,
    tables: read.tables,
    calls,
    seconds: timed === 0 ? null : (seconds / timed) * calls,
    planSeconds: null,
    maxSeconds,
    rows,
    io: null,
    callers: [...callers].map(([endpoint, caller]) => ({ endpoint, ...caller })).sort((a, b) => b.calls - a.calls),
    samples: samples.kept,
    sources: [source],
    notUnderstood: read.notUnderstood,
  };
}
