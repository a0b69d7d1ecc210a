import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { printable, reasonOf } from '../../errors.ts';
import { type Database, isPassing, openDatabase } from '../../fleet/database.ts';
import { openQueue, type SliceQueue } from '../../fleet/queue.ts';
import { sweepRuns } from '../../fleet/runs.ts';
import { migrate } from '../../fleet/schema.ts';
import { type AgentIdentity, type HeldSlice, takeSlice } from '../../fleet/slices.ts';
import { TIMING, type Timing } from '../../fleet/timing.ts';
import { inTheClear } from './in-the-clear.ts';
import { carryOut, type ShareOutcome } from './share.ts';

/** Most seconds between two attempts to reach a store that is away. */
const LONGEST_PAUSE = 30;

export interface AgentSettings {
  /** `postgres://…`. */
  readonly store: string;
  /** How reports call it. */
  readonly name: string;
  /** Worker threads that it gives to one load, at most. */
  readonly workers: number;
  /** Hosts that it may load besides loopback. */
  readonly allow: readonly string[];
  /** End after one share of a load. */
  readonly once: boolean;
}

export interface AgentContext {
  /** Drains and ends: an idle agent at once, one that loads after it has handed in what it measured. */
  readonly signal: AbortSignal;
  /** One line for people. Contains text from the store: made printable here. */
  say(text: string): void;
  readonly timing?: Timing;
}

/**
 * Waits for shares of loads in the store and carries them out, one at a time, until `signal` aborts (or after one, with
 * `once`). A store that goes away later is waited for.
 * @returns how the last share went; null when there was none
 * @throws PitwallError SHARED_STORE_* when the store cannot be used to begin with
 */
export async function runAgent(settings: AgentSettings, context: AgentContext): Promise<ShareOutcome | null> {
  const timing = context.timing ?? TIMING;
  const say = (text: string) => context.say(printable(text));
  const identity: AgentIdentity = {
    id: randomUUID(),
    name: printable(settings.name).slice(0, 100),
    host: hostname().slice(0, 255),
    capacity: settings.workers,
  };
  const database = await openDatabase(settings.store, { applicationName: 'pitwall agent' });
  let queue: SliceQueue | null = null;
  try {
    await migrate(database);
    await sweepRuns(database);
    queue = await openQueue(database, true);
    const may = ['loopback', ...settings.allow].join(', ');
    say(
      `Agent ${identity.name} on ${identity.host}: up to ${settings.workers} worker ${settings.workers === 1 ? 'thread' : 'threads'}, may load ${may}.`,
    );
    const readable = inTheClear(settings.store, process.env);
    if (readable !== null) say(`Warning: ${readable}.`);
    say(`Waiting for work at ${database.name}.`);
    let outcome: ShareOutcome | null = null;
    while (!context.signal.aborted) {
      const held = await nextSlice(database, queue, identity, timing, { ...context, say });
      if (held === null) break;
      try {
        outcome = await carryOut(held, { allow: settings.allow, timing, signal: context.signal, say });
      } catch (error) {
        // Nobody's load may keep the agent from carrying out the next one.
        if (settings.once || context.signal.aborted) throw error;
        outcome = 'failed';
        for (const line of String((error as Error).stack ?? error).split('\n')) say(`Bug in Pitwall: ${line}`);
      }
      if (settings.once) break;
    }
    return outcome;
  } finally {
    await queue?.close().catch(() => {});
    await database.close();
  }
}

/** Waits for the next slice; null when asked to end. Says when the store goes away, and when it is back. */
async function nextSlice(
  database: Database,
  queue: SliceQueue,
  identity: AgentIdentity,
  timing: Timing,
  { signal, say }: AgentContext,
): Promise<HeldSlice | null> {
  let failures = 0;
  while (!signal.aborted) {
    let pause = timing.idle;
    try {
      const held = await takeSlice(database, queue, identity, 2 * timing.lease);
      if (failures > 0) say('The store is back.');
      failures = 0;
      if (held !== null) return held;
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (failures === 0) say(`${reasonOf(error)}. Trying again until it is back.`);
      pause = Math.min(timing.idle * 2 ** failures, LONGEST_PAUSE);
      failures++;
    }
    await sleep(pause * 1000, undefined, { signal }).catch(() => {});
  }
  return null;
}
