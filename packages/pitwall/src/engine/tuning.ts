import { isAbsolute, resolve } from 'node:path';
import { resolveOptions } from '../config/resolve-options.ts';
import { PitwallError } from '../errors.ts';
import { loadIntegration } from '../integrations/registry.ts';
import type { Change, JournalEntry } from '../model/change.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Store } from '../model/store.ts';
import { readBootId } from '../tune/boot-id.ts';
import type { ResolvedTarget, TuneContext, TuneStep } from '../tune/context.ts';
import { acquireLock } from '../tune/lock.ts';
import { type Recovered, recover } from '../tune/recover.ts';
import { serviceExclusive, startIfLeftStopped } from '../tune/service-control.ts';
import { realEnvironment } from './platform.ts';
import type { Session } from './session.ts';
import { keepDirectory } from './state.ts';

export interface TuningOptions {
  readonly signal: AbortSignal;
  readonly allowRestart: boolean;
  onStep?(step: TuneStep, change: Change): void;
}

/** Wires tune/ to a session and a store: how to reach targets, and how to have them alone for a moment. */
export function tuneContext(session: Session, store: Store, options: TuningOptions): TuneContext {
  const { config, environment } = session;
  const { control, ...service } = serviceOptions(session);
  return {
    journal: store.journal,
    resolve: (where) =>
      'target' in where ? resolveTarget(session, where.target) : resolveEntry(session, where.entry, options.signal),
    bootId: readBootId(environment.proc),
    now: () => new Date(environment.now() * 1000),
    signal: options.signal,
    keepDirectory: keepDirectory(config),
    allowRestart: options.allowRestart,
    exclusive: control ? serviceExclusive({ control, ...service }) : null,
    ...(options.onStep ? { onStep: options.onStep } : {}),
  };
}

function serviceOptions(session: Session) {
  const { service, directory, stateDirectory } = session.config;
  return { control: service.control, directory, stateDirectory, healthy: () => waitUntilHealthy(session) };
}

/** Runs `work` alone on this host and with nothing left over from an earlier, interrupted run. */
export async function withLock<T>(
  session: Session,
  context: TuneContext,
  work: (recovered: readonly Recovered[]) => Promise<T>,
): Promise<T> {
  const lock = acquireLock(session.config.stateDirectory);
  try {
    return await work(await recoverFirst(session, context));
  } finally {
    lock.release();
  }
}

/**
 * What an earlier run left unfinished is taken back before anything else, and while the service is still down if that run was
 * killed while it had it stopped: some of it (leaving WAL) needs the target alone. The service is started again in any case.
 */
async function recoverFirst(session: Session, context: TuneContext): Promise<readonly Recovered[]> {
  try {
    return await recover(context);
  } finally {
    // Also without commands in the configuration: the note of the run that stopped the service has its own.
    await startIfLeftStopped(serviceOptions(session));
  }
}

/** Where a target of the session is, for tune/. Throws CHANGE_REFUSED when it is not there or not reachable. */
export async function resolveTarget(session: Session, id: string): Promise<ResolvedTarget> {
  const at = session.targets.find(({ target }) => target.id === id);
  if (!at) throw new PitwallError('CHANGE_REFUSED', { subject: id, reason: 'the configuration has no such target' });
  if (at.failure)
    throw new PitwallError('CHANGE_REFUSED', { subject: id, reason: at.failure.message.replace(/\.$/, '') });
  const raw: JsonObject = { directory: session.config.directory, options: at.configured.rawOptions as Json };
  // The session owns the connection; tune/ may close what it was given.
  return { integration: at.integration, connection: at.connection, raw, close: async () => {} };
}

/** To where the entry was made, as recorded: the configuration may have changed or gone since. */
async function resolveEntry(session: Session, entry: JournalEntry, signal: AbortSignal): Promise<ResolvedTarget> {
  const { directory, options: raw } = entry.connection as { directory: string; options: Json };
  const same = session.targets.find(({ target, configured, failure }) => {
    const sameOptions = JSON.stringify(configured.rawOptions) === JSON.stringify(raw);
    return target.id === entry.change.target && sameOptions && !failure && session.config.directory === directory;
  });
  if (same) return resolveTarget(session, same.target.id);
  const integration = await loadIntegration(entry.integration);
  const base = isAbsolute(directory) ? directory : resolve(session.config.directory, directory);
  const options = await resolveOptions(integration, raw, {
    directory: base,
    environment: process.env,
    redactor: session.redactor,
  });
  const connection = await integration.connect(options, { environment: realEnvironment, signal, directory: base });
  return { integration, connection, raw: entry.connection, close: () => integration.close(connection) };
}

/** Null when every target that can say so serves, else why not. Targets without a health check are not asked. */
export async function healthProblem(session: Session, signal: AbortSignal): Promise<string | null> {
  for (const { target, integration, connection, failure } of session.targets) {
    if (!integration.healthCheck) continue;
    const problem = failure ? failure.message.replace(/\.$/, '') : await integration.healthCheck(connection, signal);
    if (problem !== null) return `${target.id}: ${problem}`;
  }
  return null;
}

/** Not ended by Ctrl-C: this is how a service that was stopped for a change is known to be back. */
async function waitUntilHealthy(session: Session): Promise<void> {
  const { signal } = new AbortController();
  const deadline = Date.now() + (session.config.service.control?.timeout ?? 30) * 1000;
  for (;;) {
    const problem = await healthProblem(session, signal);
    if (problem === null) return;
    if (Date.now() > deadline) throw new PitwallError('SERVICE_UNHEALTHY', { reason: problem });
    await realEnvironment.sleep(0.1, signal);
  }
}
