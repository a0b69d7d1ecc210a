import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyOf, makeSpecimen, recoverHere, removeSpecimen, runChild, type Specimen } from './run-child.ts';
import { KINDS, removePlace } from './support.ts';

const ROWS = 20_000;
const KILLS = 210;
const SEED = 20_261_120;

/** Mulberry32: the same kills are planned on every run (when they hit is the machine's business). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function withSpecimens(work: (specimens: readonly Specimen[]) => Promise<void>): Promise<void> {
  const specimens: Specimen[] = [];
  try {
    for (const kind of KINDS) specimens.push(await makeSpecimen(kind, ROWS));
    await work(specimens);
  } finally {
    for (const specimen of specimens) removeSpecimen(specimen);
  }
}

test(`${KILLS} kills at random instants, also of the recovery itself`, { timeout: 20 * 60_000 }, async (context) => {
  const next = random(SEED);
  const tally = { kills: 0, recoveryKills: 0, tooLate: 0, original: 0, completed: 0 };
  const diedAfter = new Map<string, number>();
  await withSpecimens(async (specimens) => {
    for (let count = 0; tally.kills < KILLS; count += 1) {
      const specimen = specimens[count % specimens.length]!;
      const mode = next() < 0.5 ? 'apply-keep' : 'apply-undo';
      const place = copyOf(specimen.template, specimen.change);
      const run = await runChild(place, mode, { killAfter: next() * 0.85 * specimen.duration[mode] });
      const step = run.output.at(-1) ?? 'nothing';
      if (run.killed) {
        tally.kills += 1;
        diedAfter.set(step, (diedAfter.get(step) ?? 0) + 1);
      } else tally.tooLate += 1;
      // Half of the recoveries are killed as well, some of them twice.
      while (run.killed && next() < 0.5) {
        const again = await runChild(place, 'recover', { killAfter: next() * 0.4 * specimen.duration['apply-undo'] });
        if (again.killed) tally.recoveryKills += 1;
      }
      const aftermath = await recoverHere(place);
      const where = `${specimen.kind}, ${mode}, killed after ${step}; ${aftermath.outcomes.join('; ')}`;
      const isKept = aftermath.states[0] === 'kept';
      assert.ok(!isKept || mode === 'apply-keep', where);
      assert.deepEqual(aftermath.now, isKept ? specimen.completed : specimen.original, where);
      assert.equal(aftermath.unfinished, 0, where);
      if (isKept) tally.completed += 1;
      else tally.original += 1;
      removePlace(place);
    }
  });
  context.diagnostic(
    `${tally.kills} kills of apply and ${tally.recoveryKills} of recovery (${tally.tooLate} came too late): ` +
      `${tally.original} times the exact original, ${tally.completed} times the completed state, never between`,
  );
  context.diagnostic(`last step begun: ${[...diedAfter].map(([step, times]) => `${step} ${times}`).join(', ')}`);
});

test('every kind of change: a kill at every step of the recovery itself', { timeout: 20 * 60_000 }, async (context) => {
  const steps = ['undo-read', 'undo-journal', 'undo-write', 'undo-re-read', 'journal-rolled-back', 'release', 'undone'];
  let kills = 0;
  await withSpecimens(async (specimens) => {
    for (const specimen of specimens) {
      for (const step of steps) {
        const place = copyOf(specimen.template, specimen.change);
        assert.ok((await runChild(place, 'apply', { killAt: 'applied' })).killed);
        const run = await runChild(place, 'recover', { killAt: step });
        assert.ok(run.killed, `${specimen.kind} ${step}: ${run.output.join(', ')}`);
        kills += 1;
        const aftermath = await recoverHere(place);
        assert.deepEqual(aftermath.now, specimen.original, `${specimen.kind} ${step}`);
        assert.equal(aftermath.unfinished, 0);
        assert.deepEqual(aftermath.kept, []);
        removePlace(place);
      }
    }
  });
  context.diagnostic(`${kills} kills of recovery, each ended in the exact original`);
});
