import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PRESETS, presetNamed } from './presets.ts';

test('the loads of the five runbooks, with their numbers', () => {
  const numbers = PRESETS.map(({ name, source, shape: { users, iterations, duration, rampUp, warmup } }) => [
    source.runbook,
    name,
    users,
    iterations ?? `${duration} s`,
    rampUp ?? 0,
    warmup,
  ]);
  assert.deepEqual(numbers, [
    ['000', 'light', 10, 50, 0, 0],
    ['000', 'moderate', 20, 100, 0, 0],
    ['000', 'heavy', 50, 500, 0, 0],
    ['000', 'stress', 100, 1000, 0, 0],
    ['001', 'per-endpoint', 50, 100, 0, 0],
    ['002', 'normal', 100, '300 s', 10, 10],
    ['002', 'peak', 500, '600 s', 10, 10],
    ['002', 'peak-stress', 1000, '300 s', 10, 10],
    ['003', 'users-50x20', 50, 1000, 0, 0],
    ['003', 'users-20x10', 20, 200, 0, 0],
    ['003', 'users-15x10', 15, 150, 0, 0],
    ['003', 'users-10x5', 10, 50, 0, 0],
    ['004', 'batch', 50, 1000, 0, 0],
  ]);
  assert.ok(PRESETS.every(({ shape }) => shape.shape === 'closed'));
  assert.deepEqual(presetNamed('normal').shape.thinkTime, { distribution: 'uniform', min: 0.5, max: 2 });
  assert.deepEqual(
    PRESETS.filter(({ eachEndpoint }) => eachEndpoint).map(({ name }) => name),
    ['per-endpoint'],
  );
});

test('no counted load has users who never get a request, and where a runbook is wrong it is said', () => {
  for (const { name, shape, instead } of PRESETS) {
    if (shape.iterations !== undefined) assert.ok(shape.iterations >= shape.users!, name);
    assert.ok(instead === null || instead.endsWith('.'), name);
  }
  assert.match(presetNamed('light').instead!, /10 requests, 50 at a time: ab refuses that/);
  assert.equal(new Set(PRESETS.map(({ name }) => name)).size, PRESETS.length);
});

test('what a flow creates is deleted by the flow: cleanUp knows the last iteration alone', () => {
  const { instead } = presetNamed('users-10x5');
  assert.match(instead!, /end the flow of the scenario with a delete step/);
  assert.doesNotMatch(instead!, /give the scenario cleanUp/);
});

test('a preset that there is not is refused with what was probably meant', () => {
  assert.throws(() => presetNamed('haevy'), /There is no preset haevy: did you mean heavy\?/);
  assert.throws(() => presetNamed('nonsense'), /There is no preset nonsense: there are light, moderate/);
});
