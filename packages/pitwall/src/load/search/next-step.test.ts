import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SearchPlan, SearchVerdict } from '../../model/search.ts';
import { bracketOf, type Tried } from './bracket.ts';
import { nextStep } from './next-step.ts';
import { connectionsFor, searchPlan, secondsOf } from './plan.ts';

const plan = searchPlan({ from: 100, to: 5000, resolution: 0.1 });

/** Plays a service that answers by rate (and by how often it was asked at it), and gives the path. */
function play(verdict: (rate: number, time: number) => SearchVerdict, options: SearchPlan = plan) {
  const history: Tried[] = [];
  const path: string[] = [];
  for (;;) {
    const next = nextStep(history, options);
    if (next.kind === 'done') return { path, end: next.end, bracket: bracketOf(history), history };
    assert.ok(history.length < 200, 'it does not end');
    const time = history.filter(({ rate }) => rate === next.rate).length;
    path.push(`${next.why} ${next.rate}`);
    history.push({ rate: next.rate, verdict: verdict(next.rate, time) });
  }
}

const below = (limit: number) => (rate: number) => (rate <= limit ? 'pass' : 'fail') as SearchVerdict;

describe('a service with a limit', () => {
  it('is doubled, halved, and both ends are measured three times', () => {
    const { path, end, bracket } = play(below(700));
    assert.deepEqual(path, [
      'start 100',
      'double 200',
      'double 400',
      'double 800',
      'bisect 566',
      'bisect 673',
      'bisect 734',
      ...['repeat 673', 'repeat 734', 'repeat 673', 'repeat 734'],
    ]);
    assert.equal(end, 'found');
    assert.deepEqual(bracket.passing, { rate: 673, passed: 3, failed: 0 });
    assert.deepEqual(bracket.failing, { rate: 734, passed: 0, failed: 3 });
  });

  it('is never overshot by more than its double, wherever the limit is', () => {
    for (let limit = 101; limit < 5000; limit += 37) {
      const { history, end, bracket } = play(below(limit));
      assert.equal(end, 'found', `${limit}`);
      assert.ok(bracket.passing!.rate <= limit && bracket.failing!.rate > limit);
      assert.ok(bracket.failing!.rate / bracket.passing!.rate <= 1.1);
      assert.ok(Math.max(...history.map(({ rate }) => rate)) <= 2 * limit);
    }
  });

  it('with the highest rate allowed below its limit is said to pass there, after it was seen three times', () => {
    const { path, end, bracket } = play(below(1e9), { ...plan, to: 300 });
    assert.deepEqual(path, ['start 100', 'double 200', 'double 300', 'repeat 300', 'repeat 300']);
    assert.equal(end, 'top');
    assert.deepEqual([bracket.passing!.rate, bracket.failing], [300, null]);
  });

  it('that breaks at the first rate is believed after two of three, and nothing lower is tried', () => {
    const { path, end, bracket } = play(below(1));
    assert.deepEqual(path, ['start 100', 'repeat 100']);
    assert.equal(end, 'none');
    assert.equal(bracket.passing, null);
    const once = play((rate, time) => (rate === 100 && time === 0 ? 'fail' : below(700)(rate)));
    assert.equal(once.end, 'found');
    assert.equal(once.bracket.passing!.rate, 673);
  });
});

describe('a majority', () => {
  it('that turns the failing end over opens the gap again, upwards if nothing above has failed', () => {
    // A hiccup at 400 on the way up.
    const { end, bracket, path } = play((rate, time) => (rate === 400 && time === 0 ? 'fail' : below(700)(rate)));
    assert.equal(end, 'found');
    assert.equal(bracket.passing!.rate, 673);
    assert.ok(path.includes('double 800'));
  });

  it('that turns the passing end over goes on below it', () => {
    const { end, bracket } = play((rate, time) => (rate === 673 && time > 0 ? 'fail' : below(700)(rate)));
    assert.equal(end, 'found');
    assert.ok(bracket.passing!.rate < 673 && bracket.failing!.rate <= 673);
  });

  it('is looked for where there is a tie, before anything else', () => {
    const history: Tried[] = [
      { rate: 100, verdict: 'pass' },
      { rate: 200, verdict: 'fail' },
      { rate: 200, verdict: 'pass' },
    ];
    assert.deepEqual(nextStep(history, plan), { kind: 'step', rate: 200, why: 'repeat' });
    assert.deepEqual(bracketOf(history).tied, { rate: 200, passed: 1, failed: 1 });
  });

  it('rates that pass above one that fails do not move the answer, and are told', () => {
    const history: Tried[] = [
      { rate: 100, verdict: 'pass' },
      { rate: 200, verdict: 'fail' },
      { rate: 400, verdict: 'pass' },
    ];
    assert.deepEqual(bracketOf(history), {
      passing: { rate: 100, passed: 1, failed: 0 },
      failing: { rate: 200, passed: 0, failed: 1 },
      tied: null,
      above: [400],
    });
  });
});

describe('a step that decides nothing', () => {
  it('is held when it was not steady', () => {
    const { path } = play((rate, time) => (rate === 400 && time === 0 ? 'hold' : below(700)(rate)));
    assert.deepEqual(path.slice(2, 5), ['double 400', 'hold 400', 'double 800']);
  });

  it('is tried again when the generator was unwell, and then the search ends there', () => {
    const { path, end, bracket } = play((rate) => (rate >= 800 ? 'invalid' : 'pass'));
    assert.deepEqual(path.slice(3), ['double 800', 'again 800', 'again 800']);
    assert.equal(end, 'generator');
    assert.deepEqual([bracket.passing!.rate, bracket.failing], [400, null]);
    const hiccup = play((rate, time) => (rate === 800 && time < 2 ? 'invalid' : below(700)(rate)));
    assert.equal(hiccup.end, 'found');
  });

  it('a generator that is unwell from the start leaves no answer at all', () => {
    const { end, bracket } = play(() => 'invalid');
    assert.equal(end, 'generator');
    assert.deepEqual([bracket.passing, bracket.failing], [null, null]);
  });
});

it('danger ends the search at once, and its rate counts as failing', () => {
  const { path, end, bracket } = play((rate) => (rate >= 800 ? 'danger' : 'pass'));
  assert.equal(path.at(-1), 'double 800');
  assert.equal(end, 'danger');
  assert.deepEqual([bracket.passing!.rate, bracket.failing!.rate], [400, 800]);
});

it('ends when the steps are used up, with what it has', () => {
  let flip = 0;
  const { end, history } = play(() => (flip++ % 2 ? 'pass' : 'hold'), { ...plan, mostSteps: 9, to: 1e6 });
  assert.equal(end, 'unsettled');
  assert.equal(history.length, 9);
});

it('steps near the limit are longer where requests are few', () => {
  const seconds = (rate: number, why: 'double' | 'repeat') => secondsOf({ rate, why }, plan);
  assert.equal(seconds(50, 'double'), 10);
  assert.equal(seconds(50, 'repeat'), 30);
  assert.equal(seconds(200, 'repeat'), 15);
  assert.equal(seconds(5000, 'repeat'), 10);
  // Held because it did not come to rest, and because it had too few requests to tell.
  assert.equal(secondsOf({ rate: 5000, why: 'hold' }, plan), 10);
  assert.equal(secondsOf({ rate: 5000, why: 'hold', undecided: true }, plan), 30);
});

it('connections are enough for a slow service, and never more than the host allows', () => {
  const options = { seconds: 2, configured: 10, most: 5000 };
  assert.equal(connectionsFor(10, options), 100);
  assert.equal(connectionsFor(300, options), 600);
  assert.equal(connectionsFor(300, { ...options, configured: 900 }), 900);
  assert.equal(connectionsFor(9000, options), 5000);
  assert.equal(connectionsFor(9000, { ...options, most: Number.POSITIVE_INFINITY }), 10_000);
});

it('refuses what cannot be searched', () => {
  for (const [given, says] of [
    [{ from: 0 }, /--search-from/],
    [{ from: 100, to: 50 }, /--search-to must be at least --search-from \(100\)/],
    [{ resolution: 0.001 }, /--resolution/],
    [{ stepDuration: 1 }, /--step-duration must be from 3 s/],
    [{ from: 0.01 }, /not even one request/],
  ] as const) {
    assert.throws(() => searchPlan(given), says);
  }
});
