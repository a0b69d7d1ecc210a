/** Random loads on services in random moods: do all numbers fit together, and with what the service has seen? */
import assert from 'node:assert/strict';
import { blocksIn, type WorkerResult } from '../../src/load/protocol.ts';
import { stepsOf } from '../../src/load/scenario/plan.ts';
import { isOpen, measuredWindow, plannedIterations } from '../../src/load/shapes/index.ts';
import type { HttpProtocol, LoadOptions } from '../../src/model/load.ts';
import { type LaneRun, runLanes } from './lanes.ts';
import type { Moods, MoodyServer } from './moody-server.ts';
import { randomLoad } from './random-load.ts';

/** Runs at the same time: they share one thread with their services, and most of the time is waiting. */
const AT_ONCE = 16;

const sumOf = (numbers: Iterable<number>): number => [...numbers].reduce((sum, n) => sum + n, 0);

/** Every number in it is one; JSON would make null of the others. */
function assertPlain(value: unknown, place: string): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value) && value >= 0, `${place} is ${value}`);
  else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) assertPlain(each, `${place}.${key}`);
}

/** Written or not, each counted request is in the numbers once, and the distributions hold it. */
function assertSteps({ result }: LaneRun, options: LoadOptions): void {
  for (const [i, step] of result.steps.entries()) {
    const { sent, ok, errors, response, service, slip, firstByte, checks } = step;
    const of = `step ${i}: ${JSON.stringify({ sent, ok, errors })}`;
    assert.equal(sent, ok + sumOf(Object.values(errors)), of);
    const { connect = 0, template = 0, reset = 0, protocol = 0, timeout = 0 } = errors;
    assert.ok(response.count >= sent, `${of}: ${response.count} response times`);
    assert.equal(service.count, sent - connect - template - reset - protocol, `${of}: service times`);
    assert.equal(firstByte.count, sent - connect - template - reset - protocol - timeout, `${of}: first bytes`);
    assert.ok(slip.count <= sent - template && slip.count >= sent - template - connect, `${of}: ${slip.count} slips`);
    for (const [passed, failed] of checks) assert.equal(passed + failed, firstByte.count, `${of}: checks`);
  }
  const sent = sumOf(result.steps.map((step) => step.sent));
  assert.equal(sumOf(result.steps.map(({ response }) => response.count)), sent + result.unsent);
  const written = sumOf(result.steps.map(({ slip }) => slip.count));
  assert.equal(result.lateness.count, isOpen(options) ? written : 0);
  assert.ok(result.queued <= sent + result.unsent && result.late <= written);
}

function assertTimeline({ result, ticks, blocks }: LaneRun, options: LoadOptions): void {
  const whole = result.duration === options.duration;
  assert.ok(result.duration <= options.duration);
  assert.deepEqual(
    ticks.map(({ second }) => second),
    Array.from({ length: Math.ceil(result.duration - 1e-9) }, (_, i) => i),
  );
  for (const { completed, errors, response } of ticks) {
    assert.ok(errors <= completed);
    assert.equal(response.count, completed);
  }
  const sent = sumOf(result.steps.map((step) => step.sent));
  const failed = sent - sumOf(result.steps.map((step) => step.ok));
  const inBlocks = sumOf(blocks.flatMap(({ steps }) => steps.map(({ completed }) => completed)));
  const failedInBlocks = sumOf(blocks.flatMap(({ steps }) => steps.map(({ errors }) => errors)));
  assert.deepEqual(
    blocks.map(({ block }) => block),
    blocks.map((_, i) => i),
  );
  if (whole) {
    assert.equal(blocks.length, blocksIn(options.duration));
    assert.deepEqual([inBlocks, failedInBlocks], [sent, failed]);
  } else {
    assert.ok(blocks.length <= blocksIn(options.duration));
    assert.ok(inBlocks <= sent && failedInBlocks <= failed);
  }
}

/** Iterations of the plan: started or unsent. */
function assertPlanned(runs: readonly LaneRun[], options: LoadOptions): void {
  const planned = plannedIterations(options, options.seed);
  const first = new Set<number>();
  const steps = stepsOf(options);
  for (const [i, { flow }] of steps.entries()) if (flow === null || steps[i - 1]?.flow !== flow) first.add(i);
  const started = sumOf(
    runs.flatMap(({ result }) => result.steps.filter((_, i) => first.has(i)).map(({ sent }) => sent)),
  );
  if (planned === null) {
    assert.equal(sumOf(runs.map(({ result }) => result.unsent)), 0);
    if (options.iterations !== undefined) assert.ok(started <= options.iterations);
    return;
  }
  const several = steps.length > first.size;
  const unsent = sumOf(runs.map(({ result }) => result.unsent));
  const seen = JSON.stringify({ planned, started, unsent });
  if (runs.every(({ result }) => result.duration === options.duration) && !several) {
    assert.equal(started + unsent, planned, seen);
  } else assert.ok(started <= planned, seen);
}

/** What the service has read is what was written. */
function assertTruth(
  runs: readonly LaneRun[],
  read: ReadonlyMap<string, number>,
  options: LoadOptions,
  moods: Moods,
): void {
  const results = runs.map(({ result }) => result);
  const sum = (pick: (step: WorkerResult['steps'][number]) => number) =>
    sumOf(results.flatMap(({ steps }) => steps.map(pick)));
  const written = sum(({ slip }) => slip.count);
  const answered = sum(({ firstByte }) => firstByte.count);
  const stale = sumOf(results.map((result) => result.stale));
  const got = sumOf([...read].filter(([path]) => path !== '/login' && path !== '/delete').map(([, times]) => times));
  const seen = JSON.stringify({ got, written, stale, answered });
  if (options.warmup > 0) assert.ok(got >= answered, seen);
  else if (moods.fickle || options.protocol === 'http2') assert.ok(got >= answered && got <= written + stale, seen);
  else assert.equal(got, written + stale, seen);
}

async function check(seed: number, { protocol, start }: Accounting): Promise<number> {
  const moods = { trouble: [0, 0.1, 0.4][seed % 3]!, fickle: seed % 2 === 1 };
  const server = await start(seed, moods);
  try {
    const { options: drawn, stopAt } = randomLoad(seed);
    const options: LoadOptions = { ...drawn, url: server.url, protocol };
    const runs = await runLanes(options, {
      onStart: (stop) => void (stopAt === null ? null : stopAt <= 0 ? stop() : setTimeout(stop, stopAt * 1000)),
    });
    if (runs.length === 0) return 0;
    const { end } = measuredWindow(options, 0);
    for (const run of runs) {
      assertPlain(run.result, 'result');
      assertPlain([run.ticks, run.blocks], 'parts');
      assertSteps(run, options);
      assertTimeline(run, options);
      const cleanUp = options.scenario?.cleanUp.length ? 3 : 0;
      assert.ok(run.took < end / 1000 + options.timeout + cleanUp + 1.5, `took ${run.took} s`);
    }
    assertPlanned(runs, options);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assertTruth(runs, server.read, options, moods);
    return sumOf(runs.flatMap(({ result }) => result.steps.map(({ sent }) => sent)));
  } catch (error) {
    throw new Error(`seed ${seed}: ${JSON.stringify({ ...randomLoad(seed), moods })}`, { cause: error });
  } finally {
    await server.close();
  }
}

export interface Accounting {
  readonly protocol: HttpProtocol;
  start(seed: number, moods: Moods): Promise<MoodyServer>;
}

/** Looks at the loads with the seeds from `first` on. A failure names its seed. */
export async function account(first: number, count: number, how: Accounting): Promise<void> {
  const sent: number[] = [];
  let next = first;
  const work = async () => {
    while (next < first + count) sent.push(await check(next++, how));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  assert.ok(sumOf(sent) > 10 * count, `${sumOf(sent)} requests`);
}
