import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { interruptDemo, makeTemplate } from './demo-support.ts';

/** Ctrl-C in the demo: no process and no half-made thing is left. The long test of the same name has more instants. */
const template = makeTemplate(0.05);
after(() => template.remove());

test('while it generates: no half-written database stays', { timeout: 60_000 }, async () => {
  const run = await interruptDemo({
    when: ({ directory }) => {
      const partial = join(directory, 'data', 'vending.db.partial');
      return existsSync(partial) && statSync(partial).size > 100_000;
    },
  });
  assert.equal(run.interrupted, true);
});

test('while the service starts, before it listens', { timeout: 60_000 }, async () => {
  const run = await interruptDemo({
    template,
    // Its log is opened just before its process is made.
    when: ({ directory }) => existsSync(join(directory, 'data', 'vending.log')),
  });
  assert.equal(run.interrupted, true);
  assert.doesNotMatch(run.stderr, /\nChecking/);
});

test('while it checks, and again and again while it takes back and stops the service', {
  timeout: 60_000,
}, async () => {
  const run = await interruptDemo({ template, when: ({ said }) => said.includes('\nChecking'), again: 0.03 });
  assert.equal(run.interrupted, true);
});
