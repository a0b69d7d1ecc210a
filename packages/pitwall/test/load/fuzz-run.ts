import assert from 'node:assert/strict';
import { runLoad } from '../../src/load/engine.ts';
import type { LoadOptions, LoadResult } from '../../src/model/load.ts';
import { type Expected, startFuzzServer } from './fuzz-server.ts';

const KINDS: readonly Expected[] = ['status-4xx', 'status-5xx', 'protocol', 'reset', 'timeout'];

/**
 * A closed load on the fuzzed server for `seconds`. Every request must be counted once, as what it came to: the server knows how
 * many answers of each kind it gave.
 */
export async function fuzz(seed: number, seconds: number, more: Partial<LoadOptions> = {}): Promise<LoadResult> {
  const server = await startFuzzServer(seed);
  try {
    const started = performance.now();
    const result = await runLoad(
      {
        url: server.url,
        endpoints: [{ name: 'any', method: 'GET', path: '/', headers: {}, weight: 1 }],
        shape: 'closed',
        users: 40,
        duration: seconds,
        warmup: 0,
        // Far above what an answer takes, on a busy machine too: one that came later would be counted otherwise by the two sides.
        timeout: 4,
        workers: 2,
        seed,
        allow: [],
        ...more,
      },
      { signal: AbortSignal.timeout((seconds + 30) * 1000) },
    );
    const took = (performance.now() - started) / 1000;
    assert.ok(took < seconds + 10, `a run of ${seconds} s took ${took} s`);
    const seen = JSON.stringify({ result: result.errors, ok: result.ok, server: Object.fromEntries(server.counts) });
    const failed = Object.values(result.errors).reduce((sum, times) => sum + times, 0);
    assert.equal(result.sent, result.ok + failed, seen);
    assert.equal(result.ok, server.counts.get('ok'), seen);
    for (const kind of KINDS) {
      assert.equal(result.errors[kind] ?? 0, server.counts.get(kind) ?? 0, `${kind}: ${seen}`);
    }
    // Below the one second there is no other way to come to nothing.
    assert.deepEqual(
      Object.keys(result.errors).filter((kind) => !KINDS.includes(kind as Expected)),
      [],
      seen,
    );
    return result;
  } finally {
    await server.close();
  }
}
