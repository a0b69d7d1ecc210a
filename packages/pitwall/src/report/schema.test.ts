import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { it } from 'node:test';
import type { z } from 'zod';
import type { Report } from '../model/report.ts';
import { sampleLoadReport, sampleOpenLoad } from './fixtures/sample-load-report.ts';
import { sampleReport } from './fixtures/sample-report.ts';
import { parseReport, toJson } from './json.ts';
import { reportJsonSchema, reportSchema } from './schema.ts';

type Read = z.output<typeof reportSchema>;
/** With every optional key required, so that one which the schema forgot is an error too. */
type Full<T> = T extends readonly [unknown, unknown]
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Full<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]-?: Full<T[Key]> }
      : T;
/** Checked by the compiler: what the schema reads is a Report, and every Report is what the schema reads. */
type Assignable<From extends To, To> = From;
export type SchemaIsModel = [
  Assignable<Read, Report>,
  Assignable<Report, Read>,
  Assignable<Full<Read>, Full<Report>>,
  Assignable<Full<Report>, Full<Read>>,
];

const published = new URL('../../schema/report-1.schema.json', import.meta.url);

it('has a published JSON Schema that is current (renew: UPDATE_GOLDEN=1)', () => {
  const text = `${JSON.stringify(reportJsonSchema(), null, 2)}\n`;
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(published, text);
  assert.equal(readFileSync(published, 'utf8'), text);
});

it('reads everything of a report: nothing is lost on the way through it', () => {
  const shared = sampleOpenLoad(10);
  const iterations = { planned: 500, started: 499 };
  const agents = (['done', 'interrupted', 'lost'] as const).map((state, i) => ({
    name: `agent-${i}`,
    host: 'pit-02',
    clockOffset: state === 'lost' ? null : 0.0012,
    clockUncertainty: state === 'lost' ? null : 0.0003,
    workers: 2,
    sent: state === 'lost' ? null : 1_000,
    state,
  }));
  for (const report of [sampleReport(), sampleLoadReport(), sampleLoadReport({ ...shared, agents, iterations })]) {
    assert.deepEqual(reportSchema.parse(JSON.parse(JSON.stringify(report))), report);
  }
});

it('keeps what is not known: percentiles of nothing are null in JSON, and NaN again when read', () => {
  const load = sampleOpenLoad(10);
  const nothing = { p50: NaN, p90: NaN, p95: NaN, p99: NaN, p999: NaN, p9999: NaN, max: NaN, mean: NaN };
  const report = sampleLoadReport({
    ...load,
    latency: { ...load.latency, service: nothing, firstByte: nothing },
    timeline: [{ ...load.timeline[0]!, completed: 0, p50: NaN, p90: NaN, p99: NaN, heat: [] }],
  });
  assert.deepEqual(parseReport(toJson(report)), report);
});

it('reads a report of 0.1.0: what it did not measure is not known, and not zero', () => {
  const report = parseReport(readFileSync(new URL('./fixtures/report-0.1.0.json', import.meta.url), 'utf8'));
  const load = report.load!;
  assert.equal(load.sent, 20);
  assert.ok(load.latency.response.p99 > 0);
  for (const unknown of [
    load.latency.response.p9999,
    load.latency.firstByte.p50,
    load.timeline[0]?.p90,
    load.timeline[0]?.inFlight,
    load.timeline[0]?.bytes,
    load.connections.opened,
    load.generator.late,
    load.generator.lateness.p99,
    report.loadBefore?.latency.service.p50,
  ]) {
    assert.ok(Number.isNaN(unknown), String(unknown));
  }
  assert.deepEqual([load.blocks, load.timeline[0]?.heat, load.generator.eachWorker], [[], [], []]);
  assert.deepEqual([load.partial, load.endedBy, load.saturated, load.generator.selfTest], [null, 'plan', false, null]);
});
