/** Loads drawn at random, from a seed: every shape, single requests and flows of several steps, with everything that flows can have. */
import { flow, scenario, step } from '../../src/load/scenario/testing.ts';
import type { LoadOptions } from '../../src/model/load.ts';
import type { Scenario, Step, ThinkTime } from '../../src/model/scenario.ts';
import type { ShapeOptions } from '../../src/model/shape.ts';
import { type Random, seededRandom } from '../../src/stats/random.ts';

export interface RandomLoad {
  readonly options: Omit<LoadOptions, 'url'>;
  /** Seconds since the start of the schedule at which the run is ended; null: not before its time. */
  readonly stopAt: number | null;
}

const oneOf = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
const between = (random: Random, least: number, most: number): number => least + random() * (most - least);
const whole = (random: Random, least: number, most: number): number => Math.floor(between(random, least, most + 1));

function thinkTime(random: Random): ThinkTime {
  const mean = between(random, 0.002, 0.1);
  return oneOf<ThinkTime>(random, [
    { distribution: 'constant', mean },
    { distribution: 'uniform', min: 0, max: 2 * mean },
    { distribution: 'exponential', mean },
    { distribution: 'lognormal', mean, sigma: 1 },
  ]);
}

function shape(random: Random, duration: number): Omit<ShapeOptions, 'warmup' | 'duration'> {
  const users = whole(random, 1, 9);
  const rate = between(random, 20, 150);
  const think = random() < 0.5 ? { thinkTime: thinkTime(random) } : {};
  const arrivals = oneOf(random, ['even', 'poisson'] as const);
  return oneOf<() => Omit<ShapeOptions, 'warmup' | 'duration'>>(random, [
    () => ({ shape: 'closed', users, ...think, ...(random() < 0.3 ? { rampUp: duration / 2 } : {}) }),
    () => ({ shape: 'closed', users, ...think, iterations: whole(random, users, 60) }),
    () => ({ shape: 'constant-rate', users, rate }),
    () => ({ shape: 'constant-rate', users: users + 10, rate }),
    () => ({ shape: 'poisson', users: users + 10, rate }),
    () => ({
      shape: 'ramping-rate',
      users: users + 10,
      rate: 10,
      stages: [
        { rate, over: duration / 2, hold: 0 },
        { rate: 0, over: 0, hold: duration / 4 },
      ],
      arrivals,
    }),
    () => ({
      shape: 'steps',
      users: 1,
      stages: [1, users + 1, 2].map((n) => ({ users: n, over: 0, hold: duration / 3 })),
    }),
    () => ({ shape: 'spike', users: users + 10, rate, peak: rate * 3, arrivals }),
  ])();
}

/** A step that may think, may need what an earlier one extracted, and may be wrong about the answer. */
function someStep(random: Random, name: string, first: boolean): Step {
  const needs = !first && random() < 0.5;
  const withBody = random() < 0.4;
  return step({
    name,
    method: withBody ? 'POST' : 'GET',
    path: `/${name}`,
    headers: needs ? { 'X-Id': '{{id}}' } : {},
    body: withBody
      ? { kind: 'json', value: { text: 'ä'.repeat(whole(random, 0, 50)), iteration: '{{$iteration}}' } }
      : null,
    thinkTime: random() < 0.4 ? thinkTime(random) : null,
    expected: random() < 0.5 ? between(random, 0, 0.03) : null,
    extract: first || random() < 0.3 ? [{ as: 'id', from: 'jsonpath', path: '$.id' }] : [],
    checks: random() < 0.3 ? [{ kind: 'status', name: 'fine', in: [200, 404] }] : [],
  });
}

function someScenario(random: Random): Scenario {
  const flows = Array.from({ length: whole(random, 1, 3) }, (_, f) =>
    flow(
      Array.from({ length: whole(random, 1, 4) }, (_, s) => someStep(random, `f${f}s${s}`, s === 0)),
      { name: `flow ${f}`, weight: whole(random, 1, 3) },
    ),
  );
  const rows = Array.from({ length: whole(random, 5, 60) }, (_, row) => ({ row: String(row) }));
  const fed = random() < 0.2;
  const [one, ...others] = flows;
  return scenario({
    flows: fed
      ? [
          { ...one!, steps: [{ ...one!.steps[0]!, headers: { 'X-Row': '{{row}}' } }, ...one!.steps.slice(1)] },
          ...others,
        ]
      : flows,
    feeders: fed ? [{ name: 'rows', order: 'once', rows }] : [],
    cookies: random() < 0.2,
    oncePerUser: random() < 0.2 ? [step({ name: 'log in', path: '/login' })] : [],
    cleanUp: random() < 0.3 ? [step({ name: 'delete', method: 'DELETE', path: '/delete' })] : [],
  });
}

/** The load with this seed. */
export function randomLoad(seed: number): RandomLoad {
  const random = seededRandom(seed);
  const duration = oneOf(random, [0.25, 0.3, 0.5, 0.7, 1, 1.1]);
  const warmup = oneOf(random, [0, 0, 0.1, 0.25]);
  const form = shape(random, duration);
  const what =
    random() < 0.3
      ? {
          endpoints: ['/a', '/b', '/c'].slice(0, whole(random, 1, 3)).map((path, i) => ({
            name: path,
            method: i === 1 ? 'POST' : 'GET',
            path,
            headers: {},
            weight: i + 1,
            ...(i === 1 ? { body: 'x=1' } : {}),
          })),
        }
      : { endpoints: [], scenario: someScenario(random) };
  const users = Math.max(1, form.stages ? 1 : form.users);
  return {
    options: {
      ...what,
      ...form,
      duration,
      warmup,
      timeout: between(random, 0.06, 0.3),
      workers: Math.min(users, whole(random, 1, 3)),
      seed: whole(random, 0, 1e6),
      allow: [],
    },
    stopAt: random() < 0.4 ? between(random, -0.01, warmup + duration + 0.1) : null,
  };
}
