import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadLedger } from '../../src/engine/ledger/load-ledger.ts';
import { recordCounters } from '../../src/engine/ledger/record.ts';
import type { Session } from '../../src/engine/session.ts';
import { liveContext } from '../../src/integrations/_proc/testing.ts';
import processIntegration from '../../src/integrations/process/index.ts';
import { runLoad } from '../../src/load/engine.ts';
import { endpoint } from '../../src/load/testing.ts';
import type { LoadOptions } from '../../src/model/load.ts';
import { seededRandom } from '../../src/stats/random.ts';
import { freePort } from '../support/free-port.ts';

const SECONDS = 40;
/** Stretches are twenty times as long as the p95 of the service time, and ten are needed (s). */
const SLOW = SECONDS / 10 / 20;

/** What `pitwall load` says that each step cost, where the mix tells: a replayed trace in which the steps come and go. */
test('CPU of each step of a trace, with an interval that holds the truth', { timeout: 90_000 }, async (t) => {
  const port = await freePort();
  const service = spawn(process.execPath, [join(import.meta.dirname, 'ledger-service.ts'), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => service.kill('SIGKILL'));
  await once(service.stdout, 'data');
  const random = seededRandom(11);
  const at: number[] = [];
  const flow: number[] = [];
  for (let second = 0; second < SECONDS; second++) {
    const heavy = 0.1 + 0.8 * random();
    const requests = 15 + Math.floor(random() * 20);
    for (let i = 0; i < requests; i++) {
      at.push(second + i / requests);
      flow.push(random() < heavy ? 1 : 0);
    }
  }
  const options: LoadOptions = {
    url: `http://127.0.0.1:${port}`,
    endpoints: [endpoint('/light'), endpoint('/heavy')],
    shape: 'trace',
    trace: { at: Float64Array.from(at), flow: Uint16Array.from(flow) } as unknown as NonNullable<LoadOptions['trace']>,
    users: 10,
    duration: SECONDS,
    warmup: 0,
    timeout: 5,
    workers: 1,
    seed: 1,
    allow: [],
  };
  const { environment, signal } = liveContext();
  const connection = await processIntegration.connect({ port }, { environment, signal, directory: '/' });
  const session = {
    environment,
    targets: [
      {
        target: { id: 'service', integration: 'process', title: '' },
        integration: processIntegration,
        connection,
        failure: null,
      },
    ],
  } as unknown as Session;
  const truthNow = async () =>
    (await (await fetch(`http://127.0.0.1:${port}/truth`)).json()) as { cpu: number; light: number; heavy: number };
  const before = await truthNow();
  const never = new AbortController().signal;
  const start = Promise.withResolvers<number>();
  const loading = runLoad(options, { signal: never, onStart: (epoch) => start.resolve(epoch / 1000) });
  const readings = await recordCounters(session, { measuredAt: await start.promise, duration: SECONDS, signal: never });
  const result = await loading;
  const ledger = loadLedger(result, { target: 'shop', readings, log: null })!;
  // What takes 10 ms takes a second where others have the cores: then a second does not show what was used for whom, and it is not told.
  if (result.latency.service.p95 > SLOW) {
    assert.match(ledger.notToldApart ?? '', /2 steps need 10 stretches of the run, and it has \d$/);
    return t.skip(`this machine is too busy: a p95 of ${result.latency.service.p95} s for 8 ms of work`);
  }
  assert.equal(ledger.notToldApart, null, ledger.notToldApart ?? '');
  const [light, heavy] = ledger.steps.map(({ shares }) => shares.find(({ name }) => name === 'process.cpu.time')!);
  const after = await truthNow();
  // 1 ms and 8 ms are burnt. Receiving and answering takes some 0.3 ms besides, and where the caches are shared with other work more:
  // the service knows how much. An 8 ms burn is interrupted more often than one of 1 ms, so that not all of it is the same for both.
  const [lights, heavies] = [after.light - before.light, after.heavy - before.heavy];
  const besides = (after.cpu - before.cpu - 0.001 * lights - 0.008 * heavies) / (lights + heavies);
  const seen = `${JSON.stringify({ light, heavy })}, ${besides} s besides`;
  assert.ok(besides > 0 && besides < 0.002, seen);
  const holds = ({ interval: [low, high] }: NonNullable<typeof light>, burnt: number) =>
    low < burnt + 1.5 * besides && high > burnt;
  assert.ok(holds(light!, 0.001), seen);
  assert.ok(holds(heavy!, 0.008), seen);
  const apart = heavy!.perRequest - light!.perRequest;
  assert.ok(apart > 0.006 && apart < 0.007 + 1.5 * besides, seen);
});
