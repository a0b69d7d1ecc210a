import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { PitwallError, reasonOf } from '../errors.ts';
import type { Report } from '../model/report.ts';
import type { Store } from '../model/store.ts';
import { parseReport } from '../report/json.ts';

/** A run and the name under which it was asked for. */
export interface NamedRun {
  /** Its id when it was asked for by that, or by a part of it. */
  readonly name: string;
  readonly report: Report;
}

/** Commands whose runs are one measurement of a service. */
const MEASURING = new Set(['load', 'check']);

/** Whether a reference can only be a file: it ends in `.json` or has a folder in it. */
export function isFileReference(reference: string): boolean {
  return extname(reference).toLowerCase() === '.json' || /[/\\]/.test(reference);
}

/**
 * The run that a person means: a run id or the beginning of one, the name of a baseline, `latest` (the newest that measured
 * something: not a calibration or a duet), or a file with a Report as JSON.
 * @throws PitwallError RUN_UNKNOWN, STORE_AMBIGUOUS, REPORT_UNREADABLE and what `parseReport` throws, COMPARE_NOT_A_RUN
 */
export async function referredRun(reference: string, store: Store | null): Promise<NamedRun> {
  if (isFileReference(reference)) return { name: reference, report: refused(await reportFile(reference), reference) };
  if (store === null) throw new PitwallError('RUN_UNKNOWN', { reference });
  if (reference === 'latest') {
    const newest = (await store.listRuns()).find(({ command }) => MEASURING.has(command));
    const report = newest ? await store.loadReport(newest.id) : null;
    if (!report) throw new PitwallError('RUN_UNKNOWN', { reference });
    return { name: reference, report };
  }
  const report = await store.loadReport(reference);
  if (!report) throw new PitwallError('RUN_UNKNOWN', { reference });
  const name = report.run.id.startsWith(reference) ? report.run.id : reference;
  return { name, report: refused(report, reference) };
}

function refused(report: Report, reference: string): Report {
  const { command } = report.run;
  if (report.load === null && !MEASURING.has(command)) {
    throw new PitwallError('COMPARE_NOT_A_RUN', { run: reference, command });
  }
  return report;
}

async function reportFile(file: string): Promise<Report> {
  const text = await readFile(resolve(file), 'utf8').catch((error: unknown) => {
    throw new PitwallError('REPORT_UNREADABLE', { file, reason: reasonOf(error) }, { cause: error });
  });
  return parseReport(text);
}
