import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { printable } from '../../../errors.ts';
import { defineTunable } from '../../../model/define.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { requireUnchanged } from './relation.ts';
import { afterwards, refusal, type Waiting, withWriter } from './session.ts';
import { whyNotChanged } from './setting-list.ts';
import { type Found, isManaged, readSetting, stateOf } from './setting-state.ts';
import { canonicalValue } from './setting-value.ts';
import { whyTooLarge } from './shared-buffers.ts';

/** Seconds after a reload in which a new session has to have the value. */
const RELOAD_PATIENCE = 10;

/** Null: ALTER SYSTEM RESET. */
const target = z
  .union([z.string().min(1).max(200), z.number(), z.boolean()])
  .transform(String)
  .nullable();

type State = { readonly system: string | null; readonly value: string | null } | null;

/** One setting of the server, by ALTER SYSTEM. `subject` is its name. */
export const setting = defineTunable<PostgresqlConnection>({
  id: 'postgresql/setting',
  meta: {
    title: 'Setting of the server (ALTER SYSTEM)',
    why: 'The defaults are made for a small machine: too little memory for sorts and for the cache, costs of disks that turn, autovacuum that comes late.',
    effect: 'reload',
    persistence: 'durable',
    risk: 'medium',
    locks:
      'None. The configuration is read again; some settings count only for the server’s next start, which pg_settings.pending_restart then shows.',
    undo: 'The value that ALTER SYSTEM had set before is set again, or ALTER SYSTEM RESET where there was none, and the configuration is read again.',
    toggles: true,
    order: 30,
    sources: [
      { title: 'PostgreSQL: ALTER SYSTEM', url: 'https://www.postgresql.org/docs/current/sql-altersystem.html' },
      { title: 'PostgreSQL: pg_settings', url: 'https://www.postgresql.org/docs/current/view-pg-settings.html' },
    ],
  },
  to: target,

  async read(connection, { subject }) {
    const found = await readSetting(connection, subject);
    return found && stateOf(found);
  },

  achieved: (state, { to }) => {
    const wanted = target.parse(to);
    const now = state as (State & { readonly type: string; readonly unit: string | null }) | null;
    if (now === null) return false;
    if (wanted === null) return now.system === null;
    const canonical = canonicalValue(wanted, now);
    // Of one that waits for a restart there is no value yet to prove it by.
    return canonical !== null && now.system === canonical && (now.value === null || now.value === canonical);
  },

  preview: ({ subject, to }, from) => {
    const state = from as State;
    const reload = 'SELECT pg_reload_conf()';
    const waits = state !== null && state.value === null ? '; it counts from the next start of the server on' : '';
    return {
      apply: `${alterSql(subject, target.parse(to))}; ${reload}${waits}`,
      undo: `${alterSql(subject, state?.system ?? null)}; ${reload}${waits}`,
    };
  },

  async restartReason(connection, { subject }) {
    const found = await readSetting(connection, subject);
    if (found?.context !== 'postmaster') return null;
    return 'it counts only from the next start of the PostgreSQL server on, which Pitwall does not restart itself: until then it is written and pending';
  },

  async validate(connection, { subject, to }, from) {
    const what = `setting ${subject}`;
    const found = await readSetting(connection, subject);
    const reason = whyNotChanged(subject);
    if (reason !== null) throw refusal(what, reason);
    if (found === null || from === null) throw refusal(what, 'the server has no such setting');
    requireSettable(what, found);
    const managed = await isManaged(connection);
    if (managed !== null) throw refusal(what, managed);
    const wanted = target.parse(to);
    if (wanted !== null) {
      requireValue(what, wanted, found);
      const tooLarge = await whyTooLarge(connection, wanted, found);
      if (tooLarge !== null) throw refusal(what, tooLarge);
    }
    await withWriter(connection, still(what), async () => {});
  },

  /** As it was written: `128MB`, where the state only has what that is. */
  async capture(connection, { subject }) {
    return { system: (await readSetting(connection, subject))?.system ?? null };
  },

  async write(connection, { subject, to, from }, { signal }) {
    const what = `setting ${subject}`;
    await withWriter(connection, { signal, subject: what }, async (session) => {
      const found = await readSetting(connection, subject);
      requireUnchanged(what, from, found && stateOf(found));
      await session.run(alterSql(subject, target.parse(to)));
      await afterwards(async () => {
        await session.run('SELECT pg_catalog.pg_reload_conf()');
        await proven(connection, subject);
      });
    });
  },

  async undo(connection, { subject }, { captured }) {
    const { system } = captured as { system: string | null };
    const waiting: Waiting = { ...still(`setting ${subject}`), patient: true };
    await withWriter(connection, waiting, async (session) => {
      await session.run(alterSql(subject, system));
      await session.run('SELECT pg_catalog.pg_reload_conf()');
      await proven(connection, subject);
    });
  },
});

function still(subject: string): Waiting {
  return { signal: new AbortController().signal, subject };
}

/** The name is one of a list; it is quoted part by part as the server wants it (`pg_stat_statements.max`). */
function alterSql(name: string, value: string | null): string {
  const quoted = name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
  if (value === null) return `ALTER SYSTEM RESET ${quoted}`;
  const doubled = value.replaceAll("'", "''");
  const literal = doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
  return `ALTER SYSTEM SET ${quoted} = ${literal}`;
}

function requireSettable(what: string, found: Found): void {
  if (found.context === 'internal') throw refusal(what, 'it is built into the server');
  if (!found.canRead) {
    throw refusal(
      what,
      'what ALTER SYSTEM has set cannot be read by the role of Pitwall (pg_file_settings), and what cannot be read is not written',
    );
  }
  if (found.source === 'command line')
    throw refusal(what, 'it is given on the command line of the server, which counts more than ALTER SYSTEM');
  if (found.overriddenBy !== null)
    throw refusal(what, `${printable(found.overriddenBy)} sets it, which counts more than ALTER SYSTEM`);
}

function requireValue(what: string, wanted: string, found: Found): void {
  const canonical = canonicalValue(wanted, found);
  const unit = found.unit === null ? '' : ` with a unit that fits ${found.unit}`;
  if (canonical === null) throw refusal(what, `${printable(wanted)} is no value of it: expected ${found.type}${unit}`);
  if (found.choices !== null && !found.choices.some((choice) => canonicalValue(choice, found) === canonical)) {
    throw refusal(what, `${printable(wanted)} is no value of it: expected one of ${found.choices.join(', ')}`);
  }
  const number = Number(canonical);
  if (found.least !== null && found.most !== null && (number < found.least || number > found.most)) {
    throw refusal(
      what,
      `${printable(wanted)} is not from ${found.least} to ${found.most}${found.unit === null ? '' : ` (in ${found.unit})`}`,
    );
  }
}

/** A reload is proved by its effect: a new session has what the files say. @throws Error when it has not in time */
async function proven(connection: PostgresqlConnection, name: string): Promise<void> {
  const until = performance.now() + RELOAD_PATIENCE * 1000;
  for (;;) {
    const found = await readSetting(connection, name);
    if (found === null) throw new Error('the server has no such setting any more');
    if (found.problem !== null) throw new Error(`the server did not take it: ${found.problem}`);
    if (found.settled) return;
    if (performance.now() > until)
      throw new Error(`a new session did not have it ${RELOAD_PATIENCE} s after the reload`);
    await sleep(50);
  }
}
