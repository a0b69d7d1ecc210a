import { PitwallError } from '../../errors.ts';
import type { LoadResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';

/** The load of a report, for formats that hold nothing else. Throws REPORT_WITHOUT_LOAD. */
export function loadOf(report: Report, format: string): LoadResult {
  if (report.load) return report.load;
  throw new PitwallError('REPORT_WITHOUT_LOAD', { run: report.run.id, format });
}
