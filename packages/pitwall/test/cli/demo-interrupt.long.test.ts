import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { interruptDemo, makeTemplate } from './demo-support.ts';

/**
 * Ctrl-C at instants spread over the whole demo, at random within their stretch (seeded), every second time more than once. The first
 * run is left alone, to know how long it takes here and what its stages are.
 */
const INSTANTS = 20;
const template = makeTemplate(0.2);
after(() => template.remove());

test('an interrupted demo leaves no process and the database as it was generated', {
  timeout: 3_000_000,
}, async (context) => {
  const whole = await interruptDemo({ template, when: () => false });
  assert.equal(whole.status, 0, whole.stderr);
  context.diagnostic(`the whole demo takes ${whole.seconds.toFixed(0)} s`);

  const random = randomSource(20_261_121);
  const stages = new Set<string>();
  let interrupted = 0;
  for (let instant = 0; instant < INSTANTS; instant++) {
    const at = ((instant + random()) / INSTANTS) * whole.seconds;
    const again = instant % 2 === 0 ? null : 0.05 + random() * 0.5;
    const run = await interruptDemo({
      template,
      when: ({ seconds }) => seconds >= at,
      ...(again === null ? {} : { again }),
    });
    const stage = stageOf(run.said);
    context.diagnostic(`${at.toFixed(1)} s, ${stage}: ${run.interrupted ? `exit ${run.status}` : 'had ended'}`);
    if (!run.interrupted || run.status === 0) continue;
    interrupted += 1;
    stages.add(stage);
  }
  // Runs differ in length, so a late instant may find the demo ended.
  assert.ok(interrupted >= 15, `only ${interrupted} of ${INSTANTS} were interrupted`);
  for (const stage of ['Checking', 'Loading', 'Applying']) assert.ok(stages.has(stage), [...stages].join(', '));
});

test('a demo that is interrupted while it takes back finishes that', { timeout: 300_000 }, async () => {
  // A change was kept: there is something to take back, which more of them must not cut short.
  const run = await interruptDemo({ template, when: ({ said }) => / kept: CREATE INDEX/.test(said), again: 0.1 });
  assert.equal(run.interrupted, true);
  assert.match(run.stderr, /Taking everything back/);
});

/** First word of the newest stage that was said. */
function stageOf(said: string): string {
  const known = /^(Generating|Starting|Checking|Loading|Applying)/gm;
  return [...said.matchAll(known)].at(-1)?.[1] ?? 'beginning';
}

/** Deterministic pseudo-random numbers in [0, 1) (Park–Miller). */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
