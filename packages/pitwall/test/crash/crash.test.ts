import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { copyOf, makeSpecimen, recoverHere, removeSpecimen, runChild, type Specimen } from './run-child.ts';
import { type Kind, removePlace } from './support.ts';

const ROWS = 3000;
const KINDS: readonly Kind[] = ['create', 'drop', 'wal', 'analyze', 'vacuum'];

/** The way back begins with the same steps as the way there; those are tried once. */
function stepsOf({ steps }: Specimen, mode: 'apply-keep' | 'apply-undo'): ReadonlySet<string> {
  const there = new Set(steps['apply-keep']);
  return mode === 'apply-keep' ? there : new Set(steps['apply-undo'].filter((step) => !there.has(step)));
}

/**
 * SIGKILL at the beginning of every step of applying, keeping and taking back; then a process that knows nothing of it
 * recovers. The others (and random instants) are in crash.long.test.ts.
 */
suite('a kill at every step ends in the exact original or in the completed state', { concurrency: 2 }, () => {
  for (const kind of KINDS) {
    suite(kind, () => {
      let specimen: Specimen;

      before(async () => {
        specimen = await makeSpecimen(kind, ROWS);
      });
      after(() => removeSpecimen(specimen));

      for (const mode of ['apply-keep', 'apply-undo'] as const) {
        test(mode, async (context) => {
          let original = 0;
          let completed = 0;
          assert.notDeepEqual(specimen.completed, specimen.original, 'the change changes something');
          for (const step of stepsOf(specimen, mode)) {
            const place = copyOf(specimen.template, specimen.change);
            const run = await runChild(place, mode, { killAt: step });
            assert.ok(run.killed, `${step}: was killed, and printed ${run.output.join(', ')}`);
            const aftermath = await recoverHere(place);
            const isKept = aftermath.states[0] === 'kept';
            // From the moment the journal says `kept` on, and not before.
            assert.equal(isKept, mode === 'apply-keep' && (step === 'release' || step === 'settled'), step);
            assert.deepEqual(aftermath.now, isKept ? specimen.completed : specimen.original, step);
            assert.equal(aftermath.unfinished, 0, step);
            assert.deepEqual(aftermath.kept, [], `${step}: no originals are left behind`);
            if (isKept) completed += 1;
            else original += 1;
            removePlace(place);
          }
          context.diagnostic(
            `${kind}, ${mode}: ${original} times the original, ${completed} times completed, never between`,
          );
        });
      }
    });
  }
});
