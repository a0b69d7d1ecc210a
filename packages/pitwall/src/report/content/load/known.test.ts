import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LatencySummary, LoadResult, StepResult } from '../../../model/load.ts';
import { sampleLoadReport, sampleOpenLoad } from '../../fixtures/sample-load-report.ts';
import { formatDuration } from '../../format.ts';
import { renderHtml } from '../../html.ts';
import { renderMarkdown } from '../../markdown.ts';
import { renderTerminal } from '../../terminal.ts';
import { healthText } from './generator.ts';
import { knownLatency, spreadText } from './known.ts';
import { waitText } from './latency.ts';

/** A time that stands for every p99 and beyond, so that one that is said anywhere is seen. */
const TAIL = 7777;
const base = sampleOpenLoad(2);
const tailed = (summary: LatencySummary): LatencySummary => ({ ...summary, p99: TAIL, p999: TAIL, p9999: TAIL });
const latency = (all: StepResult['latency']): StepResult['latency'] =>
  Object.fromEntries(Object.entries(all).map(([kind, summary]) => [kind, tailed(summary)])) as StepResult['latency'];

/** A load of one step with `count` requests, each recorded in every kind of time. */
function loadOf(count: number): LoadResult {
  const step = base.steps[0]!;
  const flat = { count, sum: count / 100, min: 0.01, max: 0.01 };
  return {
    ...base,
    planned: count,
    sent: count,
    ok: count,
    errors: {},
    latency: latency(base.latency),
    steps: [
      {
        ...step,
        sent: count,
        ok: count,
        errors: {},
        latency: latency(step.latency),
        distributions: { response: flat, service: flat, slip: flat },
        said: { server: count, database: count },
      },
    ],
    blocks: [],
    timeline: [1, 2].map((at) => ({ ...base.timeline[0]!, at, completed: count, p99: TAIL })),
    connections: { ...base.connections, opened: count, connect: tailed(base.connections.connect) },
    generator: { ...base.generator, late: 0, queued: 0, lateness: tailed(base.generator.lateness), selfTest: null },
  };
}

const renderings = (load: LoadResult): readonly (readonly [string, string])[] => {
  const { ledger: _, ...rest } = sampleLoadReport(load);
  const report = { ...rest, indicators: [], verdicts: [], series: [] };
  const screen = { width: 120, color: false, details: true };
  return [
    ['terminal', renderTerminal(report, screen)],
    ['Markdown', renderMarkdown(report)],
    ['HTML', renderHtml(report)],
  ];
};

describe('percentiles of too few requests', () => {
  it('are said nowhere', () => {
    const said = formatDuration(TAIL);
    for (const [name, text] of renderings(loadOf(100))) assert.ok(text.includes(said), name);
    for (const [name, text] of renderings(loadOf(99))) assert.ok(!text.includes(said), name);
  });

  it('are counted by what was recorded of each kind', () => {
    const load = loadOf(100);
    const step = { ...load.steps[0]!, errors: { timeout: 1 }, said: { server: 19, database: 100 } };
    const known = knownLatency(step);
    assert.equal(known.response.p99, TAIL);
    // A timeout has no first byte.
    assert.deepEqual([known.firstByte.p99, known.firstByte.p95], [Number.NaN, step.latency.firstByte.p95]);
    assert.deepEqual([known.server?.p95, known.server?.p90], [Number.NaN, step.latency.server?.p90]);
    assert.equal(known.database?.p99, TAIL);
    // Over all steps together.
    assert.equal(knownLatency({ ...load, steps: [step, step] }).response.p999, Number.NaN);
    assert.equal(knownLatency({ ...load, steps: Array(10).fill(step) }).response.p999, TAIL);
  });

  it('leave what is known of them', () => {
    const summary = base.connections.connect;
    assert.match(spreadText(summary, 100), /^p50 .+, p99 .+, max /);
    assert.match(spreadText(summary, 99), /^p50 [^,]+, max [^,]+$/);
    assert.match(spreadText(summary, 1), /^max [^,]+$/);
    assert.equal(spreadText(summary, 0), '—');
    assert.match(healthText(loadOf(99)), /0 late, all within/);
    assert.match(healthText(loadOf(100)), /0 late, 99 % within/);
    const few = loadOf(99);
    const prompt = { ...few, latency: { ...few.latency, slip: { ...few.latency.slip, max: 0.001 } } };
    assert.match(waitText(prompt) ?? '', /all of them within 1 ms/);
    const late = { ...few, latency: { ...few.latency, slip: { ...few.latency.slip, max: 3 } } };
    assert.equal(waitText(late), null);
  });
});
