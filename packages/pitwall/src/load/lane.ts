import { performance } from 'node:perf_hooks';
import { backoff } from './backoff.ts';
import {
  BUSY,
  type Channel,
  type ChannelOwner,
  CONNECTING,
  type EncodedRequest,
  type FailureKind,
  type Transport,
} from './channel.ts';
import { HealthWatch } from './health-watch.ts';
import { readHostLimits, shortage, UNKNOWN_LIMITS } from './host-limits.ts';
import { Mix } from './mix.ts';
import { type Letter, Outbox } from './outbox.ts';
import {
  blocksIn,
  type RawBlock,
  type RawTick,
  type WorkerHealth,
  type WorkerResult,
  type WorkerTask,
} from './protocol.ts';
import { Recorder } from './recorder.ts';
import { Errands } from './scenario/errands.ts';
import { Journeys } from './scenario/journeys.ts';
import type { Errand, Plan } from './scenario/plan.ts';
import type { Carrier, Driver } from './shapes/driver.ts';
import { createDriver, isOpen, measuredWindow, usersOf } from './shapes/index.ts';
import { dealt } from './split.ts';
import { createTransport } from './transport.ts';

/** Requests still unanswered this long (ms) after the end are counted as timed out, even if their limit is longer. */
const MAX_GRACE = 2000;
/** Making users ready is given up after this long (ms) and the time that one of them may take. */
const MAX_SETUP = 60_000;
/** Clean-up is given up after this long (ms). */
const MAX_CLEAN_UP = 30_000;

/** Of a run that was ended before its measured part. */
const NO_HEALTH: WorkerHealth = {
  loopUtilisation: 0,
  cpuUtilisation: 0,
  gc: { pauses: 0, seconds: 0, longest: 0 },
};

export interface LaneReports {
  tick(tick: RawTick): void;
  block(block: RawBlock): void;
  /** See WorkerMessage `over`. */
  over(because: string): void;
  /** Called once. */
  done(result: WorkerResult): void;
}

/**
 * A worker's channels and its slice of the plan: from making its users ready, over the warm-up and the measured part, to the
 * result. A plan whose flows are single unvarying requests goes the short way: encoded once, no state a user.
 */
export class Lane implements ChannelOwner, Carrier {
  readonly channels: readonly Channel[];
  readonly #task: WorkerTask;
  readonly #reports: LaneReports;
  readonly #transport: Transport;
  readonly #plan: Plan;
  readonly #requests: readonly EncodedRequest[];
  readonly #mix: Mix;
  readonly #isOpen: boolean;
  /** When each channel's request could have left. */
  readonly #readyAt: Float64Array;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #reasons = new Map<string, string>();
  /** How a connection failed that this host, not the service, had no place for. */
  #shortage: string | null = null;
  readonly #journeys: Journeys | null;
  readonly #outbox = new Outbox(
    ({ channel, step, intended, counted }) => channel.send(this.#requests[step]!, step, intended, counted),
    (letter) => {
      this.#returned.set(letter.channel, letter);
      letter.channel.open(performance.now());
    },
  );
  readonly #letters: readonly Letter[];
  /** Letters whose connection was closed before they left: they wait for another one. */
  readonly #returned = new Map<Channel, Letter>();
  /** Set while users are made ready or clean up: then the driver has no part in it. */
  #errands: Errands | null = null;
  #recorder!: Recorder;
  #driver!: Driver;
  #health: HealthWatch | null = null;
  #loop = performance.eventLoopUtilization();
  #start = Number.POSITIVE_INFINITY;
  #end = Number.POSITIVE_INFINITY;
  #stale = 0;
  #unfed = 0;
  #running = false;
  #finished = false;
  /** Ended before its time: because it was stopped, or because all iterations are done. */
  #early = false;
  /** Stopped with a part of the plan left. */
  #cutShort = false;
  #stopped = false;

  constructor(task: WorkerTask, plan: Plan, reports: LaneReports) {
    const { options, worker, workers } = task;
    this.#task = task;
    this.#reports = reports;
    const count = usersOf(options, worker, workers);
    this.#transport = createTransport({
      to: task.to,
      host: task.host,
      protocol: options.protocol ?? 'http1',
      count,
      owner: this,
      ...(options.connections === undefined ? {} : { connections: dealt(options.connections, worker, workers) }),
    });
    this.channels = this.#transport.channels;
    this.#letters = this.channels.map((channel) => ({ channel, step: 0, intended: 0, counted: false }));
    this.#isOpen = isOpen(options);
    this.#readyAt = new Float64Array(count);
    this.#plan = plan;
    this.#requests = this.#plan.simple?.map((request) => this.#transport.encode(request)) ?? [];
    this.#mix = new Mix(this.#plan.weights, options.seed, worker);
    this.#journeys = this.#plan.simple ? null : new Journeys(this.#plan, this.#transport, this);
  }

  /** Lets every user do what it does once before the run. Resolves with why that failed, or null. */
  async prepare(): Promise<string | null> {
    const { oncePerUser } = this.#plan;
    if (oncePerUser.steps.length === 0) return null;
    const limit = MAX_SETUP + this.#task.options.timeout * 1000 * oncePerUser.steps.length;
    const { failed, reason } = await this.#errand(oncePerUser, limit);
    // The driver opens the connections anew, each at its time.
    for (const channel of this.channels) channel.close();
    if (failed === 0) return null;
    return `${failed} of ${this.channels.length} users could not be made ready: ${reason}`;
  }

  /** `t0` on this thread's clock (ms): the zero of the schedule. */
  run(t0: number): void {
    const { options, worker, workers } = this.#task;
    const { start, end } = measuredWindow(options, t0);
    this.#start = start;
    this.#end = end;
    this.#running = true;
    this.#recorder = new Recorder({
      steps: this.#plan.steps.map(({ checks }) => ({ checks: checks.length })),
      start,
      end,
      blocks: blocksIn(options.duration),
      onTick: (tick) => this.#reports.tick({ ...tick, ...this.#busy() }),
      onBlock: (block) => this.#reports.block(block),
      inFlight: () => this.channels.reduce((sum, { state }) => sum + (state === BUSY ? 1 : 0), 0),
    });
    this.#driver = createDriver(options, { worker, workers }, { t0, start, end }, options.seed, this);
    this.#journeys?.begin({ start, end, recorder: this.#recorder, driver: this.#driver, open: this.#isOpen });
    this.#at(t0, (now) => this.#driver.begin(now));
    this.#at(start, (now) => {
      this.#busy();
      this.#health = new HealthWatch(now);
    });
    this.#at(end, (now) => this.#finish(now));
    this.#expireLoop();
    this.#tickLoop(1);
  }

  /** Ends the measured part now, whatever is left of the plan. */
  stop(): void {
    if (!this.#running || this.#finished) return;
    const now = performance.now();
    this.#cutShort = now < this.#end && !this.#driver.done;
    this.#finish(now);
  }

  // ChannelOwner
  opened(channel: Channel, now: number): void {
    if (this.#errands !== null) this.#errands.opened(channel);
    else if (this.#returned.size > 0 && this.#returned.has(channel)) this.#outbox.post(this.#takeReturned(channel)!);
    else if (this.#journeys === null || !this.#journeys.opened(channel, now)) this.#driver.opened(channel, now);
  }

  answered(channel: Channel, now: number): void {
    if (this.#errands !== null) {
      this.#errands.answered(channel, now);
      return;
    }
    if (this.#isOpen && channel.counted)
      this.#recorder.left(channel.writtenAt - channel.held - this.#readyAt[channel.index]!);
    if (this.#journeys !== null) {
      this.#journeys.answered(channel, now);
      return;
    }
    const { status } = channel;
    this.#recorder.answered(channel, now, status < 400 ? null : status < 500 ? 'status-4xx' : 'status-5xx');
    if (channel.keepAlive) this.#driver.free(channel, now);
    else this.#driver.lost(channel, now, 0);
  }

  failed(channel: Channel, kind: FailureKind, reason: string, now: number): void {
    if (this.#stopped) return;
    if (this.#errands !== null) {
      this.#errands.failed(channel, kind, reason);
      return;
    }
    this.#reasons.set(kind, reason);
    if (kind === 'connect') this.#shortage ??= shortage(reason, UNKNOWN_LIMITS) && reason;
    if (kind !== 'connect' || channel.resending) {
      if (this.#isOpen && channel.counted)
        this.#recorder.left(channel.writtenAt - channel.held - this.#readyAt[channel.index]!);
      this.#recorder.failed(channel, kind, now);
      this.#journeys?.broken(channel);
    } else if (!this.#journeys?.unconnected(channel, now)) {
      const letter = this.#takeReturned(channel);
      if (letter) this.#recorder.notWritten(letter.step, 'connect', letter.intended, letter.counted, now);
      const due = letter ? null : this.#driver.takeUnconnected(channel, now);
      if (due) this.#recorder.notWritten(this.#firstStep(due.flow), 'connect', due.intended, due.counted, now);
    }
    this.#driver.lost(channel, now, backoff(kind, channel.failures));
  }

  dropped(channel: Channel): void {
    if (this.#errands !== null || this.#journeys?.isUnderWay(channel)) return;
    this.#driver.dropped(channel);
  }

  stale(channel: Channel): void {
    // Written again later for the service's reasons: its lateness is not the generator's.
    this.#readyAt[channel.index] = Number.POSITIVE_INFINITY;
    if (channel.counted) this.#stale++;
  }

  // Carrier
  start(channel: Channel, intended: number, readyAt: number, counted: boolean, flow: number): void {
    const index = flow < 0 ? this.#mix.next() : flow;
    this.#readyAt[channel.index] = readyAt;
    if (this.#journeys !== null) this.#journeys.start(channel, index, intended, counted);
    else if (this.#isOpen) channel.send(this.#requests[index]!, index, intended, counted);
    else {
      const letter = this.#letters[channel.index]!;
      letter.step = index;
      letter.intended = intended;
      letter.counted = counted;
      this.#outbox.post(letter);
    }
  }

  /** A later step of a flow: when it could have left. */
  ready(channel: Channel, readyAt: number): void {
    this.#readyAt[channel.index] = readyAt;
  }

  later(delay: number, callback: (now: number) => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#stopped) callback(performance.now());
    }, delay);
    this.#timers.add(timer);
  }

  unsent(waited: number, times: number, flow: number): void {
    this.#recorder.unsent(this.#firstStep(flow), waited, times);
  }

  unfed(flow: number, waited: number): void {
    this.#unfed++;
    // Users who wait have no schedule that would be missed.
    if (this.#isOpen) this.#recorder.unsent(this.#firstStep(flow), waited, 1);
  }

  because(kind: string, reason: string): void {
    this.#reasons.set(kind, reason);
  }

  finished(): void {
    this.#finish(performance.now());
  }

  over(because: string): void {
    this.#reports.over(because);
  }

  #takeReturned(channel: Channel): Letter | undefined {
    const letter = this.#returned.get(channel);
    this.#returned.delete(channel);
    return letter;
  }

  #firstStep(flow: number): number {
    return this.#plan.firstStep(flow < 0 ? this.#mix.next() : flow);
  }

  /** Calls back at or after a time on this thread's clock: Node's timers may fire up to 1 ms early. */
  #at(time: number, callback: (now: number) => void): void {
    const now = performance.now();
    if (now >= time) callback(now);
    else this.later(Math.max(1, Math.min(time - now, 2 ** 31 - 1)), () => this.#at(time, callback));
  }

  /** One sweep for all channels instead of a timer for each request. */
  #expireLoop(): void {
    const timeout = this.#task.options.timeout * 1000;
    this.later(Math.max(5, Math.min(100, timeout / 20)), (now) => {
      for (const channel of this.channels) channel.expire(now, timeout);
      this.#expireLoop();
    });
  }

  /** Since it was last asked. */
  #busy(): { loopUtilisation: number; late: number } {
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    this.#loop = loop;
    return { loopUtilisation: utilization, late: this.#recorder.late };
  }

  #tickLoop(second: number): void {
    const time = this.#start + second * 1000;
    if (time > this.#end) return;
    this.#at(time, (now) => {
      if (this.#finished) return;
      this.#recorder.flush(now);
      this.#tickLoop(second + 1);
    });
  }

  #finish(now: number): void {
    if (this.#finished) return;
    this.#finished = true;
    if (now < this.#end) {
      this.#early = true;
      this.#end = now;
    }
    const health = this.#health?.end(now) ?? NO_HEALTH;
    this.#journeys?.end(now);
    this.#driver.end(now);
    this.#recorder.finishTicks(this.#end);
    const drained = () => this.#report(health);
    this.#drain(now + Math.min(this.#task.options.timeout * 1000, MAX_GRACE), drained);
  }

  /** Answers that are under way still count: leaving the slowest out would flatter the run. */
  #drain(until: number, then: () => void): void {
    const now = performance.now();
    const pending = !this.#outbox.empty || this.channels.some((channel) => this.#isPending(channel));
    if (pending && now < until) {
      this.later(2, () => this.#drain(until, then));
      return;
    }
    // Each at its own moment: giving one up may let another one's request be written (HTTP/2).
    for (const channel of this.channels) channel.expire(performance.now(), 0);
    then();
  }

  /** Who waits for a connection with a request in hand, too. In open shapes a connection without one serves nobody any more. */
  #isPending(channel: Channel): boolean {
    if (channel.state !== CONNECTING) return channel.state === BUSY;
    return !this.#isOpen || channel.resending || (this.#journeys?.isUnderWay(channel) ?? false);
  }

  async #report(health: WorkerResult['health']): Promise<void> {
    this.#recorder.finishBlocks();
    // Of users who were about to go on: the channels are the clean-up's now.
    this.#clearTimers();
    const errand = this.#plan.cleanUp;
    const cleanUp = errand.steps.length === 0 ? { done: 0, failed: 0 } : await this.#errand(errand, MAX_CLEAN_UP);
    this.#stopped = true;
    this.#clearTimers();
    const transport = this.#transport.counts();
    this.#transport.close();
    this.#reports.done({
      steps: this.#recorder.steps((index) => this.#journeys?.expected(index) ?? null),
      started: this.#driver.started - this.#unfed,
      unsent: this.#driver.unsent + (this.#isOpen ? this.#unfed : 0),
      queued: this.#driver.queued,
      stale: this.#stale,
      late: this.#recorder.late,
      lateness: this.#recorder.lateness(),
      transport,
      cleanUp: { done: cleanUp.done, failed: cleanUp.failed },
      reasons: Object.fromEntries(this.#reasons),
      shortage: this.#shortage && shortage(this.#shortage, readHostLimits()),
      health,
      duration: this.#early ? Math.max(0, this.#end - this.#start) / 1000 : this.#task.options.duration,
      complete: !this.#cutShort,
    });
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async #errand(errand: Errand, limit: number): Promise<{ done: number; failed: number; reason: string }> {
    const errands = new Errands(errand, this.#transport, this.#journeys!.users, this.#task.options.timeout * 1000);
    this.#errands = errands;
    const result = await errands.run(limit);
    this.#errands = null;
    return result;
  }
}
