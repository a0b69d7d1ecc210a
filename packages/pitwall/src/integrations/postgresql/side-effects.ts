import { printable } from '../../errors.ts';

/**
 * Volatile, and yet nothing but reading: they may be run. All other volatile functions may do what a read-only transaction
 * does not hinder: end a session, reload settings, read or write a file of the server, talk to another server.
 */
const HARMLESS = new Set([
  'clock_timestamp',
  'currval',
  'gen_random_uuid',
  'gen_random_bytes',
  'lastval',
  'pg_sleep',
  'random',
  'setseed',
  'timeofday',
  'txid_current_if_assigned',
  'pg_current_xact_id_if_assigned',
  'pg_relation_size',
  'pg_table_size',
  'pg_total_relation_size',
  'pg_indexes_size',
  'pg_database_size',
  'uuid_generate_v1',
  'uuid_generate_v4',
  'uuidv4',
  'uuidv7',
]);

const VOLATILE = `SELECT /* pitwall */ DISTINCT p.proname AS name FROM pg_catalog.pg_proc p
  WHERE p.proname = ANY ($1::text[]) AND p.provolatile = 'v'`;

/** First number of what is not the server's own (FirstNormalObjectId in its transam.h). */
const FIRST_OF_USERS = 16_384;

/**
 * Volatile functions that are called without being named: by an operator, an aggregate, a cast, or the check of a domain. `hidden`:
 * it does not show in a plan, so that it has to be taken for called.
 */
const UNNAMED = `SELECT /* pitwall */ x.sign, x.name, x.hidden FROM (
    SELECT o.oprname::text AS sign, p.proname::text AS name, false AS hidden FROM pg_catalog.pg_operator o
      JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode WHERE o.oid >= ${FIRST_OF_USERS} AND p.provolatile = 'v'
    UNION ALL
    SELECT f.proname::text, p.proname::text, false FROM pg_catalog.pg_aggregate a JOIN pg_catalog.pg_proc f ON f.oid = a.aggfnoid
      JOIN pg_catalog.pg_proc p ON p.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
     WHERE f.oid >= ${FIRST_OF_USERS} AND p.provolatile = 'v'
    UNION ALL
    SELECT t.typname::text, p.proname::text, c.castcontext = 'i' FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_type t ON t.oid = c.casttarget
      JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc WHERE c.oid >= ${FIRST_OF_USERS} AND p.provolatile = 'v'
    UNION ALL
    SELECT t.typname::text, p.proname::text, false FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_type t ON t.oid = k.contypid
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid
       AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid WHERE p.provolatile = 'v') AS x`;

/** Numbers that are used up on a copy are missed by nobody. */
const HARMLESS_ON_COPY = new Set(['nextval', 'setval']);

/** Behind white space, comments and parentheses. */
const beginning = (words: string) =>
  new RegExp(`^(?:\\s|--[^\\n]*\\n|/\\*(?:[^*]|\\*(?!/))*\\*/|\\()*(?:${words})\\b`, 'i');
const READS = beginning('select|with|values|table');
const WRITES = beginning('insert|update|delete|merge');

type Ask = (text: string, values: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/**
 * Why a statement is better not run, even in a read-only transaction that is rolled back; null when it may be.
 * @param onCopy on a copy of the database: rows may be changed, and are rolled back
 * @param verbose its plan with VERBOSE: what views and inlined functions call shows there, too
 */
export async function whyNotRun(
  verbose: Readonly<Record<string, unknown>>,
  text: string,
  ask: Ask,
  onCopy = false,
): Promise<string | null> {
  if (!READS.test(text) && !(onCopy && WRITES.test(text))) return 'it is no SELECT';
  const operation = onCopy ? null : operationIn(verbose);
  if (operation !== null) return `it is no SELECT alone but would ${operation.toLowerCase()} rows`;
  const texts = [...textsIn(verbose), text];
  const names = [...new Set(texts.flatMap(calledIn))];
  const unnamed = (await ask(UNNAMED, [])).filter(
    ({ sign, hidden }) =>
      hidden === true || texts.some((one) => one.toLowerCase().includes(String(sign).toLowerCase())),
  );
  const called = [...(await ask(VOLATILE, [names])), ...unnamed]
    .map(({ name }) => String(name))
    .filter((name) => !HARMLESS.has(name) && !(onCopy && HARMLESS_ON_COPY.has(name)));
  return called.length === 0
    ? null
    : printable(`it calls ${called.join(', ')}, which may do more than read (the function is VOLATILE)`);
}

function operationIn(node: unknown): string | null {
  if (typeof node !== 'object' || node === null) return null;
  const { Operation: operation, 'Node Type': type } = node as { Operation?: string; 'Node Type'?: string };
  if (type === 'ModifyTable') return operation ?? 'change';
  for (const child of Object.values(node)) {
    const found = typeof child === 'object' ? operationIn(child) : null;
    if (found !== null) return found;
  }
  return null;
}

/** Of a quoted name that is put together again: a name has 63 bytes at most. */
const LONGEST_NAME = 64;

/**
 * Every name before a parenthesis, in texts and in what a plan says. More than functions: `in`, `values`; these are in no catalogue.
 * In time that grows with the text alone: a text may be a megabyte of one letter, or of quotes.
 */
export function calledIn(text: string): string[] {
  const plain = text.matchAll(/(?<![\p{L}\p{N}_$])[\p{L}_][\p{L}\p{N}_$]*(?=\s*\()/gu);
  const parts = text.split('"');
  const quoted = parts.flatMap((after, index) => {
    if (index < 2 || !/^\s*\(/.test(after)) return [];
    // A doubled quote within a name is an empty part between two others.
    let name = parts[index - 1]!;
    for (let at = index - 2; at >= 2 && parts[at] === '' && name.length < LONGEST_NAME; at -= 2)
      name = `${parts[at - 1]}"${name}`;
    return [name];
  });
  return [...[...plain].map(([name]) => name.toLowerCase()), ...quoted];
}

function textsIn(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(textsIn) : [];
}
