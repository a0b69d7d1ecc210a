import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { it } from 'node:test';
import type { z } from 'zod';
import type { Report } from '../model/report.ts';
import { sampleReport } from './fixtures/sample-report.ts';
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
  const report = sampleReport();
  assert.deepEqual(reportSchema.parse(JSON.parse(JSON.stringify(report))), report);
});
