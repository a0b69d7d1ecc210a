import type { Integration } from '../../model/integration.ts';
import type { AskedCost, Report } from '../../model/report.ts';
import type { Session, SessionTarget } from '../session.ts';

/**
 * From here on it is counted what the servers of the session's databases are asked. What it gives adds that to a report, as it is
 * when it is called.
 */
export function startAsking(session: Session): (report: Report) => Report {
  const { environment, targets } = session;
  const startedAt = environment.now();
  const before = new Map(targets.map((at) => [at, askedOf(at)]));
  return (report) => {
    const over = environment.now() - startedAt;
    const asked = targets.flatMap((at): AskedCost[] => {
      const [had, has] = [before.get(at), askedOf(at)];
      if (!had || !has) return [];
      const [statements, seconds] = [has.statements - had.statements, has.seconds - had.seconds];
      return [{ target: at.target.id, statements, seconds, over, most: has.most }];
    });
    return asked.length === 0 ? report : { ...report, cost: { ...report.cost, asked } };
  };
}

function askedOf({ integration, connection, failure }: SessionTarget) {
  return failure === null ? ((integration as Integration).database?.asked?.(connection) ?? null) : null;
}
