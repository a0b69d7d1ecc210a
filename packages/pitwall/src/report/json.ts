import { PitwallError, reasonOf } from '../errors.ts';
import type { Report } from '../model/report.ts';
import { reportSchema } from './schema.ts';

/** Versions of the Report that this program reads. */
const SUPPORTED = 1;

/** Pairs of numbers (histogram buckets, intervals) on one line. A line break cannot be inside a JSON string. */
const PAIR = /\[\n\s+(-?[\d.eE+-]+),\n\s+(-?[\d.eE+-]+)\n\s+\]/g;

/** The Report as indented JSON with a line break at the end. */
export function toJson(report: Report): string {
  return `${JSON.stringify(report, null, 2).replace(PAIR, '[$1, $2]')}\n`;
}

/**
 * Inverse of `toJson`, for files of any origin.
 * @throws PitwallError REPORT_NOT_JSON, REPORT_NEWER (a later schemaVersion), REPORT_INVALID (naming the first bad key)
 */
export function parseReport(text: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PitwallError('REPORT_NOT_JSON', { reason: reasonOf(error) }, { cause: error });
  }
  return readReport(value);
}

/**
 * As `parseReport`, for JSON that was parsed already, such as a stored report: fills in what earlier versions did not write.
 * @throws PitwallError REPORT_NEWER, REPORT_INVALID
 */
export function readReport(value: unknown): Report {
  const version = typeof value === 'object' && value !== null && 'schemaVersion' in value ? value.schemaVersion : null;
  if (typeof version === 'number' && version > SUPPORTED) {
    throw new PitwallError('REPORT_NEWER', { version, supported: SUPPORTED });
  }
  let result: ReturnType<typeof reportSchema.safeParse>;
  try {
    result = reportSchema.safeParse(value);
  } catch (error) {
    // Values nested deeper than the stack.
    throw new PitwallError('REPORT_INVALID', { key: 'the report', problem: reasonOf(error) }, { cause: error });
  }
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const key = issue && issue.path.length > 0 ? issue.path.join('.') : 'the report';
  throw new PitwallError('REPORT_INVALID', { key, problem: issue?.message ?? 'not a report' });
}
