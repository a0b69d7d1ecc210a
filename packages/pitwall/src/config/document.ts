import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { PitwallError } from '../errors.ts';
import type { KeyPath, Position, Problem } from './problem.ts';

/** Nodes after aliases are followed; a configuration has some hundred. Bounds what an alias bomb can cost. */
const MOST_NODES = 20_000;
const DEEPEST = 50;

/** A parsed file: plain data (maps, lists, text, numbers, booleans, null), and where each key path came from. */
export interface SourceDocument {
  readonly value: unknown;
  /** Of the key or value at that path, or of the nearest one above it that is in the file. */
  locate(path: KeyPath, at: Problem['at']): Position;
}

/**
 * Reads YAML 1.2 (core schema: no dates, `yes` is text, no merge keys) of at most `mostNodes` values. Throws CONFIG_SYNTAX,
 * naming all errors but those that only follow from the ones before.
 */
export function readDocument(text: string, file: string, mostNodes = MOST_NODES): SourceDocument {
  const lines = new LineCounter();
  const refuse = (found: readonly { offset: number; reason: string }[]): PitwallError => {
    const errors = found.slice(0, 20).map(({ offset, reason }) => ({ file, ...at(offset), reason }));
    const also = errors.slice(1).map((details) => new PitwallError('CONFIG_SYNTAX', details).message);
    return new PitwallError('CONFIG_SYNTAX', errors[0], { also });
  };
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };

  // `uniqueKeys` compares every key with every other; buildMap below does it with what it keeps anyway.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'core', uniqueKeys: false });
  // A tag that is not known is a warning there; here nothing would come of it, so it is refused.
  const wrong = [...document.errors, ...document.warnings].filter((each, i) => i === 0 || !ECHOES.includes(each.code));
  if (wrong.length > 0) {
    throw refuse(wrong.map(({ code, message, pos }) => ({ offset: pos[0], reason: reasonFor(code, message) })));
  }

  const keys = new Map<string, number>();
  const values = new Map<string, number>();
  const twice: { offset: number; reason: string }[] = [];
  let nodes = 0;

  const build = (node: Node | null, path: KeyPath, fallback: number): unknown => {
    const offset = node?.range?.[0] ?? fallback;
    values.set(JSON.stringify(path), offset);
    if (++nodes > mostNodes)
      throw refuse([{ offset, reason: `it has more than ${mostNodes} values, aliases followed` }]);
    if (path.length > DEEPEST) throw refuse([{ offset, reason: `it is nested more than ${DEEPEST} deep` }]);
    if (node === null) return null;
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (!target) throw refuse([{ offset, reason: `there is no anchor &${node.source} before this alias` }]);
      return build(target as Node, path, offset);
    }
    if (isMap(node)) return buildMap(node, path, offset);
    if (isSeq(node)) return node.items.map((item, index) => build(item as Node | null, [...path, index], offset));
    if (isScalar(node)) return node.value;
    throw refuse([{ offset, reason: 'this kind of value is not known' }]);
  };

  const buildMap = (map: YAMLMap, path: KeyPath, fallback: number): unknown => {
    const result: Record<string, unknown> = {};
    for (const { key, value } of map.items) {
      const offset = (key as Node | null)?.range?.[0] ?? fallback;
      const scalar = isScalar(key) ? key : null;
      const name =
        scalar && (typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value)));
      if (name === null) throw refuse([{ offset, reason: 'a key has to be plain text' }]);
      if (name === '<<') throw refuse([{ offset, reason: 'merge keys (<<) are not supported; repeat the keys' }]);
      if (name === '__proto__') throw refuse([{ offset, reason: 'this name cannot be a key' }]);
      if (Object.hasOwn(result, name)) twice.push({ offset, reason: 'this key is there twice' });
      keys.set(JSON.stringify([...path, name]), offset);
      result[name] = build(value as Node | null, [...path, name], offset);
    }
    return result;
  };

  const value = build(document.contents as Node | null, [], 0);
  if (twice.length > 0) throw refuse(twice);
  return {
    value,
    locate(path, kind) {
      for (let length = path.length; length >= 0; length--) {
        const key = JSON.stringify(path.slice(0, length));
        // What is missing is reported where its parent is named, not at the parent's first entry.
        const preferKey = kind === 'key' || length < path.length;
        const offset = preferKey ? (keys.get(key) ?? values.get(key)) : (values.get(key) ?? keys.get(key));
        if (offset !== undefined) return at(offset);
      }
      return { line: 1, column: 1 };
    },
  };
}

/** Where the parser's own words would not tell an engineer what to do. */
const REASONS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used for indentation',
  MULTIPLE_DOCS: 'a second document begins here (---); the file has to be one',
};

/** What the parser says of the rest of a text that it has lost its way in; as the first error it is one. */
const ECHOES: readonly string[] = ['UNEXPECTED_TOKEN', 'BAD_INDENT'];

function reasonFor(code: string, message: string): string {
  if (/^Unexpected flow-(seq|map)-(start|end) at node end/.test(message)) {
    return 'a bracket where the value before it has ended; text with [ ] { } in it has to be quoted';
  }
  // The parser recurses, and reports that its stack ended like any other error.
  if (message.includes('call stack')) return 'it is nested too deeply';
  return REASONS[code] ?? lowerFirst(message);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
}
