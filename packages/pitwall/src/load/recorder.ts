import type { Distribution } from '../model/observation.ts';
import { Histogram } from '../stats/histogram.ts';
import type { Channel, FailureKind } from './channel.ts';
import { LATE, type RawBlock, type RawTick, type StepCounts } from './protocol.ts';

const NS = 1e6;

/** Answers that wait to be sorted into the histograms, and numbers of each: step, response, service, slip, first byte (ns). */
const NOTES = 256;
const FIELDS = 5;

/** What one step of the plan is to the recorder. */
interface RecordedStep {
  /** How many checks it has. */
  readonly checks: number;
}

class Step {
  sent = 0;
  ok = 0;
  bytes = 0;
  readonly errors = new Map<string, number>();
  readonly response = new Histogram();
  readonly service = new Histogram();
  readonly slip = new Histogram();
  readonly firstByte = new Histogram();
  readonly server = new Histogram();
  readonly between = new Histogram();
  /** Service times of the answers in `server`, together (ns). */
  saidService = 0;
  readonly database = new Histogram();
  readonly checks: [number, number][];
  /** Of the block under way. */
  completed = 0;
  failures = 0;
  readonly blockResponse = new Histogram();
  readonly blockService = new Histogram();

  constructor(checks: number) {
    this.checks = Array.from({ length: checks }, () => [0, 0]);
  }

  failed(kind: string): void {
    this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
  }

  ended(ok: boolean): void {
    this.completed++;
    if (!ok) this.failures++;
  }

  /** Adds the block under way to the whole and begins the next one. */
  closeBlock(): void {
    this.response.merge(this.blockResponse);
    this.service.merge(this.blockService);
    this.blockResponse.reset();
    this.blockService.reset();
    this.completed = 0;
    this.failures = 0;
  }
}

export interface RecorderOptions {
  readonly steps: readonly RecordedStep[];
  /** The measured part, in ms of the thread's clock. */
  readonly start: number;
  readonly end: number;
  readonly blocks: number;
  onTick(tick: Omit<RawTick, 'loopUtilisation' | 'late'>): void;
  onBlock(block: RawBlock): void;
  /** Requests under way. */
  inFlight(): number;
}

/**
 * Counts what one worker saw. A request belongs to the run when it was *intended* inside the measured part, whenever it
 * ended; the ticks, and with them the throughput, hold what *ended* inside it. Blocks hold what was intended inside the
 * measured part, by when it ended (the last block also what ended after it). Times in ms of the thread's clock.
 */
export class Recorder {
  readonly #steps: readonly Step[];
  /** And one more, into which the warm-up is recorded and forgotten: the measured part must not be the first to run this code. */
  readonly #withWarmUp: readonly Step[];
  readonly #options: RecorderOptions;
  readonly #start: number;
  readonly #blockLength: number;
  readonly #tickResponse = new Histogram();
  readonly #lateness = new Histogram();
  late = 0;
  #end: number;
  /** When the next second or block is over. */
  #due: number;
  #second = 0;
  #begun = false;
  #completed = 0;
  #errors = 0;
  #bytes = 0;
  #block = 0;
  /**
   * Answers are noted side by side and sorted into the histograms some hundreds at a time: between two answers the network's
   * code has pushed the histograms out of the nearest cache, and fetching five of them for each cost 3 % of throughput.
   */
  readonly #notes = new Float64Array(NOTES * FIELDS);
  #noted = 0;
  /** Whether what is noted ended inside the measured part (or in the warm-up, which is forgotten). */
  #ticking = true;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#steps = options.steps.map(({ checks }) => new Step(checks));
    this.#withWarmUp = [...this.#steps, new Step(0)];
    this.#start = options.start;
    this.#end = options.end;
    this.#blockLength = (options.end - options.start) / options.blocks;
    this.#due = this.#start;
  }

  /** A whole response. `kind`: why it counts as failed all the same; null when it does not. Such an answer has a service time. */
  answered(c: Channel, now: number, kind: string | null): void {
    const response = (now - c.intended) * NS;
    this.#tick(now, kind === null, c.bytes);
    const index = c.counted ? c.step : this.#steps.length;
    const step = this.#withWarmUp[index]!;
    const { writtenAt, serverMs, dbMs } = c;
    step.sent++;
    step.bytes += c.bytes;
    if (kind === null) step.ok++;
    else step.failed(kind);
    step.ended(kind === null);
    const at = this.#noted;
    this.#notes[at] = index;
    this.#notes[at + 1] = response;
    this.#notes[at + 2] = (now - writtenAt) * NS;
    this.#notes[at + 3] = (writtenAt - c.intended) * NS;
    this.#notes[at + 4] = (c.firstByteAt - writtenAt) * NS;
    this.#noted = at + FIELDS;
    if (this.#noted === NOTES * FIELDS) this.#sortNotes();
    if (!Number.isNaN(serverMs)) {
      const service = (now - writtenAt) * NS;
      step.server.record(serverMs * NS);
      step.between.record(service - serverMs * NS);
      // Whole, as in the histograms: then the order of adding them does not matter.
      step.saidService += Math.round(service);
      if (!Number.isNaN(dbMs)) step.database.record(dbMs * NS);
    }
  }

  /**
   * A request that was written and given up on. Its response time is what was waited for it. So is its service time
   * when it timed out (at least that long); a reset or a garbled answer says nothing about how long serving takes.
   */
  failed(c: Channel, kind: FailureKind, now: number): void {
    const response = (now - c.intended) * NS;
    if (this.#tick(now, false, c.bytes)) this.#tickResponse.record(response);
    if (!c.counted) return;
    const step = this.#steps[c.step]!;
    step.sent++;
    step.bytes += c.bytes;
    step.failed(kind);
    step.ended(false);
    step.blockResponse.record(response);
    if (kind === 'timeout') step.blockService.record((now - c.writtenAt) * NS);
    step.slip.record((c.writtenAt - c.intended) * NS);
  }

  /** A request that was never written: no connection (`connect`), or it could not be made (`template`). It counts as sent: we tried. */
  notWritten(index: number, kind: string, intended: number, counted: boolean, now: number): void {
    const response = (now - intended) * NS;
    if (this.#tick(now, false, 0)) this.#tickResponse.record(response);
    if (!counted) return;
    const step = this.#steps[index]!;
    step.sent++;
    step.failed(kind);
    step.ended(false);
    step.blockResponse.record(response);
  }

  /** How long after it could have a request left (ms): the generator's own fault. */
  left(lateness: number): void {
    this.#lateness.record(lateness * NS);
    if (lateness > LATE) this.late++;
  }

  checked(index: number, check: number, passed: boolean): void {
    this.#steps[index]!.checks[check]![passed ? 0 : 1]++;
  }

  /** Requests never sent: they waited this long (ms) so far. */
  unsent(index: number, waited: number, times: number): void {
    this.#steps[index]!.response.record(waited * NS, times);
  }

  /** Hands out every second and block that has passed. */
  flush(now: number): void {
    if (now < this.#start) return;
    if (!this.#begun) this.#begin();
    const until = Math.min(now, this.#end);
    while (this.#start + (this.#second + 1) * 1000 <= until) this.#emit();
    while (this.#block < this.#options.blocks - 1 && this.#start + (this.#block + 1) * this.#blockLength <= until) {
      this.#emitBlock();
    }
    const nextBlock = this.#start + (this.#block + 1) * this.#blockLength;
    this.#due = Math.min(this.#start + (this.#second + 1) * 1000, nextBlock <= until ? this.#end : nextBlock);
  }

  /** Hands out the rest of the seconds: a last, partial one too. `end`: when the measured part was over. */
  finishTicks(end: number): void {
    this.#end = Math.min(this.#end, end);
    this.flush(this.#end);
    if (this.#start + this.#second * 1000 < this.#end) this.#emit();
  }

  /** After the last answer. A block of which a run that was cut short has seen less than half is left out. */
  finishBlocks(): void {
    if (this.#end - (this.#start + this.#block * this.#blockLength) >= this.#blockLength / 2) this.#emitBlock();
  }

  lateness(): Distribution {
    return this.#lateness.toDistribution();
  }

  steps(expected: (index: number) => number | null): StepCounts[] {
    this.#sortNotes();
    for (const step of this.#steps) step.closeBlock();
    return this.#steps.map((step, index) => ({
      sent: step.sent,
      ok: step.ok,
      errors: Object.fromEntries(step.errors),
      bytes: step.bytes,
      response: step.response.toDistribution(),
      service: step.service.toDistribution(),
      slip: step.slip.toDistribution(),
      firstByte: step.firstByte.toDistribution(),
      server: step.server.toDistribution(),
      between: step.between.toDistribution(),
      saidService: step.saidService / 1e9,
      database: step.database.toDistribution(),
      checks: step.checks,
      expected: expected(index),
    }));
  }

  /** Counts what has ended; false when that was after the measured part. */
  #tick(now: number, ok: boolean, bytes: number): boolean {
    if (now >= this.#due) this.flush(now);
    if (now >= this.#end) {
      this.#stopTicking();
      return false;
    }
    this.#completed++;
    this.#bytes += bytes;
    if (!ok) this.#errors++;
    return true;
  }

  #stopTicking(): void {
    if (!this.#ticking) return;
    this.#sortNotes();
    this.#ticking = false;
  }

  /** Forgets what was counted in the warm-up. */
  #begin(): void {
    this.#begun = true;
    this.#sortNotes();
    this.#resetTick();
  }

  #resetTick(): void {
    this.#tickResponse.reset();
    this.#completed = 0;
    this.#errors = 0;
    this.#bytes = 0;
  }

  #sortNotes(): void {
    const notes = this.#notes;
    const until = this.#noted;
    this.#noted = 0;
    if (this.#ticking) this.#tickResponse.recordEvery(notes, 1, until, FIELDS);
    for (let from = 0; from < until; ) {
      const index = notes[from]!;
      let end = from + FIELDS;
      while (end < until && notes[end] === index) end += FIELDS;
      const step = this.#withWarmUp[index]!;
      step.blockResponse.recordEvery(notes, from + 1, end, FIELDS);
      step.blockService.recordEvery(notes, from + 2, end, FIELDS);
      step.slip.recordEvery(notes, from + 3, end, FIELDS);
      step.firstByte.recordEvery(notes, from + 4, end, FIELDS);
      from = end;
    }
  }

  #emit(): void {
    this.#sortNotes();
    this.#options.onTick({
      second: this.#second,
      completed: this.#completed,
      errors: this.#errors,
      bytes: this.#bytes,
      inFlight: this.#options.inFlight(),
      response: this.#tickResponse.toDistribution(),
    });
    this.#resetTick();
    this.#second++;
  }

  #emitBlock(): void {
    this.#sortNotes();
    const steps = this.#steps.map((step) => {
      const { completed, failures: errors } = step;
      const part = {
        completed,
        errors,
        response: step.blockResponse.toDistribution(),
        service: step.blockService.toDistribution(),
      };
      step.closeBlock();
      return part;
    });
    this.#options.onBlock({ block: this.#block++, steps });
  }
}
