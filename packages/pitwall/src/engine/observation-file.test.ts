import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readObservation, type SavedObservation, saveObservation } from './observation-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'pitwall-observation-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const saved: SavedObservation = {
  kind: 'pitwall-observation',
  schemaVersion: 1,
  service: 'shop',
  targets: [{ id: 'db', integration: 'sqlite', title: 'shop.db' }],
  observations: [],
  objectives: [],
  thresholds: {},
};

test('an observation is for its owner alone, also in a file that others could read', async () => {
  for (const [name, before] of [
    ['new.json', null],
    ['old.json', 0o644],
  ] as const) {
    const file = join(folder, name);
    if (before !== null) {
      writeFileSync(file, 'older and longer than what replaces it'.repeat(100));
      chmodSync(file, before);
    }
    await saveObservation(file, saved);
    assert.equal(statSync(file).mode & 0o777, 0o600, name);
    assert.deepEqual(await readObservation(file), saved);
  }
});

test('a device is written to as it is', async () => {
  const before = statSync('/dev/null').mode;
  await saveObservation('/dev/null', saved);
  assert.equal(statSync('/dev/null').mode, before);
});

test('what cannot be written, or is no observation, is said', async () => {
  await assert.rejects(saveObservation(folder, saved), { code: 'FILE_UNWRITABLE' });
  const file = join(folder, 'other.json');
  writeFileSync(file, '{"kind":"other"}');
  await assert.rejects(readObservation(file), { code: 'OBSERVATION_INVALID' });
});
