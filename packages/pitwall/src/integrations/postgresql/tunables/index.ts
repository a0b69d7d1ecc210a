import { PitwallError, reasonOf } from '../../../errors.ts';
import { defineTunable } from '../../../model/define.ts';
import type { Json } from '../../../model/json.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { qualified, quoteIdentifier } from '../identifiers.ts';
import { requireFreeSpace, spaceNotChecked } from './disk-space.ts';
import { dropWorking, hasWorking, rename, retire } from './index-leftovers.ts';
import { type IndexState, isAsWanted, readIndex, seeAsApplication } from './index-state.ts';
import {
  coversIndex,
  createSql,
  type IndexTarget,
  identifier,
  indexTarget,
  subjectOf,
  workingNames,
} from './index-target.ts';
import { buildOnPartitions, dropPartitioned } from './partitioned-index.ts';
import { relationOf, requireTable, requireUnchanged, waitForOthers } from './relation.ts';
import { refusal, type Waiting, type WriteSession, withWriter } from './session.ts';

/** An index is rarely larger than its table, and building it sorts its entries in files. */
const SPACE_FACTOR = 2;
const SPACE_MARGIN_BYTES = 64 * 2 ** 20;
/** Building holds up nobody, so once it has begun it waits longer for others' transactions than a change otherwise does. */
const BUILD_PATIENCE = '60s';
/** Seconds: so is dropping. */
const DROP_PATIENCE = 60;
const DUPLICATE = '42P07';

function spaceFor({ bytes }: { readonly bytes: number }): number {
  return SPACE_FACTOR * bytes + SPACE_MARGIN_BYTES;
}

type State = (IndexState & { readonly asWanted?: boolean }) | null;

/** Creates or drops one index without holding up writes. `subject` is `schema.index`; `to` its definition, or null to drop it. */
export const postgresqlIndex = defineTunable<PostgresqlConnection>({
  id: 'postgresql/index',
  meta: {
    title: 'Index of a table',
    why: 'An index lets PostgreSQL find rows without reading the whole table; one that nothing uses costs time and space on every write, and keeps updates from being HOT.',
    effect: 'now',
    persistence: 'durable',
    risk: 'low',
    locks:
      'CREATE INDEX CONCURRENTLY: reads and writes go on; other DDL and VACUUM of the table wait. It reads the table twice and waits for transactions that are older than itself. On a partitioned table each partition is built so, and then writes wait for a moment while the parts are put together. DROP INDEX CONCURRENTLY holds up nobody. Free space is checked first where the server is on this host; where it cannot be, the plan says so.',
    undo: 'A created index is dropped. A dropped one is built again from its definition, with its comment, tablespace and statistics targets. What an end in between leaves is removed.',
    toggles: true,
    order: 10,
    sources: [
      { title: 'PostgreSQL: CREATE INDEX', url: 'https://www.postgresql.org/docs/current/sql-createindex.html' },
      { title: 'PostgreSQL: DROP INDEX', url: 'https://www.postgresql.org/docs/current/sql-dropindex.html' },
    ],
  },
  to: indexTarget,

  async read(connection, { subject, to }) {
    const { schema, name } = named(subject);
    const state = await readIndex(connection.query, schema, name);
    const wanted = indexTarget.parse(to);
    if (state === null || wanted === null) return state as Json;
    const asWanted =
      state.table.schema === wanted.table.schema &&
      state.table.name === wanted.table.name &&
      (await withWriter(connection, still(subject), (session) => isAsWanted(session, wanted, { schema, name })).catch(
        (error) => {
          // An index that the server would not make is not the one that is there.
          if (error instanceof PitwallError && error.code === 'CHANGE_REFUSED') return false;
          throw error;
        },
      ));
    return { ...state, asWanted } as Json;
  },

  achieved: (state, { to }) => {
    if (state === null || to === null) return state === to;
    const { valid, asWanted } = state as NonNullable<State>;
    return valid && asWanted === true;
  },

  subsumes: (a, b) => coversIndex(indexTarget.parse(a.to), indexTarget.parse(b.to)),

  preview({ subject, to }, from) {
    const { schema, name } = named(subject);
    const drop = `DROP INDEX CONCURRENTLY ${qualified(schema, name)}`;
    const wanted = indexTarget.parse(to);
    if (wanted === null) {
      const definition = (from as State)?.definition;
      const undo = definition ? rebuildSql(definition, name, name) : 'nothing: there is no such index';
      return { apply: drop, undo };
    }
    if (wanted.partitioned) {
      const each = createSql('…', wanted, { concurrently: true, on: '<partition>' });
      const whole = createSql(name, wanted, {
        concurrently: false,
        on: `ONLY ${qualified(wanted.table.schema, wanted.table.name)}`,
      });
      const attach = `ALTER INDEX ${qualified(schema, name)} ATTACH PARTITION …`;
      return {
        apply: `${each} (on each partition); then at once ${whole}; ${attach} (each)`,
        undo: `DROP INDEX ${qualified(schema, name)}`,
      };
    }
    return { apply: createSql(name, wanted, { concurrently: true }), undo: drop };
  },

  async validate(connection, { subject, to }, from) {
    const { schema, name } = named(subject);
    const what = `index ${subject}`;
    const state = from as State;
    const wanted = indexTarget.parse(to);
    if (!identifier.safeParse(name).success) throw refusal(what, 'names have at most 63 bytes');
    if (state !== null && !state.valid) {
      throw refusal(
        what,
        'it is invalid, which an end while it was built leaves behind; postgresql/invalid-index removes it',
      );
    }
    if (wanted === null) {
      if (state?.needed) throw refusal(what, state.needed);
      if (state !== null) await requireTable(connection.query, what, state.table, 'rm');
      await withWriter(connection, still(what), async () => {});
      return;
    }
    if (state !== null) throw refusal(what, 'there is an index of that name with another definition');
    if (await relationOf(connection.query, schema, name)) throw refusal(what, 'something else is called so');
    if (schema !== wanted.table.schema) throw refusal(what, 'an index is in the schema of its table');
    const table = await requireTable(connection.query, what, wanted.table, 'rmp');
    if (!table.canCreate) throw refusal(what, `the role of Pitwall may not create anything in the schema ${schema}`);
    await requireFreeSpace(connection, what, spaceFor(table), 'new index');
    await withWriter(connection, still(what), (session) => isAsWanted(session, wanted, null));
  },

  async notChecked(connection, { to }) {
    const wanted = indexTarget.parse(to);
    if (wanted === null) return [];
    const table = await relationOf(connection.query, wanted.table.schema, wanted.table.name);
    return table === null ? [] : spaceNotChecked(connection, spaceFor(table), 'new index');
  },

  /** What `release` needs to find what an end in between has left. */
  async capture(_connection, { subject }) {
    return { subject };
  },

  async write(connection, { subject, to, from }, { signal }) {
    const waiting: Waiting = { signal, subject: `index ${subject}` };
    const wanted = indexTarget.parse(to);
    await withWriter(connection, waiting, async (session) => {
      await dropWorking(session, subject);
      if (wanted === null) await drop(session, subject, waiting, from);
      else await create(session, subject, waiting, wanted);
    });
  },

  async undo(connection, { subject }, { state }) {
    const waiting: Waiting = { signal: new AbortController().signal, subject: `index ${subject}`, patient: true };
    const original = state as State;
    const { schema, name } = named(subject);
    await withWriter(connection, waiting, async (session) => {
      const now = await readIndex(session.run, schema, name);
      if (original === null) {
        if (now !== null) await drop(session, subject, waiting);
      } else if (now === null || !now.valid) {
        if (now !== null) await retire(session, schema, name, subject);
        await restore(session, subject, original, waiting);
      }
      await dropWorking(session, subject);
    });
  },

  async release(connection, { captured }) {
    const { subject } = captured as { subject: string };
    if (!(await hasWorking(connection.query, subject))) return;
    await withWriter(connection, { ...still(`index ${subject}`), patient: true }, (session) =>
      dropWorking(session, subject),
    );
  },
});

function named(subject: string): { readonly schema: string; readonly name: string } {
  const parts = subjectOf(subject);
  if (parts === null) throw refusal(`index ${subject}`, 'expected schema.index');
  return parts;
}

function still(subject: string): Waiting {
  return { signal: new AbortController().signal, subject };
}

async function create(session: WriteSession, subject: string, waiting: Waiting, to: IndexTarget): Promise<void> {
  const { schema, name } = named(subject);
  const table = await relationOf(session.run, to.table.schema, to.table.name);
  if (table === null) throw new PitwallError('DRIFT', { subject: waiting.subject, difference: 'its table is gone' });
  await tidied(session, subject, waiting, async () => {
    if (table.kind === 'p') return buildOnPartitions(session, subject, to, waiting);
    const { building } = workingNames(subject);
    await waitForOthers(session, table.oid, waiting);
    await seeAsApplication(session, to.table.schema, false);
    await session.run(`SET lock_timeout = '${BUILD_PATIENCE}'`);
    await session.build(createSql(building, to, { concurrently: true }));
    // Without statistics of its own the planner guesses what an expression's values are.
    if (to.keys.some(({ expression }) => expression !== null))
      await session.build(`ANALYZE ${qualified(to.table.schema, to.table.name)}`);
    await session.quickly(() => rename(session, schema, building, name));
  });
}

/** Whatever keeps `work` from its end, nothing of it stays: so it is a refusal, unless even that cannot be had. */
async function tidied(
  session: WriteSession,
  subject: string,
  waiting: Waiting,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    await dropWorking(session, subject).catch((failure) => {
      throw new Error(`${reasonOf(error)}, and what it left cannot be removed now (${reasonOf(failure)})`, {
        cause: error,
      });
    });
    waiting.signal.throwIfAborted();
    if ((error as { code?: unknown }).code === DUPLICATE) {
      throw new PitwallError(
        'DRIFT',
        { subject: waiting.subject, difference: 'somebody else made one of that name' },
        { cause: error },
      );
    }
    throw error;
  }
}

async function drop(session: WriteSession, subject: string, waiting: Waiting, expected?: Json): Promise<void> {
  const { schema, name } = named(subject);
  const found = await readIndex(session.run, schema, name);
  if (found?.partitioned) return dropPartitioned(session, schema, name);
  const check = (now: IndexState | null) => {
    if (expected !== undefined) requireUnchanged(waiting.subject, expected, now as Json);
  };
  await retire(session, schema, name, subject, check);
  try {
    const table = found && (await relationOf(session.run, found.table.schema, found.table.name));
    if (table) await waitForOthers(session, table.oid, waiting, 'any');
    await dropWorking(session, subject, DROP_PATIENCE);
  } catch (error) {
    // With its own name back nothing was done, and this is a refusal; else it has to be built again.
    if (found && (await comeBack(session, subject, found))) throw error;
    throw new Error(reasonOf(error), { cause: error });
  }
}

/** A dropped index as it was: the same one when it is still there, else built anew. */
async function restore(session: WriteSession, subject: string, original: IndexState, waiting: Waiting): Promise<void> {
  const { schema, name } = named(subject);
  if (await comeBack(session, subject, original)) return;
  await dropWorking(session, subject);
  const { building } = workingNames(subject);
  const table = await relationOf(session.run, original.table.schema, original.table.name);
  if (table === null) throw refusal(waiting.subject, 'its table is gone');
  await session.run(`SET default_tablespace = ${quoteLiteral(original.tablespace ?? '')}`);
  await session.run(`SET lock_timeout = '${BUILD_PATIENCE}'`);
  await session.run(rebuildSql(original.definition, name, building));
  const index = qualified(schema, building);
  // Before it has its name: values of an expression are guessed at otherwise.
  if (Object.keys(original.statistics).length > 0 || /\(\(|\w\(/.test(original.definition)) {
    for (const [number, target] of Object.entries(original.statistics)) {
      await session.run(`ALTER INDEX ${index} ALTER COLUMN ${Number(number)} SET STATISTICS ${Number(target)}`);
    }
    await session.run(`ANALYZE ${qualified(original.table.schema, original.table.name)}`);
  }
  await session.quickly(async () => {
    if (original.comment !== null) await session.run(`COMMENT ON INDEX ${index} IS ${quoteLiteral(original.comment)}`);
    await rename(session, schema, building, name);
  });
}

/** True when the index is still there under its name for dropping, and has its own again. */
async function comeBack(session: WriteSession, subject: string, original: IndexState): Promise<boolean> {
  const { schema, name } = named(subject);
  const { dropping } = workingNames(subject);
  const left = await readIndex(session.run, schema, dropping);
  if (left === null || !left.valid || bodyOf(left.definition, dropping) !== bodyOf(original.definition, name))
    return false;
  await session.quickly(() => rename(session, schema, dropping, name));
  return true;
}

/** What of a definition follows the index's name. The server quotes that only where it has to. */
function bodyOf(definition: string, name: string): string {
  const heads = [name, quoteIdentifier(name)].map((head) => `CREATE INDEX ${head} ON `);
  const head = heads.find((candidate) => definition.startsWith(candidate));
  if (head === undefined)
    throw new Error(`not the definition of an index ${name} that can be built again: ${definition}`);
  return definition.slice(head.length);
}

function rebuildSql(definition: string, name: string, as: string): string {
  return `CREATE INDEX CONCURRENTLY ${quoteIdentifier(as)} ON ${bodyOf(definition, name)}`;
}

/** Text as an SQL literal, whatever standard_conforming_strings is. */
function quoteLiteral(text: string): string {
  const doubled = text.replaceAll("'", "''");
  return doubled.includes('\\') ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}
