import type { Integration } from '../../model/integration.ts';
import type { Store } from '../../model/store.ts';
import type { Session, SessionTarget } from '../session.ts';

/** What is known of the loads of trials on a target, under this name in the store. */
const keptName = (target: string) => `own load ${target}`;

const databaseOf = ({ integration }: SessionTarget) => (integration as Integration).database;

/**
 * Runs a load that a trial makes, so that the databases of the session know afterwards what of their counters is of it. Neither that
 * it cannot be read nor that it cannot be kept ends the trial.
 */
export async function asOwnLoad<T>(
  session: Session,
  store: Pick<Store, 'keep' | 'kept'>,
  signal: AbortSignal,
  load: () => Promise<T>,
): Promise<T> {
  const watches = await Promise.all(
    session.targets.map(async (at) => {
      const watch = at.failure === null ? databaseOf(at)?.watchOwnLoad : undefined;
      if (!watch) return null;
      const end = await watch(at.connection, { environment: session.environment, signal, window: 0 }).catch(() => null);
      return end && { name: keptName(at.target.id), end };
    }),
  );
  try {
    return await load();
  } finally {
    // A load that was broken off has been there, too.
    for (const watch of watches) {
      if (watch) await endWatch(watch, store).catch(() => {});
    }
  }
}

async function endWatch(
  { name, end }: { readonly name: string; readonly end: Awaited<ReturnType<NonNullable<Watch>>> },
  store: Pick<Store, 'keep' | 'kept'>,
): Promise<void> {
  await store.keep(name, await end(await store.kept(name)));
}

type Watch = NonNullable<Integration['database']>['watchOwnLoad'];

/** From here on the workloads of these targets are without what trials' loads asked. */
export async function leaveOutOwnLoads(targets: readonly SessionTarget[], store: Pick<Store, 'kept'>): Promise<void> {
  for (const at of targets) {
    const leaveOut = at.failure === null ? databaseOf(at)?.leaveOutOwnLoad : undefined;
    if (leaveOut) leaveOut(at.connection, await store.kept(keptName(at.target.id)));
  }
}
