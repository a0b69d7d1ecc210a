import { createHash } from 'node:crypto';
import type { Grammar } from './load.ts';
import { withoutValues } from './normalise.ts';

export interface Fingerprint {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** Whether the grammar knows the statement; else the id is a hash of its text without values. */
  readonly known: boolean;
}

/** Digits that libpg-query leaves out of the names of tables, because they may be of partitions: two and more. */
const LEFT_OUT = /\d\d/;
/**
 * Digits in what may be a name, a name in quotes, or one behind a schema: else the tree need not be looked at. Says yes too often
 * rather than look at a letter twice: texts may have megabytes.
 */
const SUSPICIOUS = /[\w$\u0080-\uffff]\d\d|"|\.\s*[a-z_\u0080-\uffff/-]/i;

/**
 * The same id for statements that differ in nothing but values, the lengths of lists, comments and white space; the same on every
 * machine. By libpg-query (https://github.com/pganalyze/libpg_query/wiki/Fingerprinting), which tells neither schemas apart nor
 * tables that differ in digits only (`orders_2024`, `orders_2025`): where a statement names such a table, the names go into
 * the id too, as they are written. Temporary tables that a statement creates stay alike.
 */
export function fingerprint(grammar: Grammar, text: string): Fingerprint {
  const id = grammar.fingerprint(text);
  if (id === null) return { id: hashOf(withoutValues(text, false).toLowerCase()), known: false };
  if (!SUSPICIOUS.test(text)) return { id, known: true };
  const parsed = grammar.parse(text);
  const relations = 'problem' in parsed ? [] : relationsIn(parsed.statements);
  const isToldApart = relations.every(([schema, name]) => schema === undefined && !LEFT_OUT.test(name));
  return { id: isToldApart ? id : hashOf(JSON.stringify([id, relations])), known: true };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

type Relation = readonly [schema: string | undefined, name: string];

interface RangeVar {
  readonly relname?: unknown;
  readonly schemaname?: string;
  readonly relpersistence?: unknown;
}

/** In the order of the tree: which of two tables is joined to which is told, too. */
function relationsIn(statements: readonly unknown[]): readonly Relation[] {
  const relations: Relation[] = [];
  const open: unknown[] = [...statements];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    const { relname, schemaname, relpersistence } = node as RangeVar;
    if (typeof relname === 'string' && relpersistence !== 't') relations.push([schemaname, relname]);
    open.push(...Object.values(node));
  }
  return relations;
}
