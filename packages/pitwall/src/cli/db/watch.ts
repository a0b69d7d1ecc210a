import { runningOf } from '../../engine/db/running.ts';
import { shownWorkload } from '../../engine/db/shown.ts';
import { type DatabaseTarget, databasesIn } from '../../engine/db/targets.ts';
import { nextWorkload } from '../../engine/db/workload.ts';
import type { Session } from '../../engine/session.ts';
import { EXIT, type ExitCode } from '../../errors.ts';
import type { DatabaseReport } from '../../model/database.ts';
import type { Json } from '../../model/json.ts';
import { statementLines } from '../../report/terminal/database.ts';
import { paintWith } from '../../report/terminal/paint.ts';
import { runningLines } from '../../report/terminal/running.ts';
import type { Invocation } from '../command.ts';
import { print, terminalWidth, wantsColor } from '../context.ts';
import { hideCursor } from '../live/cursor.ts';
import { dataWithoutSecrets } from '../secrets.ts';

export interface WatchOptions {
  /** Seconds between two looks. */
  readonly interval: number;
  readonly limit: number;
  readonly target: string | undefined;
  readonly maxLoad: number | null;
}

const HOME_AND_CLEAR = '\u001b[H\u001b[J';

/**
 * What the databases do, what runs at the moment and what has ended since the last look, again and again: on a terminal over itself, elsewhere one after the other. An aborted signal ends it,
 * as a rejection where a look or a wait was under way.
 */
export async function watchDatabases(
  session: Session,
  invocation: Invocation,
  { interval, limit, ...which }: WatchOptions,
): Promise<ExitCode> {
  const { signal } = invocation;
  const databases = databasesIn(session, which);
  const snapshots = new Map<string, Json>();
  const look = async (at: DatabaseTarget): Promise<DatabaseReport> => {
    const workload = await nextWorkload(session, at, snapshots.get(at.target.id) ?? null, signal);
    snapshots.set(at.target.id, workload.snapshot);
    return { target: at.target.id, workload: shownWorkload(workload, limit) };
  };
  const terminal = process.stdout.isTTY === true;
  const cursor = terminal ? hideCursor(process.stdout, () => {}) : null;
  const paint = paintWith(wantsColor(invocation));
  try {
    // The first look only says where counting begins.
    for (const at of databases) await look(at);
    print(`watching ${databases.map((at) => at.target.title).join(', ')}: every ${interval} s, Ctrl-C ends it\n`);
    while (!signal.aborted) {
      await session.environment.sleep(interval, signal);
      const lines: string[] = [];
      for (const at of databases) {
        const screen = { paint, width: terminalWidth(), details: false };
        const running = dataWithoutSecrets(await runningOf(session, at, signal));
        // First, as a screen is cut at its end: what holds up others is counted only once it has ended.
        if (running !== null) lines.push(...runningLines(at.target.id, running, screen));
        lines.push(...statementLines(dataWithoutSecrets(await look(at)), screen));
      }
      const rows = terminal ? lines.slice(0, Math.max(5, (process.stdout.rows || 24) - 2)) : lines;
      print(`${terminal ? HOME_AND_CLEAR : ''}${new Date().toISOString().slice(11, 19)} UTC\n${rows.join('\n')}\n`);
    }
    return EXIT.ok;
  } finally {
    cursor?.show();
  }
}
