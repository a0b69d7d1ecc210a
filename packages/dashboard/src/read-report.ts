import type { Report } from '../../pitwall/src/model/report.ts';

/** What this page shows of a Report. */
export type Shown = Pick<Report, 'run' | 'verdicts' | 'outcomes'>;

type Read = { readonly report: Shown } | { readonly problem: string };

const SUPPORTED = 1;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const has = (value: unknown, ...keys: string[]): value is Record<string, unknown> =>
  isObject(value) && keys.every((key) => typeof value[key] === 'string');

function isVerdict(value: unknown): boolean {
  return has(value, 'target', 'indicator', 'unit', 'status') && isObject(value.labels) && isObject(value.limits);
}

function isOutcome(value: unknown): boolean {
  return (
    has(value, 'verdict', 'decision', 'because') &&
    has(value.change, 'tunable', 'subject', 'target') &&
    Array.isArray(value.comparisons) &&
    value.comparisons.every((one) => has(one, 'indicator', 'unit', 'verdict') && isObject(one.labels))
  );
}

/** A report, or one sentence that says why the text is none. Only what is shown is checked. */
export function readReport(text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'This file is not a report: it is not JSON.' };
  }
  if (!isObject(value) || typeof value.schemaVersion !== 'number')
    return { problem: 'This file is JSON, but not a Pitwall report: it has no schemaVersion.' };
  if (value.schemaVersion > SUPPORTED)
    return {
      problem: `This report has schema version ${value.schemaVersion}; this page reads up to version ${SUPPORTED}.`,
    };
  const { run, verdicts, outcomes } = value;
  if (!has(run, 'service', 'command', 'startedAt', 'id'))
    return { problem: 'This report is damaged: it does not say which run it is of.' };
  if (!Array.isArray(verdicts) || !verdicts.every(isVerdict))
    return { problem: 'This report is damaged: its verdicts cannot be read.' };
  if (!Array.isArray(outcomes) || !outcomes.every(isOutcome))
    return { problem: 'This report is damaged: its outcomes cannot be read.' };
  return { report: { run, verdicts, outcomes } as unknown as Shown };
}
