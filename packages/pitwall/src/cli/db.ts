import { unlimitedIn } from '../engine/db/targets.ts';
import type { Session } from '../engine/session.ts';
import { stoppedServiceNotice } from '../engine/state.ts';
import { EXIT, type ExitCode, PitwallError, printable } from '../errors.ts';
import type { Report } from '../model/report.ts';
import type { Store } from '../model/store.ts';
import { parseDuration, parseRatio, parseSize } from '../model/units.ts';
import type { Invocation, Run } from './command.ts';
import { allOf, emitReport, flag, numberFlag, text, texts, wholeNumber, withWorkspace } from './context.ts';
import type { Progress } from './progress.ts';

const DEFAULT_LIMIT = 10;
const DEFAULT_WINDOW = 2;
const DEFAULT_INTERVAL = 5;

export const run: Run = async (invocation) => {
  const [form] = invocation.positionals;
  if (form === 'explain') return explain(invocation);
  return form === 'indexes' ? indexes(invocation) : overview(invocation);
};

async function overview(invocation: Invocation): Promise<ExitCode> {
  if (flag(invocation, 'watch')) return watch(invocation);
  if (text(invocation, 'interval') !== undefined)
    throw new PitwallError('USAGE', { what: '--interval needs --watch.', command: 'db' });
  const counted = countedOf(invocation);
  const { databaseOverview } = await import('../engine/db/report.ts');
  return withWorkspace(invocation, async ({ config, session, store, progress }) => {
    const notice = stoppedServiceNotice(config);
    if (notice !== null) process.stderr.write(`pitwall: ${notice}\n`);
    const report = await databaseOverview(session, {
      signal: invocation.signal,
      store,
      target: text(invocation, 'target'),
      maxLoad: maxLoadFor(session, invocation),
      ...counted,
      window: counted.watch > 0 ? counted.watch : DEFAULT_WINDOW,
      confirm: !flag(invocation, 'no-confirm'),
      onProgress: (step) => progress.step(step),
    });
    return handedOut(report, invocation, { progress, store });
  });
}

async function watch(invocation: Invocation): Promise<ExitCode> {
  const odd = ['out', 'json', 'window', 'since'].find((name) => invocation.values[name] !== undefined);
  if (odd !== undefined)
    throw new PitwallError('USAGE', { what: `--${odd} does nothing with --watch.`, command: 'db' });
  const interval = numberFlag(invocation, 'interval', atLeastOneSecond, 'a duration from 1s on') ?? DEFAULT_INTERVAL;
  const { watchDatabases } = await import('./db/watch.ts');
  const options = {
    interval,
    limit: limitOf(invocation),
    target: text(invocation, 'target'),
    maxLoad: maxLoadOf(invocation),
  };
  try {
    return await withWorkspace(invocation, ({ session }) =>
      watchDatabases(session, invocation, { ...options, maxLoad: maxLoadFor(session, invocation) }),
    );
  } catch (error) {
    // Ctrl-C is how a view is ended: whatever the look under way made of that is no news.
    if (invocation.signal.aborted) return EXIT.ok;
    throw error;
  }
}

function atLeastOneSecond(value: string): number | null {
  const seconds = parseDuration(value);
  return seconds !== null && seconds >= 1 ? seconds : null;
}

async function indexes(invocation: Invocation): Promise<ExitCode> {
  const counted = countedOf(invocation);
  const budget = numberFlag(invocation, 'budget', parseSize, 'a size such as 500MB') ?? null;
  const { indexAdvice } = await import('../engine/db/report.ts');
  return withWorkspace(invocation, async ({ session, store, progress }) => {
    const report = await indexAdvice(session, {
      signal: invocation.signal,
      store,
      target: text(invocation, 'target'),
      maxLoad: maxLoadFor(session, invocation),
      ...counted,
      budget,
      ...searchOf(invocation),
      onProgress: (step) => progress.step(step),
    });
    return handedOut(report, invocation, { progress, store });
  });
}

async function explain(invocation: Invocation): Promise<ExitCode> {
  const { explainStatement } = await import('../engine/db/report.ts');
  return withWorkspace(invocation, async ({ session, store, progress }) => {
    const report = await explainStatement(session, {
      signal: invocation.signal,
      store,
      target: text(invocation, 'target'),
      maxLoad: maxLoadFor(session, invocation),
      text: invocation.positionals[1]!,
      params: texts(invocation, 'param'),
      values: flag(invocation, 'details'),
      run: flag(invocation, 'run'),
      indexes: !flag(invocation, 'no-indexes'),
      ...searchOf(invocation),
      onProgress: (step) => progress.step(step),
    });
    // Not kept: with --details it holds values.
    return handedOut(report, invocation, { progress, store: null });
  });
}

/** Shows the report and keeps it, where there is a store for it. */
async function handedOut(
  report: Report,
  invocation: Invocation,
  { progress, store }: { readonly progress: Progress; readonly store: Store | null },
): Promise<ExitCode> {
  progress.done();
  await allOf(
    () => emitReport(report, invocation),
    async () => store?.saveRun(report, []),
  );
  return EXIT.ok;
}

function searchOf(invocation: Invocation): { readonly measure: boolean; readonly seed: number } {
  const seed = numberFlag(invocation, 'seed', wholeNumber, 'a whole number') ?? 1;
  return { measure: !flag(invocation, 'no-measure'), seed };
}

/** Refused where nothing would come of it; said where it is so for some databases. */
function maxLoadFor(session: Session, invocation: Invocation): number | null {
  const share = maxLoadOf(invocation);
  const unlimited = share === null ? null : unlimitedIn(session, text(invocation, 'target'));
  if (unlimited === null) return share;
  const what = `--max-load does nothing for ${unlimited.ids}: there is no server to spare. The file is read, and its copies are tried, by processes of Pitwall itself.`;
  if (unlimited.isAll) throw new PitwallError('USAGE', { what, command: 'db' });
  process.stderr.write(`pitwall: ${printable(what)}\n`);
  return share;
}

function maxLoadOf(invocation: Invocation): number | null {
  const share = numberFlag(invocation, 'max-load', parseRatio, 'a ratio above 0, up to 100%');
  if (share === undefined) return null;
  if (share >= 0.01 && share <= 1) return share;
  const what = `--max-load ${text(invocation, 'max-load')!}: expected a ratio from 1% to 100%.`;
  throw new PitwallError('USAGE', { what, command: 'db' });
}

function limitOf(invocation: Invocation): number {
  const limit = numberFlag(invocation, 'limit', wholeNumber, 'a whole number of statements') ?? DEFAULT_LIMIT;
  return Math.min(Math.max(1, limit), 1000);
}

function countedOf(invocation: Invocation) {
  const since = text(invocation, 'since') ?? 'start';
  if (since !== 'last' && since !== 'start')
    throw new PitwallError('USAGE', { what: `--since ${since}: expected last or start.`, command: 'db' });
  const watch = numberFlag(invocation, 'window', parseDuration, 'a duration such as 30s') ?? 0;
  if (watch > 0 && text(invocation, 'since') !== undefined)
    throw new PitwallError('USAGE', { what: '--since and --window exclude each other.', command: 'db' });
  return { since, watch, limit: limitOf(invocation) } as const;
}
