import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../../../stats/random.ts';
import { accepted } from '../fixtures/accept.ts';
import { ImportNotes } from '../notes.ts';
import { readTrace, traceLine } from '../trace.ts';
import { type AccessLogOptions, type ImportedLog, importAccessLog } from './import.ts';

/** A log of a load that is known, to be found again: the tolerances are those of the docs. */

const START = 1_795_229_040;
const FORMAT = '$remote_addr [$msec] "$request" $status $bytes_sent $request_time "$http_user_agent"';
const MIX = [
  { weight: 50, path: (random: () => number) => `/products/${1 + Math.floor(random() * 500)}`, bytes: 2000 },
  { weight: 30, path: () => '/', bytes: 8000 },
  {
    weight: 15,
    path: (random: () => number) => `/search?q=w${Math.floor(random() * 50)}&token=t${random()}`,
    bytes: 500,
  },
  { weight: 5, path: () => '/cart', bytes: 300 },
] as const;
const THINK = { mean: 4, sigma: 0.6 };
const SESSIONS_PER_SECOND = 0.5;
const REQUESTS_EACH = 12;
const SECONDS = 3600;

interface Line {
  readonly end: number;
  readonly text: (time: string) => string;
}

/** Which of the mix a number from 0 to 100 falls on. */
function picked(number: number): (typeof MIX)[number] {
  let above = 0;
  for (const each of MIX) {
    above += each.weight;
    if (number < above) return each;
  }
  return MIX[0];
}

function syntheticLog(wholeSeconds: boolean): string {
  const random = seededRandom(20);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const lines: Line[] = [];
  let session = 0;
  for (let begin = 0; ; session++) {
    begin -= Math.log(1 - random()) / SESSIONS_PER_SECOND;
    if (begin >= SECONDS) break;
    let at = begin;
    for (let request = 0; request < REQUESTS_EACH; request++) {
      const step = picked(random() * 100);
      const took = 0.03 * Math.exp(0.5 * normal());
      const client = `10.${session >> 16}.${(session >> 8) & 255}.${session & 255}`;
      const target = step.path(random);
      at += took;
      const size = step.bytes;
      lines.push({
        end: at,
        text: (time) => `${client} [${time}] "GET ${target} HTTP/1.1" 200 ${size} ${took.toFixed(6)} "agent"`,
      });
      at += Math.exp(Math.log(THINK.mean) - THINK.sigma ** 2 / 2 + THINK.sigma * normal());
    }
  }
  lines.sort((a, b) => a.end - b.end);
  return lines
    .map(({ end, text }) => `${text(wholeSeconds ? String(START + Math.floor(end)) : (START + end).toFixed(3))}\n`)
    .join('');
}

async function withLog<T>(
  content: string,
  options: Partial<AccessLogOptions>,
  work: (log: ImportedLog, notes: ImportNotes, folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-log-'));
  try {
    const file = join(folder, 'access.log');
    writeFileSync(file, content);
    const notes = new ImportNotes();
    const log = await importAccessLog(
      { files: [file], format: FORMAT, host: null, top: 50, as: 'mix', name: 'synthetic', seed: 1, ...options },
      notes,
    );
    return await work(log, notes, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const within = (value: number, expected: number, tolerance: number, what: string) =>
  assert.ok(
    Math.abs(value / expected - 1) <= tolerance,
    `${what}: ${value}, expected ${expected} ± ${tolerance * 100} %`,
  );

test('mix, rate, pauses, sizes and times of a known load are found again', () =>
  withLog(syntheticLog(false), {}, async ({ draft, summary }, notes) => {
    const { scenario } = await accepted(draft, notes);
    const weights = Object.fromEntries(scenario.flows.map(({ name, weight }) => [name, weight]));
    assert.deepEqual(Object.keys(weights), ['GET /products/:id', 'GET /', 'GET /search?q', 'GET /cart']);
    // 21,600 requests: three standard deviations of a share are 1 percentage point at most.
    for (const [index, name] of Object.keys(weights).entries()) {
      assert.ok(Math.abs(weights[name]! - MIX[index]!.weight) < 1, `${name}: ${weights[name]}`);
    }
    const expectedRate = SESSIONS_PER_SECOND * REQUESTS_EACH;
    within(summary.rate.mean, expectedRate, 0.06, 'rate');
    assert.ok(summary.rate.p95 > expectedRate && summary.rate.p95 < 2 * expectedRate);
    assert.ok(summary.rate.peak >= summary.rate.p95);
    // Independent sessions, seconds apart: next to Poisson.
    assert.ok(
      summary.rate.dispersion['1s']! > 0.8 && summary.rate.dispersion['1s']! < 1.4,
      String(summary.rate.dispersion['1s']),
    );
    within(summary.sessions.sessions, SESSIONS_PER_SECOND * SECONDS, 0.08, 'sessions');
    within(summary.sessions.requestsEach, REQUESTS_EACH, 0.01, 'requests in a session');
    within(summary.sessions.think!.mean, THINK.mean, 0.03, 'mean pause');
    within(summary.sessions.think!.sigma, THINK.sigma, 0.03, 'sigma of the pauses');
    within(summary.duration!.p50, 0.03, 0.03, 'median time');
    within(summary.bytes!.mean, 0.5 * 2000 + 0.3 * 8000 + 0.15 * 500 + 0.05 * 300, 0.03, 'mean size');
  }));

test('from whole seconds the pauses are still found, less exactly', () =>
  withLog(syntheticLog(true), {}, async ({ summary }) => {
    assert.equal(summary.subSecond, false);
    within(summary.sessions.think!.mean, THINK.mean, 0.06, 'mean pause');
    within(summary.sessions.think!.sigma, THINK.sigma, 0.15, 'sigma of the pauses');
  }));

test('no secret and no address of the log is in what is written', () =>
  withLog(syntheticLog(false), {}, async ({ draft }, notes) => {
    const { yaml } = await accepted(draft, notes);
    assert.doesNotMatch(yaml, /10\.0\.|t0\.\d/);
    assert.match(yaml, /query value \(token=\): it may be a secret/);
    assert.deepEqual(
      notes.leftOut.map(({ what }) => what),
      ['query value'],
    );
  }));

test('the trace has every arrival at its time, in order, and the flow that it belongs to', () =>
  withLog(syntheticLog(false), {}, async (log, notes, folder) => {
    const file = join(folder, 'trace.jsonl');
    const lines: string[] = [];
    await log.writeTrace((at, flow) => lines.push(traceLine(at, flow)));
    writeFileSync(file, lines.join(''));
    const names = log.draft.flows.map(({ name }) => name);
    const trace = await readTrace(file, names);
    assert.equal(trace.at.length, log.summary.requests);
    assert.equal(trace.at[0], 0);
    assert.ok(trace.at.every((at, i) => i === 0 || at >= trace.at[i - 1]!));
    within(trace.at.length / trace.at.at(-1)!, log.summary.rate.mean, 0.001, 'rate of the trace');
    const shares = names.map((_, flow) => trace.flow.filter((each) => each === flow).length / trace.flow.length);
    for (const [flow, share] of shares.entries())
      assert.ok(Math.abs(100 * share - log.draft.flows[flow]!.weight) < 0.01);
    assert.doesNotMatch(notes.remarks.join(), /too late/);
  }));

test('sessions become flows with the pauses of the log', () =>
  withLog(syntheticLog(false), { as: 'sessions' }, async ({ draft }, notes) => {
    const { scenario } = await accepted(draft, notes);
    assert.ok(scenario.flows.length >= 3);
    const [first] = scenario.flows;
    assert.equal(first!.name, 'from GET /products/:id');
    assert.ok(first!.steps.length >= 2);
    for (const step of scenario.flows.flatMap(({ steps }) => steps.slice(0, -1))) {
      assert.equal(step.thinkTime?.distribution, 'lognormal');
    }
    assert.match(notes.leftOut.map(({ what }) => what).join(), /step from one request to the next/);
  }));

test('what is rare is left out with its share, and hosts apart from the usual one too', async () => {
  await withLog(syntheticLog(false), { top: 2 }, async ({ draft }, notes) => {
    assert.equal(draft.flows.length, 2);
    const rare = notes.leftOut.find(({ what }) => what === 'request to a rare path')!;
    assert.ok(rare.count > 3500);
    assert.deepEqual(rare.examples, ['GET /search', 'GET /cart']);
  });
  const format = 'json';
  const line = (host: string, i: number) =>
    JSON.stringify({ time: START + i, method: 'GET', path: '/', status: 200, host });
  const content = Array.from({ length: 30 }, (_, i) => line(i % 3 === 0 ? 'b.example' : 'a.example', i)).join('\n');
  await withLog(content, { format }, async ({ host, summary }, notes) => {
    assert.equal(host, 'a.example');
    assert.equal(summary.requests, 20);
    assert.deepEqual(notes.leftOut[0]!.examples, ['b.example']);
  });
  await withLog(content, { format, host: 'B.example' }, async ({ summary }) => assert.equal(summary.requests, 10));
});

test('nothing to import is said as such', async () => {
  await assert.rejects(
    withLog('garbage\n', {}, async () => {}),
    /none of its lines is a request/,
  );
  const failed = `1.2.3.4 [${START}.000] "GET /x HTTP/1.1" 404 1 0.1 "a"\n`;
  await assert.rejects(
    withLog(failed, {}, async () => {}),
    /no request in it can be replayed/,
  );
  await assert.rejects(
    withLog('garbage\n', { format: null }, async () => {}),
    /its lines are none of/,
  );
});
