import { assessSession } from '../../engine/check.ts';
import type { LoadRun } from '../../engine/load.ts';
import { makeReport, type RunClock } from '../../engine/make-report.ts';
import type { Session } from '../../engine/session.ts';
import type { LoadResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';

/**
 * The report of one load, judged, with what was seen beside it. `run`: null when none came about; then the report says what
 * was to be loaded, and nothing of how it went.
 */
export function measuredReport(session: Session, clock: RunClock, run: LoadRun | null): Report {
  const observations = run?.observations ?? [];
  const assessment = assessSession(session, observations);
  return makeReport({
    run: clock,
    command: 'load',
    service: session.config.service.name,
    targets: session.targets.map(({ target }) => target),
    observations,
    // A load measures less than a check: what it did not look at is not reported as missing.
    assessment: {
      ...assessment,
      verdicts: assessment.verdicts.filter(
        ({ status, indicator }) => status !== 'no-data' || indicator.startsWith('load.'),
      ),
      rules: assessment.rules.filter(({ status }) => status !== 'no-data'),
    },
    load: run?.result ?? null,
    ...(run ? { beside: run } : {}),
  });
}

/** A later run would be compared with half a run, or with the noise of a generator; see `nameBaseline`. */
export function lacksOf({ valid, endedBy }: Pick<LoadResult, 'valid' | 'endedBy'>): string | null {
  return valid && endedBy === 'plan' ? null : 'is whole and valid';
}
