import type { LatencySummary, LoadResult } from '../model/load.ts';
import { fewestFor, fewestNamed, probabilityOf } from '../stats/enough.ts';

/** What the gate looks at. Times in seconds, utilisations 0–1 of the busiest worker. */
export interface ValidityInput {
  /** Whether requests are sent at planned times. */
  readonly open: boolean;
  /** What is planned, started and queued: iterations, which are requests where every flow is a single one. */
  readonly unit: Unit;
  /** Those that were due in the measured part, and those of them that were started. */
  readonly planned: number;
  readonly started: number;
  /** Requests. */
  readonly sent: number;
  readonly ok: number;
  /** First write − when it was due and a connection free: the generator's own lateness. */
  readonly lateness: Lateness;
  readonly responseP50: number;
  /** Seconds. */
  readonly duration: number;
  readonly loopUtilisation: number;
  readonly cpuUtilisation: number;
  /** Those that found every connection taken when they were due. */
  readonly queued: number;
  readonly users: number;
}

type Unit = 'requests' | 'iterations';

/** Of so many requests; the percentiles are NaN when there were none. */
type Lateness = Pick<LatencySummary, 'p50' | 'p90' | 'p95' | 'p99'> & { readonly count: number };

/** Of a result: what was planned and started, and what that is. */
export function plannedOf({
  planned,
  sent,
  iterations,
}: Pick<LoadResult, 'planned' | 'sent' | 'iterations'>): Pick<ValidityInput, 'unit' | 'planned' | 'started'> {
  return iterations ? { unit: 'iterations', ...iterations } : { unit: 'requests', planned, started: sent };
}

/**
 * Limits of DESIGN §7. A Node timer has a floor of 1 ms and may fire 1 ms early (nodejs/node#34728, #62468), so a slip
 * of 2 ms is the generator's grain; above it, a tenth of the median is where the slip begins to shape the result.
 */
const LIMITS = { startedRatio: 0.99, slip: 0.002, slipOfMedian: 0.1, loop: 0.85, cpu: 0.8 } as const;

/** In a shorter run (a number of iterations) the loop is busy with beginning, and its share of that says nothing (s). [judgement] */
const SHORTEST_FOR_LOOP = 0.25;

/**
 * Why a run says nothing about the service: one sentence for each failed check; none when it is valid.
 *
 * The closed shape has no schedule that could be missed: started = planned, and its slip is the time that reconnecting
 * took, which is the service's doing. So neither is checked there. The loop is checked for both: in a saturated loop
 * answers wait for the generator to read them, so latency and throughput are its own limits and not the service's. The
 * generator's CPU is checked for the constant rate only; a closed loop with CPU to spare and an idle loop is neither.
 */
export function invalidReasons(input: ValidityInput): string[] {
  const { open, unit, planned, started, sent, ok } = input;
  const reasons: string[] = [];
  // Later steps of iterations that began in the warm-up are sent in the measured part, too.
  if (planned === 0 && sent === 0) return ['No request was sent in the measured part.'];
  if (sent > 0 && ok === 0) reasons.push(`None of the ${count(sent)} requests was answered with success.`);
  const waited = input.queued > started / 100;
  const cure = waited
    ? `${count(input.queued)} ${unit} found all ${count(input.users)} connections taken: allow more users, or the service cannot take this rate`
    : 'the generator could not keep up: use more workers or a lower rate';
  if (open) {
    const ratio = started / planned;
    if (ratio < LIMITS.startedRatio) {
      const done = unit === 'requests' ? 'sent' : 'started';
      reasons.push(
        `Only ${count(started)} of ${count(planned)} planned ${unit} were ${done} (${percent(ratio)}, at least 99 % needed); ${cure}.`,
      );
    }
    const slipLimit = Math.max(LIMITS.slip, LIMITS.slipOfMedian * (input.responseP50 || 0));
    const judged = judgedLateness(input.lateness.count);
    const lateness = judged === null ? 0 : input.lateness[judged];
    if (lateness > slipLimit) {
      reasons.push(
        `${percent(1 - probabilityOf(judged!)!)} of the requests left ${ms(lateness)} or more after they could have (limit ${ms(slipLimit)}): use more workers or a lower rate.`,
      );
    }
    if (input.cpuUtilisation > LIMITS.cpu) {
      reasons.push(
        `A load thread used ${percent(input.cpuUtilisation)} of a core (limit 80 %): use more workers or a lower rate.`,
      );
    }
  }
  if (input.loopUtilisation > LIMITS.loop && input.duration >= SHORTEST_FOR_LOOP) {
    reasons.push(
      `A load thread was busy ${percent(input.loopUtilisation)} of the time (limit 85 %) and got ${percent(input.cpuUtilisation)} of a core, so answers waited to be read: ` +
        (open ? 'use a lower rate or more workers.' : 'use fewer users or more workers.'),
    );
  }
  return reasons;
}

/**
 * The percentile of the lateness that so many requests can bear (stats/enough.ts), p99 at the most: of 40 it would be the latest one
 * alone, and one late request in 40 says nothing of one in a hundred. Null: of one request none can be said.
 */
function judgedLateness(count: number): Exclude<keyof Lateness, 'count'> | null {
  return (['p99', 'p95', 'p90', 'p50'] as const).find((name) => count >= fewestNamed(name)) ?? null;
}

/**
 * The part of the requests that may have left late without spoiling a run of so many: 0.01 from a hundred on, more where they are too
 * few to tell of one in a hundred, and all where there is only one.
 */
export function lateAllowed(count: number): number {
  const judged = judgedLateness(count);
  return judged === null ? 1 : 1 - probabilityOf(judged)!;
}

/** What to say of a schedule with too few requests to judge their latest hundredth; null with enough of them. */
function tooFewToJudge(count: number): string | null {
  const needed = fewestFor(0.99);
  if (count === 0 || count >= needed) return null;
  const instead =
    judgedLateness(count) === null
      ? 'so it was not looked at'
      : `so the latest ${percent(lateAllowed(count))} were looked at`;
  return `The p99 of how late the generator was cannot be judged by ${count} ${count === 1 ? 'request' : 'requests'} (${needed} needed), ${instead}.`;
}

/** Whether fewer were started than a valid run needs because they waited for connections: the service's doing. */
export function fellBehind(result: Pick<LoadResult, 'planned' | 'sent' | 'iterations' | 'saturated'>): boolean {
  const { planned, started } = plannedOf(result);
  return result.saturated && started < LIMITS.startedRatio * planned;
}

/** What a reader must know but what does not spoil the run. */
export interface WarningInput {
  readonly loopback: boolean;
  readonly unit: Unit;
  readonly sent: number;
  /** By kind. */
  readonly errors: Readonly<Record<string, number>>;
  /** Last reason by kind. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly stale: number;
  /** Requests that were sent at planned times, and so may have been late; 0 for closed shapes. */
  readonly timed: number;
  /** How many in `unit` found every connection taken, of how many connections. */
  readonly queued: number;
  readonly users: number;
  readonly cleanUp: { readonly done: number; readonly failed: number };
  /** Steps of flows in their order, with the flow that they belong to. */
  readonly endpoints: readonly {
    readonly name: string;
    readonly flow?: string;
    readonly sent: number;
    readonly ok: number;
  }[];
}

export function warningsOf(input: WarningInput): string[] {
  const warnings: string[] = [];
  if (input.loopback) {
    warnings.push(
      'Generator and service share the cores of this host: the service would be faster without the load beside it.',
    );
  }
  const tooFew = tooFewToJudge(input.timed);
  if (tooFew !== null) warnings.push(tooFew);
  const failed = Object.values(input.errors).reduce((sum, times) => sum + times, 0);
  if (failed > 0) {
    const kinds = Object.entries(input.errors).map(([kind, times]) => {
      const reason = Object.hasOwn(input.reasons, kind) ? input.reasons[kind] : undefined;
      return reason === undefined ? `${kind} ${count(times)}` : `${kind} ${count(times)}, last: ${reason}`;
    });
    warnings.push(`${percent(failed / input.sent)} of the requests failed (${kinds.join('; ')}).`);
  }
  const others = input.endpoints.some(({ ok }) => ok > 0);
  for (const [i, { name, sent, ok }] of input.endpoints.entries()) {
    if (sent > 0 && ok === 0 && others) warnings.push(`${name} only failed (${count(sent)} requests).`);
    if (sent === 0) warnings.push(`${name} was not requested: ${whyUnasked(input.endpoints, i)}.`);
  }
  if (input.queued > 0) {
    warnings.push(
      `${count(input.queued)} ${input.unit} found all ${count(input.users)} connections taken when they were due: they waited for the service, and that is in their response times.`,
    );
  }
  if (input.stale > 0) {
    warnings.push(
      `stale-reconnect: ${count(input.stale)} requests were sent again because the service had closed the kept connection; they are not errors.`,
    );
  }
  if (input.cleanUp.failed > 0) {
    const { done, failed } = input.cleanUp;
    warnings.push(
      `${count(failed)} of ${count(done + failed)} clean-up requests failed: what the run made may still be there.`,
    );
  }
  return warnings;
}

/** Why nothing was sent of an endpoint, or of a step: its flow was never begun, broke before it, or took longer than the run. */
function whyUnasked(endpoints: WarningInput['endpoints'], index: number): string {
  const { flow } = endpoints[index]!;
  const before = endpoints.slice(0, index).filter((each) => each.sent > 0 && flow !== undefined && each.flow === flow);
  const broken = before.findLast(({ sent, ok }) => sent > ok);
  if (before.length === 0) return 'the run was too short for its weight';
  if (broken === undefined) return 'no iteration came that far, because the run was too short for the flow';
  return `no iteration came that far, because ${broken.name} before it failed (${count(broken.sent - broken.ok)} of ${count(broken.sent)} requests)`;
}

const count = (value: number): string => value.toLocaleString('en-US');
const ms = (seconds: number): string => `${(seconds * 1000).toFixed(1)} ms`;

/** Rounded away from 100 % and 0 %: 99.96 % must not read as 100 %. */
function percent(ratio: number): string {
  const value = ratio * 100;
  const shown = value > 99.9 && value < 100 ? 99.9 : value > 0 && value < 0.1 ? 0.1 : value;
  return `${Number(shown.toFixed(1))} %`;
}
