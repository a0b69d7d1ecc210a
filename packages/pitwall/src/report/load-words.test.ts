import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoadAgent, LoadResult } from '../model/load.ts';
import { checkRows, checkTally } from './content/load/failures.ts';
import { loadTitle } from './content/load.ts';
import { sampleLoadReport, sampleOpenLoad } from './fixtures/sample-load-report.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTerminal } from './terminal.ts';
import { displayWidth } from './text.ts';

type Counts = (readonly [passed: number, failed: number])[];

/** A load with one step whose checks passed and failed so often. */
function checked(...counts: Counts): LoadResult {
  const load = sampleOpenLoad(2);
  const checks = counts.map(([passed, failed], i) => ({ name: `check ${i + 1}`, passed, failed }));
  return { ...load, steps: [{ ...load.steps[0]!, checks }] };
}

describe('the tally of checks', () => {
  const tally = (...counts: Counts) => checkTally(checkRows(checked(...counts)));

  it('tells held, failed and never asked apart', () => {
    assert.equal(tally(), '');
    assert.equal(tally([5, 0]), '1 of 1 check held');
    assert.equal(tally([5, 0], [4, 1]), '1 of 2 checks held');
    assert.equal(tally([5, 0], [4, 1], [0, 0]), '1 of 2 checks held; 1 more was not asked: its step got no answer');
    assert.equal(tally([0, 5], [0, 0], [0, 0]), '0 of 1 check held; 2 more were not asked: their steps got no answer');
    assert.equal(tally([0, 0]), 'The only check was not asked: no answer came to look at');
    assert.equal(tally([0, 0], [0, 0]), 'None of 2 checks was asked: no answer came to look at');
  });

  it('is in every rendering, and a check that was not asked has no share', () => {
    const report = sampleLoadReport(checked([5, 0], [0, 0]));
    const terminal = renderTerminal(report, { color: false, width: 80 });
    assert.match(terminal, /: check 2 +0 +0 +not asked\n/);
    for (const text of [terminal, renderMarkdown(report), renderHtml(report)]) {
      assert.match(text, /1 of 1 check held; 1 more was not asked: its step got no answer\./);
    }
    assert.match(renderMarkdown(report), /\*\*NOT ASKED\*\*/);
  });
});

describe('agents in 80 columns', () => {
  const agent = (name: string, host: string): LoadAgent => ({
    name,
    host,
    workers: 12,
    state: 'interrupted',
    sent: 1_234_567,
    clockOffset: -0.0012,
    clockUncertainty: 0.0003,
  });
  const rows = (width: number): readonly string[] => {
    const load = { ...sampleOpenLoad(2), agents: [agent('pit-03-4711', 'pit-03'), agent('left', 'pit-04')] };
    const lines = renderTerminal(sampleLoadReport(load), { color: false, width }).split('\n');
    const head = lines.findIndex((line) => /^ {2}STATE +AGENT/.test(line));
    return lines.slice(head, head + 3);
  };

  it('have a column of their workers, and their host where the name does not say it', () => {
    const [head, first, second] = rows(80);
    assert.match(head!, /^ {2}STATE +AGENT +WORKERS +SENT +CLOCK$/);
    assert.match(first!, /^ {2}INTERRUPTED {2}pit-03-4711 +12 +1,234,567 +−1\.2 ms ± 300 µs$/);
    assert.match(second!, /^ {2}INTERRUPTED {2}left on pit-04 +12 /);
    for (const line of rows(80)) assert.ok(displayWidth(line) <= 80, line);
  });

  it('lose it first where there is less room', () => {
    const [head] = rows(60);
    assert.match(head!, /^ {2}STATE +AGENT +SENT +CLOCK$/);
    for (const line of rows(60)) assert.ok(displayWidth(line) <= 60, line);
  });
});

describe('the title of a load', () => {
  it('says users where they wait for answers, else connections', () => {
    const load = sampleOpenLoad(2);
    const title = (over: Partial<LoadResult>) =>
      loadTitle({ ...load, users: 20, duration: 10, url: 'http://x', ...over });
    assert.match(title({ shape: 'closed', rate: null }), /closed loop, 20 users, 10 s/);
    assert.match(title({ shape: 'soak', rate: null }), /soak, 20 users, 10 s/);
    assert.match(title({ shape: 'soak', rate: 5 }), /soak 5\/s, at most 20 connections, 10 s/);
    assert.match(title({ shape: 'spike', rate: null }), /spike, from 20 users, 10 s/);
    assert.match(title({ shape: 'ramping-rate', rate: null }), /ramping rate, at most 20 connections/);
    assert.match(title({ shape: 'steps', rate: null, peakUsers: 50 }), /steps, at most 50 users, 10 s/);
    assert.match(title({ shape: 'steps', rate: null }), /steps, at most 20 connections, 10 s/);
    assert.match(title({ shape: 'spike', rate: null, users: 2, peakUsers: 6 }), /spike, 2 to 6 users, 10 s/);
    assert.match(title({ shape: 'spike', rate: null, users: 6, peakUsers: 6 }), /spike, at most 6 users, 10 s/);
  });

  it('says what ends a load that counts, and that endpoints are loaded one after the other', () => {
    const load = { shape: 'closed', rate: null, users: 10, duration: 600, url: 'http://x' } as const;
    assert.equal(loadTitle({ ...load, count: '50 requests' }), 'closed loop, 50 requests by 10 users, http://x');
    assert.equal(
      loadTitle({ ...load, count: '100 requests', each: '4 endpoints' }),
      'closed loop, 100 requests by 10 users for each of 4 endpoints, http://x',
    );
    assert.equal(
      loadTitle({ ...load, each: '4 endpoints' }),
      'closed loop, 10 users, 10 min for each of 4 endpoints, http://x',
    );
  });

  it('says it of a result, too, with how long that took', () => {
    const ran = { shape: 'closed', rate: null, users: 10, duration: 0.321, url: 'http://x' } as const;
    const title = (counted: LoadResult['counted'], more: Partial<LoadResult> = {}) =>
      loadTitle({ ...ran, ...(counted ? { counted } : {}), ...more });
    assert.equal(title({ iterations: 50, loads: 1 }), 'closed loop, 50 requests by 10 users in 321 ms, http://x');
    const iterations = { planned: 99, started: 99 };
    assert.equal(
      title({ iterations: 100, loads: 3 }, { iterations, scenario: 'shop' }),
      'scenario shop, closed loop, 100 iterations by 10 users for each of 3 flows in 321 ms, http://x',
    );
    assert.match(title({ iterations: 1, loads: 2 }), /, 1 request by 10 users for each of 2 endpoints in/);
    assert.equal(title(undefined), 'closed loop, 10 users, 321 ms, http://x');
  });
});
