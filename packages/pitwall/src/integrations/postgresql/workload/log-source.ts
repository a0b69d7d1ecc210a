import { printable } from '../../../errors.ts';
import { counted } from '../../../model/plural.ts';
import type { StatementReader } from '../../_sql/workload/events.ts';
import { Gathering } from '../../_sql/workload/gather.ts';
import { isWithin, type OwnWindow, overlapOf } from '../../_sql/workload/own-windows.ts';
import type { Told } from '../../_sql/workload/told.ts';
import { readLog } from './logs/read.ts';
import { hasPlaceholders, isOurs } from './ours.ts';
import type { PlanWatch } from './plans.ts';
import type { ServerSettings } from './settings.ts';

export interface LogSourceRequest {
  readonly path: string;
  readonly settings: ServerSettings;
  readonly tail: number;
  /** Calls before it show values and plans, and are not counted: epoch seconds, null: all are. */
  readonly since: number | null;
  /** Calls within them are not counted either; in order. */
  readonly own: readonly OwnWindow[];
  readonly read: StatementReader;
  readonly plans: PlanWatch;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** What a log tells: calls with their values, callers and plans. @throws the signal's reason */
export async function logSource(request: LogSourceRequest): Promise<Told> {
  const { path, settings, tail, since, own, read, plans, seed, signal } = request;
  const id = `log:${path}`;
  const gathering = new Gathering(id, read, seed);
  const left = { calls: 0, seconds: 0 };
  const unreadable = plans.unreadable;
  const { missing } = await readLog(
    { path, database: settings.database, prefixes: [settings.logLinePrefix], tail, signal },
    ({ text, params, seconds, at, session, plan }) => {
      if (isOurs(text)) return;
      const isLater = since === null || at === null || at >= since;
      const isLeftOut = isLater && at !== null && isWithin(own, at);
      if (isLeftOut) {
        left.calls++;
        left.seconds += seconds ?? 0;
      }
      const { id: statement } = gathering.add({
        text,
        params,
        seconds,
        rows: null,
        at,
        endpoint: null,
        request: null,
        session,
        calls: isLater && !isLeftOut ? 1 : 0,
        noSample: params.length === 0 && hasPlaceholders(text),
      });
      if (plan) plans.saw(statement, plan, seconds, at);
    },
  );
  const { statements, loops, calls, from, to, missing: leftOut } = gathering.result();
  const begin = from === null ? null : Math.max(from, since ?? from);
  const broken = plans.unreadable - unreadable;
  return {
    source: {
      id,
      title: printable(path),
      calls,
      seconds: begin === null || to === null ? null : to - begin - overlapOf(own, begin, to),
      since: from,
      ...(left.calls > 0 && begin !== null && to !== null
        ? { ownLoad: { ...left, window: overlapOf(own, begin, to) } }
        : {}),
      missing: [
        ...missing,
        ...leftOut,
        ...(broken === 0
          ? []
          : [
              `${counted(broken, 'plan was', 'plans were')} not read: without the times of its calls, or in an unknown form.`,
            ]),
        ...(calls === 0 ? [whyNothing(settings)] : partial(settings)),
      ],
    },
    statements,
    loops,
  };
}

function whyNothing({ logMinDuration, explainMinDuration }: ServerSettings): string {
  if (logMinDuration < 0 && (explainMinDuration ?? -1) < 0) {
    return 'It tells of no statement: neither log_min_duration_statement nor auto_explain is on now.';
  }
  return 'It tells of no statement of this database.';
}

function partial({ logMinDuration }: ServerSettings): string[] {
  return logMinDuration > 0 ? [`It tells of statements from ${logMinDuration} ms on only.`] : [];
}
