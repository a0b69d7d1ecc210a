import { Histogram } from '../../stats/histogram.ts';
import { type Channel, DOWN, type EncodedRequest, IDLE, type Transport } from '../channel.ts';
import type { Recorder } from '../recorder.ts';
import type { Driver } from '../shapes/driver.ts';
import { drawThinkTime } from '../shapes/think.ts';
import type { CompiledStep } from './compile.ts';
import { judge, requestOf } from './exchange.ts';
import type { Plan } from './plan.ts';
import { TemplateProblem } from './template.ts';
import type { User } from './users.ts';

/** Answers of a step in a worker after which its median is what it is expected to take. [judgement] */
const ENOUGH_ANSWERS = 20;
/** Pause (ms) after an iteration whose request could not even be made: without it a closed loop would spin on it. */
const PAUSE_AFTER_TEMPLATE = 10;

/** What journeys ask of the lane. */
export interface JourneyHost {
  readonly channels: readonly Channel[];
  /** When a channel's next request could have left (ms). */
  ready(channel: Channel, readyAt: number): void;
  later(delay: number, callback: (now: number) => void): void;
  /** The last reason for a kind of error, in words. */
  because(kind: string, reason: string): void;
  /** An iteration that counts was due and could not be fed. `waited`: ms since then. */
  unfed(flow: number, waited: number): void;
  /** The run is over for everybody. `because` is the end of a sentence. */
  over(because: string): void;
}

/** Known when the run begins. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly recorder: Recorder;
  readonly driver: Driver;
  /** Whether iterations start at planned times: then later steps do, too. */
  readonly open: boolean;
}

/**
 * Takes users through flows of several steps: renders requests, keeps cookies, extracts values, checks answers. A driver
 * starts an iteration and is told when it is over; what happens in between is decided here.
 *
 * When is a later step intended? In closed shapes: when the answer before it was there, plus the think time. In open ones:
 * at the intended start of the step before plus that step's *expected* duration, plus the think time. To take its actual
 * duration would forgive the service what it was late (coordinated omission; G. Tene, HdrHistogram issue 148).
 *
 * Expected is what the scenario says (`expected`), or else the median of the service times (first write to last byte) that this
 * worker has seen: of the whole warm-up, and where that had fewer than ENOUGH_ANSWERS, of the first so many in all. It is then
 * the same to the end. Until so many are known, what the step itself took is taken for it: one answer, and a cold one, is no
 * yardstick for the thousands after it, and the few steps before that are forgiven no more than the service time of their own
 * predecessor.
 */
export class Journeys {
  readonly users: readonly User[];
  readonly #plan: Plan;
  readonly #transport: Transport;
  readonly #host: JourneyHost;
  /** Requests in which nothing varies, encoded once. */
  readonly #encoded: readonly (EncodedRequest | null)[];
  /** Milliseconds, step by step; NaN: not known yet. */
  readonly #expected: Float64Array;
  /** Service times (ns) of steps whose duration is still to be learned. */
  readonly #seen: (Histogram | null)[];
  #run!: Run;
  /** Steps that are due at this time or later are not sent. */
  #until = Number.POSITIVE_INFINITY;

  constructor(plan: Plan, transport: Transport, host: JourneyHost) {
    this.#plan = plan;
    this.#transport = transport;
    this.#host = host;
    this.#encoded = plan.compiled.map((step) => (step.fixed && !plan.cookies ? transport.encode(step.fixed) : null));
    this.#expected = Float64Array.from(plan.compiled, ({ expected }) =>
      expected === null ? Number.NaN : expected * 1000,
    );
    this.#seen = plan.compiled.map(({ expected }, index) =>
      expected === null && plan.hasSuccessor(index) ? new Histogram() : null,
    );
    this.users = host.channels.map(({ index }) => plan.user(index));
  }

  begin(run: Run): void {
    this.#run = run;
    this.#until = run.end;
  }

  /**
   * The run is over: no step that is due later is sent. One that was due before still is, however late: when its timer is late, and
   * when the answer that it waits for comes now. Leaving those out would forgive the service what it was late.
   */
  end(now: number): void {
    this.#until = Math.min(this.#until, now);
    for (const channel of this.#host.channels) {
      const user = this.users[channel.index]!;
      if (user.flow >= 0 && user.due < this.#until) this.#continue(channel, user, now);
    }
  }

  /** Seconds that steps were planned after this one; null when none was, or too few answers came to learn it from. */
  expected(index: number): number | null {
    const learned = this.#expected[index]!;
    return this.#run.open && this.#plan.hasSuccessor(index) && !Number.isNaN(learned) ? learned / 1000 : null;
  }

  /** Begins an iteration. */
  start(channel: Channel, flow: number, intended: number, counted: boolean): void {
    const user = this.users[channel.index]!;
    user.flow = flow;
    user.position = 0;
    user.scope.iteration++;
    const dry = this.#plan.feed(user);
    if (dry !== null) {
      user.flow = -1;
      if (counted) this.#host.unfed(flow, performance.now() - intended);
      this.#host.over(dry);
      return;
    }
    this.#send(channel, user, intended, counted);
  }

  /** A connection was made: true when it was for a step in the middle of a flow. */
  opened(channel: Channel, now: number): boolean {
    const user = this.users[channel.index]!;
    if (user.flow < 0) return false;
    // Connecting is not the generator's lateness.
    this.#host.ready(channel, now);
    this.#continue(channel, user, now);
    return true;
  }

  /** Whether a user is in the middle of a flow, between two steps or with one under way. */
  isUnderWay(channel: Channel): boolean {
    return this.users[channel.index]!.flow >= 0;
  }

  answered(channel: Channel, now: number): void {
    const user = this.users[channel.index]!;
    const step = this.#plan.compiled[channel.step]!;
    const { recorder } = this.#run;
    const { kind, because, failed } = judge(channel, step, user, now);
    recorder.answered(channel, now, kind);
    if (kind !== null) this.#host.because(kind, `${step.name}: ${because}`);
    if (channel.counted) {
      for (let i = 0; i < step.checks.length; i++) recorder.checked(channel.step, i, !failed.includes(i));
    }
    this.#learn(channel, now);
    // A step that failed its check has still been answered; what the rest of the flow needs of it is missing only sometimes.
    if (kind === 'extract') this.#over(channel, user, now);
    else this.#next(channel, user, step, now);
  }

  /** The step under way came to nothing: the iteration ends with it. The caller tells the driver. */
  broken(channel: Channel): void {
    this.users[channel.index]!.flow = -1;
  }

  /** No connection could be made: true when it was for a step in the middle of a flow, which is then recorded. */
  unconnected(channel: Channel, now: number): boolean {
    const user = this.users[channel.index]!;
    if (user.flow < 0) return false;
    const step = this.#plan.stepOf(user.flow, user.position);
    this.#run.recorder.notWritten(step, 'connect', user.due, this.#counts(user.due), now);
    user.flow = -1;
    return true;
  }

  #learn(channel: Channel, now: number): void {
    if (this.#run.open) this.#seen[channel.step]?.record((now - channel.writtenAt) * 1e6);
  }

  /** How long a counted step that took `actual` ms is expected to take, in ms. */
  #expectation(index: number, actual: number): number {
    const known = this.#expected[index]!;
    if (!Number.isNaN(known)) return known;
    const seen = this.#seen[index]!;
    if (seen.count < ENOUGH_ANSWERS) return actual;
    const learned = seen.percentile(50) / 1e6;
    this.#expected[index] = learned;
    this.#seen[index] = null;
    return learned;
  }

  #next(channel: Channel, user: User, step: CompiledStep, now: number): void {
    if (user.flow < 0 || ++user.position >= this.#plan.lengthOf(user.flow)) {
      this.#over(channel, user, now);
      return;
    }
    const think = step.think === null ? 0 : drawThinkTime(step.think, user.scope.random) * 1000;
    const { open } = this.#run;
    const index = channel.step;
    // While warming up there is nothing to plan by yet, and nothing that counts.
    const took = open && channel.counted ? this.#expectation(index, now - channel.writtenAt) : now - channel.intended;
    const due = channel.intended + took + think;
    user.due = due;
    // The user thinks beyond the end of the run. Starting over instead would crowd the end with first steps.
    if (due >= this.#until) return;
    if (due <= now) {
      this.#host.ready(channel, now);
      this.#continue(channel, user, now);
    } else {
      this.#host.ready(channel, due);
      this.#wait(channel, user, due - now);
    }
  }

  #wait(channel: Channel, user: User, delay: number): void {
    const { flow, position, due } = user;
    this.#host.later(Math.max(1, delay), (now) => {
      if (due >= this.#until || user.flow !== flow || user.position !== position || user.due !== due) return;
      if (now < due) this.#wait(channel, user, due - now);
      else this.#continue(channel, user, now);
    });
  }

  /** Sends the step that is due, on a fresh connection where the old one is gone. */
  #continue(channel: Channel, user: User, now: number): void {
    if (channel.state === IDLE) this.#send(channel, user, user.due, this.#counts(user.due));
    else if (channel.state === DOWN) channel.open(now);
  }

  #counts(intended: number): boolean {
    return intended >= this.#run.start && intended < this.#run.end;
  }

  #send(channel: Channel, user: User, intended: number, counted: boolean): void {
    const index = this.#plan.stepOf(user.flow, user.position);
    const step = this.#plan.compiled[index]!;
    let request = this.#encoded[index]!;
    user.due = Number.NaN;
    if (request === null) {
      try {
        request = this.#transport.encode(requestOf(step, user));
      } catch (error) {
        if (!(error instanceof TemplateProblem)) throw error;
        this.#host.because('template', `${step.name}: ${error.message}`);
        this.#run.recorder.notWritten(index, 'template', intended, counted, performance.now());
        this.#host.later(PAUSE_AFTER_TEMPLATE, (now) => this.#over(channel, user, now));
        return;
      }
    }
    channel.send(request, index, intended, counted);
  }

  #over(channel: Channel, user: User, now: number): void {
    user.flow = -1;
    if (channel.state === IDLE) this.#run.driver.free(channel, now);
    else this.#run.driver.lost(channel, now, 0);
  }
}
