import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShapeOptions, Stage } from '../../model/shape.ts';
import { shapeProblem } from './index.ts';

const closed: ShapeOptions = { shape: 'closed', users: 10, duration: 60, warmup: 5 };
const constant: ShapeOptions = { ...closed, shape: 'constant-rate', rate: 200 };
const stage = (more: Partial<Stage>): Stage => ({ over: 0, hold: 10, ...more });
const steps: ShapeOptions = { ...closed, shape: 'steps', stages: [stage({ rate: 10 }), stage({ rate: 20 })] };
const userSteps: ShapeOptions = { ...closed, shape: 'steps', stages: [stage({ users: 10 }), stage({ users: 20 })] };
const ramp: ShapeOptions = { ...closed, shape: 'ramping-rate', stages: [{ rate: 500, over: 30, hold: 0 }] };
const spike: ShapeOptions = { ...constant, shape: 'spike', peak: 900 };
const trace: ShapeOptions = {
  ...closed,
  shape: 'trace',
  warmup: 0,
  trace: { at: Float64Array.of(0, 1, 1, 2), flow: Uint16Array.of(0, 0, 1, 0) },
};
const think = { distribution: 'exponential', mean: 1 } as const;

const FINE: ShapeOptions[] = [
  { ...closed, users: 50_000, duration: 86_400, warmup: 86_400 },
  { ...closed, rampUp: 64.9, thinkTime: think },
  { ...closed, iterations: 10 },
  { ...constant, rate: 1_000_000, duration: 86_400, arrivals: 'even' },
  { ...constant, shape: 'poisson', arrivals: 'poisson' },
  { ...ramp, rate: 0, arrivals: 'poisson' },
  { ...ramp, rate: 100, stages: [{ rate: 0, over: 60, hold: 0 }] },
  { ...steps, stages: Array.from({ length: 600 }, () => stage({ rate: 1, hold: 0.1 })) },
  { ...userSteps, thinkTime: think },
  { ...spike, peakAt: 0, peakFor: 60 },
  { ...spike, peak: 1 },
  { ...closed, shape: 'spike', peak: 100, peakAt: 50 },
  { ...closed, shape: 'soak', rampUp: 10 },
  { ...constant, shape: 'soak', arrivals: 'poisson' },
  { ...trace, speed: 1000 },
];
test('what can be run is not refused, up to the limits themselves', () => {
  for (const options of FINE) assert.equal(shapeProblem(options), null);
});

const WRONG: [ShapeOptions, RegExp][] = [
  [{ ...closed, shape: 'search' as 'closed' }, /one of closed, constant-rate, .*trace/],
  [{ ...closed, shape: 'constructor' as 'closed' }, /one of/],
  [{ ...closed, users: 0 }, /users .* 50000/],
  [{ ...closed, users: 50_001 }, /users .* 50000/],
  [{ ...closed, users: 1.5 }, /users/],
  [{ ...closed, duration: 0 }, /duration/],
  [{ ...closed, duration: Number.NaN }, /duration/],
  [{ ...closed, duration: 86_401 }, /at most 24 h/],
  [{ ...closed, warmup: -1 }, /warm-up/],
  [{ ...closed, iterations: 9 }, /^9 iterations are fewer than the 10 users, .*; take at most 9 of them$/],
  [{ ...closed, iterations: 1, users: 2 }, /^1 iteration is fewer than the 2 users/],
  [{ ...closed, arrivals: 'poisson' }, /open shapes/],
  [{ ...closed, rampUp: 65 }, /ramp-up .*1 m 5 s/],
  [{ ...closed, rampUp: -1 }, /ramp-up/],
  [{ ...closed, thinkTime: { ...think, mean: -1 } }, /think time/],
  [{ ...closed, shape: 'constant-rate' }, /constant-rate needs a rate/],
  [{ ...closed, shape: 'poisson' }, /poisson needs a rate/],
  [{ ...constant, rate: 0 }, /rate must be above 0/],
  [{ ...constant, rate: 1_000_001 }, /rate .* 1000000/],
  [{ ...constant, rate: 0.1, duration: 1 }, /0.1 requests\/s for 1 s is not even one request/],
  [{ ...constant, shape: 'soak', rate: 0.1, duration: 1 }, /not even one request/],
  [{ ...constant, arrivals: 'poisson' }, /shape poisson/],
  [{ ...constant, shape: 'poisson', arrivals: 'even' }, /shape constant-rate/],
  [{ ...constant, thinkTime: think }, /closed shape/],
  [{ ...constant, rampUp: 5 }, /ramping-rate/],
  [{ ...closed, shape: 'steps' }, /steps needs stages/],
  [{ ...closed, shape: 'steps', stages: [] }, /needs stages/],
  [{ ...steps, stages: [stage({ rate: 1 }), stage({})] }, /stage 2 needs either/],
  [{ ...steps, stages: [stage({ rate: 1, users: 1 })] }, /stage 1 needs either/],
  [{ ...steps, stages: [stage({ rate: 1 }), stage({ users: 1 })] }, /stage 2 must have a rate/],
  [{ ...steps, stages: [stage({ users: 1 }), stage({ rate: 1 })] }, /stage 2 must have users/],
  [{ ...steps, stages: [stage({ users: 1.5 })] }, /stage 1 .* whole number/],
  [{ ...steps, stages: [stage({ users: 50_001 })] }, /50000/],
  [{ ...steps, stages: [stage({ rate: -1 })] }, /stage 1 must have a rate/],
  [{ ...steps, stages: [stage({ rate: Number.NaN })] }, /stage 1 must have a rate/],
  [{ ...steps, stages: [stage({ rate: 1, hold: -1 })] }, /at least 0 s/],
  [{ ...steps, stages: [stage({ rate: 1, hold: 0 })] }, /takes no time/],
  [{ ...steps, duration: 19 }, /20 s, longer than the duration of 19 s/],
  [{ ...steps, stages: [stage({ rate: 0 })] }, /rate above 0/],
  [{ ...userSteps, stages: [stage({ users: 0 })] }, /no stage has a user/],
  [{ ...userSteps, rampUp: 1 }, /steps has no ramp-up/],
  [{ ...steps, stages: Array.from({ length: 1001 }, () => stage({ rate: 1, hold: 0.01 })) }, /at most 1000 stages/],
  [{ ...ramp, stages: [stage({ users: 10 })] }, /ramping-rate need rates/],
  [{ ...ramp, rate: -5 }, /at the beginning/],
  [{ ...ramp, duration: 0.001, stages: [{ rate: 10, over: 0.001, hold: 0 }] }, /not even one request/],
  [{ ...constant, shape: 'spike' }, /spike needs a peak/],
  [{ ...spike, peak: 0 }, /peak must be above 0/],
  [{ ...closed, shape: 'spike', peak: 1.5 }, /whole number of users/],
  [{ ...spike, peakAt: 60 }, /inside the duration/],
  [{ ...spike, peakAt: -1 }, /inside the duration/],
  [{ ...spike, peakAt: 50, peakFor: 11 }, /inside the duration/],
  [{ ...closed, shape: 'trace' }, /needs a trace/],
  [{ ...trace, trace: { at: new Float64Array(), flow: new Uint16Array() } }, /no arrivals/],
  [{ ...trace, trace: { at: Float64Array.of(0, 1), flow: Uint16Array.of(0) } }, /a flow for each/],
  [{ ...trace, trace: { at: Float64Array.of(0, 2, 1), flow: new Uint16Array(3) } }, /go back \(arrival 3\)/],
  [{ ...trace, trace: { at: Float64Array.of(0, Number.NaN), flow: new Uint16Array(2) } }, /go back \(arrival 2\)/],
  [{ ...trace, trace: { at: Float64Array.of(-1), flow: new Uint16Array(1) } }, /go back \(arrival 1\)/],
  [{ ...trace, speed: 0 }, /speed/],
  [{ ...trace, warmup: 3 }, /over before the warm-up/],
  [{ ...trace, warmup: 0.5, duration: 0.2 }, /nothing of the trace/],
  [{ ...trace, arrivals: 'even' }, /as recorded/],
];
for (const [options, problem] of WRONG) {
  test(`refused: ${JSON.stringify(options).slice(0, 150)}`, () => assert.match(shapeProblem(options) ?? '', problem));
}
