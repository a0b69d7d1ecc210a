import type { DatabaseReport } from '../../model/database.ts';
import type { Observation } from '../../model/observation.ts';
import type { DatabaseTarget } from './targets.ts';

/** The report of a database with its sizes, cache and connections, as the collectors have just seen them. */
export function withState(
  report: DatabaseReport,
  all: readonly DatabaseTarget[],
  observations: readonly Observation[],
): DatabaseReport {
  const at = all.find(({ target }) => target.id === report.target);
  if (!at?.database.state) return report;
  const seen = observations.filter(({ target }) => target.id === report.target);
  const state = at.database.state({
    samples: seen.flatMap(({ samples }) => samples),
    facts: seen.flatMap(({ facts }) => facts),
    gaps: [
      ...seen.flatMap(({ gaps }) => gaps),
      // What failed was not seen either.
      ...seen.flatMap(({ collector, failure }) => (failure ? [{ what: collector, why: failure.message }] : [])),
    ],
  });
  return { ...report, state };
}
