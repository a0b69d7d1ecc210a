import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Result } from './loop.ts';

/**
 * The whole loop on programs that nobody here wrote, as docs/REAL-APPLICATIONS.md describes it. What is found and proved
 * depends on the machine; that the file of `init` is accepted, that the database is the right one, and that all of it is
 * taken back exactly does not.
 */
const SCRIPT = join(import.meta.dirname, '..', '..', '..', '..', 'scripts', 'real-applications.ts');

function resultOf(application: string, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SCRIPT, application, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (status) => {
      try {
        const [result] = JSON.parse(stdout) as Result[];
        assert.ok(result, stderr);
        resolve(result);
      } catch (error) {
        reject(new Error(`ended with ${status}: ${stderr}`, { cause: error }));
      }
    });
  });
}

for (const application of ['minidlna', 'nginx']) {
  test(`${application}: init → check → load → plan → apply → rollback`, { timeout: 20 * 60_000 }, async (context) => {
    const result = await resultOf(application, context.signal);
    if (result.skipped !== null) {
      context.skip(result.skipped);
      return;
    }
    const { exits, database, outcomes = [], journalMode, stillRunning } = result;
    assert.ok(exits && database);
    assert.deepEqual(result.complaints, []);
    assert.equal(exits.init, 0);
    assert.ok([0, 1].includes(exits.unchanged ?? -1), 'check accepts the file of init unchanged');
    assert.deepEqual(database.detected, database.expected === null ? [] : [database.expected]);
    assert.ok([0, 4].includes(exits.apply ?? -1), `apply ended with ${exits.apply}`);
    assert.equal(
      exits.apply === 4,
      outcomes.some(({ decision }) => decision !== 'kept') || outcomes.length < (result.planned?.length ?? 0),
    );
    assert.equal(exits.rollback, 0);
    assert.equal(result.schemaRestored, true);
    assert.equal(journalMode?.after, journalMode?.before);
    assert.deepEqual(stillRunning, []);
    const rules = new Set(result.findings?.map(({ rule }) => rule));
    if (application === 'minidlna') {
      const rows = Object.values(result.contents ?? {}).reduce((sum, count) => sum + count, 0);
      assert.ok(rows >= 100_000, `${rows} rows`);
      // These follow from the data and the statements alone.
      for (const rule of ['sqlite/missing-index', 'sqlite/redundant-index']) assert.ok(rules.has(rule), rule);
    } else assert.ok(rules.has('http/uncompressed-response'));
    for (const { change, decision, because } of outcomes)
      context.diagnostic(`${decision}: ${change.preview.apply}: ${because}`);
  });
}
